//! The replay: sends departures to the topic, in the order in which the aircraft left, with the given speed.

use std::collections::BTreeSet;
use std::time::Duration;

use client::{
    Client, ConsumerConfig, IsolationLevel, OffsetSpec, ProducerConfig, ProducerRecord, Properties,
};
use io::Io;
use serde_json::{Map, Value};
use wire::TopicPartition;

use crate::Failure;

const TOPIC: &str = "flights";

const FLIGHTS: &str = include_str!("../../../../examples/flights/flights-2013-01.csv");

/// The header with the row number. A restart reads it to find the rows that are already in the topic.
const ROW_HEADER: &str = "row";

/// Departures that are due within this time are sent together.
const TICK: Duration = Duration::from_millis(50);

/// Columns that are numbers in JSON.
const NUMBERS: [&str; 4] = ["flight", "dep_delay_min", "arr_delay_min", "distance_mi"];

/// A line of the table.
struct Departure {
    row: u64,
    /// Seconds since the first departure.
    at_seconds: f64,
    tail_number: Option<String>,
    json: String,
}

/// Sends every departure that is not in the topic yet.
pub async fn run(io: Io, client: Client, speed: f64) -> Result<(), Failure> {
    let present = rows_present(&client).await?;
    let producer = client.producer(ProducerConfig::from_properties(
        &Properties::new().set("linger.ms", "5"),
    )?);
    let missing = departures().filter(|departure| !present.contains(&departure.row));
    let mut begin = None;
    let mut deliveries = Vec::new();
    for departure in missing {
        // Time starts at the first missing departure.
        let (begun, first) = *begin.get_or_insert((io.clock.elapsed(), departure.at_seconds));
        let due = begun + Duration::from_secs_f64((departure.at_seconds - first).max(0.0) / speed);
        if due > io.clock.elapsed() {
            for delivery in deliveries.drain(..) {
                wait(delivery).await?;
            }
            io.clock
                .sleep_until(due.max(io.clock.elapsed() + TICK))
                .await;
        }
        let mut record = ProducerRecord::new(TOPIC, departure.json)
            .header(ROW_HEADER, departure.row.to_string());
        if let Some(tail_number) = departure.tail_number {
            record = record.key(tail_number);
        }
        deliveries.push(producer.send(record).await?);
    }
    for delivery in deliveries {
        wait(delivery).await?;
    }
    Ok(producer.close().await?)
}

async fn wait(delivery: client::Delivery) -> Result<(), Failure> {
    delivery
        .await
        .map_err(|e| format!("replaying flights: {e}"))?;
    Ok(())
}

/// Row numbers that an earlier run has sent.
async fn rows_present(client: &Client) -> Result<BTreeSet<u64>, Failure> {
    let topic = client.admin().describe_topic(TOPIC).await?;
    let partitions: Vec<_> = topic
        .partitions
        .iter()
        .map(|p| TopicPartition {
            topic: TOPIC.into(),
            partition: p.partition,
        })
        .collect();
    let wanted = partitions
        .iter()
        .map(|p| (p.clone(), OffsetSpec::Latest))
        .collect();
    let mut ends = client
        .admin()
        .list_offsets(&wanted, IsolationLevel::ReadUncommitted)
        .await?;
    ends.retain(|_, end| end.offset.is_some_and(|offset| offset > 0));
    let earliest = Properties::new().set("auto.offset.reset", "earliest");
    let mut consumer = client.consumer(ConsumerConfig::from_properties(&earliest)?);
    consumer.assign(partitions);
    let mut rows = BTreeSet::new();
    while !ends.is_empty() {
        for polled in consumer.poll(Duration::from_secs(1)).await? {
            for record in &polled.records {
                let header = record.headers.iter().find(|h| h.key_text() == ROW_HEADER);
                let text = header.and_then(|h| std::str::from_utf8(h.value.as_deref()?).ok());
                rows.extend(text.and_then(|text| text.parse::<u64>().ok()));
            }
            ends.retain(|partition, end| {
                *partition != polled.partition
                    || end.offset.is_some_and(|end| polled.next_offset < end)
            });
        }
    }
    consumer.close().await?;
    Ok(rows)
}

/// The rows of the table, as JSON.
fn departures() -> impl Iterator<Item = Departure> {
    let mut lines = FLIGHTS.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut first = None;
    lines.zip(0..).map(move |(line, row)| {
        let mut fields = Map::new();
        for (name, text) in names.iter().zip(line.split(',')) {
            let value = match text {
                "" => Value::Null,
                _ if NUMBERS.contains(name) => text.parse::<i64>().map_or(Value::Null, Value::from),
                _ => Value::from(text),
            };
            fields.insert((*name).to_owned(), value);
        }
        let at = fields["departed_at"].as_str().map_or(0.0, seconds_in_month);
        Departure {
            row,
            at_seconds: at - *first.get_or_insert(at),
            tail_number: fields["tailnum"].as_str().map(str::to_owned),
            json: Value::Object(fields).to_string(),
        }
    })
}

/// Seconds from the start of the month to a time like `2013-01-05T07:15:00`.
fn seconds_in_month(time: &str) -> f64 {
    let part = |range: std::ops::Range<usize>| {
        time.get(range)
            .and_then(|digits| digits.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    ((part(8..10) * 24.0 + part(11..13)) * 60.0 + part(14..16)) * 60.0 + part(17..19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_departure_and_lines_are_sorted_by_departure_time() {
        let all: Vec<_> = departures().collect();
        assert_eq!(all.len(), 12_126);
        assert!(all.is_sorted_by_key(|departure| departure.at_seconds));
        assert_eq!(all[1].at_seconds, 16.0 * 60.0);
        assert_eq!(
            all[0].json,
            r#"{"departed_at":"2013-01-01T05:17:00","scheduled_at":"2013-01-01T05:15:00","carrier":"UA","flight":1545,"tailnum":"N14228","origin":"EWR","dest":"IAH","dep_delay_min":2,"arr_delay_min":11,"distance_mi":1400}"#
        );
        // Their tail number is not known.
        assert!(
            all.iter()
                .all(|departure| departure.tail_number.as_deref() != Some(""))
        );
    }
}
