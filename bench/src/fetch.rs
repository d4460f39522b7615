//! Reads a topic from its beginning, again and again, and discards the records.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wire::Records;
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::record_batch::RecordBatchHeader;

use crate::connection::Connection;
use crate::{Common, Failure, process};

/// The newest version of Fetch that names topics by name.
const VERSION: i16 = 12;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// Bytes that one request fetches of a partition.
    #[arg(long, default_value_t = 1 << 20)]
    fetch_bytes: i32,
}

pub fn run(arguments: Arguments) -> Result<Value, Failure> {
    let common = &arguments.common;
    let start = Instant::now() + Duration::from_secs_f64(common.warmup);
    let end = start + Duration::from_secs_f64(common.seconds);
    let workers: Vec<_> = (0..arguments.partitions)
        .map(|partition| {
            let connection = Connection::open(&common.bootstrap)?;
            let (topic, bytes) = (common.topic.clone(), arguments.fetch_bytes);
            Ok(thread::spawn(move || {
                read(connection, &topic, partition, bytes, start, end)
            }))
        })
        .collect::<Result<_, Failure>>()?;
    thread::sleep(start.saturating_duration_since(Instant::now()));
    let cpu_before = common.pid.map(process::cpu_seconds).transpose()?;
    thread::sleep(end.saturating_duration_since(Instant::now()));
    let cpu_after = common.pid.map(process::cpu_seconds).transpose()?;
    let (mut records, mut bytes) = (0u64, 0u64);
    for worker in workers {
        let (r, b) = worker
            .join()
            .map_err(|_| "a connection's thread panicked")??;
        records += r;
        bytes += b;
    }
    let mut report = json!({
        "records_per_second": (records as f64 / common.seconds).round(),
        "mb_per_second": (bytes as f64 / common.seconds / 1e5).round() / 10.0,
    });
    if let (Some(pid), Some(before), Some(after)) = (common.pid, cpu_before, cpu_after) {
        report["server_cpu_seconds"] = json!(((after - before) * 100.0).round() / 100.0);
        report["server_cpu_us_per_record"] =
            json!(((after - before) / records as f64 * 1e9).round() / 1000.0);
        report["server"] = process::memory_and_threads(pid)?;
    }
    Ok(report)
}

/// Reads one partition until `end`. Returns the records and bytes that arrived after `start`.
fn read(
    mut connection: Connection,
    topic: &str,
    partition: i32,
    fetch_bytes: i32,
    start: Instant,
    end: Instant,
) -> Result<(u64, u64), Failure> {
    let (mut records, mut bytes, mut offset) = (0, 0, 0);
    while Instant::now() < end {
        let request = FetchRequest {
            max_wait_ms: 500,
            min_bytes: 1,
            max_bytes: fetch_bytes,
            topics: vec![FetchTopic {
                topic: topic.into(),
                partitions: vec![FetchPartition {
                    partition,
                    fetch_offset: offset,
                    partition_max_bytes: fetch_bytes,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let response = connection.call(&request, VERSION)?;
        let data = &response.responses[0].partitions[0];
        if data.error_code != 0 {
            return Err(format!("fetch answered error {}", data.error_code).into());
        }
        let Records::Bytes(batches) = &data.records else {
            return Err("fetch answered no records".into());
        };
        let counts = Instant::now() >= start;
        let mut rest = &batches[..];
        // The last batch may be incomplete.
        while let Ok(header) = RecordBatchHeader::parse(rest) {
            let Some(behind) = rest.get(header.total_len()..) else {
                break;
            };
            rest = behind;
            offset = header.next_offset();
            if counts {
                records += header.record_count as u64;
                bytes += header.total_len() as u64;
            }
        }
        if offset >= data.high_watermark {
            offset = 0;
        }
    }
    Ok((records, bytes))
}
