//! Damage at promised offsets: it is reported where it is, and everything around it is served.

mod support;

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use io::Io;
use vltava_log::{
    CompactionLimits, DamagedRange, Log, LogConfig, ReadError, ReadLimit, RecoveryFacts,
};
use wire::record_batch::batches;
use wire::{ErrorCode, TopicPartition};

use support::*;

fn file(base_offset: i64, suffix: &str) -> PathBuf {
    Path::new(DIR).join(format!("{base_offset:020}{suffix}"))
}

/// Changes a file of a log that is not open.
fn damage(io: &Io, path: &Path, change: impl FnOnce(&mut BytesMut)) {
    let mut content = BytesMut::from(&io.disk.read(path).unwrap()[..]);
    change(&mut content);
    io.disk.write_atomic(path, &content).unwrap();
}

/// Bytes of the batch with this offset in a file.
fn batch_at(io: &Io, path: &Path, offset: i64) -> Range<usize> {
    let mut position = 0;
    for batch in batches(io.disk.read(path).unwrap()) {
        let batch = batch.unwrap();
        let end = position + batch.bytes.len();
        if batch.header.base_offset == offset {
            return position..end;
        }
        position = end;
    }
    panic!("no batch at {offset}");
}

fn flip(io: &Io, path: &Path, offset: i64, byte: usize) {
    let batch = batch_at(io, path, offset);
    damage(io, path, |content| content[batch.start + byte] ^= 4);
}

/// A cleanly closed log of one segment.
fn one_segment(io: &Io, count: i64) -> PathBuf {
    let mut log = open(io, LogConfig::default(), None).unwrap();
    fill(&mut log, count);
    log.close().unwrap();
    file(0, ".log")
}

fn read(log: &Log, offset: i64) -> Result<Range<i64>, ReadError> {
    let limit = ReadLimit {
        max_bytes: 1 << 20,
        min_one: true,
        upper_bound: log.log_end_offset(),
    };
    let plan = log.read(offset, limit)?;
    let headers: Vec<_> = batches(plan.into_bytes().unwrap())
        .map(|batch| {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            batch.header
        })
        .collect();
    let end = headers.last().map_or(offset, |last| last.next_offset());
    Ok(headers.first().map_or(offset, |first| first.base_offset)..end)
}

fn damaged_at(log: &Log, offset: i64) -> Box<DamagedRange> {
    match read(log, offset) {
        Err(ReadError::Damaged(range)) => range,
        other => panic!("{offset}: {other:?}"),
    }
}

#[test]
fn batches_around_a_damaged_one_are_served_and_appending_continues() {
    // Flips a bit in the records, the checksum, the length, the base offset, the offset delta, the
    // magic.
    for byte in [65, 18, 10, 11, 7, 0, 26, 23, 16] {
        for recovery_point in [Some(10), None] {
            let (_sim, io) = machine();
            let path = one_segment(&io, 10);
            flip(&io, &path, 5, byte);
            let rotten = io.disk.read(&path).unwrap();
            let facts = RecoveryFacts {
                clean_shutdown: recovery_point.is_none(),
                recovery_point: 10,
                ..RecoveryFacts::default()
            };
            let (dir, t) = (Path::new(DIR), TopicPartition::new("t", 0));
            let mut log = Log::open(&io, dir, t, LogConfig::default(), facts, NOW).unwrap();
            let case = format!("byte {byte}, {recovery_point:?}");
            assert_eq!(read(&log, 0).unwrap(), 0..5, "{case}");
            let range = damaged_at(&log, 5);
            assert_eq!((range.first_offset, range.next_offset), (5, 6), "{case}");
            assert_eq!(range.file, path);
            let error = ReadError::Damaged(range);
            assert_eq!(error.error_code(), ErrorCode::CorruptMessage);
            assert_eq!(read(&log, 6).unwrap(), 6..10, "{case}");
            fill(&mut log, 1);
            assert_eq!(read(&log, 10).unwrap(), 10..11, "{case}");
            assert_eq!(log.damaged().len(), 1, "{case}");
            // The damaged file is not changed.
            assert!(io.disk.read(&path).unwrap().starts_with(&rotten), "{case}");
        }
    }
}

/// A log of several segments none of which is known to be synced. Returns their base offsets.
fn unsynced_segments(io: &Io, config: LogConfig) -> Vec<i64> {
    let mut log = open(io, config, None).unwrap();
    fill(&mut log, 40);
    let bases: Vec<i64> = (0..40)
        .filter(|offset| io.disk.exists(&file(*offset, ".log")))
        .collect();
    assert!(bases.len() > 3);
    bases
}

#[test]
fn damage_before_an_intact_segment_is_reported_if_records_were_readable_before_the_sync() {
    let (_sim, io) = machine();
    let config = LogConfig {
        flush_messages: i64::MAX,
        ..small()
    };
    let bases = unsynced_segments(&io, config.clone());
    let [second, third] = [bases[1], bases[2]];
    // Two flipped batches; and the end of the segment before is missing.
    flip(&io, &file(second, ".log"), second + 1, 65);
    flip(&io, &file(second, ".log"), second + 3, 18);
    let first = file(0, ".log");
    let cut = batch_at(&io, &first, second - 1);
    damage(&io, &first, |content| content.truncate(cut.start));
    for _ in 0..2 {
        let log = open(&io, config.clone(), Some(0)).unwrap();
        assert_eq!((log.log_end_offset(), log.recovered().cut_bytes), (40, 0));
        assert_eq!(log.damaged().len(), 3);
        assert_eq!(read(&log, 0).unwrap(), 0..second - 1);
        assert_eq!(damaged_at(&log, second - 1).next_offset, second);
        assert_eq!(read(&log, second).unwrap(), second..second + 1);
        assert_eq!(damaged_at(&log, second + 1).next_offset, second + 2);
        assert_eq!(read(&log, second + 2).unwrap(), second + 2..second + 3);
        assert_eq!(read(&log, second + 4).unwrap(), second + 4..third);
        assert_eq!(read(&log, 39).unwrap(), 39..40);
    }
    // Each record of a strict topic is synced before it is readable: these were not.
    let log = open(&io, small(), Some(0)).unwrap();
    assert_eq!((log.log_end_offset(), log.damaged()), (second - 1, vec![]));
}

#[test]
fn segments_without_a_good_batch_are_removed_with_the_torn_tail_before_them() {
    let (_sim, io) = machine();
    let config = LogConfig {
        flush_messages: i64::MAX,
        ..small()
    };
    let bases = unsynced_segments(&io, config.clone());
    let [torn, behind] = [bases[bases.len() - 2], bases[bases.len() - 1]];
    let first = batch_at(&io, &file(torn, ".log"), torn + 2);
    damage(&io, &file(torn, ".log"), |content| {
        content[first.start..].fill(0)
    });
    damage(&io, &file(behind, ".log"), |content| content.fill(0));
    let log = open(&io, config, Some(0)).unwrap();
    assert_eq!(log.log_end_offset(), torn + 2);
    assert_eq!(log.damaged(), []);
    assert!(!io.disk.exists(&file(behind, ".log")));
}

#[test]
fn damage_in_the_last_segment_is_reported_if_records_were_readable_before_the_sync() {
    for (flush_messages, end) in [(1, 5), (i64::MAX, 10)] {
        let (_sim, io) = machine();
        let path = one_segment(&io, 10);
        flip(&io, &path, 5, 65);
        let config = LogConfig {
            flush_messages,
            ..LogConfig::default()
        };
        let log = open(&io, config, Some(0)).unwrap();
        assert_eq!(log.log_end_offset(), end);
        assert_eq!(log.damaged().len(), usize::from(end == 10));
    }
}

#[test]
fn a_log_that_ends_too_early_continues_after_the_promised_offsets() {
    let (_sim, io) = machine();
    let path = one_segment(&io, 10);
    let cut = batch_at(&io, &path, 7);
    // Cut inside a batch, and between two.
    for len in [cut.start + 30, cut.start] {
        damage(&io, &path, |content| content.truncate(len));
        for _ in 0..2 {
            let mut log = open(&io, LogConfig::default(), Some(10)).unwrap();
            let end = log.log_end_offset();
            assert!(end >= 10, "offsets are used twice");
            assert_eq!(read(&log, 0).unwrap(), 0..7);
            assert_eq!(damaged_at(&log, 8).next_offset, 10);
            fill(&mut log, 1);
            assert_eq!(read(&log, 10).unwrap(), 10..end + 1);
            sync(&mut log);
            log.close().unwrap();
        }
    }
    assert_eq!(io.disk.metadata(&path).unwrap().len, cut.start as u64);
}

#[test]
fn a_missing_segment_is_damage_unless_compaction_removed_it() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    log.close().unwrap();
    let (gone, next) = {
        let mut bases: Vec<i64> = (1..40)
            .filter(|o| io.disk.exists(&file(*o, ".log")))
            .collect();
        bases.truncate(2);
        (bases[0], bases[1])
    };
    drop(log);
    io.disk.remove_file(&file(gone, ".log")).unwrap();
    for clean_shutdown in [true, false] {
        let mut facts = RecoveryFacts {
            clean_shutdown,
            recovery_point: 40,
            ..RecoveryFacts::default()
        };
        let dir = Path::new(DIR);
        let opened = |config, facts| {
            let t = TopicPartition::new("t", 0);
            Log::open(&io, dir, t, config, facts, NOW).unwrap()
        };
        let log = opened(small(), facts);
        assert_eq!(read(&log, 0).unwrap(), 0..gone);
        let range = damaged_at(&log, gone);
        assert_eq!((range.first_offset, range.next_offset), (gone, next));
        assert_eq!(read(&log, next).unwrap().start, next);
        // Compaction, now or earlier, explains such gaps.
        let mut compacted = small();
        compacted.rules.compacted = true;
        assert_eq!(opened(compacted, facts).damaged(), []);
        facts.compacted_below = next;
        assert_eq!(opened(small(), facts).damaged(), []);
        facts.compacted_below = next - 1;
        assert_eq!(opened(small(), facts).damaged().len(), 1);
    }
}

#[test]
fn a_time_lookup_that_passes_damage_returns_it() {
    let (_sim, io) = machine();
    let path = one_segment(&io, 10);
    flip(&io, &path, 5, 65);
    let log = open(&io, LogConfig::default(), Some(10)).unwrap();
    let offset = |time| {
        log.reader()
            .offset_for_timestamp(NOW + time)
            .unwrap()
            .unwrap()
            .offset
    };
    assert_eq!([3, 4, 5, 6, 7].map(offset), [3, 4, 5, 5, 5]);
}

#[test]
fn a_damaged_segment_is_not_compacted_and_can_be_deleted() {
    let (_sim, io) = machine();
    let mut config = small();
    config.rules.compacted = true;
    let mut log = open(&io, config.clone(), None).unwrap();
    fill(&mut log, 60);
    sync(&mut log);
    let second = (1..60).find(|o| io.disk.exists(&file(*o, ".log"))).unwrap();
    log.close().unwrap();
    drop(log);
    flip(&io, &file(second, ".log"), second + 1, 65);
    let mut log = open(&io, config, None).unwrap();
    assert_eq!(damaged_at(&log, second + 1).first_offset, second + 1);
    let found = log.cleanable(None, 60, NOW).unwrap();
    assert_eq!(found.end, second, "nothing in or behind it");
    let limits = CompactionLimits::default();
    let mut pass = log.compact(&found, limits, NOW).unwrap();
    while !matches!(pass.step().unwrap(), vltava_log::Step::Done(_)) {}
    log.delete_records(second + 2, committed(&log)).unwrap();
    assert_eq!(log.damaged(), []);
    assert_eq!(read(&log, second + 2).unwrap().start, second + 2);
}

#[test]
fn a_batch_inside_a_record_is_not_served_in_the_place_of_a_damaged_batch() {
    let (_sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 3);
    // A record whose value is a complete batch with a plausible offset.
    let mut inner = BytesMut::from(&batch(&[(0, "planted")])[..]);
    inner[..8].copy_from_slice(&4_i64.to_be_bytes());
    let mut outer = wire::record_batch::BatchBuilder::new(wire::record_batch::Compression::None);
    outer.append(NOW, None, Some(&inner), &[]);
    append(&mut log, outer.build()).unwrap();
    fill(&mut log, 3);
    log.close().unwrap();
    drop(log);
    flip(&io, &file(0, ".log"), 3, 18);
    let log = open(&io, LogConfig::default(), Some(7)).unwrap();
    assert_eq!(damaged_at(&log, 3).next_offset, 4);
    assert_eq!(read(&log, 4).unwrap(), 4..7);
    let records = read_all(&log, 4);
    assert!(
        records
            .iter()
            .all(|r| r.value.as_deref() != Some(&b"planted"[..]))
    );
}

#[test]
fn batches_not_read_at_opening_are_checked_before_they_are_served() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    log.close().unwrap();
    drop(log);
    flip(&io, &file(0, ".log"), 3, 65);
    let log = open(&io, small(), None).unwrap();
    assert_eq!(log.recovered().scanned_segments, 0);
    assert_eq!(log.damaged(), [], "nothing was read yet");
    // A read of other batches does not find it.
    assert_eq!(read(&log, 20).unwrap().start, 20);
    assert_eq!(log.damaged(), []);
    assert_eq!(read(&log, 1).unwrap(), 1..3);
    assert_eq!(log.damaged().len(), 1);
    assert_eq!(damaged_at(&log, 3).next_offset, 4);
    assert_eq!(read(&log, 4).unwrap().start, 4);
}

#[test]
fn producers_and_transactions_are_replayed_around_damage() {
    let (_sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    for sequence in 0..4 {
        append(&mut log, produced(9, 0, sequence, &["x"])).unwrap();
    }
    log.close().unwrap();
    drop(log);
    let path = file(0, ".log");
    flip(&io, &path, 1, 65);
    for entry in io.disk.read_dir(Path::new(DIR)).unwrap() {
        if entry.name.ends_with(".snapshot") {
            io.disk
                .remove_file(&Path::new(DIR).join(entry.name))
                .unwrap();
        }
    }
    let mut log = open(&io, LogConfig::default(), Some(4)).unwrap();
    let again = append(&mut log, produced(9, 0, 3, &["x"])).unwrap();
    assert!(again.duplicate);
    assert!(
        !append(&mut log, produced(9, 0, 4, &["x"]))
            .unwrap()
            .duplicate
    );
}
