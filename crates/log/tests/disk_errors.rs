//! What a log does when the disk is full, fails, or has no descriptor.

mod support;

use std::path::Path;

use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use vltava_log::{AppendError, Log, LogConfig, partition_metadata, sync_together};
use wire::{ErrorCode, Uuid};

use support::*;

#[test]
fn a_write_to_a_full_disk_is_refused_and_a_later_one_succeeds() {
    let (sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 2);
    sim.faults().set_disk_capacity(Some(0));
    let refused = append(&mut log, batch(&[(0, "lost")])).unwrap_err();
    assert_eq!(refused.error_code(), ErrorCode::KafkaStorageError);
    assert!(matches!(
        refused,
        AppendError::Storage {
            for_good: false,
            ..
        }
    ));
    sim.faults().set_disk_capacity(None);
    fill(&mut log, 1);
    sync(&mut log);
    assert_eq!(values(&log), counted(3));
}

#[test]
fn after_a_device_error_the_log_refuses_writes() {
    let (sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 2);
    sim.faults().fail_write(1);
    for _ in 0..2 {
        let refused = append(&mut log, batch(&[(0, "lost")])).unwrap_err();
        assert!(matches!(
            refused,
            AppendError::Storage { for_good: true, .. }
        ));
    }
    assert!(log.failure().unwrap().device_failed);
    assert_eq!(log.log_end_offset(), 2);
}

#[test]
fn after_a_failed_sync_the_log_refuses_writes() {
    let (mut sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 1);
    sim.faults().fail_sync(1);
    let tickets = vec![log.unsynced().unwrap()];
    let failed = sim
        .block_on(sync_together(&io, tickets))
        .remove(0)
        .unwrap_err();
    log.mark_sync_failed(&failed);
    assert_eq!(committed(&log), 0);
    let refused = append(&mut log, batch(&[(0, "x")])).unwrap_err();
    assert!(matches!(
        refused,
        AppendError::Storage { for_good: true, .. }
    ));
    assert!(log.close().is_err());
}

#[test]
fn after_a_failed_sync_no_later_sync_counts_whatever_the_error_was() {
    for error in [DiskError::NoSpace, DiskError::Quota, DiskError::Device] {
        let (mut sim, io) = machine();
        let mut log = open(&io, LogConfig::default(), None).unwrap();
        fill(&mut log, 1);
        let (ticket, flush) = (log.unsynced().unwrap(), log.unflushed().unwrap());
        sim.faults().add_disk_fault(DiskFault {
            path: String::new(),
            calls: vec![DiskCall::Sync],
            error,
            once_in: 1,
            times: None,
        });
        let mut results = sim.block_on(sync_together(&io, vec![ticket]));
        log.mark_sync_failed(&results.remove(0).unwrap_err());
        // The kernel has dropped the pages, so a later sync may succeed.
        sim.faults().clear_disk_faults();
        log.mark_synced(&flush.synced);
        assert_eq!((log.synced_offset(), log.flushed_offset()), (0, 0));
        assert!(log.unsynced().is_none() && log.unflushed().is_none());
        assert!(!log.sync_is_due(i64::MAX));
        let failure = log.failure().unwrap();
        assert_eq!(failure.device_failed, error == DiskError::Device);
    }
}

/// A log whose topic has this `flush.messages` finds the records after a failed sync.
fn records_whose_sync_failed_are_written_again(flush_messages: i64) {
    let config = LogConfig {
        flush_messages,
        ..LogConfig::default()
    };
    let (mut sim, io) = machine();
    let mut log = open(&io, config.clone(), None).unwrap();
    fill(&mut log, 2);
    sync(&mut log);
    fill(&mut log, 3);
    let ticket = log.unsynced().unwrap();
    sim.faults().add_disk_fault(DiskFault {
        path: String::new(),
        calls: vec![DiskCall::Sync],
        error: DiskError::Device,
        once_in: 1,
        times: None,
    });
    let mut results = sim.block_on(sync_together(&io, vec![ticket]));
    results.remove(0).unwrap_err();
    sim.faults().clear_disk_faults();
    drop(log);
    // The next process finds the records in the page cache.
    let mut log = open(&io, config.clone(), Some(2)).unwrap();
    let offsets = (log.log_end_offset(), log.synced_offset());
    assert_eq!((offsets, log.flushed_offset()), ((5, 2), 2));
    sync(&mut log);
    assert_eq!(log.synced_offset(), 5);
    drop(log);
    sim.faults().cut_power();
    sim.faults().restart();
    let log = open(&io, config, Some(5)).unwrap();
    assert_eq!(values(&log), counted(5));
}

#[test]
fn records_whose_sync_failed_are_synced_by_the_next_process_before_they_are_shown() {
    records_whose_sync_failed_are_written_again(1);
}

#[test]
fn records_of_a_relaxed_topic_whose_sync_failed_are_not_below_the_recovery_point() {
    records_whose_sync_failed_are_written_again(i64::MAX);
}

#[test]
fn a_sync_that_fails_while_the_log_is_closed_fails_the_log() {
    for (error, is_final) in [(DiskError::Quota, true), (DiskError::NoDescriptor, false)] {
        let (sim, io) = machine();
        let mut log = synced_log(&io);
        while log.segment_count() < 4 {
            fill(&mut log, 1);
        }
        sim.faults().add_disk_fault(DiskFault {
            path: DIR.to_owned(),
            calls: vec![DiskCall::Sync],
            error,
            once_in: 1,
            times: Some(1),
        });
        log.close().unwrap_err();
        assert_eq!(log.failure().is_some(), is_final);
        assert_eq!(log.close().is_err(), is_final);
    }
}

/// A log of several segments. All its records are synced, and so are the names.
fn synced_log(io: &Io) -> Log {
    let mut log = open(io, small(), None).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    fill(&mut log, 15);
    sync(&mut log);
    assert!(log.segment_count() > 1);
    log
}

/// The power is cut, and the log has all its records afterwards.
fn survives_a_power_cut(sim: &mut Sim, io: &Io, log: Log) {
    let end = log.log_end_offset();
    assert_eq!(committed(&log), end);
    let before = values(&log);
    drop(log);
    sim.crash();
    let log = open(io, small(), Some(end)).unwrap();
    assert_eq!(log.damaged(), []);
    assert_eq!(values(&log), before);
}

#[test]
fn a_segment_whose_name_was_not_synced_is_kept_by_the_next_process() {
    for seed in 0..20 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let mut log = synced_log(&io);
        let (end, segments) = (log.log_end_offset(), log.segment_count());
        // A segment is rolled for a batch that cannot be written.
        sim.faults().add_disk_fault(DiskFault {
            path: ".log".to_owned(),
            calls: vec![DiskCall::Write],
            error: DiskError::NoSpace,
            once_in: 1,
            times: None,
        });
        let large = "x".repeat(900);
        append(&mut log, batch(&[(0, &large)])).unwrap_err();
        assert_eq!(log.segment_count(), segments + 1);
        sim.faults().clear_disk_faults();
        if seed % 2 == 0 {
            sim.faults().fail_sync(1);
            io.disk.sync_dir(Path::new(DIR)).unwrap_err();
        }
        drop(log);
        let mut log = open_after_kill(&io, small(), end);
        assert_eq!((log.log_end_offset(), committed(&log)), (end, end));
        fill(&mut log, 1);
        assert_eq!(log.segment_count(), segments + 1);
        sync(&mut log);
        survives_a_power_cut(&mut sim, &io, log);
    }
}

#[test]
fn a_topic_id_whose_sync_failed_is_written_again_by_the_next_process() {
    let (mut sim, io) = machine();
    let topic_id = Uuid([7; 16]);
    let dir = Path::new(DIR);
    partition_metadata::write(&io.disk, dir, topic_id).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    let mut log = open_after_kill(&io, small(), 0);
    fill(&mut log, 1);
    sim.faults().add_disk_fault(DiskFault {
        path: "partition.metadata".to_owned(),
        calls: vec![DiskCall::Sync],
        error: DiskError::Device,
        once_in: 1,
        times: Some(1),
    });
    log.unsynced().unwrap().sync(&io.disk).unwrap_err();
    drop(log);
    let mut log = open_after_kill(&io, small(), 0);
    sync(&mut log);
    drop(log);
    sim.crash();
    let found = partition_metadata::read(&io.disk, dir).unwrap();
    assert_eq!(found, Some(topic_id));
}

#[test]
fn a_segment_that_opening_the_log_has_created_is_kept() {
    for seed in 0..20 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let end = synced_log(&io).log_end_offset();
        // The last segment is lost, though offsets up to `end` were promised.
        let mut names = io.disk.read_dir(Path::new(DIR)).unwrap();
        names.retain(|entry| entry.name.ends_with(".log"));
        let last = Path::new(DIR).join(&names.last().unwrap().name);
        io.disk.remove_file(&last).unwrap();
        let mut log = open(&io, small(), Some(end)).unwrap();
        assert_eq!(log.log_end_offset(), end);
        fill(&mut log, 3);
        sync(&mut log);
        drop(log);
        sim.crash();
        let log = open(&io, small(), Some(end + 3)).unwrap();
        let found: Vec<i64> = read_all(&log, end).iter().map(|r| r.offset).collect();
        assert_eq!(found, [end, end + 1, end + 2]);
    }
}

/// All calls of these kinds fail because no descriptor is free.
fn no_descriptor(calls: &[DiskCall], times: u64) -> DiskFault {
    DiskFault {
        path: String::new(),
        calls: calls.to_vec(),
        error: DiskError::NoDescriptor,
        once_in: 1,
        times: Some(times),
    }
}

#[test]
fn a_sync_that_finds_no_free_descriptor_is_tried_again() {
    let (mut sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 1);
    sim.faults()
        .add_disk_fault(no_descriptor(&[DiskCall::Open, DiskCall::Sync], 5));
    let tickets = vec![log.unsynced().unwrap()];
    let results = sim.block_on(sync_together(&io, tickets));
    log.mark_synced(results[0].as_ref().unwrap());
    assert_eq!(log.synced_offset(), 1);
    assert!(log.failure().is_none());
}

#[test]
fn an_append_that_finds_no_free_descriptor_is_refused_and_a_later_one_succeeds() {
    let (sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    fill(&mut log, 2);
    let calls = [DiskCall::Open, DiskCall::Write, DiskCall::Truncate];
    sim.faults().add_disk_fault(no_descriptor(&calls, 2));
    let refused = append(&mut log, batch(&[(0, "lost")])).unwrap_err();
    assert!(matches!(
        refused,
        AppendError::Storage {
            for_good: false,
            ..
        }
    ));
    sim.faults().clear_disk_faults();
    fill(&mut log, 1);
    sync(&mut log);
    assert_eq!(values(&log), counted(3));
}
