//! A broker on a simulated machine, a client of it, and what most tests do with them.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::{Broker, BrokerConfig, StartError};
use bytes::Bytes;
use client::{Client, ClientConfig, NewTopic, ProducerConfig, ProducerRecord, Properties};
use io::Io;
use io::sim::Faults;

const ADDRESS: &str = "localhost:9092";

/// The configuration of a broker with its data in `/data` and a redo log of 1 MiB. `settings` are
/// broker settings that are added or that replace one of these.
pub fn config(settings: &[(&str, &str)]) -> BrokerConfig {
    let listeners = format!("PLAINTEXT://{ADDRESS}");
    let fixed = [("listeners", listeners.as_str()), ("log.dirs", "/data")];
    let properties = fixed.iter().chain(settings);
    let properties: BTreeMap<String, String> = properties
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let (mut config, _) = BrokerConfig::from_properties(&properties).unwrap();
    config.redo_bytes = 1 << 20;
    config
}

/// Starts a broker with the configuration of [`config`].
pub async fn start(io: &Io, settings: &[(&str, &str)]) -> Broker {
    try_start(io, config(settings)).await.unwrap()
}

/// Starts a broker.
///
/// # Errors
/// As [`Broker::start`].
pub async fn try_start(io: &Io, config: BrokerConfig) -> Result<Broker, StartError> {
    Broker::start(io.clone(), config).await
}

/// Connects a client to the broker of the same machine.
pub async fn connect(io: &Io) -> Client {
    connect_to(io, ADDRESS).await
}

/// Connects a client to the broker at `address`.
pub async fn connect_to(io: &Io, address: &str) -> Client {
    Client::connect(io, ClientConfig::new(address))
        .await
        .unwrap()
}

/// Creates a topic with this many partitions.
pub async fn create(client: &Client, topic: &str, partitions: i32) {
    let topic = NewTopic::new(topic, partitions);
    client.admin().create_topic(&topic).await.unwrap();
}

/// Writes a record to partition 0 of a topic with `acks=all`. Returns its offset.
pub async fn write(client: &Client, topic: &str, value: impl Into<Bytes>) -> i64 {
    send(client, ProducerRecord::new(topic, value.into())).await
}

/// As [`write`], a record with a key.
pub async fn write_key(
    client: &Client,
    topic: &str,
    key: impl Into<Bytes>,
    value: impl Into<Bytes>,
) -> i64 {
    send(
        client,
        ProducerRecord::new(topic, value.into()).key(key.into()),
    )
    .await
}

async fn send(client: &Client, record: ProducerRecord) -> i64 {
    let properties = Properties::new().set("acks", "all").set("linger.ms", "0");
    let producer = client.producer(ProducerConfig::from_properties(&properties).unwrap());
    let record = record.partition(0);
    let sent = producer.send(record).await.unwrap();
    sent.wait().await.unwrap().offset.unwrap()
}

/// Deletes the topic `t` and cuts the power at the `nth` disk call. Waits for the power cut, at most for `patience`.
pub async fn cut_power_in_deletion(
    io: &Io,
    faults: &Faults,
    client: Client,
    nth: u64,
    patience: Duration,
) {
    faults.cut_power_at(nth);
    io.tasks.spawn("delete topic", async move {
        let _ = client.admin().delete_topic("t").await;
    });
    let _ = io.clock.timeout(patience, faults.power_lost()).await;
}
