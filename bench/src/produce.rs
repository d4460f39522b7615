//! Produces batches as fast as the broker answers: a closed loop with a fixed number of requests in flight.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};
use wire::Records;
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::messages::produce_response::ProduceResponse;
use wire::record_batch::{BatchBuilder, Compression};

use crate::connection::{Connection, Frame};
use crate::{Common, Failure, latency, process, topic};

/// The newest version of Produce that names topics by name.
pub const VERSION: i16 = 11;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    #[arg(long, default_value_t = 100)]
    record_bytes: usize,
    #[arg(long, default_value_t = 2000)]
    batch_records: usize,
    #[arg(long, default_value_t = 2)]
    connections: usize,
    /// Requests in flight on each connection.
    #[arg(long, default_value_t = 5)]
    in_flight: usize,
    /// Give every record a key of eight bytes.
    #[arg(long)]
    keyed: bool,
    /// acks: -1 (all), 1 or 0.
    #[arg(long, default_value_t = -1, allow_hyphen_values = true)]
    acks: i16,
    /// Set a topic setting, key=value. Can be repeated.
    #[arg(long = "config")]
    configs: Vec<String>,
}

pub fn run(arguments: Arguments) -> Result<Value, Failure> {
    let Arguments {
        common,
        partitions,
        record_bytes,
        batch_records,
        ..
    } = &arguments;
    topic::create(
        &common.bootstrap,
        &common.topic,
        *partitions,
        &arguments.configs,
    )?;
    let batch = batch(*batch_records, *record_bytes, arguments.keyed);
    wait_until_writable(common, *partitions, &batch)?;
    let start = Instant::now() + Duration::from_secs_f64(common.warmup);
    let end = start + Duration::from_secs_f64(common.seconds);
    let workers: Vec<_> = (0..arguments.connections)
        .map(|number| {
            // Each connection starts at another partition.
            let mut frames = (0..*partitions)
                .map(|i| {
                    (i + number as i32 * partitions / arguments.connections as i32) % partitions
                })
                .map(|partition| request(&common.topic, partition, arguments.acks, &batch))
                .collect::<Result<Vec<_>, _>>()?;
            let connection = Connection::open(&common.bootstrap)?;
            let in_flight = arguments.in_flight;
            Ok(thread::spawn(move || {
                keep_in_flight(connection, &mut frames, in_flight, start, end)
            }))
        })
        .collect::<Result<_, Failure>>()?;
    thread::sleep(start.saturating_duration_since(Instant::now()));
    let cpu_before = common.pid.map(process::cpu_seconds).transpose()?;
    thread::sleep(end.saturating_duration_since(Instant::now()));
    let cpu_after = common.pid.map(process::cpu_seconds).transpose()?;
    let mut latencies = Vec::new();
    for worker in workers {
        latencies.extend(
            worker
                .join()
                .map_err(|_| "a connection's thread panicked")??,
        );
    }
    let records = (latencies.len() * batch_records) as f64;
    let mut report = json!({
        "records_per_second": (records / common.seconds).round(),
        "mb_per_second": (records * *record_bytes as f64 / common.seconds / 1e5).round() / 10.0,
        "latency_ms": latency::percentiles(latencies),
    });
    if let (Some(pid), Some(before), Some(after)) = (common.pid, cpu_before, cpu_after) {
        report["server_cpu_seconds"] = json!(((after - before) * 100.0).round() / 100.0);
        report["server_cpu_us_per_record"] =
            json!(((after - before) / records * 1e6 * 1000.0).round() / 1000.0);
        report["server"] = process::memory_and_threads(pid)?;
    }
    Ok(report)
}

/// Sends and receives on one connection until `end`. Returns the latencies of the requests answered after `start`.
fn keep_in_flight(
    connection: Connection,
    frames: &mut [Frame],
    in_flight: usize,
    start: Instant,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let (mut sender, mut receiver) = connection.split();
    // Each response permits one more request. The channel carries the send times of the requests in flight.
    let (sent, sent_times) = mpsc::channel::<Instant>();
    let (answered, permits) = mpsc::channel::<()>();
    for _ in 0..in_flight {
        answered.send(())?;
    }
    let reader = thread::spawn(move || -> Result<Vec<Duration>, Failure> {
        let mut latencies = Vec::new();
        for sent_at in sent_times {
            check(&receiver.receive::<ProduceRequest>(VERSION)?)?;
            let now = Instant::now();
            if now >= start && now < end {
                latencies.push(now - sent_at);
            }
            // The sending thread may have ended.
            let _ = answered.send(());
        }
        Ok(latencies)
    });
    let mut number = 0;
    while Instant::now() < end && permits.recv().is_ok() {
        let frame_count = frames.len();
        sent.send(Instant::now())?;
        sender.send(&mut frames[number % frame_count], number as i32)?;
        number += 1;
    }
    drop(sent);
    reader.join().map_err(|_| "a reader panicked")?
}

/// Ends the run at any error in a response: a rate of errors is not a result.
pub fn check(response: &ProduceResponse) -> Result<(), Failure> {
    for partition in response
        .responses
        .iter()
        .flat_map(|topic| &topic.partition_responses)
    {
        if partition.error_code != 0 {
            return Err(format!("produce answered error {}", partition.error_code).into());
        }
    }
    Ok(())
}

/// Sends one batch to every partition and retries until it is accepted: Kafka's metadata names a leader shortly before
/// that broker knows it.
pub fn wait_until_writable(common: &Common, partitions: i32, batch: &Bytes) -> Result<(), Failure> {
    let mut connection = Connection::open(&common.bootstrap)?;
    for partition in 0..partitions {
        let probe = produce_request(&common.topic, partition, -1, batch);
        topic::retry(|| Ok(check(&connection.call(&probe, VERSION)?).ok()))?;
    }
    Ok(())
}

pub fn request(topic: &str, partition: i32, acks: i16, batch: &Bytes) -> Result<Frame, Failure> {
    Frame::new(&produce_request(topic, partition, acks, batch), VERSION)
}

fn produce_request(topic: &str, partition: i32, acks: i16, batch: &Bytes) -> ProduceRequest {
    ProduceRequest {
        acks,
        timeout_ms: 30_000,
        topic_data: vec![TopicProduceData {
            name: topic.into(),
            partition_data: vec![PartitionProduceData {
                index: partition,
                records: Records::Bytes(batch.clone()),
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// A batch of records with different values.
pub fn batch(records: usize, record_bytes: usize, keyed: bool) -> Bytes {
    let now_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as i64);
    let mut builder = BatchBuilder::new(Compression::None);
    for number in 0..records as u64 {
        let key = keyed.then(|| number.to_be_bytes());
        let mut value = vec![0u8; record_bytes];
        for (index, byte) in value.iter_mut().enumerate() {
            *byte = b' ' + ((number as usize * 31 + index * 7) % 90) as u8;
        }
        builder.append(
            now_ms,
            key.as_ref().map(|k| k.as_slice()),
            Some(&value),
            &[],
        );
    }
    builder.build()
}
