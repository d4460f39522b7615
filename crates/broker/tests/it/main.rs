//! Tests of a whole broker through its protocol, on real threads, files and sockets, or simulated.

mod basics;
mod compaction;
mod fetch;
mod groups;
mod hostile;
mod layers;
mod load;
mod opening;
mod restart;
mod settings;
mod sim_world;
mod versions;
mod wire_client;

use std::collections::BTreeMap;
use std::future::Future;

use bytes::Bytes;
use io::{Executors, Io};
use tempfile::TempDir;
use vltava_broker::{Broker, BrokerConfig};
use wire::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::messages::fetch_response::PartitionData;
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::messages::produce_response::PartitionProduceResponse;
use wire::record_batch::{BatchBuilder, Compression, batches};
use wire::{ErrorCode, Records};

use self::wire_client::WireClient;

/// Versions of the requests that the helpers below send: the last ones that name topics.
const PRODUCE: i16 = 12;
const FETCH: i16 = 12;

/// The `Io` of one test, and a data directory for its brokers, one after the other.
struct World {
    io: Io,
    executors: Executors,
    directory: TempDir,
}

impl World {
    fn new() -> World {
        let (io, executors) = Io::real(2);
        World {
            io,
            executors,
            directory: TempDir::new().unwrap(),
        }
    }

    fn run<F: Future>(&self, story: F) -> F::Output {
        self.executors.block_on(story)
    }

    /// Starts a broker on a free port, with these properties.
    async fn start(&self, properties: &[(&str, &str)]) -> Broker {
        let mut all = BTreeMap::from([
            ("listeners".to_owned(), "PLAINTEXT://127.0.0.1:0".to_owned()),
            (
                "log.dirs".to_owned(),
                self.directory.path().display().to_string(),
            ),
        ]);
        all.extend(
            properties
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        let (config, _) = BrokerConfig::from_properties(&all).unwrap();
        Broker::start(self.io.clone(), config).await.unwrap()
    }

    /// A connection over TCP.
    async fn connect(&self, broker: &Broker) -> WireClient {
        let address = broker.listeners()[0].address.to_string();
        WireClient::connect(&self.io, &address).await
    }
}

/// Creates a topic with these settings.
async fn create_topic(client: &mut WireClient, name: &str, partitions: i32) {
    let request = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: name.into(),
            num_partitions: partitions,
            replication_factor: 1,
            ..Default::default()
        }],
        timeout_ms: 5000,
        ..Default::default()
    };
    let response = client.request(&request, 7).await;
    assert_eq!(response.topics[0].error_code, 0, "{response:?}");
}

/// A batch of records without keys.
fn batch(values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None);
    for value in values {
        builder.append(1_700_000_000_000, None, Some(value.as_bytes()), &[]);
    }
    builder.build()
}

fn produce_request(topic: &str, partition: i32, acks: i16, records: Bytes) -> ProduceRequest {
    ProduceRequest {
        acks,
        timeout_ms: 10_000,
        topic_data: vec![TopicProduceData {
            name: topic.into(),
            partition_data: vec![PartitionProduceData {
                index: partition,
                records: Records::Bytes(records),
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Produces to partition 0 with `acks=all`; returns the partition's response.
async fn try_produce(
    client: &mut WireClient,
    topic: &str,
    records: Bytes,
) -> PartitionProduceResponse {
    let request = produce_request(topic, 0, -1, records);
    let mut response = client.request(&request, PRODUCE).await;
    response.responses.remove(0).partition_responses.remove(0)
}

/// Produces to partition 0 with `acks=all`; returns the base offset.
async fn produce(client: &mut WireClient, topic: &str, values: &[&str]) -> i64 {
    let answer = try_produce(client, topic, batch(values)).await;
    assert_eq!(
        ErrorCode::from_code(answer.error_code),
        ErrorCode::None,
        "{answer:?}"
    );
    answer.base_offset
}

fn fetch_request(topic: &str, offset: i64, max_wait_ms: i32) -> FetchRequest {
    FetchRequest {
        max_wait_ms,
        min_bytes: 1,
        max_bytes: 10 << 20,
        session_epoch: -1,
        topics: vec![FetchTopic {
            topic: topic.into(),
            partitions: vec![FetchPartition {
                partition: 0,
                fetch_offset: offset,
                partition_max_bytes: 1 << 20,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Fetches partition 0 from `offset`.
async fn try_fetch(client: &mut WireClient, topic: &str, offset: i64) -> PartitionData {
    let mut response = client
        .request(&fetch_request(topic, offset, 0), FETCH)
        .await;
    response.responses.remove(0).partitions.remove(0)
}

/// Offsets and values in fetched data.
fn values(data: &PartitionData) -> Vec<(i64, String)> {
    let bytes = data.records.bytes().cloned().unwrap_or_default();
    let mut values = Vec::new();
    for batch in batches(bytes) {
        for record in batch.unwrap().records(usize::MAX).unwrap() {
            let record = record.unwrap();
            let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
            values.push((record.offset, value));
        }
    }
    values
}

/// Fetches partition 0 from `offset`: offsets and values.
async fn fetch(client: &mut WireClient, topic: &str, offset: i64) -> Vec<(i64, String)> {
    let data = try_fetch(client, topic, offset).await;
    assert_eq!(
        ErrorCode::from_code(data.error_code),
        ErrorCode::None,
        "{data:?}"
    );
    values(&data)
}
