//! The simulated side of `io`: every choice is drawn from the seed, and only synced bytes survive
//! each power cut.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use vltava_io::sim::Sim;
use vltava_io::{Chunk, File, Io, OpenMode, Pool, Signal, Task, TaskError};

const LOG: &str = "/data/log";

/// Creates `/data/log` with this content, durably.
fn durable_file(io: &Io, content: &[u8]) -> File {
    io.disk.create_dir_all(Path::new("/data")).unwrap();
    let file = io.disk.open(Path::new(LOG), OpenMode::CreateNew).unwrap();
    file.write_all_at(0, content).unwrap();
    file.sync_data().unwrap();
    io.disk.sync_dir(Path::new("/data")).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    file
}

#[test]
fn timers_fire_in_order_and_time_jumps_to_them() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let wall = io.clock.now_ms();
    let fired = Arc::new(Mutex::new(Vec::new()));
    sim.block_on(async {
        let mut tasks = Vec::new();
        for seconds in [3600, 5, 60] {
            let (clock, fired) = (io.clock.clone(), Arc::clone(&fired));
            tasks.push(io.tasks.spawn("timer", async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                fired.lock().push(seconds);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let forever = std::future::pending::<()>();
        assert_eq!(
            io.clock.timeout(Duration::from_secs(1), forever).await,
            None
        );
    });
    assert_eq!(*fired.lock(), [5, 60, 3600]);
    assert!(io.clock.now_ms() - wall >= 3_601_000);
    assert!(io.clock.now_ms() - wall < 3_602_000);
}

/// A small system with every kind of event: tasks that race, a server, a disk, a crash.
fn busy_run(seed: u64) -> (u64, Vec<u64>) {
    let mut sim = Sim::new(seed);
    let io = sim.io();
    let order = Arc::new(Mutex::new(Vec::new()));
    sim.block_on(async {
        let mut listener = io.net.listen("localhost:9092").await.unwrap();
        let serving = io.clone();
        io.tasks.spawn("server", async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (mut read, mut write) = connection.split().unwrap();
                serving.tasks.spawn("connection", async move {
                    let mut buffer = BytesMut::new();
                    while read.read(&mut buffer).await.unwrap() > 0 {
                        let echo = buffer.split().freeze();
                        write.write(vec![Chunk::Bytes(echo)]).await.unwrap();
                    }
                });
            }
        });
        let (send, mut receive) = tokio::sync::mpsc::channel(2);
        for number in 0..8u64 {
            let (io, send) = (io.clone(), send.clone());
            io.clone().tasks.spawn("client", async move {
                let connection = io.net.connect("localhost:9092").await.unwrap();
                let (mut read, mut write) = connection.split().unwrap();
                let request = Bytes::from(vec![number as u8; 100]);
                write.write(vec![request.into()]).await.unwrap();
                let mut answer = BytesMut::new();
                while answer.len() < 100 {
                    read.read(&mut answer).await.unwrap();
                }
                io.tasks.blocking(Pool::Request, || ()).await;
                let file = io
                    .disk
                    .open(Path::new("/shared"), OpenMode::Create)
                    .unwrap();
                file.write_all_at(number * 1000, &answer).unwrap();
                send.send(number).await.unwrap();
            });
        }
        for _ in 0..8 {
            let number = receive.recv().await.unwrap();
            order.lock().push(number);
        }
    });
    sim.crash();
    order.lock().push(match io.disk.read(Path::new("/shared")) {
        Ok(content) => content.iter().map(|&byte| u64::from(byte)).sum(),
        Err(_) => u64::MAX,
    });
    (sim.trace(), order.lock().clone())
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    for seed in 0..20 {
        assert_eq!(busy_run(seed), busy_run(seed));
    }
    let runs: BTreeSet<_> = (0..20).map(busy_run).collect();
    assert_eq!(runs.len(), 20);
}

#[test]
fn a_crash_keeps_synced_bytes_and_any_part_of_the_rest() {
    const SECTOR: usize = 512;
    let synced = vec![1; 1000];
    let written = vec![2; 8 * SECTOR];
    let (mut nothing, mut everything, mut torn, mut holes) = (0, 0, 0, 0);
    for seed in 0..400 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let file = durable_file(&io, &synced);
        file.write_all_at(1000, &written).unwrap();
        sim.crash();

        assert!(file.len().is_err(), "the file was open before the crash");
        let left = io.disk.read(Path::new(LOG)).unwrap();
        assert_eq!(left[..1000], synced);
        let rest = &left[1000..];
        assert!(rest.iter().all(|&byte| byte == 2 || byte == 0));
        match rest.iter().filter(|&&byte| byte == 2).count() {
            0 => nothing += 1,
            n if n == written.len() => everything += 1,
            _ if rest.contains(&0) => holes += 1,
            _ => torn += 1,
        }
        // A sector is written whole or not at all. The first one ends at byte 1024 of the file.
        let first = &rest[..rest.len().min(2 * SECTOR - 1000)];
        assert!(first.windows(2).all(|pair| pair[0] == pair[1]));
    }
    for seen in [nothing, everything, torn, holes] {
        assert!(seen > 10, "{nothing} {everything} {torn} {holes}");
    }
}

#[test]
fn a_name_lasts_only_after_its_directory_was_synced() {
    let mut kept = 0;
    for seed in 0..100 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        durable_file(&io, b"");
        let new = Path::new("/data/new");
        io.disk
            .open(new, OpenMode::CreateNew)
            .unwrap()
            .sync_all()
            .unwrap();
        io.disk
            .rename(Path::new(LOG), Path::new("/data/old"))
            .unwrap();
        sim.crash();
        // The changes of one directory last in order.
        let renamed = io.disk.exists(Path::new("/data/old"));
        assert_ne!(renamed, io.disk.exists(Path::new(LOG)));
        assert!(!renamed || io.disk.exists(new));
        kept += u32::from(io.disk.exists(new));
    }
    assert!((10..90).contains(&kept));
}

#[test]
fn an_atomic_write_is_old_or_new_after_any_crash() {
    for seed in 0..200 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let path = Path::new("/checkpoint");
        io.disk.write_atomic(path, b"old").unwrap();
        sim.faults().fail_sync(1 + seed % 2);
        let result = io.disk.write_atomic(path, b"new content");
        assert!(result.is_err());
        sim.crash();
        let left = io.disk.read(path).unwrap();
        assert!(left == "old" || left == "new content", "{left:?}");
    }
}

#[test]
fn a_later_sync_does_not_save_bytes_that_a_failed_one_lost() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let file = durable_file(&io, b"first");
        file.write_all_at(5, b"second").unwrap();
        sim.faults().fail_sync(1);
        assert!(file.sync_data().is_err());
        file.sync_data().unwrap();
        assert_eq!(io.disk.read(Path::new(LOG)).unwrap(), "firstsecond");
        sim.crash();
        assert_eq!(io.disk.read(Path::new(LOG)).unwrap(), "first");
    }
}

#[test]
fn a_later_sync_saves_names_whose_sync_has_failed() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let (dir, second) = (Path::new("/data"), Path::new("/data/second"));
        durable_file(&io, b"first");
        let file = io.disk.open(second, OpenMode::CreateNew).unwrap();
        file.write_all_at(0, b"second").unwrap();
        file.sync_data().unwrap();
        sim.faults().fail_sync(1);
        assert!(io.disk.sync_dir(dir).is_err());
        sim.kill();
        io.disk.sync_dir(dir).unwrap();
        sim.crash();
        assert_eq!(io.disk.read(second).unwrap(), "second");
    }
}

#[test]
fn a_killed_process_loses_no_written_bytes() {
    let mut sim = Sim::new(3);
    let io = sim.io();
    let _lock = io.disk.lock(Path::new("/.lock")).unwrap();
    assert_eq!(
        io.disk.lock(Path::new("/.lock")).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    let file = durable_file(&io, b"a");
    file.write_all_at(1, b"b").unwrap();
    let mut listener = sim.block_on(io.net.listen("localhost:9092")).unwrap();
    sim.kill();
    assert!(file.write_all_at(2, b"c").is_err());
    assert_eq!(io.disk.read(Path::new(LOG)).unwrap(), "ab");
    io.disk.lock(Path::new("/.lock")).unwrap();
    sim.block_on(async {
        assert!(listener.accept().await.is_err());
        assert!(io.net.connect("localhost:9092").await.is_err());
        io.net.listen("localhost:9092").await.unwrap();
    });
}

#[test]
fn disk_calls_fail_the_disk_fills_up_and_a_bit_flips_on_demand() {
    let sim = Sim::new(4);
    let io = sim.io();
    let file = durable_file(&io, &[0; 100]);
    sim.faults().fail_write(2);
    file.write_all_at(100, b"1").unwrap();
    assert!(file.write_all_at(101, b"2").is_err());
    sim.faults().fail_read(1);
    assert!(file.read_at(0, &mut [0]).is_err());

    sim.faults().set_disk_capacity(Some(200));
    assert_eq!(io.disk.free_space(Path::new("/")).unwrap(), 99);
    let full = file.write_all_at(101, &[1; 100]).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    file.write_all_at(0, &[1; 50]).unwrap();
    sim.faults().set_disk_capacity(None);
    file.write_all_at(101, &[1; 100]).unwrap();

    let before = io.disk.read(Path::new(LOG)).unwrap();
    let flip = sim.faults().flip_bit(Path::new(LOG), None).unwrap();
    let after = io.disk.read(Path::new(LOG)).unwrap();
    let offset = flip.offset as usize;
    assert_eq!(before[offset] ^ after[offset], 1 << flip.bit);
}

#[test]
fn a_reset_connection_is_reset_for_both_sides() {
    let mut sim = Sim::new(5);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let mut listener = io.net.listen("localhost:0").await.unwrap();
        let address = listener.local_addr().to_string();
        let connection = io.net.connect(&address).await.unwrap();
        let (mut read, mut write) = connection.split().unwrap();
        let (mut far_read, _far_write) = listener.accept().await.unwrap().0.split().unwrap();
        write
            .write(vec![Bytes::from_static(b"x").into()])
            .await
            .unwrap();
        faults.reset_connections();
        let mut buffer = BytesMut::new();
        let reset = ErrorKind::ConnectionReset;
        assert_eq!(read.read(&mut buffer).await.unwrap_err().kind(), reset);
        assert_eq!(far_read.read(&mut buffer).await.unwrap_err().kind(), reset);
        let broken = write.write(vec![Bytes::from_static(b"y").into()]).await;
        assert_eq!(broken.unwrap_err().kind(), reset);
    });
}

#[test]
fn tasks_end_with_the_process_and_signals_reach_it() {
    let mut sim = Sim::new(6);
    let io = sim.io();
    let held = Arc::new(());
    let inner = Arc::clone(&held);
    let task = io.tasks.spawn("holder", async move {
        let _inner = inner;
        std::future::pending::<()>().await;
    });
    sim.block_on(io.clock.sleep(Duration::from_secs(1)));
    assert_eq!(Arc::strong_count(&held), 2);
    sim.crash();
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(sim.block_on(task), Err(TaskError::Aborted));

    let faults = sim.faults().clone();
    let signal = sim.block_on(async {
        let waiting = io.clone();
        let waiting = io
            .tasks
            .spawn("main", async move { waiting.shutdown_signal().await });
        io.clock.sleep(Duration::from_secs(1)).await;
        faults.send_signal(Signal::Terminate);
        waiting.await
    });
    assert_eq!(signal, Ok(Signal::Terminate));
}

#[test]
fn a_signal_does_not_reach_the_process_after_the_one_it_was_sent_to() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.faults().send_signal(Signal::Terminate);
    sim.kill();
    let waiting = sim.block_on(async {
        let signal = io.shutdown_signal();
        io.clock.timeout(Duration::from_secs(1), signal).await
    });
    assert_eq!(waiting, None);
}

#[test]
#[should_panic(expected = "critical task \"partition\" panicked: lost count")]
fn a_panic_in_a_critical_task_fails_the_run() {
    let mut sim = Sim::new(7);
    let io = sim.io();
    sim.block_on(async {
        io.tasks
            .spawn_critical("partition", async { panic!("lost count") });
        io.clock.sleep(Duration::from_secs(1)).await;
    });
}

#[test]
#[should_panic(expected = "critical task \"log-sync\" panicked: lost count")]
fn a_panic_in_a_critical_thread_fails_the_run() {
    let mut sim = Sim::new(7);
    let io = sim.io();
    sim.block_on(async {
        io.tasks
            .spawn_critical_thread("log-sync", async { panic!("lost count") });
        io.clock.sleep(Duration::from_secs(1)).await;
    });
}

#[test]
#[should_panic(expected = "the simulation is stuck")]
fn a_run_in_which_nothing_can_happen_panics() {
    Sim::new(8).block_on(std::future::pending::<()>());
}

#[test]
fn blocking_work_waits_for_a_free_thread_of_its_pool_and_runs_even_if_its_caller_is_gone() {
    let mut sim = Sim::new(7);
    let io = sim.io();
    sim.block_on(async {
        let done = Arc::new(AtomicUsize::new(0));
        let mut callers = Vec::new();
        for _ in 0..8 {
            let (tasks, done) = (io.tasks.clone(), Arc::clone(&done));
            callers.push(io.tasks.spawn("caller", async move {
                let work = move || done.fetch_add(1, Ordering::Relaxed);
                tasks.blocking(Pool::Background, work).await
            }));
        }
        io.clock.sleep(Duration::from_micros(10)).await;
        callers.iter().for_each(Task::abort);
        io.clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(done.load(Ordering::Relaxed), 8);
        let tasks = io.tasks.clone();
        let panicking = io.tasks.spawn("panicking", async move {
            tasks.blocking(Pool::Sync, || panic!("failed")).await
        });
        let panicked: Result<(), TaskError> = panicking.await;
        assert_eq!(panicked, Err(TaskError::Panicked("failed".to_owned())));
    });
}
