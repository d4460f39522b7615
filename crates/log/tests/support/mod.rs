//! Helpers: a log on the simulated disk, and batches for it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;

use bytes::Bytes;
use io::Io;
use io::sim::Sim;
use vltava_log::redo::{self, RedoLog};
use vltava_log::{
    AppendError, AppendInfo, Log, LogConfig, Offsets, OpenError, ReadLimit, RecoveryFacts,
    partition_metadata, removal,
};
use wire::record_batch::{BatchBuilder, Compression, Origin, Record, batches};
use wire::{TopicPartition, Uuid};

/// The time in the tests, in ms.
pub const NOW: i64 = 1_704_067_200_000;
/// The directory of the partition.
pub const DIR: &str = "/data/t-0";

/// The seeds of a run: `runs` of them, unless `VLTAVA_SEEDS` or `VLTAVA_SEED` is set.
pub fn seeds(runs: u64) -> std::ops::Range<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|value| value.parse().expect("a number"))
    };
    match number("VLTAVA_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("VLTAVA_SEEDS").unwrap_or(runs),
    }
}

/// The id of the topic.
const TOPIC_ID: Uuid = Uuid([7; 16]);
/// A file of the redo log holds only a few frames.
const REDO_BYTES: u64 = 24 << 10;

/// A machine with an empty disk.
pub fn machine() -> (Sim, Io) {
    let sim = Sim::new(7);
    let io = sim.io();
    (sim, io)
}

/// Small segments and an index entry for nearly every batch.
pub fn small() -> LogConfig {
    LogConfig {
        segment_bytes: 1000,
        index_interval_bytes: 100,
        ..LogConfig::default()
    }
}

/// Opens the log as after a crash, if `recovery_point` is given, or else as after a clean shutdown.
/// Everything on the disk is synced first.
pub fn open(io: &Io, config: LogConfig, recovery_point: Option<i64>) -> Result<Log, OpenError> {
    io.disk.sync_file_system(Path::new("/")).unwrap();
    let facts = RecoveryFacts {
        clean_shutdown: recovery_point.is_none(),
        recovery_point: recovery_point.unwrap_or(0),
        found_is_synced: true,
        ..RecoveryFacts::default()
    };
    Log::open(
        io,
        Path::new(DIR),
        TopicPartition::new("t", 0),
        config,
        facts,
        NOW,
    )
}

/// Opens the log as after a kill, with offsets up to `recovery_point` promised. Nothing is synced
/// since the last process.
pub fn open_after_kill(io: &Io, config: LogConfig, recovery_point: i64) -> Log {
    let facts = RecoveryFacts {
        recovery_point,
        ..RecoveryFacts::default()
    };
    let partition = TopicPartition::new("t", 0);
    Log::open(io, Path::new(DIR), partition, config, facts, NOW).unwrap()
}

/// Opens the log as the broker does, after a replay of the redo log. Returns also the offset up
/// to which the log was synced according to the redo log.
pub fn open_with_redo(
    io: &Io,
    config: LogConfig,
    facts: RecoveryFacts,
    now_ms: i64,
) -> (Log, RedoLog, i64) {
    let dir = Path::new(DIR).parent().unwrap();
    let partition = TopicPartition::new("t", 0);
    if facts.clean_shutdown {
        redo::remove(&io.disk, dir).unwrap();
    }
    let recovery_points = Offsets::from([(partition.clone(), facts.recovery_point)]);
    let replayed = redo::replay(io, dir, recovery_points).unwrap();
    if partition_metadata::read(&io.disk, Path::new(DIR)).unwrap() != Some(TOPIC_ID) {
        partition_metadata::write(&io.disk, Path::new(DIR), TOPIC_ID).unwrap();
    }
    let synced = replayed.locally_synced.get(&partition).copied();
    let locally_synced = synced.unwrap_or(0);
    if facts.found_is_synced {
        io.disk.sync_file_system(dir).unwrap();
    }
    let facts = RecoveryFacts {
        topic_id: TOPIC_ID,
        recovery_point: replayed.recovery_points[&partition],
        locally_synced,
        ..facts
    };
    let log = Log::open(io, Path::new(DIR), partition, config, facts, now_ms).unwrap();
    let redo = RedoLog::begin(io, dir, replayed.next, REDO_BYTES);
    (log, redo, locally_synced)
}

/// Truncates a log whose recovery point is not checkpointed.
pub fn truncate(log: &mut Log, offset: i64) {
    let io = log.io().clone();
    let dir = Path::new("/data");
    let next = redo::replay(&io, dir, Offsets::new()).unwrap().next;
    let mut redo = RedoLog::begin(&io, dir, next, REDO_BYTES);
    log.truncate_to(offset, &mut redo, |_| Ok(())).unwrap();
}

/// Opens one of several new logs.
pub fn open_number(io: &Io, number: i32) -> Log {
    let partition = TopicPartition::new("many", number);
    let dir = Path::new("/data").join(partition.to_string());
    let facts = RecoveryFacts::default();
    Log::open(io, &dir, partition, LogConfig::default(), facts, NOW).unwrap()
}

/// A batch with these values and timestamps, relative to [`NOW`].
pub fn batch(values: &[(i64, &str)]) -> Bytes {
    packed(Compression::None, values)
}

/// A compressed batch.
pub fn packed(compression: Compression, values: &[(i64, &str)]) -> Bytes {
    let mut builder = BatchBuilder::new(compression);
    for (time, value) in values {
        builder.append(NOW + time, Some(b"key"), Some(value.as_bytes()), &[]);
    }
    builder.build()
}

/// A batch of an idempotent producer.
pub fn produced(id: i64, epoch: i16, sequence: i32, values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None).producer(id, epoch, sequence);
    for value in values {
        builder.append(NOW, None, Some(value.as_bytes()), &[]);
    }
    builder.build()
}

/// Appends as a client does.
pub fn append(log: &mut Log, bytes: Bytes) -> Result<AppendInfo, AppendError> {
    log.append_as_leader(bytes, 1, NOW, Origin::Client)
}

/// Appends `count` batches of one record each, whose values are their offsets.
pub fn fill(log: &mut Log, count: i64) {
    for _ in 0..count {
        let offset = log.log_end_offset();
        append(log, batch(&[(offset, &offset.to_string())])).unwrap();
    }
}

/// Syncs the log, as the sync thread does.
pub fn sync(log: &mut Log) {
    if let Some(ticket) = log.unsynced() {
        ticket.sync(&log.io().disk).unwrap();
        log.mark_synced(&ticket.synced);
    }
}

/// The high watermark, as a broker that is the only replica sets it.
pub fn committed(log: &Log) -> i64 {
    match log.config().is_strict() {
        true => log.synced_offset(),
        false => log.log_end_offset(),
    }
}

/// All records from `offset` to the high watermark, read in steps.
pub fn read_all(log: &Log, offset: i64) -> Vec<Record> {
    let bound = committed(log);
    let mut next = offset;
    let mut records = Vec::new();
    while next < bound {
        let limit = ReadLimit {
            max_bytes: 300,
            min_one: true,
            upper_bound: bound,
        };
        let bytes = log.read(next, limit).unwrap().into_bytes().unwrap();
        assert!(
            !bytes.is_empty(),
            "nothing to read at {next}, below {bound}"
        );
        for batch in batches(bytes) {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            next = batch.header.next_offset();
            for record in batch.records(1 << 20).unwrap() {
                let record = record.unwrap();
                if record.offset >= offset {
                    records.push(record);
                }
            }
        }
    }
    records
}

/// The values of all records, as text.
pub fn values(log: &Log) -> Vec<String> {
    let text = |record: &Record| {
        String::from_utf8(record.value.clone().unwrap_or_default().to_vec()).unwrap()
    };
    read_all(log, log.log_start_offset())
        .iter()
        .map(text)
        .collect()
}

/// `0..count` as text: the values that [`fill`] writes.
pub fn counted(count: i64) -> Vec<String> {
    (0..count).map(|offset| offset.to_string()).collect()
}

/// Removes the files of deleted segments whose delay has passed.
pub fn remove_deleted(log: &mut Log, now_ms: i64) {
    for file in log.take_deleted_files(now_ms) {
        while !removal::shrink(&log.io().disk, &file).unwrap() {}
    }
}

/// The limits of a read.
pub fn limit(max_bytes: u64, min_one: bool, upper_bound: i64) -> ReadLimit {
    ReadLimit {
        max_bytes,
        min_one,
        upper_bound,
    }
}
