//! Requests a shard answers, and their answers.

use wire::messages::delete_groups_response::DeletableGroupResult;
use wire::messages::describe_groups_response::DescribedGroup;
use wire::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use wire::messages::offset_fetch_response::OffsetFetchResponseGroup;
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
/// One that names several groups reaches a shard with those of the shard only; see
/// [`split`](super::split).
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

/// An answer of the group coordinator.
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
    /// The answer that says that the whole request failed.
    ///
    /// While a shard loads, a heartbeat is answered as if all were well, as in Kafka: the member must
    /// not give up its partitions because its coordinator started again.
    pub fn error_response(&self, code: ErrorCode) -> GroupResponse {
        let error_code = code.code();
        match self {
            GroupRequest::JoinGroup(request) => GroupResponse::JoinGroup(JoinGroupResponse {
                error_code,
                member_id: request.member_id.clone(),
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
                    .map(|group| OffsetFetchResponseGroup {
                        group_id: group.group_id.clone(),
                        topics: Vec::new(),
                        error_code,
                    })
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

    /// The groups a request names; empty if it is about all of them.
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

/// The answer to an offset commit that failed as a whole.
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
