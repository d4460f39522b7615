//! Writes a log of keyed records and measures its compaction, in MB per second of CPU:
//!
//! ```text
//! cargo run --release -p vltava-log --example compact -- DIR [CODEC [MB [KEYS [VALUE_BYTES]]]]
//! ```
//!
//! CODEC is none, lz4, zstd, snappy or gzip. MB is the compressed size of the log (512). Each of
//! KEYS (100,000) has the same probability. Batches have about 16 KB; values are text that
//! compresses to about half. DIR must not hold a partition `compact-0`; it is left there after
//! compaction, so that Kafka's own tools can read it.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement, outside of the simulation"
)]

mod support;

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use io::Io;
use vltava_log::{CompactionLimits, Log, LogConfig, LogDir, RecoveryFacts, Step};
use wire::record_batch::{AppendRules, BatchBuilder, Compression, Origin};
use wire::{TopicPartition, Uuid};

use support::thread_cpu_seconds;

const BATCH_BYTES: usize = 16_000;
const WORDS: [&str; 16] = [
    "stream", "table", "river", "window", "record", "batch", "offset", "leader", "flight", "delay",
    "origin", "carrier", "bridge", "water", "mill", "weir",
];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| args.get(at).map_or(Ok(default), |arg| arg.parse());
    let path = args.first().ok_or("give a directory to write to")?;
    let name = args.get(1).map_or("none", String::as_str);
    let codec = Compression::from_name(name).ok_or("there is no such codec")?;
    let bytes = number(2, 512)? << 20;
    let keys = number(3, 100_000)?.max(1);
    let value_bytes = number(4, 100)? as usize;

    let (io, _executors) = Io::real(1);
    let dir = LogDir::open(&io.disk, Path::new(path))?;
    let mut log = create(&io, &dir, (bytes / 8).clamp(1 << 20, 100 << 20))?;
    let records = fill(&mut log, codec, bytes, keys, value_bytes)?;
    let ticket = log.unsynced().ok_or("nothing was written")?;
    ticket.sync(&io.disk)?;
    log.mark_synced(&ticket.synced);

    let (cpu, wall) = (thread_cpu_seconds()?, Instant::now());
    let now_ms = io.clock.now_ms();
    let found = log.cleanable(None, log.synced_offset(), now_ms)?;
    let mut pass = log.compact(&found, CompactionLimits::default(), now_ms)?;
    let done = loop {
        match pass.step()? {
            Step::Worked(_) => {}
            Step::Ready(segment) => {
                log.replace_segments(segment, now_ms)?;
                io.disk.sync_dir(log.dir())?;
            }
            Step::Done(done) => break done,
        }
    };
    let (cpu, wall) = (thread_cpu_seconds()? - cpu, wall.elapsed().as_secs_f64());
    let mb = done.bytes_before as f64 / 1e6;
    println!(
        "{name}: {records} records, {} keys, {mb:.1} MB became {:.1} MB in {wall:.2} s; {cpu:.2} CPU s, \
         {:.0} MB per CPU s{}",
        done.keys,
        done.bytes_after as f64 / 1e6,
        mb / cpu,
        if done.map_was_full {
            "; the map was full"
        } else {
            ""
        },
    );
    let end = log.close()?;
    let offsets = [(log.partition().clone(), end)].into();
    dir.write_recovery_points(&offsets)?;
    dir.write_high_watermarks(&offsets)?;
    dir.mark_clean_shutdown(-1)?;
    Ok(())
}

fn create(io: &Io, dir: &LogDir, segment_bytes: u64) -> Result<Log, Box<dyn Error>> {
    let partition = TopicPartition::new("compact", 0);
    if io.disk.exists(&dir.partition_dir(&partition)) {
        return Err("the directory holds a log already".into());
    }
    let path = dir.create_partition(&partition, Uuid(io.rng.uuid()))?;
    let config = LogConfig {
        rules: AppendRules {
            compacted: true,
            ..AppendRules::default()
        },
        segment_bytes,
        ..LogConfig::default()
    };
    let facts = RecoveryFacts::default();
    Ok(Log::open(
        io,
        &path,
        partition,
        config,
        facts,
        io.clock.now_ms(),
    )?)
}

/// Appends batches until the log has this many bytes. Returns the number of records.
fn fill(
    log: &mut Log,
    codec: Compression,
    bytes: u64,
    keys: u64,
    value_bytes: usize,
) -> Result<u64, Box<dyn Error>> {
    let now_ms = log.io().clock.now_ms();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut records = 0;
    let mut value = String::new();
    while log.size() < bytes {
        let mut builder = BatchBuilder::new(codec);
        while builder.uncompressed_len() < BATCH_BYTES {
            value.clear();
            while value.len() < value_bytes {
                value.push_str(WORDS[random.below(16) as usize]);
                value.push((b'0' + random.below(10) as u8) as char);
            }
            let key = format!("key-{:016}", random.below(keys));
            let value = &value.as_bytes()[..value_bytes];
            builder.append(now_ms, Some(key.as_bytes()), Some(value), &[]);
            records += 1;
        }
        log.append_as_leader(builder.build(), 0, now_ms, Origin::Client)?;
    }
    Ok(records)
}

/// Pseudo-random numbers, the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((u128::from(self.0) * u128::from(n)) >> 64) as u64
    }
}
