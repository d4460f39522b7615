//! Faults of the simulated disk: calls that take time, calls that fail by path and kind, and power
//! cuts at a chosen call.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use vltava_io::sim::{DiskCall, DiskError, DiskFault, DiskTimes, Sim};
use vltava_io::{DiskErrorKind, File, Io, OpenMode, Pool};

const MILLI: Duration = Duration::from_millis(1);

/// A new file whose name is durable.
fn create(io: &Io, path: &str) -> File {
    let path = Path::new(path);
    let parent = path.parent().unwrap();
    io.disk.create_dir_all(parent).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    let file = io.disk.open(path, OpenMode::CreateNew).unwrap();
    io.disk.sync_dir(parent).unwrap();
    file
}

fn slow_syncs(sim: &Sim) {
    sim.faults().set_disk_times(DiskTimes {
        sync: 100 * MILLI,
        ..DiskTimes::default()
    });
}

#[test]
fn other_tasks_run_during_a_sync_and_their_writes_are_not_covered() {
    for in_place in [false, true] {
        let mut lost = 0;
        for seed in 0..20 {
            let mut sim = Sim::new(seed);
            let io = sim.io();
            let file = create(&io, "/data/log");
            file.write_all_at(0, b"before").unwrap();
            slow_syncs(&sim);
            sim.block_on(write_during_a_sync(&io, &file, in_place));
            sim.crash();
            let left = io.disk.read(Path::new("/data/log")).unwrap();
            assert_eq!(&left[..6], b"before");
            lost += u32::from(left.len() == 6);
        }
        assert!((1..20).contains(&lost), "{lost}");
    }
}

async fn write_during_a_sync(io: &Io, file: &File, in_place: bool) {
    let (tasks, syncing) = (io.tasks.clone(), file.clone());
    let sync = io.tasks.spawn_thread("sync", async move {
        match in_place {
            true => tasks.blocking_in_place(|| syncing.sync_data()).await,
            false => {
                let sync = move || syncing.sync_data();
                tasks.blocking(Pool::Sync, sync).await
            }
        }
    });
    io.clock.sleep(10 * MILLI).await;
    assert!(!sync.is_finished());
    file.write_all_at(6, b"during").unwrap();
    let began = io.clock.elapsed();
    sync.await.unwrap().unwrap();
    assert!(io.clock.elapsed() - began > 30 * MILLI);
}

#[test]
fn a_power_cut_during_a_sync_may_lose_all_bytes_that_the_sync_covers() {
    let mut lengths = BTreeSet::new();
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let file = create(&io, "/data/log");
        file.write_all_at(0, b"written").unwrap();
        slow_syncs(&sim);
        let faults = sim.faults().clone();
        sim.block_on(async {
            let syncing = file.clone();
            let tasks = io.tasks.clone();
            let sync = io.tasks.spawn("sync", async move {
                tasks
                    .blocking(Pool::Sync, move || syncing.sync_data())
                    .await
            });
            io.clock.sleep(10 * MILLI).await;
            faults.cut_power();
            assert!(sync.await.is_err(), "the sync has returned");
        });
        faults.restart();
        lengths.insert(io.disk.read(Path::new("/data/log")).unwrap().len());
    }
    assert!(lengths.contains(&0) && lengths.contains(&7), "{lengths:?}");
}

#[test]
fn a_disk_call_on_an_executor_stops_its_machine_and_one_on_a_thread_does_not() {
    let mut sim = Sim::new(2);
    let io = sim.io();
    let file = Arc::new(create(&io, "/data/log"));
    slow_syncs(&sim);
    sim.block_on(async {
        for (on_executor, expected) in [(true, true), (false, false)] {
            let (syncing, clock) = (Arc::clone(&file), io.clock.clone());
            let sync = async move {
                clock.sleep(MILLI).await;
                syncing.sync_data().unwrap();
            };
            let sync = match on_executor {
                true => io.tasks.spawn("sync", sync),
                false => io.tasks.spawn_thread("sync", sync),
            };
            let mut longest = Duration::ZERO;
            for _ in 0..200 {
                let began = io.clock.elapsed();
                io.clock.sleep(MILLI).await;
                longest = longest.max(io.clock.elapsed() - began);
            }
            sync.await.unwrap();
            assert_eq!(longest > 40 * MILLI, expected, "{longest:?}");
        }
    });
}

#[test]
fn the_power_is_cut_at_the_chosen_call_and_the_call_is_torn() {
    let calls = |io: &Io| -> std::io::Result<()> {
        let disk = &io.disk;
        let file = disk.open(Path::new("/data/new"), OpenMode::CreateNew)?;
        file.write_all_at(0, &[1; 4096])?;
        file.sync_data()?;
        file.set_len(100)?;
        disk.sync_dir(Path::new("/data"))?;
        disk.rename(Path::new("/data/new"), Path::new("/data/old"))?;
        disk.sync_dir(Path::new("/data"))?;
        disk.remove_file(Path::new("/data/old"))?;
        disk.sync_dir(Path::new("/data"))
    };
    let mut seen = vec![BTreeSet::new(); 10];
    for seed in 0..300 {
        let nth = 1 + seed % 9;
        let sim = Sim::new(seed);
        let io = sim.io();
        create(&io, "/data/other");
        let before = sim.faults().disk_calls();
        sim.faults().cut_power_at(nth);
        assert!(calls(&io).is_err());
        assert_eq!(sim.faults().disk_calls(), before + nth);
        assert!(sim.faults().is_off());
        assert!(io.disk.read(Path::new("/data/other")).is_err());
        sim.faults().restart();
        let mut names: Vec<_> = io.disk.read_dir(Path::new("/data")).unwrap();
        names.retain(|entry| entry.name != "other");
        seen[nth as usize].insert(
            names
                .iter()
                .map(|entry| (entry.name.clone(), entry.len))
                .next(),
        );
    }
    let lengths = |nth: usize| -> BTreeSet<u64> {
        let found = seen[nth].iter().flatten();
        found.map(|(_, len)| *len).collect()
    };
    // The write is torn; the truncation and the rename happen or do not.
    assert!(lengths(2).len() > 2, "{seen:?}");
    assert!(
        lengths(4).is_superset(&BTreeSet::from([100, 4096])),
        "{seen:?}"
    );
    let names = |nth: usize| -> BTreeSet<&str> {
        let found = seen[nth].iter();
        found
            .map(|entry| entry.as_ref().map_or("none", |(name, _)| name))
            .collect()
    };
    assert_eq!(names(6), BTreeSet::from(["new", "old"]));
    assert_eq!(names(8), BTreeSet::from(["none", "old"]));
}

#[test]
fn calls_fail_by_path_kind_and_rate() {
    let sim = Sim::new(3);
    let io = sim.io();
    let log = create(&io, "/data/a/log");
    let index = create(&io, "/data/a/index");
    let fault = |path: &str, calls: &[DiskCall], error| DiskFault {
        path: path.to_owned(),
        calls: calls.to_vec(),
        error,
        once_in: 1,
        times: Some(1),
    };
    let faults = sim.faults();
    faults.add_disk_fault(fault("log", &[DiskCall::Write], DiskError::NoSpace));
    faults.add_disk_fault(fault("log", &[DiskCall::Sync], DiskError::Quota));
    faults.add_disk_fault(fault("", &[DiskCall::Open], DiskError::NoDescriptor));
    faults.add_disk_fault(fault("", &[DiskCall::Read], DiskError::Device));
    index.write_all_at(0, b"1").unwrap();
    index.sync_data().unwrap();
    let kind = |result: std::io::Result<()>| DiskErrorKind::of(&result.unwrap_err());
    assert_eq!(kind(log.write_all_at(0, b"1")), DiskErrorKind::Full);
    log.write_all_at(0, b"1").unwrap();
    assert_eq!(kind(log.sync_data()), DiskErrorKind::Full);
    log.sync_data().unwrap();
    let path = Path::new("/data/a/log");
    let opened = io.disk.open(path, OpenMode::Read).map(drop);
    assert_eq!(kind(opened), DiskErrorKind::OutOfDescriptors);
    io.disk.open(path, OpenMode::Read).unwrap();
    assert_eq!(
        kind(log.read_at(0, &mut [0]).map(drop)),
        DiskErrorKind::Device
    );
    log.read_at(0, &mut [0]).unwrap();
    assert_eq!(faults.failed_disk_calls(), 4);

    faults.add_disk_fault(DiskFault {
        once_in: 4,
        times: None,
        ..fault("", &[DiskCall::Write], DiskError::Device)
    });
    let failed = (0..400).filter(|at| log.write_all_at(*at, b"1").is_err());
    assert!((50..150).contains(&failed.count()));
    faults.clear_disk_faults();
    log.write_all_at(0, b"1").unwrap();
}

#[test]
fn a_slow_sync_is_slow_for_its_path() {
    let mut sim = Sim::new(4);
    let io = sim.io();
    let (fast, slow) = (create(&io, "/data/fast"), create(&io, "/data/slow"));
    sim.faults().add_disk_fault(DiskFault {
        path: "slow".to_owned(),
        calls: vec![DiskCall::Sync],
        error: DiskError::Slow(Duration::from_secs(5)),
        once_in: 1,
        times: None,
    });
    sim.block_on(async {
        for (file, is_slow) in [(fast, false), (slow, true)] {
            let began = io.clock.elapsed();
            let sync = move || file.sync_data();
            io.tasks.blocking(Pool::Sync, sync).await.unwrap();
            assert_eq!((io.clock.elapsed() - began).as_secs() == 5, is_slow);
        }
    });
}

#[test]
fn a_cached_file_closes_others_when_no_descriptor_is_free() {
    let sim = Sim::new(5);
    let io = sim.io();
    create(&io, "/data/x");
    let disk = io.disk.bounded(Path::new("/data"), 10).unwrap();
    let files: Vec<File> = (0..4)
        .map(|number| {
            let path = format!("/data/{number}");
            disk.open_cached(Path::new(&path), OpenMode::CreateNew)
                .unwrap()
        })
        .collect();
    let fail = |times| {
        sim.faults().add_disk_fault(DiskFault {
            path: String::new(),
            calls: vec![DiskCall::Open, DiskCall::Create],
            error: DiskError::NoDescriptor,
            once_in: 1,
            times: Some(times),
        });
    };
    fail(1);
    let opened = disk.open_cached(Path::new("/data/4"), OpenMode::CreateNew);
    opened.expect("the second attempt succeeds");
    files
        .iter()
        .for_each(|file| file.write_all_at(0, b"1").unwrap());
    fail(2);
    let error = disk
        .open_cached(Path::new("/data/5"), OpenMode::CreateNew)
        .unwrap_err();
    assert_eq!(DiskErrorKind::of(&error), DiskErrorKind::OutOfDescriptors);
}
