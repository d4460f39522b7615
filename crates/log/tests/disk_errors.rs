//! What a log does when the disk is full, fails, or has no descriptor.

mod support;

use io::sim::{DiskCall, DiskError, DiskFault};
use vltava_log::{AppendError, LogConfig, sync_together};
use wire::ErrorCode;

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

#[test]
fn records_whose_sync_failed_are_synced_by_the_next_process_before_they_are_shown() {
    let (mut sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
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
    let mut log = open(&io, LogConfig::default(), Some(2)).unwrap();
    assert_eq!((log.log_end_offset(), committed(&log)), (5, 2));
    sync(&mut log);
    assert_eq!(committed(&log), 5);
    drop(log);
    sim.faults().cut_power();
    sim.faults().restart();
    let log = open(&io, LogConfig::default(), Some(5)).unwrap();
    assert_eq!(values(&log), counted(5));
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
