//! Committing offsets.

use wire::messages::OffsetCommitRequest;
use wire::messages::offset_commit_request::OffsetCommitRequestPartition;
use wire::messages::offset_commit_response::{
    OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use wire::records::group::{OffsetCommitValue, Value};
use wire::{ErrorCode, StrBytes, Uuid};

use super::key;
use crate::group::classic::{ClassicGroup, State};
use crate::group::request::offset_commit_error;
use crate::group::turn::Turn;

/// From this version on a client understands that a group is not there.
const GROUP_ID_NOT_FOUND_VERSION: i16 = 9;
/// The retention of a client that leaves it to the broker.
const DEFAULT_RETENTION: i64 = -1;

/// A client commits offsets.
///
/// A group that is not there is made by the commit itself if the client has no generation: such a
/// group only keeps offsets.
pub(in crate::group) fn commit(
    group: Option<&ClassicGroup>,
    request: &OffsetCommitRequest,
    api_version: i16,
    turn: &mut Turn<'_>,
) -> OffsetCommitResponse {
    if let Err(code) = check(group, request, api_version) {
        return offset_commit_error(request, code);
    }
    // Outside of these states the heartbeat has another meaning: an empty group has no members, and
    // one that waits for its leader does not commit.
    if let Some(group) = group
        && matches!(group.state, State::Stable | State::PreparingRebalance)
    {
        group.extend_session(&request.member_id, turn);
    }
    let expires_at_ms = match request.retention_time_ms {
        DEFAULT_RETENTION => -1,
        retention_ms => turn.now_ms.saturating_add(retention_ms),
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let code = if has_room_for_note(partition, turn) {
                let key = key(&request.group_id, &topic.name, partition.partition_index);
                turn.write(
                    &key,
                    &value(partition, topic.topic_id, turn.now_ms, expires_at_ms),
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
    // An administrator, or a consumer that assigns to itself, may commit while nobody is there.
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
    // Its generation is the current one, so it knows that it must join; what it read belongs to the
    // generation before.
    if group.state == State::CompletingRebalance {
        return Err(ErrorCode::RebalanceInProgress);
    }
    Ok(())
}

/// Kafka counts the note in UTF-16 units, though its limit says bytes.
fn has_room_for_note(partition: &OffsetCommitRequestPartition, turn: &Turn<'_>) -> bool {
    let note = partition.committed_metadata.as_deref().unwrap_or_default();
    note.encode_utf16().count() <= turn.config.offset_metadata_bytes_max
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
