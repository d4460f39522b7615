//! A damaged compacted segment that a start finds partly in place.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use io::{Io, OpenMode};
use vltava_log::{CompactionLimits, Log, LogConfig, ReadError, ReadLimit, Step};
use wire::record_batch::{AppendRules, BatchBuilder, Compression, batches};

use support::{DIR, NOW, append, machine, open, small, sync};

const COUNT: i64 = 60;
/// The damaged file.
const SWAP: &str = "00000000000000000000.log.swap";

type Files = BTreeMap<String, Bytes>;

/// Written in small segments, compacted into a large one.
fn config(segment_bytes: u64) -> LogConfig {
    LogConfig {
        segment_bytes,
        rules: AppendRules {
            compacted: true,
            ..AppendRules::default()
        },
        ..small()
    }
}

/// Files of a log before and after its closed segments were compacted into one.
struct Compacted {
    before: Files,
    after: Files,
    /// Base offsets before compaction.
    bases: Vec<i64>,
    /// Offsets of the records after compaction.
    kept: Vec<i64>,
}

fn compacted(io: &Io) -> Compacted {
    let mut log = open(io, config(1000), None).unwrap();
    for offset in 0..COUNT {
        // Every other record is the only one of its key.
        let key = [offset, -1][(offset % 2) as usize];
        let mut builder = BatchBuilder::new(Compression::None);
        builder.append(NOW, Some(key.to_string().as_bytes()), Some(b"value"), &[]);
        append(&mut log, builder.build()).unwrap();
    }
    sync(&mut log);
    log.close().unwrap();
    let before = files(io);
    let base = |name: &String| name.strip_suffix(".log")?.parse().ok();
    let bases: Vec<i64> = before.keys().filter_map(base).collect();
    assert!(bases.len() > 4);

    let mut log = open(io, config(100_000), None).unwrap();
    let found = log.cleanable(None, COUNT, NOW).unwrap();
    let limits = CompactionLimits::default();
    let mut pass = log.compact(&found, limits, NOW).unwrap();
    loop {
        match pass.step().unwrap() {
            Step::Worked(_) => {}
            Step::Ready(segment) => assert!(log.replace_segments(segment, NOW).unwrap()),
            Step::Done(_) => break,
        }
    }
    assert_eq!(log.segment_count(), 2);
    let (kept, damaged) = readable(&log);
    assert_eq!(damaged, []);
    Compacted {
        before,
        after: files(io),
        bases,
        kept,
    }
}

impl Compacted {
    /// The files after a crash that happened when this many of the old segments were removed.
    fn crashed(&self, taken_out: usize) -> Files {
        let mut files = self.before.clone();
        for base_offset in &self.bases[..taken_out] {
            for suffix in ["log", "index", "timeindex"] {
                let name = format!("{base_offset:020}.{suffix}");
                let content = files.remove(&name).unwrap();
                files.insert(format!("{name}.deleted"), content);
            }
        }
        for suffix in ["log", "index", "timeindex"] {
            let name = format!("{:020}.{suffix}", 0);
            files.insert(format!("{name}.swap"), self.after[&name].clone());
        }
        files
    }

    /// The existing records: compacted ones up to the base offset of the first old segment that is
    /// left.
    fn expected(&self, taken_out: usize) -> Vec<i64> {
        let old = match taken_out {
            0 => 0,
            taken_out => self.bases[taken_out],
        };
        let is_there = |offset: &i64| *offset >= old || self.kept.contains(offset);
        (0..COUNT).filter(is_there).collect()
    }
}

fn files(io: &Io) -> Files {
    let entries = io.disk.read_dir(Path::new(DIR)).unwrap();
    let content = |name: &str| io.disk.read(&Path::new(DIR).join(name)).unwrap();
    entries
        .into_iter()
        .map(|entry| (entry.name.clone(), content(&entry.name)))
        .collect()
}

fn put(io: &Io, wanted: &Files) {
    for name in files(io).keys() {
        io.disk.remove_file(&Path::new(DIR).join(name)).unwrap();
    }
    for (name, content) in wanted {
        let path = Path::new(DIR).join(name);
        let file = io.disk.open(&path, OpenMode::Truncate).unwrap();
        file.write_all_at(0, content).unwrap();
    }
}

/// The offsets of the records that a reader finds that continues after each damaged range, and
/// these ranges.
fn readable(log: &Log) -> (Vec<i64>, Vec<(i64, i64)>) {
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    let mut next = 0;
    while next < log.log_end_offset() {
        let limit = ReadLimit {
            max_bytes: 500,
            min_one: true,
            upper_bound: log.log_end_offset(),
        };
        let bytes = match log.read(next, limit) {
            Ok(plan) => plan.into_bytes().unwrap(),
            Err(ReadError::Damaged(range)) => {
                damaged.push((range.first_offset, range.next_offset));
                next = range.next_offset;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        for batch in batches(bytes) {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            next = batch.header.next_offset();
            let records = batch.records(1 << 20).unwrap();
            found.extend(records.map(|record| record.unwrap().offset));
        }
    }
    (found, damaged)
}

/// Ways to damage a log file, and how many batches each may hide.
fn damages(content: &Bytes) -> Vec<(String, Bytes, usize)> {
    let mut starts = vec![0];
    for batch in batches(content.clone()) {
        starts.push(starts[starts.len() - 1] + batch.unwrap().bytes.len());
    }
    let len = starts.pop().unwrap();
    let mut damages = Vec::new();
    for at in [0, 1, starts.len() / 2, starts.len() - 1] {
        // The length, the checksum, the offset delta, a record.
        for byte in [11, 17, 26, 65] {
            let mut flipped = BytesMut::from(&content[..]);
            flipped[starts[at] + byte] ^= 1;
            damages.push((format!("batch {at}, byte {byte}"), flipped.freeze(), 1));
        }
    }
    let half = starts[starts.len() / 2];
    damages.push(("a part".into(), content.slice(..half + 30), starts.len()));
    damages.push(("zeros".into(), vec![0; len].into(), starts.len()));
    damages
}

#[test]
fn a_damaged_swap_is_removed_while_all_old_segments_exist_and_reported_after_that() {
    let (_sim, io) = machine();
    let world = compacted(&io);
    let all = world.bases.len() - 1;
    for taken_out in 0..=all {
        let crashed = world.crashed(taken_out);
        for (how, content, hidden_max) in damages(&crashed[SWAP]) {
            let case = format!("{how}, {taken_out} of {all} taken out");
            let mut damaged = crashed.clone();
            damaged.insert(SWAP.into(), content);
            put(&io, &damaged);
            let mut before = None;
            for _ in 0..2 {
                let log = open(&io, config(100_000), Some(COUNT)).unwrap();
                let known = log.damaged().len();
                let (found, ranges) = readable(&log);
                if before.is_none() {
                    assert_eq!(known > 0, taken_out > 0, "{case}: {ranges:?}");
                }
                let is_hidden = |offset: &i64| {
                    let hides = |(from, to): &(i64, i64)| from <= offset && offset < to;
                    ranges.iter().any(hides)
                };
                let (hidden, expected): (Vec<i64>, Vec<i64>) =
                    world.expected(taken_out).into_iter().partition(is_hidden);
                assert_eq!(found, expected, "{case}");
                assert!(hidden.len() <= hidden_max, "{case}: {hidden:?}");
                assert_eq!(log.log_end_offset(), COUNT, "{case}");
                let again = Some((found, ranges));
                assert!(before.is_none() || before == again, "{case}");
                before = again;
            }
            let is_left = |name: &String| name.ends_with(".swap") || name.ends_with(".deleted");
            assert!(!files(&io).keys().any(is_left), "{case}");
        }
    }
}

#[test]
fn a_swap_that_is_too_short_does_not_replace_existing_segments() {
    let (_sim, io) = machine();
    let world = compacted(&io);
    let crashed = world.crashed(0);
    let first = batches(crashed[SWAP].clone()).next().unwrap().unwrap();
    for len in [0, first.bytes.len()] {
        let mut short = crashed.clone();
        short.insert(SWAP.into(), crashed[SWAP].slice(..len));
        put(&io, &short);
        let log = open(&io, config(100_000), Some(COUNT)).unwrap();
        assert_eq!(readable(&log), ((0..COUNT).collect(), Vec::new()), "{len}");
    }
    // Undamaged, it does.
    put(&io, &crashed);
    let log = open(&io, config(100_000), Some(COUNT)).unwrap();
    assert_eq!(readable(&log), (world.kept, Vec::new()));
}
