//! OffsetFetch: reading committed offsets of groups.
//!
//! Topics that are requested by id get their name here; the group coordinator does the rest.

use coordinator::group::{GroupRequest, GroupResponse};
use metadata::MetadataImage;
use wire::messages::offset_fetch_request::{OffsetFetchRequest, OffsetFetchRequestTopics};
use wire::messages::offset_fetch_response::{
    OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use wire::{ErrorCode, StrBytes};

use super::group;
use crate::request::{Call, Reply, later};
use crate::runtime::groups::Groups;

/// First version that names topics by id.
const TOPIC_ID_VERSION: i16 = 10;

pub(super) fn handle(
    groups: &Groups,
    image: &MetadataImage,
    call: &Call,
    mut request: OffsetFetchRequest,
) -> Reply {
    let mut refused = Vec::new();
    if call.version >= TOPIC_ID_VERSION {
        for group in &mut request.groups {
            let Some(topics) = &mut group.topics else {
                continue;
            };
            let unknown = name_topics(image, topics);
            refused.push((group.group_id.clone(), unknown));
        }
    }
    let request = GroupRequest::OffsetFetch(request);
    let responding = groups.request(call, request);
    let call = call.clone();
    later(async move {
        let mut response = responding.await;
        if let GroupResponse::OffsetFetch(response) = &mut response {
            for group in &mut response.groups {
                let unknown = refused.iter().filter(|(id, _)| *id == group.group_id);
                for (_, unknown) in unknown {
                    group.topics.extend(unknown.iter().cloned());
                }
            }
        }
        group::answer(&call, &response)
    })
}

/// Fills in the names of topics. Removes those that do not exist and returns the responses for them.
fn name_topics(
    image: &MetadataImage,
    topics: &mut Vec<OffsetFetchRequestTopics>,
) -> Vec<OffsetFetchResponseTopics> {
    let mut unknown = Vec::new();
    topics.retain_mut(|topic| match image.topics().by_id(topic.topic_id) {
        Some(found) => {
            topic.name = found.name.clone();
            true
        }
        None => {
            unknown.push(refusal(topic));
            false
        }
    });
    unknown
}

fn refusal(topic: &OffsetFetchRequestTopics) -> OffsetFetchResponseTopics {
    let partitions = topic.partition_indexes.iter();
    OffsetFetchResponseTopics {
        name: StrBytes::EMPTY,
        topic_id: topic.topic_id,
        partitions: partitions
            .map(|partition| OffsetFetchResponsePartitions {
                partition_index: *partition,
                committed_offset: -1,
                committed_leader_epoch: -1,
                metadata: Some(StrBytes::EMPTY),
                error_code: ErrorCode::UnknownTopicId.code(),
            })
            .collect(),
    }
}
