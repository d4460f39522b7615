//! Compaction of a log, one behaviour per test.

mod support;

use bytes::Bytes;
use io::Io;
use vltava_log::{
    Cleanable, Compacted, CompactionError, CompactionLimits, Log, LogConfig, ReadError, ReadLimit,
    Step, Suspect,
};
use wire::record_batch::{
    AppendRules, BatchBuilder, Compression, EndTransactionMarker, Origin, RecordBatch, batches,
};

use support::{DIR, NOW, append, committed, machine, open, read_all, remove_deleted, small, sync};

fn compacted() -> LogConfig {
    LogConfig {
        rules: AppendRules {
            compacted: true,
            ..AppendRules::default()
        },
        delete_retention_ms: 1000,
        ..small()
    }
}

fn keyed(key: &str, value: Option<&str>) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(NOW, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
    builder.build()
}

/// Appends `count` records whose keys are their offset modulo `keys`, and syncs.
fn fill(log: &mut Log, count: i64, keys: i64) {
    for _ in 0..count {
        let offset = log.log_end_offset();
        let key = format!("k{}", offset % keys);
        append(log, keyed(&key, Some(&offset.to_string()))).unwrap();
    }
    sync(log);
}

/// Runs one pass with these limits and puts the new segments in place.
fn pass(log: &mut Log, point: Option<i64>, limits: CompactionLimits, now_ms: i64) -> Compacted {
    let found = log.cleanable(point, log.synced_offset(), now_ms).unwrap();
    let mut work = log.compact(&found, limits, now_ms).unwrap();
    loop {
        match work.step().unwrap() {
            Step::Worked(_) => {}
            Step::Ready(segment) => assert!(log.replace_segments(segment, now_ms).unwrap()),
            Step::Done(done) => return done,
        }
    }
}

fn compact(log: &mut Log, point: Option<i64>) -> Compacted {
    pass(log, point, CompactionLimits::default(), NOW)
}

fn found(log: &mut Log, point: Option<i64>) -> Cleanable {
    log.cleanable(point, log.synced_offset(), NOW).unwrap()
}

/// Offsets, keys and values of all records, as text.
fn contents(log: &Log) -> Vec<(i64, String, String)> {
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    read_all(log, log.log_start_offset())
        .iter()
        .map(|record| {
            let value = record.value.as_ref().map_or("-".into(), text);
            (record.offset, text(record.key.as_ref().unwrap()), value)
        })
        .collect()
}

fn names(io: &Io) -> Vec<String> {
    let entries = io.disk.read_dir(std::path::Path::new(DIR)).unwrap();
    entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn the_last_value_of_each_key_is_kept() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 100, 3);
    let active = 100 - contents(&log).len() as i64;
    assert_eq!(active, 0);
    let before = found(&mut log, None);
    assert!(before.is_due(0.5) && before.end > 80);
    let size = log.size();
    let done = compact(&mut log, None);
    assert_eq!((done.cleaner_point, done.keys), (before.end, 3));
    assert!(!done.map_was_full && done.bytes_after < done.bytes_before);
    assert_eq!(log.size(), size - done.bytes_before + done.bytes_after);
    let expected: Vec<i64> = (before.end - 3..100).collect();
    let left: Vec<i64> = contents(&log).iter().map(|record| record.0).collect();
    assert_eq!(left, expected);
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (0, 100));
    assert!(!found(&mut log, Some(done.cleaner_point)).is_due(0.0));
    // The remaining records of full segments fit into one.
    let records = contents(&log);
    compact(&mut log, None);
    assert_eq!((log.segment_count(), contents(&log)), (2, records));

    // Old files wait for their removal; no other files are left.
    let left_over = |names: Vec<String>| -> Vec<String> {
        let ends = [".deleted", ".cleaned", ".swap"];
        let is_left = |name: &String| ends.iter().any(|end| name.ends_with(end));
        names.into_iter().filter(is_left).collect()
    };
    assert!(
        left_over(names(&io))
            .iter()
            .all(|name| name.ends_with(".deleted"))
    );
    remove_deleted(&mut log, NOW + 60_000);
    assert!(left_over(names(&io)).is_empty());

    for recovery_point in [None, Some(0), Some(100)] {
        log.close().unwrap();
        let records = contents(&log);
        log = open(&io, compacted(), recovery_point).unwrap();
        sync(&mut log);
        assert_eq!(contents(&log), records, "{recovery_point:?}");
        assert_eq!(log.damaged(), []);
    }
}

#[test]
fn keys_that_do_not_fit_take_several_passes() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 200, 40);
    let end = found(&mut log, None).end;
    let limits = CompactionLimits {
        map_bytes: 24 * 12,
        read_bytes: 300,
        ..CompactionLimits::default()
    };
    let (mut point, mut passes) = (None, 0);
    loop {
        let done = pass(&mut log, point, limits, NOW);
        assert!(done.keys <= 10 && done.cleaner_point > point.unwrap_or(0));
        point = Some(done.cleaner_point);
        passes += 1;
        if !done.map_was_full {
            break;
        }
    }
    assert!(passes > 10);
    assert_eq!(point, Some(end));
    let expected: Vec<i64> = (end - 40..200).collect();
    let left: Vec<i64> = contents(&log).iter().map(|record| record.0).collect();
    assert_eq!(left, expected);
}

#[test]
fn a_tombstone_is_kept_for_delete_retention_ms() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    append(&mut log, keyed("gone", Some("1"))).unwrap();
    append(&mut log, keyed("gone", None)).unwrap();
    fill(&mut log, 30, 1);
    let tombstone = (1, "gone".to_string(), "-".to_string());
    let at = |log: &mut Log, now_ms| {
        fill(log, 30, 1);
        let done = pass(log, None, CompactionLimits::default(), now_ms);
        assert!(done.bytes_before > 0);
        contents(log).contains(&tombstone)
    };
    assert!(at(&mut log, NOW));
    assert!(!contents(&log).iter().any(|record| record.0 == 0));
    assert!(at(&mut log, NOW + 999));
    assert!(!at(&mut log, NOW + 1000));
}

#[test]
fn a_reader_continues_through_gaps_and_over_a_swap() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 60, 2);
    let limit = ReadLimit {
        max_bytes: 10_000,
        min_one: true,
        upper_bound: 60,
    };
    let plan = log.read(3, limit).unwrap();
    let before = plan.clone().into_bytes().unwrap();
    let reader = log.reader().detached(0);
    compact(&mut log, None);
    assert!(reader.is_retired(), "its files have other names");
    remove_deleted(&mut log, NOW + 60_000);
    assert_eq!(
        plan.into_bytes().unwrap(),
        before,
        "planned before the swap"
    );
    for offset in 0..60 {
        let bytes = log.read(offset, limit).unwrap().into_bytes().unwrap();
        let first = RecordBatch::first(&bytes).unwrap().header;
        assert!(first.last_offset() >= offset, "{offset}");
    }
    for time in [NOW - 1, NOW] {
        let first = log.reader().offset_for_timestamp(time).unwrap().unwrap();
        assert_eq!(first.offset, contents(&log)[0].0);
    }
}

#[test]
fn unsynced_records_open_transactions_and_the_active_segment_are_not_compacted() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 30, 1);
    let synced = found(&mut log, None).end;
    for _ in 0..30 {
        append(&mut log, keyed("k", Some("not synced"))).unwrap();
    }
    assert_eq!(found(&mut log, None).end, synced);
    let mut builder = BatchBuilder::new(Compression::None)
        .producer(9, 0, 0)
        .transactional();
    builder.append(NOW, Some(b"k"), Some(b"undecided"), &[]);
    let undecided = append(&mut log, builder.build()).unwrap().base_offset;
    fill(&mut log, 30, 1);
    let end = found(&mut log, None).end;
    assert!(
        synced < end && end <= undecided,
        "{synced} {end} {undecided}"
    );
}

#[test]
fn an_aborted_transaction_is_removed_and_a_retry_is_a_duplicate() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    let transaction = |sequence, value: &str| {
        let mut builder = BatchBuilder::new(Compression::None)
            .producer(9, 0, sequence)
            .transactional();
        builder.append(NOW, Some(b"t"), Some(value.as_bytes()), &[]);
        builder.build()
    };
    let end = |committed| {
        let marker = EndTransactionMarker {
            committed,
            coordinator_epoch: 0,
        };
        marker.to_batch(9, 0, NOW)
    };
    let coordinated = |log: &mut Log, bytes| {
        log.append_as_leader(bytes, 1, NOW, Origin::Coordinator)
            .unwrap()
    };
    append(&mut log, transaction(0, "committed")).unwrap();
    coordinated(&mut log, end(true));
    append(&mut log, transaction(1, "aborted")).unwrap();
    let marker = coordinated(&mut log, end(false)).base_offset;
    fill(&mut log, 30, 1);
    assert_eq!(log.reader().aborted_transactions(0, 30).unwrap().len(), 1);
    let values = |log: &Log| -> Vec<String> {
        let text = |record: &wire::record_batch::Record| {
            String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned()
        };
        let keyed = |record: &&wire::record_batch::Record| record.key.as_deref() == Some(b"t");
        read_all(log, 0).iter().filter(keyed).map(text).collect()
    };
    for round in 0..3 {
        let now_ms = NOW + round * 1000;
        pass(&mut log, None, CompactionLimits::default(), now_ms);
        assert_eq!(values(&log), ["committed"], "{round}");
        log.close().unwrap();
        log = open(&io, compacted(), None).unwrap();
        // The batch of the aborted record, now empty, holds the last sequence of the producer.
        let again = append(&mut log, transaction(1, "aborted")).unwrap();
        assert!(again.duplicate);
        let header = |offset| {
            let limit = ReadLimit {
                max_bytes: 0,
                min_one: true,
                upper_bound: 30,
            };
            let bytes = log.read(offset, limit).unwrap().into_bytes().unwrap();
            RecordBatch::first(&bytes).unwrap().header
        };
        assert_eq!((header(2).base_offset, header(2).record_count), (2, 0));
        assert!(header(marker).is_control());
        assert_eq!(log.reader().aborted_transactions(0, 30).unwrap().len(), 1);
        fill(&mut log, 30, 1);
    }
}

#[test]
fn a_compacted_transaction_is_not_open_after_a_crash() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    let fill_segment = |log: &mut Log| {
        let count = log.segment_count();
        while log.segment_count() == count {
            let key = format!("only {}", log.log_end_offset());
            append(log, keyed(&key, Some("x"))).unwrap();
        }
        sync(log);
    };
    let mut builder = BatchBuilder::new(Compression::None)
        .producer(9, 0, 0)
        .transactional();
    builder.append(NOW, Some(b"t"), Some(b"aborted"), &[]);
    append(&mut log, builder.build()).unwrap();
    // In the snapshot of the second segment the transaction is open.
    fill_segment(&mut log);
    let second = log.log_end_offset() - 1;
    let marker = EndTransactionMarker {
        committed: false,
        coordinator_epoch: 0,
    };
    let bytes = marker.to_batch(9, 0, NOW);
    log.append_as_leader(bytes, 1, NOW, Origin::Coordinator)
        .unwrap();
    fill_segment(&mut log);
    log.expire_producers(NOW + 90_000_000);
    for now_ms in [NOW, NOW, NOW + 1000] {
        pass(&mut log, None, CompactionLimits::default(), now_ms);
    }
    assert!(
        !read_all(&log, 0)
            .iter()
            .any(|record| record.offset == second + 1)
    );
    drop(log);
    let mut log = open(&io, compacted(), Some(second + 1)).unwrap();
    sync(&mut log);
    assert_eq!(
        log.last_stable_offset(committed(&log)),
        log.log_end_offset()
    );
}

#[test]
fn a_damaged_batch_ends_the_pass_and_is_recorded() {
    let (sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 60, 2);
    let before = names(&io);
    log.release();
    let path = std::path::Path::new(DIR).join("00000000000000000000.log");
    sim.faults().flip_bit(&path, Some(200)).unwrap();
    let suspect = damage_met(&mut log);
    let said = suspect.to_string();
    assert!(said.contains("00000000000000000000.log"), "{said}");
    assert_eq!(names(&io), before);

    // Readers were served it: this process has written it and does not check it again.
    let end = read_end(&log, 0).unwrap();
    assert_eq!(log.damaged(), []);
    assert!(log.reader().confirm_damage(&suspect).unwrap());
    let range = log.damaged().remove(0);
    assert!(range.position <= 200 && 200 < range.end_position);
    assert_eq!(range.next_offset, range.first_offset + 1);
    assert!(range.next_offset < end);
    assert_eq!(read_end(&log, 0).unwrap(), range.first_offset);
    let error = read_end(&log, range.first_offset).unwrap_err();
    assert_eq!(error.error_code(), wire::ErrorCode::CorruptMessage);
    assert_eq!(read_end(&log, range.next_offset).unwrap(), end);
    let left = found(&mut log, None);
    assert!(left.held_back && left.dirty_bytes == 0, "{left:?}");
    // It is not recorded twice.
    assert!(log.reader().confirm_damage(&suspect).unwrap());
    assert_eq!(log.damaged(), [range]);
}

#[test]
fn segments_before_a_damaged_batch_are_compacted() {
    let (_sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 200, 100);
    let bases: Vec<String> = names(&io)
        .into_iter()
        .filter(|name| name.ends_with(".log"))
        .collect();
    log.release();
    let flip_bit = |name: &str, byte| {
        let path = std::path::Path::new(DIR).join(name);
        let file = io.disk.open(&path, io::OpenMode::ReadWrite).unwrap();
        let mut content = [0];
        file.read_exact_at(byte, &mut content).unwrap();
        file.write_all_at(byte, &[content[0] ^ 1]).unwrap();
    };
    // A batch that is good when checked again was damaged in memory or during the read.
    flip_bit(&bases[3], 70);
    let suspect = damage_met(&mut log);
    flip_bit(&bases[3], 70);
    assert!(!log.reader().confirm_damage(&suspect).unwrap());
    assert_eq!(log.damaged(), []);
    // The base offset, the length, the magic, the checksum, the offset delta, a record. The first
    // two may make the next batch look wrong.
    for (segment, byte) in (2..8).rev().zip([7, 11, 16, 17, 26, 70]) {
        flip_bit(&bases[segment], byte);
        let suspect = damage_met(&mut log);
        assert!(suspect.to_string().contains(&bases[segment]), "{suspect}");
        assert!(log.reader().confirm_damage(&suspect).unwrap(), "{suspect}");
        let range = &log.damaged()[0];
        assert!(range.file.ends_with(&bases[segment]), "{range}");
        assert_eq!(
            (range.position, range.next_offset),
            (0, range.first_offset + 1)
        );
        let left = found(&mut log, None);
        assert!(left.held_back && left.dirty_bytes > 0, "{left:?}");
        assert_eq!(format!("{:020}.log", left.end), bases[segment]);
    }
    let left = found(&mut log, None);
    let done = compact(&mut log, None);
    assert_eq!(done.cleaner_point, left.end);
    assert_eq!(found(&mut log, Some(left.end)).dirty_bytes, 0);
}

/// Result of a pass over a damaged log.
fn damage_met(log: &mut Log) -> Suspect {
    let found = found(log, None);
    let mut work = log
        .compact(&found, CompactionLimits::default(), NOW)
        .unwrap();
    loop {
        match work.step() {
            Ok(Step::Ready(_) | Step::Done(_)) => panic!("damage was compacted"),
            Ok(Step::Worked(_)) => {}
            Err(CompactionError::Damaged(suspect)) => return suspect,
            Err(error) => panic!("{error}"),
        }
    }
}

/// End of the first piece that a reader at `offset` gets.
fn read_end(log: &Log, offset: i64) -> Result<i64, ReadError> {
    let limit = ReadLimit {
        max_bytes: 10_000,
        min_one: true,
        upper_bound: log.log_end_offset(),
    };
    let bytes = log.read(offset, limit)?.into_bytes()?;
    let last = batches(bytes).last().unwrap().unwrap();
    Ok(last.header.next_offset())
}

#[test]
fn a_full_disk_ends_the_pass_and_nothing_is_changed() {
    let (sim, io) = machine();
    let mut log = open(&io, compacted(), None).unwrap();
    fill(&mut log, 200, 100);
    let (before, records) = (names(&io), contents(&log));
    sim.faults().set_disk_capacity(Some(log.size() + 3000));
    let found = found(&mut log, None);
    let mut work = log
        .compact(&found, CompactionLimits::default(), NOW)
        .unwrap();
    let mut ready = Vec::new();
    let error = loop {
        match work.step() {
            Ok(Step::Ready(segment)) => ready.push(segment),
            Ok(Step::Worked(_)) => {}
            Ok(Step::Done(_)) => panic!("there was room"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&error, CompactionError::Disk(e) if e.kind() == std::io::ErrorKind::StorageFull)
    );
    drop((work, ready));
    assert_eq!((names(&io), contents(&log)), (before, records));
    sim.faults().set_disk_capacity(None);
    compact(&mut log, None);
}

#[test]
fn a_segment_that_was_deleted_meanwhile_is_not_put_back() {
    let (_sim, io) = machine();
    let config = LogConfig {
        retention_ms: -1,
        ..compacted()
    };
    let mut log = open(&io, config, None).unwrap();
    fill(&mut log, 60, 2);
    let found = found(&mut log, None);
    let mut work = log
        .compact(&found, CompactionLimits::default(), NOW)
        .unwrap();
    let ready = loop {
        if let Step::Ready(segment) = work.step().unwrap() {
            break segment;
        }
    };
    log.delete_records(40, committed(&log)).unwrap();
    assert!(log.apply_retention(committed(&log), NOW).unwrap() > 0);
    let records = contents(&log);
    assert!(!log.replace_segments(ready, NOW).unwrap());
    assert_eq!(contents(&log), records);
    assert!(!names(&io).iter().any(|name| name.ends_with(".cleaned")));
}

#[test]
fn a_topic_may_have_compaction_and_retention() {
    let (_sim, io) = machine();
    let config = LogConfig {
        retention_ms: 1000,
        ..compacted()
    };
    let mut log = open(&io, config, None).unwrap();
    fill(&mut log, 40, 40);
    fill(&mut log, 40, 1);
    let done = compact(&mut log, None);
    assert!(contents(&log).len() < 60);
    assert_eq!(log.apply_retention(committed(&log), NOW + 1000).unwrap(), 0);
    assert!(log.apply_retention(committed(&log), NOW + 1001).unwrap() > 0);
    assert!(log.log_start_offset() >= done.cleaner_point);
    let found = log
        .cleanable(Some(done.cleaner_point), log.synced_offset(), NOW)
        .unwrap();
    assert_eq!(found.dirty_bytes, 0);
}

#[test]
fn a_record_older_than_the_maximum_lag_closes_the_active_segment() {
    let (_sim, io) = machine();
    let config = LogConfig {
        compaction_lag_max_ms: 500,
        ..compacted()
    };
    let mut log = open(&io, config, None).unwrap();
    append(&mut log, keyed("k", Some("1"))).unwrap();
    append(&mut log, keyed("k", Some("2"))).unwrap();
    sync(&mut log);
    for (now_ms, due) in [(NOW + 500, false), (NOW + 501, true)] {
        let hw = committed(&log);
        if log.rolls_for_compaction(hw, now_ms).unwrap() {
            log.roll(now_ms).unwrap();
        }
        assert_eq!(
            log.cleanable(None, log.synced_offset(), now_ms)
                .unwrap()
                .is_due(1.0),
            due
        );
    }
    sync(&mut log);
    compact(&mut log, None);
    assert_eq!(contents(&log), [(1, "k".into(), "2".into())]);
}
