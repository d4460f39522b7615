//! Tests of laps, versions and full disks.

use std::path::Path;

use bytes::BufMut;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use wire::{TopicPartition, Uuid};

use super::*;
use crate::log_dir::Offsets;
use crate::partition_metadata;

const DIR: &str = "/data";
const TOPIC_ID: Uuid = Uuid([7; 16]);

fn truncation(end_offset: i64) -> Truncation {
    Truncation {
        topic_id: TOPIC_ID,
        partition: TopicPartition::new("t", 0),
        end_offset,
        segment: 0,
        position: 0,
    }
}

fn begin(io: &Io) -> RedoLog {
    io.disk.create_dir_all(Path::new(DIR)).unwrap();
    let next = replay(io, Path::new(DIR), Offsets::new()).unwrap().next;
    RedoLog::begin(io, Path::new(DIR), next, REDO_BYTES)
}

fn frames(io: &Io) -> u64 {
    replay(io, Path::new(DIR), Offsets::new()).unwrap().frames
}

/// Writes a frame with this stamp where the next one of `redo` would be.
fn forge(io: &Io, redo: &RedoLog, stamp: Stamp) {
    let mut buffer = AlignedBuffer::default();
    let frame = frame::encode_truncation(&mut buffer, stamp, Phase::Ended, &truncation(1));
    let path = path(Path::new(DIR), redo.current);
    let file = io.disk.open(&path, OpenMode::ReadWrite).unwrap();
    file.write_all_at(redo.position, frame).unwrap();
}

#[test]
fn a_frame_that_does_not_carry_the_number_of_the_lap_is_not_replayed() {
    let sim = Sim::new(1);
    let io = sim.io();
    let mut redo = begin(&io);
    for end in 0..3 {
        redo.write_truncation(Phase::Ended, &truncation(end))
            .unwrap();
    }
    assert_eq!(frames(&io), 3);
    let stamp = redo.stamp();
    forge(
        &io,
        &redo,
        Stamp {
            lap: Lap([9; 16]),
            ..stamp
        },
    );
    assert_eq!(frames(&io), 3);
    // The right number is accepted: the forged frame was refused for its number only.
    forge(&io, &redo, stamp);
    assert_eq!(frames(&io), 4);
}

#[test]
fn each_lap_has_a_number_of_its_own_and_a_restart_continues_with_it() {
    let sim = Sim::new(1);
    let io = sim.io();
    let mut redo = begin(&io);
    let first = redo.lap;
    redo.write_truncation(Phase::Ended, &truncation(1)).unwrap();
    redo.free_other();
    assert!(redo.switch());
    let second = redo.lap;
    assert_ne!(first, second);
    redo.write_truncation(Phase::Ended, &truncation(2)).unwrap();
    let mut redo = begin(&io);
    assert_eq!((redo.lap, redo.sequence), (second, 2));
    redo.write_truncation(Phase::Ended, &truncation(3)).unwrap();
    assert_eq!(frames(&io), 3);
}

#[test]
fn a_frame_whose_write_has_failed_is_durable_once_it_was_replayed() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let mut redo = begin(&io);
    io.disk.sync_dir(Path::new("/")).unwrap();
    redo.write_truncation(Phase::Ended, &truncation(1)).unwrap();
    sim.faults().add_disk_fault(DiskFault {
        path: ".redo-".to_owned(),
        calls: vec![DiskCall::Sync],
        error: DiskError::Device,
        once_in: 1,
        times: Some(1),
    });
    redo.write_truncation(Phase::Ended, &truncation(2))
        .unwrap_err();
    // The next process can read it.
    assert_eq!(frames(&io), 2);
    sim.crash();
    assert_eq!(frames(&io), 2);
}

/// A frame as version 1 wrote it: one entry with one piece.
fn frame_of_version_1(sequence: u64, position: u64, content: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    rest.put_u32(1);
    rest.put_u64(sequence);
    rest.put_u32(1);
    rest.put_slice(&TOPIC_ID.0);
    rest.put_u16(3);
    rest.put_slice(b"t-0");
    rest.put_i64(10);
    rest.put_u32(1);
    rest.put_i64(0);
    rest.put_u64(position);
    rest.put_u32(content.len() as u32);
    rest.put_slice(content);
    let mut frame = Vec::new();
    frame.put_u32(rest.len() as u32 + 12);
    frame.extend(rest);
    let mut whole = Vec::new();
    whole.put_u32(0x7664_6f31);
    whole.put_u32(crc32c::crc32c(&frame));
    whole.extend(frame);
    whole
}

#[test]
fn a_redo_log_of_version_1_is_replayed_and_continued() {
    let sim = Sim::new(1);
    let io = sim.io();
    let dir = Path::new(DIR);
    io.disk.create_dir_all(dir).unwrap();
    let partition = dir.join("t-0");
    partition_metadata::write(&io.disk, &partition, TOPIC_ID).unwrap();
    let segment = partition.join("00000000000000000000.log");
    io.disk.open(&segment, OpenMode::Create).unwrap();
    let file = io.disk.open(&path(dir, 0), OpenMode::Create).unwrap();
    for (sequence, content) in [(0, "old "), (1, "bytes")] {
        let frame = frame_of_version_1(sequence, sequence * 4, content.as_bytes());
        file.write_all_at(sequence * frame::PAGE, &frame).unwrap();
    }
    let replayed = replay(&io, dir, Offsets::new()).unwrap();
    assert_eq!((replayed.frames, replayed.bytes), (2, 9));
    assert_eq!(&io.disk.read(&segment).unwrap()[..], b"old bytes");
    let synced = replayed.locally_synced.get(&TopicPartition::new("t", 0));
    assert_eq!(synced, Some(&10));

    let mut redo = RedoLog::begin(&io, dir, replayed.next, REDO_BYTES);
    redo.write_truncation(Phase::Ended, &truncation(4)).unwrap();
    redo.write_truncation(Phase::Ended, &truncation(5)).unwrap();
    assert_eq!(frames(&io), 4);
}

#[test]
fn a_frame_of_an_unknown_version_is_refused_with_a_clear_error() {
    let sim = Sim::new(1);
    let io = sim.io();
    let dir = Path::new(DIR);
    io.disk.create_dir_all(dir).unwrap();
    let mut frame = frame_of_version_1(0, 0, b"");
    frame[12..16].copy_from_slice(&9u32.to_be_bytes());
    let crc = crc32c::crc32c(&frame[8..]);
    frame[4..8].copy_from_slice(&crc.to_be_bytes());
    let file = io.disk.open(&path(dir, 0), OpenMode::Create).unwrap();
    file.write_all_at(0, &frame).unwrap();
    let refused = replay(&io, dir, Offsets::new()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("version 9"), "{refused}");
}

#[test]
fn a_full_disk_does_not_stop_the_redo_log_for_good() {
    let sim = Sim::new(1);
    let io = sim.io();
    let mut redo = begin(&io);
    sim.faults().set_disk_capacity(Some(0));
    let full = redo.write_truncation(Phase::Ended, &truncation(1));
    assert_eq!(DiskErrorKind::of(&full.unwrap_err()), DiskErrorKind::Full);
    sim.faults().set_disk_capacity(None);
    redo.write_truncation(Phase::Ended, &truncation(1)).unwrap();
    assert_eq!(frames(&io), 1);

    sim.faults().fail_write(1);
    redo.write_truncation(Phase::Ended, &truncation(2))
        .unwrap_err();
    redo.write_truncation(Phase::Ended, &truncation(2))
        .unwrap_err();
    assert_eq!(frames(&io), 1);
}

#[test]
fn a_partition_that_cannot_be_read_is_not_taken_for_a_deleted_one() {
    let sim = Sim::new(1);
    let io = sim.io();
    let mut redo = begin(&io);
    let partition = TopicPartition::new("t", 0);
    let dir = Path::new(DIR).join("t-0");
    io.disk.create_dir_all(&dir).unwrap();
    partition_metadata::write(&io.disk, &dir, TOPIC_ID).unwrap();
    redo.write_truncation(Phase::Ended, &truncation(5)).unwrap();
    sim.faults().add_disk_fault(DiskFault {
        path: "partition.metadata".to_owned(),
        calls: vec![DiskCall::Open, DiskCall::Read],
        error: DiskError::NoDescriptor,
        once_in: 1,
        times: None,
    });
    replay(&io, Path::new(DIR), Offsets::new()).unwrap_err();
    sim.faults().clear_disk_faults();
    let replayed = replay(&io, Path::new(DIR), Offsets::new()).unwrap();
    assert_eq!(replayed.locally_synced.get(&partition), Some(&5));
}
