//! Opens every partition of a log directory and reads all of it, checking each batch:
//!
//! ```text
//! cargo run -p vltava-log --example check_log_dir -- COPY
//! ```
//!
//! Use it on a copy of a directory, for instance of Apache Kafka: opening a log may cut a torn
//! tail and rebuild indexes.

use std::error::Error;
use std::path::Path;

use io::Io;
use vltava_log::{Log, LogConfig, LogDir, ReadLimit, RecoveryFacts, meta_properties};
use wire::record_batch::batches;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("give a copy of a log directory")?;
    let (io, _executors) = Io::real(1);
    let dir = LogDir::open(&io.disk, Path::new(&path))?;
    println!("{:?}", meta_properties::read(&io.disk, dir.path())?);
    let recovery_points = dir.recovery_points()?;
    let log_starts = dir.log_starts()?;
    for partition in dir.partitions()? {
        let facts = RecoveryFacts {
            clean_shutdown: dir.was_cleanly_shut_down(),
            recovery_point: recovery_points.get(&partition).copied().unwrap_or(0),
            log_start_offset: log_starts.get(&partition).copied().unwrap_or(0),
            ..RecoveryFacts::default()
        };
        let partition_dir = dir.partition_dir(&partition);
        let now_ms = io.clock.now_ms();
        let opened = Log::open(
            &io,
            &partition_dir,
            partition.clone(),
            LogConfig::default(),
            facts,
            now_ms,
        );
        match opened {
            Ok(log) => println!("{partition}: {}", read(&log)?),
            Err(error) => println!("{partition}: {error}"),
        }
    }
    Ok(())
}

/// Reads a log from its start to its end.
fn read(log: &Log) -> Result<String, Box<dyn Error>> {
    let (mut count, mut next) = (0, log.log_start_offset());
    let end = log.log_end_offset();
    while next < end {
        let limit = ReadLimit {
            max_bytes: 1 << 20,
            min_one: true,
            upper_bound: end,
        };
        let bytes = log.read(next, limit)?.into_bytes()?;
        if bytes.is_empty() {
            break;
        }
        for batch in batches(bytes) {
            let batch = batch?;
            batch.check_crc()?;
            for record in batch.records(256 << 20)? {
                record?;
                count += 1;
            }
            next = batch.header.next_offset();
        }
    }
    Ok(format!(
        "{count} records, offsets {} to {end}, {} segments, {} producers, epochs {:?}, {:?}",
        log.log_start_offset(),
        log.segment_count(),
        log.producers().producers().len(),
        log.leader_epochs().entries(),
        log.recovered()
    ))
}
