//! What a log makes of files that were damaged while nobody looked.

mod support;

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use io::{Io, OpenMode};
use vltava_log::{Log, LogConfig, ReadLimit};
use wire::record_batch::batches;

use support::*;

/// A cleanly closed log of several segments, with producers and two leader epochs.
fn closed_log(io: &Io) -> i64 {
    let mut log = open(io, config(), None).unwrap();
    for i in 0..60 {
        let batch = produced(9, 0, i, &["a value of some length"]);
        let origin = wire::record_batch::Origin::Client;
        log.append_as_leader(batch, i / 30, NOW + i64::from(i), origin)
            .unwrap();
    }
    assert!(log.segment_count() > 3);
    log.close().unwrap()
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 1500,
        index_interval_bytes: 200,
        ..LogConfig::default()
    }
}

fn files(io: &Io) -> Vec<PathBuf> {
    let entries = io.disk.read_dir(Path::new(DIR)).unwrap();
    entries
        .into_iter()
        .map(|entry| Path::new(DIR).join(entry.name))
        .collect()
}

fn write(io: &Io, path: &Path, content: &[u8]) {
    let file = io.disk.open(path, OpenMode::Truncate).unwrap();
    file.write_all_at(0, content).unwrap();
}

/// The batches that can be read and are whole; the offset at which reading fails, if it does.
fn readable(log: &Log) -> (Vec<Bytes>, Option<i64>) {
    let end = log.log_end_offset();
    let mut next = log.log_start_offset();
    let mut found = Vec::new();
    while next < end {
        let limit = ReadLimit {
            max_bytes: 700,
            min_one: true,
            upper_bound: end,
        };
        let bytes = match log.read(next, limit) {
            Ok(plan) => plan.into_bytes().unwrap(),
            Err(_) => return (found, Some(next)),
        };
        assert!(!bytes.is_empty(), "a reader at {next} would wait for ever");
        for batch in batches(bytes) {
            // A client refuses a batch whose checksum is wrong, and notices offsets that jump:
            // the base offset is not under the checksum.
            let Some(batch) = batch.ok().filter(|batch| batch.check_crc().is_ok()) else {
                return (found, Some(next));
            };
            if batch.header.base_offset != next {
                return (found, Some(next));
            }
            next = batch.header.next_offset();
            found.push(batch.bytes);
        }
    }
    (found, None)
}

#[test]
fn no_damaged_file_makes_the_log_lie() {
    let (_sim, io) = machine();
    let end = closed_log(&io);
    let (whole, _) = readable(&open(&io, config(), None).unwrap());
    assert_eq!(whole.len(), 60);
    let saved: Vec<(PathBuf, Bytes)> = files(&io)
        .into_iter()
        .map(|path| (path.clone(), io.disk.read(&path).unwrap()))
        .collect();
    for (path, content) in &saved {
        let flips = (0..content.len()).step_by(content.len() / 8 + 1).map(|at| {
            let mut flipped = BytesMut::from(&content[..]);
            flipped[at] ^= 1 << (at % 8);
            (
                format!("bit {} of byte {at} flipped", at % 8),
                Some(flipped.freeze()),
            )
        });
        let cuts = [0, 1, content.len() / 2, content.len().saturating_sub(1)].map(|len| {
            (
                format!("cut to {len}"),
                Some(content.slice(..len.min(content.len()))),
            )
        });
        let gone = ("removed".to_string(), None);
        for (how, damaged) in flips.chain(cuts).chain([gone]) {
            for path in files(&io) {
                io.disk.remove_file(&path).unwrap();
            }
            for (other, content) in &saved {
                let content = if other == path {
                    damaged.as_ref()
                } else {
                    Some(content)
                };
                if let Some(content) = content {
                    write(&io, other, content);
                }
            }
            for recovery_point in [None, Some(end)] {
                look(&io, recovery_point, end, &whole, path, &how);
            }
        }
    }
}

/// Either the log does not open and names the file, or what it serves is what was written, and
/// what it does not serve it owns up to.
fn look(io: &Io, recovery_point: Option<i64>, end: i64, whole: &[Bytes], path: &Path, how: &str) {
    let case = format!(
        "{}: {how}, recovery point {recovery_point:?}",
        path.display()
    );
    let is_log = path.extension().is_some_and(|extension| extension == "log");
    let log = match open(io, config(), recovery_point) {
        Ok(log) => log,
        Err(error) => {
            assert!(is_log, "{case}: {error}");
            assert!(error.to_string().contains(DIR), "{case}: {error}");
            return;
        }
    };
    let (found, failed_at) = readable(&log);
    assert!(
        found.iter().all(|batch| whole.contains(batch)),
        "{case}: serves another batch"
    );
    if !is_log {
        assert_eq!((found.len(), log.log_end_offset()), (60, end), "{case}");
    }
    let owned_up = failed_at.is_some()
        || !log.recovered().missing.is_empty()
        || log.log_start_offset() > 0
        || log.recovered().cut_bytes > 0
        || log.log_end_offset() < end;
    assert!(
        found.len() == 60 || owned_up,
        "{case}: {} of 60 batches",
        found.len()
    );
    // Looking up times neither panics nor invents.
    for time in [NOW - 1, NOW, NOW + 1] {
        if let Ok(Some(hit)) = log.offset_for_timestamp(time) {
            assert!(hit.offset < end, "{case}");
        }
    }
}
