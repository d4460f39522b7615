//! Cached files: at most a given number is open at a time; nothing else differs.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests check the real implementation with the standard library"
)]

use std::path::{Path, PathBuf};

use vltava_io::sim::Sim;
use vltava_io::{Disk, DiskErrorKind, Io, OpenMode};

const DIR: &str = "/data";

fn path(number: usize) -> PathBuf {
    Path::new(DIR).join(number.to_string())
}

/// A machine and its disk, on which two files may be open.
fn machine() -> (Sim, Io, Disk) {
    let sim = Sim::new(7);
    let io = sim.io();
    io.disk.create_dir_all(Path::new(DIR)).unwrap();
    io.disk.sync_dir(Path::new("/")).unwrap();
    let disk = io.disk.bounded(Path::new(DIR), 2).unwrap();
    (sim, io, disk)
}

#[test]
fn a_hundred_files_in_use_cost_four_descriptors() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Io::real(1).0.disk.bounded(directory.path(), 4).unwrap();
    let descriptors = || {
        std::fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
            .filter(|target| target.starts_with(directory.path()) && *target != directory.path())
            .count()
    };
    let mut files = Vec::new();
    for number in 0..100 {
        let path = directory.path().join(number.to_string());
        files.push(disk.open_cached(&path, OpenMode::CreateNew).unwrap());
        assert!(descriptors() <= 4);
    }
    for round in 0..3 {
        for (number, file) in files.iter().enumerate() {
            file.write_all_at(round, &[number as u8]).unwrap();
            assert!(descriptors() <= 4);
        }
    }
    for (number, file) in files.iter().enumerate() {
        let mut content = [0; 3];
        file.read_exact_at(0, &mut content).unwrap();
        assert_eq!(content, [number as u8; 3]);
        file.sync_data().unwrap();
        assert!(descriptors() <= 4);
    }
    files.iter().for_each(|file| file.close_until_used());
    assert_eq!(descriptors(), 0);
}

#[test]
fn a_sync_after_the_file_was_closed_is_durable() {
    let (mut sim, io, disk) = machine();
    let write = |number| {
        let file = disk.open_cached(&path(number), OpenMode::CreateNew);
        file.as_ref().unwrap().write_all_at(0, b"kept").unwrap();
        file.unwrap()
    };
    let files: Vec<_> = (0..6).map(write).collect();
    files.iter().for_each(|file| file.sync_data().unwrap());
    disk.sync_dir(Path::new(DIR)).unwrap();
    sim.crash();
    for number in 0..6 {
        assert_eq!(&io.disk.read(&path(number)).unwrap()[..], b"kept");
    }
}

#[test]
fn a_failed_write_back_is_reported_for_closed_and_open_files() {
    for closed in [false, true] {
        let (sim, _, disk) = machine();
        let file = disk.open_cached(&path(0), OpenMode::CreateNew).unwrap();
        file.write_all_at(0, b"lost").unwrap();
        if closed {
            // Opening three others closes it.
            for number in 1..4 {
                disk.open_cached(&path(number), OpenMode::CreateNew)
                    .unwrap();
            }
        }
        sim.faults().fail_write_back();
        // A closed file is opened again. Its new descriptor does not report the error.
        file.len().unwrap();
        assert!(file.sync_data().is_err(), "closed: {closed}");
    }
}

#[test]
fn a_failed_sync_of_the_file_system_fails_all_files_closed_before_and_no_later_ones() {
    let (sim, _, disk) = machine();
    let create = |number: usize| {
        disk.open_cached(&path(number), OpenMode::CreateNew)
            .unwrap()
    };
    let files: Vec<_> = (0..6).map(create).collect();
    let write_all = || {
        files
            .iter()
            .for_each(|file| file.write_all_at(0, b"x").unwrap())
    };
    write_all();
    sim.faults().fail_sync(1);
    assert!(files[0].sync_data().is_err());
    // Later syncs would succeed, but these bytes are lost.
    for file in &files[..4] {
        assert!(file.sync_data().is_err());
    }
    let later = create(7);
    later.write_all_at(0, b"y").unwrap();
    for number in 8..11 {
        create(number);
    }
    later.sync_data().unwrap();
}

#[test]
fn a_removed_file_stays_readable_for_its_readers() {
    let (_, io, disk) = machine();
    let file = disk.open_cached(&path(0), OpenMode::CreateNew).unwrap();
    file.write_all_at(0, b"old").unwrap();
    let reader = file.clone();
    for number in 1..4 {
        disk.open_cached(&path(number), OpenMode::CreateNew)
            .unwrap();
    }
    file.keep_open().unwrap();
    drop(file);
    io.disk.remove_file(&path(0)).unwrap();
    let new = io.disk.open(&path(0), OpenMode::CreateNew).unwrap();
    new.write_all_at(0, b"new").unwrap();
    for number in 4..8 {
        disk.open_cached(&path(number), OpenMode::CreateNew)
            .unwrap();
    }
    let mut content = [0; 3];
    reader.read_exact_at(0, &mut content).unwrap();
    assert_eq!(&content, b"old");
}

#[test]
fn a_sync_that_has_failed_stays_failed() {
    let (sim, _, disk) = machine();
    let file = disk.open_cached(&path(0), OpenMode::CreateNew).unwrap();
    file.write_all_at(0, b"lost").unwrap();
    sim.faults().fail_sync(1);
    let first = file.sync_data().unwrap_err();
    assert_eq!(DiskErrorKind::of(&first), DiskErrorKind::Device);
    file.write_all_at(4, b"more").unwrap();
    let second = file.sync_data().unwrap_err();
    assert_eq!(DiskErrorKind::of(&second), DiskErrorKind::Device);
    assert_eq!(second.kind(), first.kind());
}
