//! OffsetDelete: deleting committed offsets.

use wire::ErrorCode;
use wire::messages::OffsetDeleteRequest;
use wire::messages::offset_delete_response::{
    OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};

use super::{Offsets, key};
use crate::group::classic::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

/// Delete offsets of topics that no member is subscribed to.
pub(in crate::group) fn delete(
    group: Option<&ClassicGroup>,
    offsets: &Offsets,
    request: &OffsetDeleteRequest,
    out: &mut OutcomeBuilder<'_>,
) -> OffsetDeleteResponse {
    let failed = |code: ErrorCode| OffsetDeleteResponse {
        error_code: code.code(),
        ..Default::default()
    };
    let Some(group) = group else {
        return failed(ErrorCode::GroupIdNotFound);
    };
    // The topics of members that are not consumers are unknown.
    if group.state != State::Empty && !group.uses_consumer_protocol() {
        return failed(ErrorCode::NonEmptyGroup);
    }
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let is_subscribed = group.is_subscribed_to(&topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let number = partition.partition_index;
            if !is_subscribed
                && offsets
                    .get(&request.group_id, &topic.name, number)
                    .is_some()
            {
                out.write_tombstone(&key(&request.group_id, &topic.name, number));
            }
            let code = if is_subscribed {
                ErrorCode::GroupSubscribedToTopic
            } else {
                ErrorCode::None
            };
            partitions.push(OffsetDeleteResponsePartition {
                partition_index: number,
                error_code: code.code(),
            });
        }
        topics.push(OffsetDeleteResponseTopic {
            name: topic.name.clone(),
            partitions,
        });
    }
    OffsetDeleteResponse {
        topics,
        ..Default::default()
    }
}
