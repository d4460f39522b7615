//! The stage before a request executes: waits until the logs of its partitions are open.
//!
//! It runs in the order of the connection's requests. Logs are opened on a pool of threads, so a
//! log that has to be recovered first stops neither the executor nor other connections. Errors are
//! not reported here: the handler meets the same error again, where it belongs in the response.

use std::sync::Arc;

use futures::future::join_all;
use wire::Uuid;
use wire::messages::delete_records_request::DeleteRecordsRequest;
use wire::messages::fetch_request::FetchRequest;
use wire::messages::list_offsets_request::ListOffsetsRequest;
use wire::messages::offset_for_leader_epoch_request::OffsetForLeaderEpochRequest;
use wire::messages::produce_request::ProduceRequest;

use crate::partition::{Partition, Partitions, TopicName};

/// How often a request opens its logs at most. Retention can close a log again while the others are opened.
const OPEN_ATTEMPTS_MAX: usize = 5;

/// Opens logs side by side until all are open at the same time. `closed` adds the partitions whose logs have to be opened,
/// and marks the other logs as used.
async fn open(closed: impl Fn(&mut Closed)) {
    for _ in 0..OPEN_ATTEMPTS_MAX {
        let mut partitions = Closed::default();
        closed(&mut partitions);
        if partitions.0.is_empty() {
            return;
        }
        let opening = partitions.0.into_iter().map(|partition| async move {
            let _ = partition.opened().await;
        });
        join_all(opening).await;
    }
}

/// The partitions whose logs have to be opened.
#[derive(Default)]
struct Closed(Vec<Arc<Partition>>);

impl Closed {
    /// For a request that changes the partition.
    fn add(&mut self, partitions: &Partitions, topic: TopicName<'_>, number: i32) {
        let found = partitions.find(topic, number).ok();
        self.0.extend(found.filter(|found| !found.is_opened()));
    }

    /// For a request that reads the partition: one that never had records needs no log.
    fn add_for_reading(&mut self, partitions: &Partitions, topic: TopicName<'_>, number: i32) {
        let found = partitions.find(topic, number).ok();
        self.0.extend(found.filter(|found| !found.is_readable()));
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
    open(|closed| {
        for topic in &request.topic_data {
            let name = topic_name(version, 13, &topic.name, topic.topic_id);
            for data in &topic.partition_data {
                closed.add(partitions, name, data.index);
            }
        }
    })
    .await;
}

pub(super) async fn fetch(partitions: &Partitions, version: i16, request: &FetchRequest) {
    open(|closed| {
        for topic in &request.topics {
            let name = topic_name(version, 13, &topic.topic, topic.topic_id);
            for wanted in &topic.partitions {
                closed.add_for_reading(partitions, name, wanted.partition);
            }
        }
    })
    .await;
}

pub(super) async fn list_offsets(partitions: &Partitions, request: &ListOffsetsRequest) {
    open(|closed| {
        for topic in &request.topics {
            for wanted in &topic.partitions {
                let name = TopicName::Name(&topic.name);
                closed.add_for_reading(partitions, name, wanted.partition_index);
            }
        }
    })
    .await;
}

pub(super) async fn delete_records(partitions: &Partitions, request: &DeleteRecordsRequest) {
    open(|closed| {
        for topic in &request.topics {
            for wanted in &topic.partitions {
                let name = TopicName::Name(&topic.name);
                closed.add(partitions, name, wanted.partition_index);
            }
        }
    })
    .await;
}

pub(super) async fn offset_for_leader_epoch(
    partitions: &Partitions,
    request: &OffsetForLeaderEpochRequest,
) {
    open(|closed| {
        for topic in &request.topics {
            for wanted in &topic.partitions {
                let name = TopicName::Name(&topic.topic);
                closed.add_for_reading(partitions, name, wanted.partition);
            }
        }
    })
    .await;
}
