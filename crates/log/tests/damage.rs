//! What a log does with files that were damaged while it was closed.

mod support;

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use io::{Io, OpenMode};
use vltava_log::{Log, LogConfig, ReadError, ReadLimit};
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

/// What a reader finds that continues after each damaged range.
fn readable(log: &Log) -> (Vec<Bytes>, Vec<(i64, i64)>) {
    let end = log.log_end_offset();
    let mut next = log.log_start_offset();
    let mut found = Vec::new();
    let mut damaged = Vec::new();
    while next < end {
        let limit = ReadLimit {
            max_bytes: 700,
            min_one: true,
            upper_bound: end,
        };
        let bytes = match log.read(next, limit) {
            Ok(plan) => plan.into_bytes().unwrap(),
            Err(ReadError::Damaged(range)) => {
                assert!(
                    range.first_offset <= next && next < range.next_offset,
                    "{range}"
                );
                damaged.push((next, range.next_offset));
                next = range.next_offset;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        assert!(!bytes.is_empty(), "a reader at {next} would wait for ever");
        for batch in batches(bytes) {
            let batch = batch.unwrap();
            assert_eq!(batch.header.base_offset, next);
            next = batch.header.next_offset();
            found.push(batch.bytes);
        }
    }
    (found, damaged)
}

#[test]
fn a_log_with_a_damaged_file_serves_only_what_was_written() {
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
                check(&io, recovery_point, end, &whole, path, &how);
            }
        }
    }
}

/// The log opens and serves only what was written. At promised offsets it hides only the damaged
/// batches, and reports each of them.
fn check(io: &Io, recovery_point: Option<i64>, end: i64, whole: &[Bytes], path: &Path, how: &str) {
    let case = format!(
        "{}: {how}, recovery point {recovery_point:?}",
        path.display()
    );
    let log = open(io, config(), recovery_point).unwrap_or_else(|e| panic!("{case}: {e}"));
    let (found, damaged) = readable(&log);
    let is_log = path.extension().is_some_and(|extension| extension == "log");
    let is_end_known = recovery_point.is_some();
    if !is_log || is_end_known {
        assert_eq!(log.log_end_offset(), end, "{case}");
    }
    let bounds = log.log_start_offset()..log.log_end_offset();
    let is_hidden = |offset| {
        let hides = |(from, to): &(i64, i64)| (*from..*to).contains(&offset);
        !bounds.contains(&offset) || damaged.iter().any(hides)
    };
    let expected: Vec<&Bytes> = (0..)
        .zip(whole)
        .filter(|(o, _)| !is_hidden(*o))
        .map(|(_, b)| b)
        .collect();
    assert!(found.iter().eq(expected), "{case}: serves another batch");
    let hidden = (0..60).filter(|offset| is_hidden(*offset)).count();
    let hidden_max = match how {
        _ if !is_log => 0,
        // Batches after the damage may be a torn tail then.
        _ if !is_end_known && log.recovered().cut_bytes > 0 => 12,
        flipped if flipped.ends_with("flipped") => 1,
        // A complete segment.
        _ => 16,
    };
    assert!(
        hidden <= hidden_max,
        "{case}: {hidden} are hidden, {damaged:?}"
    );
    assert_eq!(log.damaged().is_empty(), damaged.is_empty(), "{case}");
    // Look-ups by time do not panic and return only existing records.
    for time in [NOW - 1, NOW, NOW + 1] {
        if let Some(hit) = log.reader().offset_for_timestamp(time).unwrap() {
            assert!(hit.offset < end, "{case}");
        }
    }
}
