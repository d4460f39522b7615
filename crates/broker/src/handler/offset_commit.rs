//! OffsetCommit: what a group has read. Offsets of partitions that do not exist are refused here;
//! the rest is the group coordinator's.

use std::sync::Arc;

use coordinator::group::{GroupRequest, GroupResponse};
use metadata::MetadataImage;
use wire::ErrorCode;
use wire::messages::offset_commit_request::{OffsetCommitRequest, OffsetCommitRequestTopic};
use wire::messages::offset_commit_response::{
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};

use super::group;
use crate::node::Node;
use crate::request::{Call, Reply, later};

/// From this version on topics are named by id.
const BY_ID: i16 = 10;

pub(super) fn handle(node: &Arc<Node>, call: &Call, mut request: OffsetCommitRequest) -> Reply {
    let image = node.image();
    let mut order = Vec::new();
    let mut refused = Vec::new();
    let mut known = Vec::new();
    for mut topic in std::mem::take(&mut request.topics) {
        let found = resolve(&image, call.version, &mut topic);
        order.push((topic.name.clone(), topic.topic_id));
        let (good, bad) = found;
        if !bad.partitions.is_empty() {
            refused.push(bad);
        }
        if !good.partitions.is_empty() {
            known.push(good);
        }
    }
    let nothing_left = known.is_empty() && !refused.is_empty();
    request.topics = known;
    if nothing_left {
        return call.now(&OffsetCommitResponse {
            topics: refused,
            ..Default::default()
        });
    }
    let asked = node
        .groups
        .ask(node, call, GroupRequest::OffsetCommit(request));
    let call = call.clone();
    later(async move {
        let mut response = asked.await;
        if let GroupResponse::OffsetCommit(response) = &mut response {
            for bad in refused {
                let same = |topic: &&mut OffsetCommitResponseTopic| {
                    topic.name == bad.name && topic.topic_id == bad.topic_id
                };
                match response.topics.iter_mut().find(same) {
                    Some(topic) => topic.partitions.extend(bad.partitions),
                    None => response.topics.push(bad),
                }
            }
            response.topics.sort_by_key(|topic| {
                let is = |asked: &(_, _)| asked.0 == topic.name && asked.1 == topic.topic_id;
                order.iter().position(is)
            });
        }
        group::answer(&call, &response)
    })
}

/// Fills in the topic's other name, and tells partitions that exist from those that do not.
fn resolve(
    image: &MetadataImage,
    version: i16,
    topic: &mut OffsetCommitRequestTopic,
) -> (OffsetCommitRequestTopic, OffsetCommitResponseTopic) {
    let (found, error) = match version {
        ..BY_ID => {
            let found = image.topics().by_name(&topic.name);
            (found, ErrorCode::UnknownTopicOrPartition)
        }
        _ => (
            image.topics().by_id(topic.topic_id),
            ErrorCode::UnknownTopicId,
        ),
    };
    if let Some(found) = found {
        topic.name = found.name.clone();
        topic.topic_id = found.id;
    }
    let exists = |number: i32| found.is_some_and(|topic| topic.partitions.contains_key(&number));
    let (good, bad): (Vec<_>, Vec<_>) = std::mem::take(&mut topic.partitions)
        .into_iter()
        .partition(|partition| exists(partition.partition_index));
    let error = match found {
        Some(_) => ErrorCode::UnknownTopicOrPartition,
        None => error,
    };
    let refused = OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: bad
            .iter()
            .map(|partition| OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: error.code(),
            })
            .collect(),
    };
    (
        OffsetCommitRequestTopic {
            partitions: good,
            ..topic.clone()
        },
        refused,
    )
}
