//! Tests of single operations of a log.

mod support;

use std::path::Path;

use io::sim::{DiskCall, DiskError, DiskFault};
use vltava_log::{
    Log, LogConfig, LogDir, RecoveryFacts,
    redo::{self, RedoLog},
    sync_round, sync_together,
};
use wire::record_batch::{
    AppendRules, BatchBuilder, Compression, CompressionPolicy, EndTransactionMarker, Origin,
    RecordBatch, TimestampType,
};
use wire::{ErrorCode, TopicPartition};

use support::*;

#[test]
fn appended_records_are_read_back_at_their_offsets() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    let first = append(&mut log, batch(&[(0, "a"), (1, "b")])).unwrap();
    assert_eq!(
        (first.base_offset, first.last_offset, first.max_timestamp),
        (0, 1, NOW + 1)
    );
    for codec in [
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ] {
        append(&mut log, packed(codec, &[(2, codec.name()), (3, "x")])).unwrap();
    }
    sync(&mut log);
    let records = read_all(&log, 0);
    assert_eq!(
        records.iter().map(|r| r.offset).collect::<Vec<_>>(),
        (0..10).collect::<Vec<_>>()
    );
    assert_eq!(
        values(&log),
        [
            "a", "b", "gzip", "x", "snappy", "x", "lz4", "x", "zstd", "x"
        ]
    );
    let epoch = RecordBatch::first(
        &log.read(4, limit(1, true, 10))
            .unwrap()
            .into_bytes()
            .unwrap(),
    );
    assert_eq!(epoch.unwrap().header.partition_leader_epoch, 1);
}

#[test]
fn records_are_committed_once_they_are_synced_unless_the_topic_is_relaxed() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 3);
    assert_eq!((log.log_end_offset(), committed(&log)), (3, 0));
    assert!(log.sync_is_due(NOW));
    let ticket = log.unsynced().unwrap();
    fill(&mut log, 2);
    log.mark_synced(&ticket.synced);
    assert_eq!((log.log_end_offset(), committed(&log)), (5, 3));
    // A read up to the high watermark returns these records only.
    assert_eq!(values(&log), counted(3));
    sync(&mut log);
    assert_eq!(committed(&log), 5);
    assert!(log.unsynced().is_none());

    log.set_config(LogConfig {
        flush_messages: 4,
        flush_ms: 1000,
        ..small()
    });
    fill(&mut log, 3);
    assert_eq!((committed(&log), log.synced_offset()), (8, 5));
    assert!(!log.sync_is_due(NOW + 999));
    assert!(log.sync_is_due(NOW + 1000));
    fill(&mut log, 1);
    assert!(log.sync_is_due(NOW));
}

#[test]
fn segments_roll_by_size_by_age_and_by_index() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    assert!(log.segment_count() > 2);
    sync(&mut log);
    assert_eq!(values(&log), counted(40));

    let (_sim, io) = machine();
    let mut log = open(
        &io,
        LogConfig {
            segment_ms: 1000,
            ..LogConfig::default()
        },
        None,
    )
    .unwrap();
    for time in [0, 1000, 1001, 1002] {
        append(&mut log, batch(&[(time, "x")])).unwrap();
    }
    assert_eq!(log.segment_count(), 2);

    let (_sim, io) = machine();
    let few = LogConfig {
        segment_index_bytes: 24,
        index_interval_bytes: 1,
        ..small()
    };
    let mut log = open(&io, few, None).unwrap();
    fill(&mut log, 8);
    assert!(log.segment_count() > 2);
}

#[test]
fn a_retried_batch_is_appended_once_even_after_a_restart() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    append(&mut log, produced(9, 0, 0, &["a", "b"])).unwrap();
    append(&mut log, produced(9, 0, 2, &["c"])).unwrap();
    let again = append(&mut log, produced(9, 0, 0, &["a", "b"])).unwrap();
    assert!(again.duplicate);
    assert_eq!((again.base_offset, again.last_offset), (0, 1));
    let end = log.close().unwrap();

    for recovery_point in [None, Some(end)] {
        let mut log = open(&io, small(), recovery_point).unwrap();
        let again = append(&mut log, produced(9, 0, 2, &["c"])).unwrap();
        assert!(again.duplicate, "{recovery_point:?}");
        let gap = append(&mut log, produced(9, 0, 7, &["x"])).unwrap_err();
        assert_eq!(gap.error_code(), ErrorCode::OutOfOrderSequenceNumber);
        let fenced = {
            append(&mut log, produced(10, 5, 0, &["x"])).unwrap();
            append(&mut log, produced(10, 4, 1, &["x"])).unwrap_err()
        };
        assert_eq!(fenced.error_code(), ErrorCode::InvalidProducerEpoch);
        truncate(&mut log, end);
        log.close().unwrap();
    }
}

#[test]
fn a_refused_batch_changes_nothing() {
    let (_sim, io) = machine();
    let rules = AppendRules {
        compacted: true,
        ..AppendRules::default()
    };
    let mut log = open(&io, LogConfig { rules, ..small() }, None).unwrap();
    let refused = append(&mut log, produced(9, 0, 0, &["no key"])).unwrap_err();
    assert_eq!(refused.error_code(), ErrorCode::InvalidRecord);
    assert_eq!(refused.record_errors().len(), 1);
    let too_large = append(&mut log, batch(&[(0, &"x".repeat(2000))])).unwrap_err();
    assert_eq!(too_large.error_code(), ErrorCode::RecordListTooLarge);
    assert_eq!((log.log_end_offset(), log.size()), (0, 0));
    assert!(log.producers().producers().is_empty());
}

#[test]
fn append_time_and_compression_follow_the_topic() {
    let (_sim, io) = machine();
    let rules = AppendRules {
        timestamp_type: TimestampType::LogAppendTime,
        compression: CompressionPolicy::Always(Compression::Zstd, None),
        ..AppendRules::default()
    };
    let mut log = open(&io, LogConfig { rules, ..small() }, None).unwrap();
    let info = append(&mut log, batch(&[(-5000, "old"), (-4000, "less old")])).unwrap();
    assert_eq!(info.log_append_time, NOW);
    sync(&mut log);
    assert!(
        read_all(&log, 0)
            .iter()
            .all(|record| record.timestamp == NOW)
    );
    let found = log.reader().offset_for_timestamp(NOW).unwrap().unwrap();
    assert_eq!((found.offset, found.timestamp), (0, NOW));
}

#[test]
fn a_clean_restart_scans_nothing_and_an_unclean_one_scans_from_the_recovery_point() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    let segments = log.segment_count();
    log.close().unwrap();
    drop(log);
    let log = open(&io, small(), None).unwrap();
    assert_eq!(
        (log.recovered().scanned_segments, values(&log)),
        (0, counted(40))
    );
    drop(log);
    let log = open(&io, small(), Some(40)).unwrap();
    assert_eq!(
        (log.recovered().scanned_segments, values(&log)),
        (1, counted(40))
    );
    drop(log);
    let mut log = open(&io, small(), Some(0)).unwrap();
    sync(&mut log);
    assert_eq!(
        (log.recovered().scanned_segments, values(&log)),
        (segments, counted(40))
    );
    assert_eq!(log.leader_epochs().entries(), [(1, 0)]);
}

#[test]
fn indexes_are_rebuilt_when_missing_or_impossible() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    log.close().unwrap();
    drop(log);
    let index = Path::new(DIR).join("00000000000000000000.index");
    let good = io.disk.read(&index).unwrap();
    assert!(!good.is_empty());
    for spoiled in [None, Some(vec![0xff; 16]), Some(vec![1, 2, 3])] {
        match &spoiled {
            None => io.disk.remove_file(&index).unwrap(),
            Some(bytes) => io.disk.write_atomic(&index, bytes).unwrap(),
        }
        let log = open(&io, small(), None).unwrap();
        assert_eq!(values(&log), counted(40), "{spoiled:?}");
        assert_eq!(io.disk.read(&index).unwrap(), good);
    }
}

#[test]
fn a_torn_tail_is_cut_at_the_last_whole_batch() {
    let (_sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 10);
    sync(&mut log);
    let whole = log.size();
    fill(&mut log, 1);
    let end = log.size();
    drop(log);
    let path = Path::new(DIR).join("00000000000000000000.log");
    let content = io.disk.read(&path).unwrap();
    for cut in whole..end {
        io.disk
            .write_atomic(&path, &content[..cut as usize])
            .unwrap();
        let log = open(&io, LogConfig::default(), Some(10)).unwrap();
        assert_eq!(
            (log.log_end_offset(), log.size()),
            (10, whole),
            "cut at {cut}"
        );
        assert_eq!(log.recovered().cut_bytes, cut - whole);
        assert_eq!(io.disk.metadata(&path).unwrap().len, whole);
    }
}

#[test]
fn unsynced_records_that_survive_a_crash_are_committed_once_they_are_synced() {
    for relaxed in [false, true] {
        let (mut sim, io) = machine();
        let mut log = open(&io, small(), None).unwrap();
        io.disk.sync_dir(Path::new("/")).unwrap();
        fill(&mut log, 10);
        sync(&mut log);
        fill(&mut log, 30);
        drop(log);
        sim.kill();
        let config = LogConfig {
            flush_messages: if relaxed { i64::MAX } else { 1 },
            ..small()
        };
        let facts = RecoveryFacts {
            recovery_point: 10,
            ..RecoveryFacts::default()
        };
        let partition = TopicPartition::new("t", 0);
        let mut log = Log::open(&io, Path::new(DIR), partition, config, facts, NOW).unwrap();
        assert_eq!((log.log_end_offset(), log.flushed_offset()), (40, 10));
        assert_eq!(committed(&log), if relaxed { 40 } else { 10 });
        assert_eq!(log.sync_is_due(NOW), !relaxed);
        sync(&mut log);
        assert_eq!((committed(&log), log.flushed_offset()), (40, 40));
        // These records are durable now, and so are later ones.
        fill(&mut log, 1);
        sync(&mut log);
        sim.crash();
        let log = open(&io, small(), Some(41)).unwrap();
        assert_eq!(values(&log).len(), 41);
    }
}

#[test]
fn a_truncation_into_a_batch_that_begins_below_the_log_start_is_refused() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    append(&mut log, batch(&[(0, "a"), (1, "b"), (2, "c")])).unwrap();
    fill(&mut log, 1);
    sync(&mut log);
    log.delete_records(1, committed(&log)).unwrap();
    let mut redo = RedoLog::begin(&io, Path::new(DIR), redo::Next::default(), 1 << 20);
    for offset in [1, 2] {
        let refused = log.truncate_to(offset, &mut redo, |_| Ok(())).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
        let message = refused.to_string();
        assert!(message.contains("begins at offset 0"), "{message}");
    }
    assert!(log.failure().is_none());
    log.truncate_to(3, &mut redo, |_| Ok(())).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (1, 3));
}

#[test]
fn retention_deletes_old_segments_and_their_files_later() {
    let (_sim, io) = machine();
    let config = LogConfig {
        retention_ms: 10_000,
        file_delete_delay_ms: 500,
        ..small()
    };
    let mut log = open(&io, config, None).unwrap();
    fill(&mut log, 40);
    sync(&mut log);
    let late = NOW + 10_025;
    let taken = log.apply_retention(committed(&log), late).unwrap();
    assert!(taken > 0);
    assert!(log.log_start_offset() > 0 && log.log_start_offset() <= 25);
    assert_eq!(log.leader_epochs().entries(), [(1, log.log_start_offset())]);
    let deleted = |io: &io::Io| {
        let names = io.disk.read_dir(Path::new(DIR)).unwrap();
        names
            .iter()
            .filter(|entry| entry.name.ends_with(".deleted"))
            .count()
    };
    assert!(deleted(&io) >= taken * 3);
    assert!(log.has_deleted_files());
    remove_deleted(&mut log, late + 499);
    assert!(deleted(&io) > 0);
    remove_deleted(&mut log, late + 500);
    assert!(!log.has_deleted_files());
    assert_eq!(deleted(&io), 0);
    let start = log.log_start_offset();
    assert_eq!(read_all(&log, start).len() as i64, 40 - start);

    // When all records are old, the active segment is deleted too, and offsets continue.
    log.apply_retention(committed(&log), NOW + 1_000_000)
        .unwrap();
    assert_eq!(
        (log.log_start_offset(), log.log_end_offset(), log.size()),
        (40, 40, 0)
    );
    fill(&mut log, 1);
    log.close().unwrap();
    drop(log);
    let log = open(&io, small(), None).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (40, 41));
}

#[test]
fn expired_segments_leave_the_log_without_a_disk_call() {
    let (sim, io) = machine();
    let config = || LogConfig {
        retention_ms: 10_000,
        ..small()
    };
    let mut log = open(&io, config(), None).unwrap();
    fill(&mut log, 40);
    log.close().unwrap();
    drop(log);
    // The indexes of closed segments are not in memory.
    let mut log = open(&io, config(), None).unwrap();
    log.reader().detached(0).load_timestamps().unwrap();
    let changes = sim.faults().disk_calls();
    sim.faults().add_disk_fault(DiskFault {
        path: String::new(),
        calls: vec![DiskCall::Open, DiskCall::Read],
        error: DiskError::Device,
        once_in: 1,
        times: None,
    });
    let expired = log.take_expired(committed(&log), NOW + 10_025).unwrap();
    assert!(expired.count() > 0);
    let start = log.log_start_offset();
    assert!(start > 0);
    assert_eq!(sim.faults().disk_calls(), changes);
    sim.faults().clear_disk_faults();
    let (files, renamed) = expired.rename_files();
    renamed.unwrap();
    log.note_deleted(files);
    assert_eq!(read_all(&log, start).len() as i64, 40 - start);
    remove_deleted(&mut log, i64::MAX);
    drop(log);
    let log = open(&io, config(), None).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (start, 40));
}

#[test]
fn records_with_timestamps_in_the_far_future_are_rolled_and_deleted_by_the_time_of_the_write() {
    let (_sim, io) = machine();
    let config = LogConfig {
        rules: AppendRules {
            timestamp_after_max_ms: i64::MAX,
            ..AppendRules::default()
        },
        segment_ms: 1000,
        retention_ms: 10_000,
        ..LogConfig::default()
    };
    let mut log = open(&io, config, None).unwrap();
    for i in 0..3 {
        let future = batch(&[(NOW * 1000, "x")]);
        let now_ms = NOW + i * 1001;
        let appended = log.append_as_leader(future, 0, now_ms, Origin::Client);
        appended.unwrap();
    }
    sync(&mut log);
    assert_eq!(log.segment_count(), 3);
    assert_eq!(
        log.retention_due_ms(committed(&log), NOW + 5000).unwrap(),
        NOW + 10_001
    );
    assert_eq!(
        log.apply_retention(committed(&log), NOW + 10_000).unwrap(),
        0
    );
    assert_eq!(
        log.apply_retention(committed(&log), NOW + 10_001).unwrap(),
        1
    );
    assert_eq!(
        log.apply_retention(committed(&log), NOW + 12_003).unwrap(),
        2
    );
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (3, 3));
}

#[test]
fn the_file_names_and_times_show_when_segments_expire() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    let listed = || {
        let log_dir = LogDir::unusable(&io.disk, Path::new("/data"));
        log_dir
            .listed_segments(&TopicPartition::new("t", 0))
            .unwrap()
    };
    let facts = listed().unwrap();
    assert_eq!(facts.len(), log.segment_count());
    assert_eq!(
        facts.iter().map(|segment| segment.size).sum::<u64>(),
        log.size()
    );
    assert_eq!(facts[0].next_offset, facts[1].base_offset);
    sync(&mut log);
    log.delete_records(40, committed(&log)).unwrap();
    assert!(log.apply_retention(committed(&log), NOW).unwrap() > 0);
    assert_eq!(listed(), None, "files wait for their removal");
}

#[test]
fn delete_records_moves_the_log_start_at_most_to_the_high_watermark() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    fill(&mut log, 40);
    assert!(log.delete_records(1, committed(&log)).is_err());
    sync(&mut log);
    assert_eq!(log.delete_records(15, committed(&log)).unwrap(), 15);
    assert_eq!(log.delete_records(3, committed(&log)).unwrap(), 15);
    assert!(log.read(14, limit(100, true, 40)).is_err());
    assert_eq!(values(&log)[0], "15");
    assert_eq!(
        log.reader()
            .offset_for_timestamp(NOW)
            .unwrap()
            .unwrap()
            .offset,
        15
    );
    assert!(log.apply_retention(committed(&log), NOW).unwrap() > 0);
    assert_eq!(log.delete_records(-1, committed(&log)).unwrap(), 40);
}

#[test]
fn truncation_removes_records_producer_state_and_epochs() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    for i in 0..30 {
        log.append_as_leader(
            produced(9, 0, i, &["some value"]),
            i / 10,
            NOW,
            Origin::Client,
        )
        .unwrap();
    }
    truncate(&mut log, 15);
    assert_eq!((log.log_end_offset(), committed(&log)), (15, 15));
    assert_eq!(log.leader_epochs().entries(), [(0, 0), (1, 10)]);
    let next = append(&mut log, produced(9, 0, 15, &["again"])).unwrap();
    assert_eq!((next.base_offset, next.duplicate), (15, false));
}

#[test]
fn a_relaxed_log_is_synced_when_a_segment_is_rolled() {
    let (mut sim, io) = machine();
    let config = LogConfig {
        flush_messages: i64::MAX,
        ..small()
    };
    let mut log = open(&io, config.clone(), None).unwrap();
    let mut rolled = 0;
    for _ in 0..100 {
        let segments = log.segment_count();
        fill(&mut log, 1);
        let has_rolled = log.segment_count() > segments;
        assert_eq!(log.sync_is_due(NOW), has_rolled);
        if has_rolled {
            rolled += 1;
            let results = sim.block_on(sync_together(&io, vec![log.unsynced().unwrap()]));
            log.mark_synced(results[0].as_ref().unwrap());
        }
    }
    assert!(rolled > 3);
    let recovery_point = log.flushed_offset();
    drop(log);
    sim.kill();
    let facts = RecoveryFacts {
        recovery_point,
        ..RecoveryFacts::default()
    };
    let partition = TopicPartition::new("t", 0);
    let log = Log::open(&io, Path::new(DIR), partition, config, facts, NOW).unwrap();
    assert_eq!(log.log_end_offset(), 100);
    assert_eq!(log.recovered().scanned_segments, 1);
}

#[test]
fn one_round_syncs_many_logs_and_a_failure_affects_one_of_them() {
    let (mut sim, io) = machine();
    let mut logs: Vec<Log> = (0..5).map(|number| open_number(&io, number)).collect();
    for round in 0..2 {
        let mut tickets = Vec::new();
        for log in &mut logs {
            fill(log, 1);
            tickets.push(log.unsynced().unwrap());
        }
        if round == 1 {
            sim.faults().fail_sync(3);
        }
        let results = sim.block_on(sync_together(&io, tickets));
        let failed = results.iter().filter(|result| result.is_err()).count();
        assert_eq!(failed, round);
        for (log, result) in logs
            .iter_mut()
            .zip(results)
            .filter(|(_, result)| result.is_ok())
        {
            log.mark_synced(&result.unwrap());
            assert_eq!(committed(log), round as i64 + 1);
        }
    }
}

#[test]
fn a_file_of_the_redo_log_is_not_overwritten_before_its_segments_are_synced() {
    let batches = 40;
    for seed in 0..10 {
        let mut sim = io::sim::Sim::new(seed);
        let io = sim.io();
        let facts = RecoveryFacts::default();
        let (mut log, mut redo, _) = open_with_redo(&io, LogConfig::default(), facts, NOW);
        // Its content is not needed.
        redo.free_other();
        // The broker syncs the name of the log directory.
        io.disk.sync_dir(Path::new("/")).unwrap();
        for _ in 0..batches {
            fill(&mut log, 1);
            // As often as it may.
            redo.switch_after(0);
            let tickets = vec![log.unsynced().unwrap()];
            let mut round = sim.block_on(sync_round(&io, &mut redo, tickets));
            log.mark_synced(&round.results.remove(0).unwrap());
        }
        sim.crash();
        let (log, _redo, _) = open_with_redo(&io, LogConfig::default(), facts, NOW);
        assert_eq!(log.log_end_offset(), batches, "seed {seed}");
        assert_eq!(log.damaged(), [], "seed {seed}");
    }
}

#[test]
fn an_open_transaction_holds_the_last_stable_offset() {
    let (_sim, io) = machine();
    let mut log = open(&io, small(), None).unwrap();
    let mut builder = BatchBuilder::new(Compression::None)
        .producer(9, 0, 0)
        .transactional();
    builder.append(NOW, None, Some(b"in doubt"), &[]);
    append(&mut log, builder.build()).unwrap();
    fill(&mut log, 2);
    sync(&mut log);
    assert_eq!(
        (committed(&log), log.last_stable_offset(committed(&log))),
        (3, 0)
    );
    let marker = EndTransactionMarker {
        committed: false,
        coordinator_epoch: 1,
    };
    log.append_as_leader(marker.to_batch(9, 0, NOW), 1, NOW, Origin::Coordinator)
        .unwrap();
    assert_eq!(log.last_stable_offset(committed(&log)), 0);
    sync(&mut log);
    assert_eq!(log.last_stable_offset(committed(&log)), 4);
    let aborted = log.reader().aborted_transactions(0, 4).unwrap();
    assert_eq!((aborted[0].first_offset, aborted[0].last_offset), (0, 3));
    // A read of the transaction returns it as aborted; a read after its marker does not.
    fill(&mut log, 2);
    sync(&mut log);
    for (offset, max_bytes, expected) in [(0, 1000, 1), (0, 1, 1), (3, 1, 1), (4, 1000, 0)] {
        let plan = log.read(offset, limit(max_bytes, true, 6)).unwrap();
        let found = log.reader().aborted_in(&plan).unwrap();
        assert_eq!(found.len(), expected, "from {offset}, {max_bytes} bytes");
    }

    // The index is rebuilt if a crash has removed it.
    io.disk
        .remove_file(&Path::new(DIR).join("00000000000000000000.txnindex"))
        .unwrap();
    drop(log);
    let mut log = open(&io, small(), Some(0)).unwrap();
    sync(&mut log);
    assert_eq!(log.reader().aborted_transactions(0, 4).unwrap(), aborted);
    assert_eq!(log.last_stable_offset(committed(&log)), 6);
}
