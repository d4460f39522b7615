//! OffsetCommit: committing offsets.

use wire::messages::OffsetCommitRequest;
use wire::messages::offset_commit_request::OffsetCommitRequestPartition;
use wire::messages::offset_commit_response::{
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use wire::records::group::{OffsetCommitValue, Value};
use wire::{ErrorCode, StrBytes, Uuid};

use super::key;
use crate::CoordinatorMetadataImage;
use crate::group::classic::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;
use crate::group::request::offset_commit_error;
use crate::metadata_image::is_topic_deleted;

/// First version in which GROUP_ID_NOT_FOUND may be returned.
const GROUP_ID_NOT_FOUND_VERSION: i16 = 9;
/// First version that names topics by id.
const TOPIC_ID_VERSION: i16 = 10;
/// `retention_time_ms` of a client that uses the broker's retention.
const DEFAULT_RETENTION: i64 = -1;

/// Commit offsets.
///
/// A commit without a generation creates the group if it does not exist: a group that only stores
/// offsets. The topics of the request have both name and id. A topic that was deleted after the
/// request arrived is refused, so that no offset is written for it after its tombstones.
pub(in crate::group) fn commit(
    group: Option<&ClassicGroup>,
    request: &OffsetCommitRequest,
    api_version: i16,
    image: &dyn CoordinatorMetadataImage,
    out: &mut OutcomeBuilder<'_>,
) -> OffsetCommitResponse {
    if let Err(code) = check(group, request, api_version) {
        return offset_commit_error(request, code);
    }
    // A commit counts as a heartbeat. In the other states there is no member that could commit.
    if let Some(group) = group
        && matches!(group.state, State::Stable | State::PreparingRebalance)
    {
        group.extend_session(&request.member_id, out);
    }
    let expires_at_ms = match request.retention_time_ms {
        DEFAULT_RETENTION => -1,
        retention_ms => out.now_ms.saturating_add(retention_ms),
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let is_deleted = is_topic_deleted(image, &topic.name, topic.topic_id);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let code = if is_deleted {
                match api_version {
                    ..TOPIC_ID_VERSION => ErrorCode::UnknownTopicOrPartition,
                    _ => ErrorCode::UnknownTopicId,
                }
            } else if is_metadata_allowed(partition, out) {
                let key = key(&request.group_id, &topic.name, partition.partition_index);
                out.write(
                    &key,
                    &value(partition, topic.topic_id, out.now_ms, expires_at_ms),
                );
                ErrorCode::None
            } else {
                ErrorCode::OffsetMetadataTooLarge
            };
            partitions.push(OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: code.code(),
            });
        }
        topics.push(OffsetCommitResponseTopic {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions,
        });
    }
    OffsetCommitResponse {
        throttle_time_ms: 0,
        topics,
    }
}

fn check(
    group: Option<&ClassicGroup>,
    request: &OffsetCommitRequest,
    api_version: i16,
) -> Result<(), ErrorCode> {
    let generation = request.generation_id_or_member_epoch;
    let Some(group) = group else {
        return match generation {
            ..0 => Ok(()),
            _ if api_version >= GROUP_ID_NOT_FOUND_VERSION => Err(ErrorCode::GroupIdNotFound),
            _ => Err(ErrorCode::IllegalGeneration),
        };
    };
    // Administrators and consumers without a subscription commit to a group without members.
    if generation < 0 && group.state == State::Empty {
        return Ok(());
    }
    let is_anonymous =
        generation < 0 && request.member_id.is_empty() && request.group_instance_id.is_none();
    if is_anonymous {
        return Err(ErrorCode::UnknownMemberId);
    }
    group.check_member(&request.member_id, request.group_instance_id.as_ref())?;
    if generation != group.generation {
        return Err(ErrorCode::IllegalGeneration);
    }
    // The member has joined the new generation, but the offsets belong to the one before.
    if group.state == State::CompletingRebalance {
        return Err(ErrorCode::RebalanceInProgress);
    }
    Ok(())
}

/// Whether the metadata is within `offset.metadata.max.bytes`. Kafka counts UTF-16 units, not bytes.
fn is_metadata_allowed(partition: &OffsetCommitRequestPartition, out: &OutcomeBuilder<'_>) -> bool {
    let metadata = partition.committed_metadata.as_deref().unwrap_or_default();
    metadata.encode_utf16().count() <= out.config.offset_metadata_bytes_max
}

fn value(
    partition: &OffsetCommitRequestPartition,
    topic_id: Uuid,
    now_ms: i64,
    expires_at_ms: i64,
) -> Value {
    Value::OffsetCommit(OffsetCommitValue {
        offset: partition.committed_offset,
        leader_epoch: partition.committed_leader_epoch,
        metadata: partition
            .committed_metadata
            .clone()
            .unwrap_or(StrBytes::EMPTY),
        commit_timestamp: now_ms,
        expire_timestamp: expires_at_ms,
        topic_id,
    })
}
