//! ListOffsets: where a partition begins, ends, and where a time lies in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use wire::ErrorCode;
use wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsRequest};
use wire::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};

use crate::node::Node;
use crate::partition::TopicName;
use crate::partition::offsets::{Found, Wish};
use crate::partition::read::Isolation;
use crate::request::{Call, Reply};

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: &ListOffsetsRequest) -> Reply {
    let isolation = match request.isolation_level {
        0 => Isolation::ReadUncommitted,
        _ => Isolation::ReadCommitted,
    };
    let mut response = ListOffsetsResponse::default();
    for topic in &request.topics {
        let mut seen = BTreeSet::new();
        let mut twice = BTreeSet::new();
        for ask in &topic.partitions {
            if !seen.insert(ask.partition_index) {
                twice.insert(ask.partition_index);
            }
        }
        let partitions = topic
            .partitions
            .iter()
            .map(|ask| {
                let found = match twice.contains(&ask.partition_index) {
                    true => Err(ErrorCode::InvalidRequest),
                    false => look_up(node, &topic.name, ask, isolation),
                };
                answer(call, ask.partition_index, found)
            })
            .collect();
        response.topics.push(ListOffsetsTopicResponse {
            name: topic.name.clone(),
            partitions,
        });
    }
    call.now(&response)
}

fn look_up(
    node: &Arc<Node>,
    topic: &str,
    ask: &ListOffsetsPartition,
    isolation: Isolation,
) -> Result<Found, ErrorCode> {
    let partition = node
        .partitions
        .find(TopicName::Name(topic), ask.partition_index)?;
    partition.check_leader_epoch(ask.current_leader_epoch)?;
    partition.look_up(Wish::of_timestamp(ask.timestamp)?, isolation)
}

fn answer(
    call: &Call,
    partition_index: i32,
    found: Result<Found, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    match found {
        Ok(found) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: ErrorCode::None.code(),
            timestamp: found.timestamp_ms,
            offset: found.offset,
            leader_epoch: match call.version {
                ..4 => -1,
                _ => found.leader_epoch,
            },
        },
        Err(error) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: error.code(),
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
        },
    }
}
