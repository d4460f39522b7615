//! Requests to a shard and their responses.

use wire::messages::delete_groups_response::DeletableGroupResult;
use wire::messages::describe_groups_response::DescribedGroup;
use wire::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use wire::messages::offset_fetch_request::OffsetFetchRequestGroup;
use wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use wire::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    LeaveGroupResponse, ListGroupsRequest, ListGroupsResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, OffsetFetchRequest,
    OffsetFetchResponse, SyncGroupRequest, SyncGroupResponse,
};
use wire::{ErrorCode, StrBytes};

/// A request to the group coordinator.
///
/// A request about several groups is split first ([`split`](super::split)), so that a shard gets only
/// its own groups.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq)]
pub enum GroupRequest {
    JoinGroup(JoinGroupRequest),
    SyncGroup(SyncGroupRequest),
    Heartbeat(HeartbeatRequest),
    LeaveGroup(LeaveGroupRequest),
    OffsetCommit(OffsetCommitRequest),
    OffsetFetch(OffsetFetchRequest),
    OffsetDelete(OffsetDeleteRequest),
    ListGroups(ListGroupsRequest),
    DescribeGroups(DescribeGroupsRequest),
    DeleteGroups(DeleteGroupsRequest),
}

/// A response of the group coordinator.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq)]
pub enum GroupResponse {
    JoinGroup(JoinGroupResponse),
    SyncGroup(SyncGroupResponse),
    Heartbeat(HeartbeatResponse),
    LeaveGroup(LeaveGroupResponse),
    OffsetCommit(OffsetCommitResponse),
    OffsetFetch(OffsetFetchResponse),
    OffsetDelete(OffsetDeleteResponse),
    ListGroups(ListGroupsResponse),
    DescribeGroups(DescribeGroupsResponse),
    DeleteGroups(DeleteGroupsResponse),
}

impl GroupRequest {
    /// The response that the whole request failed with `code`.
    ///
    /// A heartbeat succeeds while a shard loads, as in Kafka: a restart of the coordinator must not make
    /// a member give up its partitions.
    pub fn error_response(&self, code: ErrorCode) -> GroupResponse {
        let error_code = code.code();
        match self {
            GroupRequest::JoinGroup(request) => GroupResponse::JoinGroup(JoinGroupResponse {
                error_code,
                // The response may outlive the buffer of the request.
                member_id: request.member_id.detached(),
                protocol_name: None,
                ..JoinGroupResponse::default()
            }),
            GroupRequest::SyncGroup(_) => GroupResponse::SyncGroup(SyncGroupResponse {
                error_code,
                ..SyncGroupResponse::default()
            }),
            GroupRequest::Heartbeat(_) => {
                let loading = code == ErrorCode::CoordinatorLoadInProgress;
                let error_code = if loading {
                    ErrorCode::None.code()
                } else {
                    error_code
                };
                GroupResponse::Heartbeat(HeartbeatResponse {
                    error_code,
                    ..HeartbeatResponse::default()
                })
            }
            GroupRequest::LeaveGroup(_) => GroupResponse::LeaveGroup(LeaveGroupResponse {
                error_code,
                ..LeaveGroupResponse::default()
            }),
            GroupRequest::OffsetCommit(request) => {
                GroupResponse::OffsetCommit(offset_commit_error(request, code))
            }
            GroupRequest::OffsetFetch(request) => GroupResponse::OffsetFetch(OffsetFetchResponse {
                groups: request
                    .groups
                    .iter()
                    .map(|group| offset_fetch_error(group, code))
                    .collect(),
                ..OffsetFetchResponse::default()
            }),
            GroupRequest::OffsetDelete(_) => GroupResponse::OffsetDelete(OffsetDeleteResponse {
                error_code,
                ..OffsetDeleteResponse::default()
            }),
            GroupRequest::ListGroups(_) => GroupResponse::ListGroups(ListGroupsResponse {
                error_code,
                ..ListGroupsResponse::default()
            }),
            GroupRequest::DescribeGroups(request) => {
                GroupResponse::DescribeGroups(DescribeGroupsResponse {
                    throttle_time_ms: 0,
                    groups: request
                        .groups
                        .iter()
                        .map(|group| DescribedGroup {
                            error_code,
                            group_id: group.clone(),
                            ..DescribedGroup::default()
                        })
                        .collect(),
                })
            }
            GroupRequest::DeleteGroups(request) => {
                GroupResponse::DeleteGroups(DeleteGroupsResponse {
                    throttle_time_ms: 0,
                    results: request
                        .groups_names
                        .iter()
                        .map(|group| DeletableGroupResult {
                            group_id: group.clone(),
                            error_code,
                        })
                        .collect(),
                })
            }
        }
    }

    /// Whether a request can be about several groups, and so about several shards.
    ///
    /// Such requests are answered without waiting for other clients.
    pub fn is_about_several_groups(&self) -> bool {
        matches!(
            self,
            GroupRequest::OffsetFetch(_)
                | GroupRequest::ListGroups(_)
                | GroupRequest::DescribeGroups(_)
                | GroupRequest::DeleteGroups(_)
        )
    }

    /// The groups in a request; empty if it is about all groups.
    pub fn groups(&self) -> Vec<&StrBytes> {
        match self {
            GroupRequest::JoinGroup(request) => vec![&request.group_id],
            GroupRequest::SyncGroup(request) => vec![&request.group_id],
            GroupRequest::Heartbeat(request) => vec![&request.group_id],
            GroupRequest::LeaveGroup(request) => vec![&request.group_id],
            GroupRequest::OffsetCommit(request) => vec![&request.group_id],
            GroupRequest::OffsetFetch(request) => {
                request.groups.iter().map(|group| &group.group_id).collect()
            }
            GroupRequest::OffsetDelete(request) => vec![&request.group_id],
            GroupRequest::ListGroups(_) => Vec::new(),
            GroupRequest::DescribeGroups(request) => request.groups.iter().collect(),
            GroupRequest::DeleteGroups(request) => request.groups_names.iter().collect(),
        }
    }
}

/// The response about a group whose offsets cannot be read. The error is on the group and on each
/// partition; [`GroupResponse::downgraded`] keeps the one that the version has.
fn offset_fetch_error(
    group: &OffsetFetchRequestGroup,
    code: ErrorCode,
) -> OffsetFetchResponseGroup {
    let topics = group.topics.iter().flatten();
    let topics = topics.map(|topic| OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic
            .partition_indexes
            .iter()
            .map(|partition| no_offset(*partition, code))
            .collect(),
    });
    OffsetFetchResponseGroup {
        group_id: group.group_id.clone(),
        topics: topics.collect(),
        error_code: code.code(),
    }
}

/// The response about a partition without a committed offset, or one that cannot be read.
pub(super) fn no_offset(partition_index: i32, code: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(StrBytes::EMPTY),
        error_code: code.code(),
    }
}

/// The response to an OffsetCommit request that failed as a whole.
pub(super) fn offset_commit_error(
    request: &OffsetCommitRequest,
    code: ErrorCode,
) -> OffsetCommitResponse {
    OffsetCommitResponse {
        throttle_time_ms: 0,
        topics: request
            .topics
            .iter()
            .map(|topic| OffsetCommitResponseTopic {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                partitions: topic
                    .partitions
                    .iter()
                    .map(|partition| OffsetCommitResponsePartition {
                        partition_index: partition.partition_index,
                        error_code: code.code(),
                    })
                    .collect(),
            })
            .collect(),
    }
}
