//! How fast JSON records become columns: events of about 240 bytes with seven fields, of which three
//! are wanted, in batches of 8,192 on one core.
//!
//! `cargo run --release -p vltava-format --example json_decode`
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock"
)]

use std::time::Instant;

use arrow::array::{Array, BinaryArray};
use arrow::datatypes::Schema;
use vltava_format::json::{JsonDecoder, JsonOptions};
use vltava_format::schema::parse_fields;

const BATCH: u64 = 8_192;
const ROUNDS: u64 = 400;

/// An event of the Yahoo streaming benchmark.
fn event(n: u64) -> String {
    let id = |salt: u64| {
        let bits =
            (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ salt.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            bits >> 32,
            bits & 0xffff,
            bits >> 16 & 0xfff,
            bits >> 4 & 0xfff,
            bits >> 12 & 0xffff_ffff_ffff
        )
    };
    let event_type = ["view", "click", "purchase"][(n % 3) as usize];
    format!(
        r#"{{"user_id":"{}","page_id":"{}","ad_id":"{}","ad_type":"banner","event_type":"{event_type}","event_time":"{}","ip_address":"1.2.3.4"}}"#,
        id(1),
        id(2),
        id(3),
        1_357_016_400_000 + n
    )
}

fn measure(what: &str, schema: &str, values: &BinaryArray) {
    let schema = Schema::new(parse_fields(schema).unwrap());
    let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
    // The median of many short rounds: other work on the machine disturbs some of them only.
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let decoded = decoder.decode_column(values).unwrap();
        rounds.push(begin.elapsed().as_secs_f64());
        assert_eq!(decoded.column(0).null_count(), 0);
    }
    rounds.sort_by(f64::total_cmp);
    let round = rounds[rounds.len() / 2];
    let records = BATCH as f64;
    let bytes = values.value_data().len() as f64;
    println!(
        "{what}: {:.2} million records/s, {:.0} MB/s",
        records / round / 1e6,
        bytes / round / 1e6
    );
}

fn main() {
    let events: Vec<String> = (0..BATCH).map(event).collect();
    let values = BinaryArray::from_iter_values(&events);
    println!(
        "{} bytes per record",
        values.value_data().len() as u64 / BATCH
    );
    measure(
        "3 of 7 fields",
        "ad_id STRING, event_type STRING, event_time STRING",
        &values,
    );
    measure(
        "7 of 7 fields",
        "user_id STRING, page_id STRING, ad_id STRING, ad_type STRING, event_type STRING, \
         event_time STRING, ip_address STRING",
        &values,
    );
    let flights: Vec<String> = (0..BATCH)
        .map(|n| {
            format!(
                r#"{{"scheduled_at":"2013-01-{:02}T{:02}:{:02}:00Z","carrier":"UA","flight":{},"tailnum":"N{}","origin":"EWR","dest":"IAH","dep_delay":{}.5,"distance":{}}}"#,
                n % 28 + 1, n % 24, n % 60, n % 9000, n, n % 90, n % 3000
            )
        })
        .collect();
    let values = BinaryArray::from_iter_values(&flights);
    measure(
        "flights, all 8 fields",
        "scheduled_at TIMESTAMP, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING, \
         dep_delay DOUBLE, distance INT",
        &values,
    );
}
