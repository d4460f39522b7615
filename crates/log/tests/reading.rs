//! Reads by offset and look-ups by time.

mod support;

use std::path::Path;

use bytes::Bytes;
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault};
use vltava_log::redo::{self, RedoLog};
use vltava_log::{Log, LogConfig, LogReader, Offsets, ReadError, Synced, removal, sync_round};
use wire::record_batch::{BatchBuilder, Compression, EndTransactionMarker, Origin, RecordBatch};

use support::*;

#[test]
fn a_read_inside_a_batch_returns_that_whole_batch() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    append(&mut log, batch(&[(0, "a"), (0, "b"), (0, "c")])).unwrap();
    append(&mut log, batch(&[(0, "d")])).unwrap();
    sync(&mut log);
    let plan = log.read(1, limit(1000, false, 4)).unwrap();
    assert_eq!(plan.base_offset, 0);
    let bytes = plan.into_bytes().unwrap();
    let first = RecordBatch::first(&bytes).unwrap();
    assert_eq!(
        (first.header.base_offset, first.header.record_count),
        (0, 3)
    );
}

#[test]
fn a_read_returns_whole_batches_within_its_bounds() {
    let (_sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 10);
    sync(&mut log);
    let one = log.size() / 10;
    let len = |offset, bounds| log.read(offset, bounds).unwrap().len;
    assert_eq!(len(0, limit(one * 3 + 5, false, 10)), one * 3);
    assert_eq!(len(0, limit(one - 1, false, 10)), 0);
    assert_eq!(len(0, limit(one - 1, true, 10)), one);
    assert_eq!(len(2, limit(u64::MAX, false, 6)), one * 4);
    assert_eq!(len(6, limit(u64::MAX, true, 6)), 0);
    assert_eq!(len(10, limit(u64::MAX, true, 10)), 0);
    for outside in [-1, 11] {
        let refused = log.read(outside, limit(100, true, 10)).unwrap_err();
        assert!(matches!(
            refused,
            ReadError::OffsetOutOfRange {
                log_end_offset: 10,
                ..
            }
        ));
    }
}

#[test]
fn a_look_up_by_time_finds_the_same_as_a_linear_scan() {
    let (_sim, io) = machine();
    let config = LogConfig {
        segment_bytes: 300,
        ..small()
    };
    let mut log = open(&io, config, None).unwrap();
    // Out of order, with repeats, over several segments.
    let times = [5, 3, 9, 9, 2, 14, 13, 20, 1, 20, 25, 24, 30, 7, 31];
    for pair in times.chunks(2) {
        let values: Vec<(i64, &str)> = pair.iter().map(|time| (*time, "some value")).collect();
        append(&mut log, packed(Compression::Lz4, &values)).unwrap();
    }
    assert!(log.segment_count() > 1);
    for time in 0..33 {
        let expected = times.iter().position(|t| *t >= time);
        let found = log.reader().offset_for_timestamp(NOW + time).unwrap();
        assert_eq!(found.map(|f| f.offset as usize), expected, "time {time}");
        assert!(found.is_none_or(|f| f.leader_epoch == 1));
    }
    assert_eq!(
        log.reader()
            .offset_of_max_timestamp()
            .unwrap()
            .unwrap()
            .offset,
        14
    );
    log.close().unwrap();
    let log = open(&io, small(), None).unwrap();
    assert_eq!(
        log.reader()
            .offset_of_max_timestamp()
            .unwrap()
            .unwrap()
            .offset,
        14
    );
    assert_eq!(
        log.reader()
            .offset_for_timestamp(NOW + 20)
            .unwrap()
            .unwrap()
            .offset,
        7
    );
}

#[test]
fn the_largest_time_is_that_of_the_records_from_the_log_start_on() {
    let (_sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    append(&mut log, batch(&[(90, "largest"), (1, "b"), (7, "c")])).unwrap();
    append(&mut log, packed(Compression::Zstd, &[(5, "d"), (8, "e")])).unwrap();
    append(&mut log, batch(&[(2, "f")])).unwrap();
    sync(&mut log);
    let found = |log: &Log| {
        let found = log.reader().offset_of_max_timestamp().unwrap();
        found.map(|found| (found.timestamp - NOW, found.offset))
    };
    let mut answers = vec![found(&log)];
    for start in 1..=6 {
        log.delete_records(start, log.log_end_offset()).unwrap();
        answers.push(found(&log));
    }
    assert_eq!(
        answers,
        [
            Some((90, 0)),
            Some((8, 4)),
            Some((8, 4)),
            Some((8, 4)),
            Some((8, 4)),
            Some((2, 5)),
            None
        ]
    );
}

#[test]
fn a_high_watermark_that_is_lower_after_a_power_cut_puts_no_reader_out_of_range() {
    let (mut sim, io) = machine();
    io.disk.create_dir_all(Path::new(DIR)).unwrap();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 3);
    sync(&mut log);
    assert_eq!(committed(&log), 3);
    drop(log);
    sim.crash();
    // The power went before the recovery point was written.
    let mut log = open(&io, small(), Some(0)).unwrap();
    assert_eq!((log.log_end_offset(), committed(&log)), (3, 0));
    for position in 0..=3 {
        let plan = log.read(position, limit(1 << 20, true, 0)).unwrap();
        assert!(plan.pieces.is_empty(), "a reader at {position} waits");
    }
    sync(&mut log);
    assert_eq!((committed(&log), values(&log)), (3, counted(3)));
}

#[test]
fn a_reader_without_the_log_knows_when_retention_has_renamed_its_files() {
    let (_sim, io) = machine();
    let config = LogConfig {
        retention_ms: 10_000,
        ..small()
    };
    let mut log = open(&io, config, None).unwrap();
    fill(&mut log, 40);
    sync(&mut log);
    let read = |reader: &LogReader<'_>, offset| {
        let plan = reader.read(offset, limit(1 << 20, true, 40)).unwrap();
        plan.into_bytes().unwrap()
    };
    let (old, new) = (log.reader().detached(0), log.reader().detached(39));
    let (first, last) = (read(&old, 0), read(&new, 39));
    fill(&mut log, 10);
    assert_eq!(
        (read(&old, 0), read(&new, 39)),
        (first.clone(), last.clone())
    );
    assert!(!old.is_retired() && !new.is_retired());

    log.apply_retention(committed(&log), NOW + 10_025).unwrap();
    assert!(old.is_retired() && !new.is_retired());
    // The files that it had open are those that it began with.
    assert_eq!((read(&old, 0), read(&new, 39)), (first, last));
    assert!(!log.reader().detached(39).is_retired());
}

#[test]
fn a_read_of_what_was_written_lately_needs_no_disk() {
    let (sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    sync(&mut log);
    let is_cached = |log: &Log, offset| log.reader().is_cached(offset, limit(100, true, 40));
    assert!((0..=40).all(|offset| is_cached(&log, offset)));

    sim.faults().add_disk_fault(DiskFault {
        path: ".log".to_owned(),
        calls: vec![DiskCall::Read],
        error: DiskError::Slow(std::time::Duration::from_secs(1)),
        once_in: 1,
        times: None,
    });
    // The active segment was written lately, the others are not in the page cache.
    assert!(!is_cached(&log, 0));
    assert!(is_cached(&log, 39) && is_cached(&log, 40));
    log.close().unwrap();
    drop(log);
    let log = open(&io, small(), None).unwrap();
    assert!(!is_cached(&log, 39));
}

#[test]
fn a_look_for_aborted_transactions_is_remembered_until_one_aborts() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    let mut transaction = BatchBuilder::new(Compression::None)
        .producer(9, 0, 0)
        .transactional();
    transaction.append(NOW, None, Some(b"in doubt"), &[]);
    append(&mut log, transaction.build()).unwrap();
    sync(&mut log);
    assert!(!log.reader().has_no_aborted(0), "it is not known yet");
    let copy = log.reader().detached(0);
    assert!(copy.aborted_transactions(0, 1).unwrap().is_empty());
    assert!(log.reader().has_no_aborted(0));

    let marker = EndTransactionMarker {
        committed: false,
        coordinator_epoch: 1,
    };
    log.append_as_leader(marker.to_batch(9, 0, NOW), 1, NOW, Origin::Coordinator)
        .unwrap();
    assert!(!copy.has_no_aborted(0));
    assert_eq!(copy.aborted_transactions(0, 1).unwrap().len(), 1);
}

/// A log with a segment that is so large that its file is removed in steps.
fn with_a_large_segment(io: &Io) -> Log {
    let config = LogConfig {
        segment_bytes: removal::STEP_BYTES + (4 << 20),
        retention_bytes: 1,
        file_delete_delay_ms: 0,
        flush_messages: i64::MAX,
        ..LogConfig::default()
    };
    let mut log = open(io, config, None).unwrap();
    while log.size() < removal::STEP_BYTES + (2 << 20) {
        append(&mut log, large_batch()).unwrap();
    }
    log
}

fn large_batch() -> Bytes {
    batch(&[(0, &"x".repeat(900_000))])
}

/// Has retention remove the first segment, and removes its files.
fn remove_the_large_segment(log: &mut Log) {
    while log.segment_count() < 2 {
        append(log, large_batch()).unwrap();
    }
    assert_eq!(log.apply_retention(log.log_end_offset(), NOW).unwrap(), 1);
    remove_deleted(log, NOW);
}

#[test]
fn a_segment_that_is_being_sent_is_not_cut_when_retention_removes_it() {
    let (_sim, io) = machine();
    let mut log = with_a_large_segment(&io);
    let end = log.log_end_offset();
    let sending = log.read(0, limit(u64::MAX, true, end)).unwrap();
    assert!(sending.len > removal::STEP_BYTES);
    remove_the_large_segment(&mut log);
    let len = sending.len as usize;
    assert_eq!(sending.into_bytes().unwrap().len(), len);
}

#[test]
fn a_segment_that_is_being_synced_is_not_cut_when_retention_removes_it() {
    let (mut sim, io) = machine();
    let mut log = with_a_large_segment(&io);
    let dir = Path::new(DIR).parent().unwrap();
    let next = redo::replay(&io, dir, Offsets::new()).unwrap().next;
    let mut redo = RedoLog::begin(&io, dir, next, 1 << 20);
    sync(&mut log);
    // A round copies the last bytes of the segment.
    fill(&mut log, 1);
    let ticket = log.unsynced().unwrap();
    remove_the_large_segment(&mut log);
    let round = sim.block_on(sync_round(&io, &mut redo, vec![ticket]));
    let is_in_redo_log = |synced: &Synced| !synced.is_in_segments();
    assert!(round.results[0].as_ref().is_ok_and(is_in_redo_log));
}

#[test]
fn a_segment_that_is_being_sent_is_not_cut_when_its_topic_is_deleted() {
    let (_sim, io) = machine();
    let log = with_a_large_segment(&io);
    let end = log.log_end_offset();
    let sending = log.read(0, limit(u64::MAX, true, end)).unwrap();
    let in_use = log.keep_open_for_others().unwrap();
    drop(log);
    let deleted = Path::new("/data/t-0.deleted");
    io.disk.rename(Path::new(DIR), deleted).unwrap();
    for entry in io.disk.read_dir(deleted).unwrap() {
        let file = in_use.deleted_file(deleted, &entry.name);
        while !removal::shrink(&io.disk, &file).unwrap() {}
    }
    let len = sending.len as usize;
    assert_eq!(sending.into_bytes().unwrap().len(), len);
}
