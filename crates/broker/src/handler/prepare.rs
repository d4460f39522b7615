//! The stage before a request executes: waits until the logs of its partitions are open.
//!
//! It runs in the order of the connection's requests. Logs are opened on a pool of threads, so a
//! log that has to be recovered first stops neither the executor nor other connections. Errors are
//! not reported here: the handler meets the same error again, where it belongs in the response.

use wire::Uuid;
use wire::messages::delete_records_request::DeleteRecordsRequest;
use wire::messages::fetch_request::FetchRequest;
use wire::messages::list_offsets_request::ListOffsetsRequest;
use wire::messages::offset_for_leader_epoch_request::OffsetForLeaderEpochRequest;
use wire::messages::produce_request::ProduceRequest;

use crate::partition::{Partitions, TopicName};

/// For a request that changes its partitions.
async fn open(partitions: &Partitions, topic: TopicName<'_>, number: i32) {
    if let Ok(partition) = partitions.find(topic, number) {
        let _ = partition.opened().await;
    }
}

/// For a request that reads its partitions: one that never had records needs no log.
async fn open_for_reading(partitions: &Partitions, topic: TopicName<'_>, number: i32) {
    if let Ok(partition) = partitions.find(topic, number) {
        let _ = partition.readable().await;
    }
}

/// The name of a topic in a request that has ids from version `by_id` on.
fn topic_name(version: i16, by_id: i16, name: &str, id: Uuid) -> TopicName<'_> {
    match version < by_id {
        true => TopicName::Name(name),
        false => TopicName::Id(id),
    }
}

pub(super) async fn produce(partitions: &Partitions, version: i16, request: &ProduceRequest) {
    for topic in &request.topic_data {
        let name = topic_name(version, 13, &topic.name, topic.topic_id);
        for data in &topic.partition_data {
            open(partitions, name, data.index).await;
        }
    }
}

pub(super) async fn fetch(partitions: &Partitions, version: i16, request: &FetchRequest) {
    for topic in &request.topics {
        let name = topic_name(version, 13, &topic.topic, topic.topic_id);
        for wanted in &topic.partitions {
            open_for_reading(partitions, name, wanted.partition).await;
        }
    }
}

pub(super) async fn list_offsets(partitions: &Partitions, request: &ListOffsetsRequest) {
    for topic in &request.topics {
        for wanted in &topic.partitions {
            let name = TopicName::Name(&topic.name);
            open_for_reading(partitions, name, wanted.partition_index).await;
        }
    }
}

pub(super) async fn delete_records(partitions: &Partitions, request: &DeleteRecordsRequest) {
    for topic in &request.topics {
        for wanted in &topic.partitions {
            let name = TopicName::Name(&topic.name);
            open(partitions, name, wanted.partition_index).await;
        }
    }
}

pub(super) async fn offset_for_leader_epoch(
    partitions: &Partitions,
    request: &OffsetForLeaderEpochRequest,
) {
    for topic in &request.topics {
        for wanted in &topic.partitions {
            let name = TopicName::Name(&topic.topic);
            open_for_reading(partitions, name, wanted.partition).await;
        }
    }
}
