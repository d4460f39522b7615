//! Writes a fixed amount of keyed records, the same in every run, for the log cleaner to compact.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};
use wire::messages::produce_request::ProduceRequest;
use wire::record_batch::{BatchBuilder, Compression};

use crate::connection::Connection;
use crate::produce::{VERSION, check, request, wait_until_writable};
use crate::{Common, Failure, topic};

/// Approximate size of the records of a batch before compression, in bytes.
const BATCH_BYTES: usize = 16_000;
/// Requests in flight.
const IN_FLIGHT: usize = 5;
const WORDS: [&str; 16] = [
    "stream", "table", "river", "window", "record", "batch", "offset", "leader", "flight", "delay",
    "origin", "carrier", "bridge", "water", "mill", "weir",
];

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Megabytes of keys and values before compression.
    #[arg(long, default_value_t = 256)]
    megabytes: u64,
    /// Number of different keys, all equally likely.
    #[arg(long, default_value_t = 100_000)]
    keys: u64,
    /// Bytes of a value. Values are words and digits, which compress to less than half.
    #[arg(long, default_value_t = 512)]
    value_bytes: usize,
    /// Compression: none, gzip, snappy, lz4 or zstd.
    #[arg(long, default_value = "none")]
    compression: String,
    /// Set a topic setting, key=value. Can be repeated.
    #[arg(long = "config")]
    configs: Vec<String>,
}

/// Creates the topic with one partition and fills it. All records have the time of the start.
pub fn run(arguments: Arguments) -> Result<Value, Failure> {
    let common = &arguments.common;
    let codec = Compression::from_name(&arguments.compression).ok_or("there is no such codec")?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    topic::create(&common.bootstrap, &common.topic, 1, &arguments.configs)?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut batch = || batch(&arguments, codec, now_ms, &mut random);
    let (first, mut records, mut bytes) = batch();
    wait_until_writable(common, 1, &first)?;
    let (mut sender, mut receiver) = Connection::open(&common.bootstrap)?.split();
    let mut in_flight = 0;
    while bytes < arguments.megabytes * 1_000_000 {
        let (next, next_records, next_bytes) = batch();
        sender.send(&mut request(&common.topic, 0, -1, &next)?, 0)?;
        (records, bytes) = (records + next_records, bytes + next_bytes);
        in_flight += 1;
        if in_flight == IN_FLIGHT {
            check(&receiver.receive::<ProduceRequest>(VERSION)?)?;
            in_flight -= 1;
        }
    }
    for _ in 0..in_flight {
        check(&receiver.receive::<ProduceRequest>(VERSION)?)?;
    }
    Ok(json!({ "records": records, "bytes": bytes }))
}

/// Returns a batch, its number of records, and the bytes of their keys and values.
fn batch(
    arguments: &Arguments,
    codec: Compression,
    now_ms: i64,
    random: &mut Random,
) -> (Bytes, u64, u64) {
    let mut builder = BatchBuilder::new(codec);
    let (mut records, mut bytes) = (0, 0);
    let mut value = String::new();
    while builder.uncompressed_len() < BATCH_BYTES {
        value.clear();
        while value.len() < arguments.value_bytes {
            value.push_str(WORDS[random.below(16) as usize]);
            value.push((b'0' + random.below(10) as u8) as char);
        }
        value.truncate(arguments.value_bytes);
        let key = format!("key-{:016}", random.below(arguments.keys.max(1)));
        builder.append(now_ms, Some(key.as_bytes()), Some(value.as_bytes()), &[]);
        records += 1;
        bytes += (key.len() + value.len()) as u64;
    }
    (builder.build(), records, bytes)
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
