//! Removing damaged ranges from a partition.

mod support;

use std::path::{Path, PathBuf};

use bytes::BytesMut;
use io::Io;
use io::sim::{Faults, Sim};
use vltava_log::repair::{Repair, RepairError};
use vltava_log::{Log, LogDir, Offsets, ReadError, ReadLimit, RecoveryFacts};
use wire::TopicPartition;
use wire::record_batch::batches;

use support::*;

const DATA: &str = "/data";
const COUNT: i64 = 48;

fn partition() -> TopicPartition {
    TopicPartition::new("t", 0)
}

fn facts(clean_shutdown: bool, recovery_point: i64) -> RecoveryFacts {
    RecoveryFacts {
        clean_shutdown,
        recovery_point,
        ..RecoveryFacts::default()
    }
}

fn open_at(io: &Io, facts: RecoveryFacts) -> Log {
    Log::open(io, Path::new(DIR), partition(), small(), facts, NOW).unwrap()
}

/// A log directory whose server was stopped cleanly. Returns the base offsets of the segments.
fn stopped(io: &Io) -> Vec<i64> {
    let log_dir = LogDir::open(&io.disk, Path::new(DATA)).unwrap();
    let mut log = open_at(io, facts(false, 0));
    fill(&mut log, COUNT);
    let end = log.close().unwrap();
    let points = Offsets::from([(partition(), end)]);
    log_dir.write_recovery_points(&points).unwrap();
    log_dir.mark_clean_shutdown(7).unwrap();
    (0..COUNT)
        .filter(|o| io.disk.exists(&segment(*o)))
        .collect()
}

fn segment(base_offset: i64) -> PathBuf {
    Path::new(DIR).join(format!("{base_offset:020}.log"))
}

fn change(io: &Io, path: &Path, change: impl FnOnce(&mut BytesMut)) {
    let mut content = BytesMut::from(&io.disk.read(path).unwrap()[..]);
    change(&mut content);
    io.disk.write_atomic(path, &content).unwrap();
}

fn repair(io: &Io) -> Repair {
    let log_dir = LogDir::open_stopped(&io.disk, Path::new(DATA)).unwrap();
    Repair::open(io, log_dir, &partition()).unwrap()
}

/// The offsets that a reader finds without an error.
fn readable(log: &Log) -> Result<Vec<i64>, ReadError> {
    let mut found = Vec::new();
    let mut next = log.log_start_offset();
    while next < log.log_end_offset() {
        let limit = ReadLimit {
            max_bytes: 500,
            min_one: true,
            upper_bound: log.log_end_offset(),
        };
        for batch in batches(log.read(next, limit)?.into_bytes().unwrap()) {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            assert!(batch.header.base_offset <= next, "an offset is missing");
            next = batch.header.next_offset();
            for record in batch.records(1 << 20).unwrap() {
                found.push(record.unwrap().offset);
            }
        }
    }
    Ok(found)
}

/// Flips a bit in the second segment, removes the third, cuts the last. Returns the lost offsets.
fn damage(io: &Io, bases: &[i64]) -> Vec<i64> {
    let second = segment(bases[1]);
    let batch_len = batches(io.disk.read(&second).unwrap())
        .next()
        .unwrap()
        .unwrap()
        .bytes
        .len();
    change(io, &second, |content| content[batch_len + 63] ^= 1);
    io.disk.remove_file(&segment(bases[2])).unwrap();
    let last = *bases.last().unwrap();
    change(io, &segment(last), |content| {
        content.truncate(batch_len + 20)
    });
    let lost = [bases[1] + 1].into_iter().chain(bases[2]..bases[3]);
    lost.chain(last + 1..COUNT).collect()
}

fn others(lost: &[i64]) -> Vec<i64> {
    (0..COUNT).filter(|offset| !lost.contains(offset)).collect()
}

#[test]
fn damaged_ranges_are_skipped_and_their_bytes_are_kept() {
    for quarantine in [None, Some(Path::new("/aside"))] {
        let (_sim, io) = machine();
        let bases = stopped(&io);
        let rotten = segment(bases[1]);
        let lost = damage(&io, &bases);
        let before = io.disk.read(&rotten).unwrap();
        let found = repair(&io);
        let ranges = found.damaged();
        assert_eq!(ranges.len(), 3, "{ranges:#?} {bases:?}");
        assert!(
            readable(&open_at(&io, facts(true, COUNT))).is_err(),
            "nothing was changed"
        );

        let kept = found.skip(quarantine).unwrap();
        assert_eq!(
            kept.len(),
            2,
            "of the segment that is gone there is nothing to keep"
        );
        let range = ranges[0].position as usize..ranges[0].end_position as usize;
        assert_eq!(io.disk.read(&kept[0]).unwrap(), before[range]);
        assert!(kept[0].starts_with(quarantine.unwrap_or(Path::new(DIR))));

        for clean_shutdown in [true, false] {
            let log = open_at(&io, facts(clean_shutdown, COUNT));
            assert_eq!(log.damaged(), []);
            assert_eq!(log.log_end_offset(), COUNT);
            assert_eq!(readable(&log).unwrap(), others(&lost));
        }
        assert_eq!(repair(&io).damaged(), []);
        let mut log = open_at(&io, facts(true, COUNT));
        fill(&mut log, 1);
        assert_eq!(*readable(&log).unwrap().last().unwrap(), COUNT);
    }
}

#[test]
fn a_crash_anywhere_in_a_repair_loses_nothing() {
    let faults: [fn(&Faults, u64); 2] = [Faults::fail_sync, Faults::fail_write];
    for (fault, steps_min) in faults.into_iter().zip([10, 5]) {
        let mut step = 1;
        while crash_at(step, fault) {
            step += 1;
        }
        assert!(step > steps_min, "{step} steps");
    }
}

/// Fails a repair at this sync or write, then cuts the power. Returns whether it came to that.
fn crash_at(step: u64, fault: fn(&Faults, u64)) -> bool {
    let mut sim = Sim::new(step);
    let io = sim.io();
    io.disk.create_dir_all(Path::new(DATA)).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    let bases = stopped(&io);
    let lost = damage(&io, &bases);
    io.disk.sync_dir(Path::new(DIR)).unwrap();
    let found = repair(&io);
    fault(sim.faults(), step);
    let done = found.skip(None);
    // The repair may have ended before.
    fault(sim.faults(), u64::MAX);
    sim.crash();
    let log = open_at(&io, facts(done.is_ok(), COUNT));
    for offset in others(&lost) {
        let limit = ReadLimit {
            max_bytes: 1,
            min_one: true,
            upper_bound: COUNT,
        };
        let read = log.read(offset, limit);
        assert!(read.is_ok(), "step {step}: {offset}: {read:?}");
    }
    if done.is_ok() {
        assert_eq!(readable(&log).unwrap(), others(&lost));
    }
    done.is_err()
}

#[test]
fn a_directory_in_use_or_not_stopped_cleanly_is_refused() {
    let (_sim, io) = machine();
    stopped(&io);
    let path = Path::new(DATA);
    let none = TopicPartition::new("none", 3);
    let stopped_dir = || LogDir::open_stopped(&io.disk, path);
    let error = Repair::open(&io, stopped_dir().unwrap(), &none).unwrap_err();
    assert!(matches!(error, RepairError::NoPartition(_)));
    // A server removes the marker when it starts.
    let server = LogDir::open(&io.disk, path).unwrap();
    assert!(stopped_dir().unwrap_err().to_string().contains("in use"));
    drop(server);
    let error = Repair::open(&io, stopped_dir().unwrap(), &partition()).unwrap_err();
    assert!(error.to_string().contains("not stopped cleanly"), "{error}");
}
