//! Produces records on a fixed schedule, as a producer without linger does: a record is sent when it is due. While all
//! requests are in flight, records that become due wait and are sent together. Latency counts from the scheduled time,
//! so a pause of the server adds to the latency of every record that was due in it.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wire::messages::produce_request::ProduceRequest;

use crate::connection::{Connection, Frame};
use crate::{Common, Failure, latency, process, produce, topic};

/// Requests in flight on each connection; the default of Kafka's producer.
const IN_FLIGHT: usize = 5;

/// Largest number of records in one request.
const RECORDS_MAX: usize = 256;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Records per second, over all connections.
    #[arg(long, default_value_t = 20_000)]
    rate: u32,
    #[arg(long, default_value_t = 1024)]
    record_bytes: usize,
    /// Number of connections; each writes to a partition of its own.
    #[arg(long, default_value_t = 4)]
    connections: u32,
    /// Set a topic setting, key=value. Can be repeated.
    #[arg(long = "config")]
    configs: Vec<String>,
}

pub fn run(arguments: Arguments) -> Result<Value, Failure> {
    let common = &arguments.common;
    topic::create(
        &common.bootstrap,
        &common.topic,
        arguments.connections as i32,
        &arguments.configs,
    )?;
    let batches: Vec<_> = (1..=RECORDS_MAX)
        .map(|records| produce::batch(records, arguments.record_bytes, false))
        .collect();
    produce::wait_until_writable(common, arguments.connections as i32, &batches[0])?;
    let begin = Instant::now() + Duration::from_millis(200);
    let start = begin + Duration::from_secs_f64(common.warmup);
    let end = start + Duration::from_secs_f64(common.seconds);
    let interval = Duration::from_secs(1) * arguments.connections / arguments.rate;
    let workers: Vec<_> = (0..arguments.connections)
        .map(|number| {
            let mut frames = batches
                .iter()
                .map(|batch| produce::request(&common.topic, number as i32, -1, batch))
                .collect::<Result<Vec<_>, _>>()?;
            let connection = Connection::open(&common.bootstrap)?;
            // The schedules of the connections interleave.
            let begin = begin + interval * number / arguments.connections;
            Ok(thread::spawn(move || {
                follow(connection, &mut frames, begin, interval, end)
            }))
        })
        .collect::<Result<_, Failure>>()?;
    thread::sleep(start.saturating_duration_since(Instant::now()));
    let cpu_before = common.pid.map(process::cpu_seconds).transpose()?;
    thread::sleep(end.saturating_duration_since(Instant::now()));
    let cpu_after = common.pid.map(process::cpu_seconds).transpose()?;
    let mut latencies = Vec::new();
    for worker in workers {
        let of_connection = worker
            .join()
            .map_err(|_| "a connection's thread panicked")??;
        latencies.extend(
            of_connection
                .into_iter()
                .filter(|(scheduled, _)| *scheduled >= start)
                .map(|(_, latency)| latency),
        );
    }
    let records = latencies.len() as f64;
    let mut report = json!({
        "records_per_second": (records / common.seconds).round(),
        "latency_ms": latency::percentiles(latencies),
    });
    if let (Some(pid), Some(before), Some(after)) = (common.pid, cpu_before, cpu_after) {
        report["server_cpu_seconds"] = json!(((after - before) * 100.0).round() / 100.0);
        report["server_cpu_us_per_record"] =
            json!(((after - before) / records * 1e7).round() / 10.0);
        report["server"] = process::memory_and_threads(pid)?;
    }
    Ok(report)
}

/// Sends the records that are due on one connection until `end`. Returns each record's scheduled time and latency.
fn follow(
    connection: Connection,
    frames: &mut [Frame],
    begin: Instant,
    interval: Duration,
    end: Instant,
) -> Result<Vec<(Instant, Duration)>, Failure> {
    let (mut sender, mut receiver) = connection.split();
    // The requests in flight: the number of the first record, and how many.
    let (sent, requests) = mpsc::channel::<(u32, u32)>();
    let (answered, permits) = mpsc::channel::<()>();
    for _ in 0..IN_FLIGHT {
        answered.send(())?;
    }
    let reader = thread::spawn(move || -> Result<Vec<(Instant, Duration)>, Failure> {
        let mut latencies = Vec::new();
        for (first, count) in requests {
            produce::check(&receiver.receive::<ProduceRequest>(produce::VERSION)?)?;
            let now = Instant::now();
            for number in first..first + count {
                let scheduled = begin + interval * number;
                latencies.push((scheduled, now - scheduled));
            }
            // The sending thread may have ended.
            let _ = answered.send(());
        }
        Ok(latencies)
    });
    let mut next = 0u32;
    loop {
        let due_at = begin + interval * next;
        if due_at >= end {
            break;
        }
        thread::sleep(due_at.saturating_duration_since(Instant::now()));
        permits.recv()?;
        let passed = Instant::now().min(end).saturating_duration_since(begin);
        let due = (passed.as_nanos() / interval.as_nanos()) as u32 + 1;
        let count = (due - next).clamp(1, RECORDS_MAX as u32);
        sent.send((next, count))?;
        sender.send(&mut frames[count as usize - 1], next as i32)?;
        next += count;
    }
    drop(sent);
    reader.join().map_err(|_| "a reader panicked")?
}
