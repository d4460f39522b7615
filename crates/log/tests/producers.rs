//! Idempotent producers over a restart: each of the last five batches of a producer is recognised
//! as a duplicate.

mod support;

use vltava_log::{AppendError, Log, LogConfig};
use wire::ErrorCode;

use support::*;

/// Appends batch `sequence` of producer `id`: one record of 100 bytes.
fn send(log: &mut Log, id: i64, sequence: i32) -> Result<(i64, bool), AppendError> {
    let value = "x".repeat(100);
    let info = append(log, produced(id, 0, sequence, &[&value]))?;
    Ok((info.base_offset, info.duplicate))
}

fn refused(log: &mut Log, id: i64, sequence: i32) -> ErrorCode {
    send(log, id, sequence).unwrap_err().error_code()
}

/// Sends sequences 2 to 6 of producer 9 again, which are at offsets 2 to 6.
fn assert_last_five_are_known(log: &mut Log) {
    let end = log.log_end_offset();
    for sequence in 2..7 {
        let answered = send(log, 9, sequence).unwrap();
        assert_eq!(answered, (i64::from(sequence), true), "sequence {sequence}");
    }
    assert_eq!(log.log_end_offset(), end);
    assert_eq!(refused(log, 9, 1), ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(refused(log, 9, 8), ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(send(log, 9, 7), Ok((end, false)));
    assert_eq!(send(log, 9, 3), Ok((3, true)));
    assert_eq!(refused(log, 9, 2), ErrorCode::OutOfOrderSequenceNumber);
}

fn log_with_seven_batches(io: &io::Io, config: LogConfig) -> Log {
    let mut log = open(io, config, None).unwrap();
    for sequence in 0..7 {
        send(&mut log, 9, sequence).unwrap();
    }
    sync(&mut log);
    log
}

#[test]
fn the_last_five_batches_are_known_after_a_clean_restart() {
    let (_sim, io) = machine();
    let mut log = log_with_seven_batches(&io, LogConfig::default());
    log.close().unwrap();
    drop(log);
    assert_last_five_are_known(&mut open(&io, LogConfig::default(), None).unwrap());
}

#[test]
fn the_last_five_batches_are_known_after_a_crash_after_a_roll() {
    // A segment holds two batches, or the six before the last.
    for segment_bytes in [400, 1100] {
        let (_sim, io) = machine();
        let config = LogConfig {
            segment_bytes,
            ..small()
        };
        let log = log_with_seven_batches(&io, config.clone());
        assert!(log.segment_count() > 1);
        drop(log);
        assert_last_five_are_known(&mut open(&io, config, Some(6)).unwrap());
    }
}

#[test]
fn batches_are_found_after_those_of_other_producers_and_of_none() {
    let (_sim, io) = machine();
    let config = LogConfig {
        segment_bytes: 100 << 10,
        ..LogConfig::default()
    };
    let mut log = log_with_seven_batches(&io, config.clone());
    for sequence in 0..2000 {
        send(&mut log, 10, sequence).unwrap();
        fill(&mut log, 1);
    }
    assert!(log.segment_count() > 3);
    sync(&mut log);
    log.close().unwrap();
    drop(log);
    assert_last_five_are_known(&mut open(&io, config, None).unwrap());
}

#[test]
fn batches_are_looked_for_in_many_small_segments() {
    let (_sim, io) = machine();
    let config = LogConfig {
        segment_bytes: 200,
        ..LogConfig::default()
    };
    let mut log = open(&io, config.clone(), None).unwrap();
    for sequence in 0..50 {
        send(&mut log, 10, sequence).unwrap();
    }
    send(&mut log, 9, 0).unwrap();
    log.close().unwrap();
    assert_eq!(log.segment_count(), 51);
    drop(log);
    let mut log = open(&io, config, None).unwrap();
    assert_eq!(refused(&mut log, 9, 2), ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(send(&mut log, 9, 0), Ok((50, true)));
    assert_eq!(send(&mut log, 9, 1), Ok((51, false)));
}

#[test]
fn batches_appended_after_the_restart_join_those_before_it() {
    let (_sim, io) = machine();
    let mut log = log_with_seven_batches(&io, LogConfig::default());
    log.close().unwrap();
    drop(log);
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    assert_eq!(send(&mut log, 9, 7), Ok((7, false)));
    assert_eq!(send(&mut log, 9, 8), Ok((8, false)));
    for sequence in 4..9 {
        assert_eq!(send(&mut log, 9, sequence), Ok((sequence.into(), true)));
    }
    assert_eq!(refused(&mut log, 9, 3), ErrorCode::OutOfOrderSequenceNumber);
}

/// Apache Kafka 4.3.1 gives the same answers, also if no records were deleted.
#[test]
fn after_a_restart_deleted_batches_are_out_of_order_and_the_last_batch_is_known() {
    let (_sim, io) = machine();
    let config = LogConfig {
        segment_bytes: 400,
        ..small()
    };
    let mut log = log_with_seven_batches(&io, config.clone());
    // Another producer begins a new segment.
    while log.segment_count() < 5 {
        fill(&mut log, 1);
    }
    sync(&mut log);
    let end = committed(&log);
    log.delete_records(end, end).unwrap();
    assert!(log.apply_retention(end, NOW).unwrap() > 0);
    remove_deleted(&mut log, i64::MAX);
    for sequence in 2..7 {
        let answered = send(&mut log, 9, sequence).unwrap();
        assert_eq!(answered, (i64::from(sequence), true));
    }
    log.close().unwrap();
    drop(log);
    let mut log = open(&io, config, None).unwrap();
    for sequence in 2..6 {
        assert_eq!(
            refused(&mut log, 9, sequence),
            ErrorCode::OutOfOrderSequenceNumber
        );
    }
    assert_eq!(send(&mut log, 9, 6), Ok((6, true)));
    assert_eq!(send(&mut log, 9, 7), Ok((end, false)));
}

#[test]
fn batches_of_an_earlier_epoch_are_not_known() {
    let (_sim, io) = machine();
    let mut log = log_with_seven_batches(&io, LogConfig::default());
    let first = append(&mut log, produced(9, 1, 0, &["a"])).unwrap();
    log.close().unwrap();
    drop(log);
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    let stale = append(&mut log, produced(9, 1, 6, &["a"])).unwrap_err();
    assert_eq!(stale.error_code(), ErrorCode::OutOfOrderSequenceNumber);
    let again = append(&mut log, produced(9, 1, 0, &["a"])).unwrap();
    assert_eq!(
        (again.base_offset, again.duplicate),
        (first.base_offset, true)
    );
}

#[test]
fn after_a_failed_first_batch_the_batches_in_flight_after_it_are_refused() {
    let (sim, io) = machine();
    let mut log = open(&io, LogConfig::default(), None).unwrap();
    sim.faults().set_disk_capacity(Some(0));
    assert_eq!(refused(&mut log, 9, 5), ErrorCode::KafkaStorageError);
    sim.faults().set_disk_capacity(None);
    assert_eq!(refused(&mut log, 9, 6), ErrorCode::OutOfOrderSequenceNumber);
    assert!(
        log.waits_for_first_batches(),
        "a closed log would forget it"
    );
    assert_eq!(send(&mut log, 9, 5), Ok((0, false)));
    assert!(!log.waits_for_first_batches());
    assert_eq!(send(&mut log, 9, 6), Ok((1, false)));
    // A new epoch begins anew, and other producers are not affected.
    sim.faults().set_disk_capacity(Some(0));
    assert_eq!(refused(&mut log, 10, 0), ErrorCode::KafkaStorageError);
    sim.faults().set_disk_capacity(None);
    assert_eq!(send(&mut log, 11, 3), Ok((2, false)));
    assert!(append(&mut log, produced(10, 1, 0, &["a"])).is_ok());
}
