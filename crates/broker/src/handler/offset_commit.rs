//! OffsetCommit: committing offsets of a group.
//!
//! Partitions that do not exist are refused here. The group coordinator gets the others, with the
//! name and the id of their topic.

use coordinator::group::{GroupRequest, GroupResponse};
use metadata::MetadataImage;
use wire::ErrorCode;
use wire::messages::offset_commit_request::{OffsetCommitRequest, OffsetCommitRequestTopic};
use wire::messages::offset_commit_response::{
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};

use super::group;
use crate::request::{Call, Reply, later};
use crate::runtime::groups::Groups;

/// First version that names topics by id.
const TOPIC_ID_VERSION: i16 = 10;

pub(super) fn handle(
    groups: &Groups,
    image: &MetadataImage,
    call: &Call,
    mut request: OffsetCommitRequest,
) -> Reply {
    let mut order = Vec::new();
    let mut refused = Vec::new();
    for topic in std::mem::take(&mut request.topics) {
        let (existing, unknown) = resolve(image, call.version, topic);
        order.push((existing.name.clone(), existing.topic_id));
        if !unknown.partitions.is_empty() {
            refused.push(unknown);
        }
        if !existing.partitions.is_empty() {
            request.topics.push(existing);
        }
    }
    if request.topics.is_empty() && !refused.is_empty() {
        return call.now(&OffsetCommitResponse {
            topics: refused,
            ..Default::default()
        });
    }
    let request = GroupRequest::OffsetCommit(request);
    let responding = groups.request(call, request);
    let call = call.clone();
    later(async move {
        let mut response = responding.await;
        if let GroupResponse::OffsetCommit(response) = &mut response {
            for unknown in refused {
                let same = |topic: &&mut OffsetCommitResponseTopic| {
                    topic.name == unknown.name && topic.topic_id == unknown.topic_id
                };
                match response.topics.iter_mut().find(same) {
                    Some(topic) => topic.partitions.extend(unknown.partitions),
                    None => response.topics.push(unknown),
                }
            }
            response.topics.sort_by_key(|topic| {
                let is_same = |(name, id): &(_, _)| *name == topic.name && *id == topic.topic_id;
                order.iter().position(is_same)
            });
        }
        group::answer(&call, &response)
    })
}

/// Fills in name and id of a topic. Returns it with its existing partitions, and the response for the
/// others.
fn resolve(
    image: &MetadataImage,
    version: i16,
    mut topic: OffsetCommitRequestTopic,
) -> (OffsetCommitRequestTopic, OffsetCommitResponseTopic) {
    let (found, error) = match version {
        ..TOPIC_ID_VERSION => {
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
    let (existing, unknown): (Vec<_>, Vec<_>) = std::mem::take(&mut topic.partitions)
        .into_iter()
        .partition(|partition| exists(partition.partition_index));
    let error = match found {
        Some(_) => ErrorCode::UnknownTopicOrPartition,
        None => error,
    };
    let refused = OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: unknown
            .iter()
            .map(|partition| OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: error.code(),
            })
            .collect(),
    };
    topic.partitions = existing;
    (topic, refused)
}
