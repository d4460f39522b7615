//! Old versions: converting requests to the newest version and responses to the client's version.

use wire::StrBytes;
use wire::messages::leave_group_request::MemberIdentity;
use wire::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use wire::messages::offset_fetch_response::{
    OffsetFetchResponsePartition, OffsetFetchResponseTopic,
};

use super::{GroupRequest, GroupResponse};

impl GroupRequest {
    /// The request in the form of the newest version.
    pub fn upgraded(mut self, api_version: i16) -> GroupRequest {
        match &mut self {
            // Version 0 has one timeout for session and rebalance.
            GroupRequest::JoinGroup(request) if api_version == 0 => {
                request.rebalance_timeout_ms = request.session_timeout_ms;
            }
            // Up to version 2 the request has one member.
            GroupRequest::LeaveGroup(request) if api_version < 3 => {
                let member_id = std::mem::take(&mut request.member_id);
                request.members = vec![MemberIdentity {
                    member_id,
                    group_instance_id: None,
                    reason: None,
                }];
            }
            // Up to version 7 the request has one group.
            GroupRequest::OffsetFetch(request) if api_version < 8 => {
                let topics = request.topics.take().map(|topics| {
                    topics
                        .into_iter()
                        .map(|topic| OffsetFetchRequestTopics {
                            name: topic.name,
                            partition_indexes: topic.partition_indexes,
                            ..OffsetFetchRequestTopics::default()
                        })
                        .collect()
                });
                request.groups = vec![OffsetFetchRequestGroup {
                    group_id: std::mem::take(&mut request.group_id),
                    topics,
                    ..OffsetFetchRequestGroup::default()
                }];
            }
            _ => {}
        }
        self
    }
}

impl GroupResponse {
    /// The response in the form of this version.
    pub fn downgraded(mut self, api_version: i16) -> GroupResponse {
        match &mut self {
            // Up to version 6 the protocol cannot be null.
            GroupResponse::JoinGroup(response) if api_version < 7 => {
                response.protocol_name.get_or_insert(StrBytes::EMPTY);
            }
            // Up to version 2 the response has the error of the one member.
            GroupResponse::LeaveGroup(response) if api_version < 3 => {
                if let Some(member) = response.members.pop()
                    && response.error_code == 0
                {
                    response.error_code = member.error_code;
                }
                response.members.clear();
            }
            GroupResponse::OffsetFetch(response) => {
                // Version 1 has errors of partitions only. Later ones have the error of a group, which
                // then has no partitions.
                if api_version >= 2 {
                    let groups = response.groups.iter_mut();
                    let failed = groups.filter(|group| group.error_code != 0);
                    failed.for_each(|group| group.topics.clear());
                }
                if api_version >= 8 {
                    return self;
                }
                // Up to version 7 the response has the offsets of the one group.
                let Some(group) = response.groups.pop() else {
                    return self;
                };
                response.error_code = group.error_code;
                response.topics = group
                    .topics
                    .into_iter()
                    .map(|topic| OffsetFetchResponseTopic {
                        name: topic.name,
                        partitions: topic
                            .partitions
                            .into_iter()
                            .map(|partition| OffsetFetchResponsePartition {
                                partition_index: partition.partition_index,
                                committed_offset: partition.committed_offset,
                                committed_leader_epoch: partition.committed_leader_epoch,
                                metadata: partition.metadata,
                                error_code: partition.error_code,
                            })
                            .collect(),
                    })
                    .collect();
            }
            // Up to version 5 a group that does not exist is in state Dead, without an error.
            GroupResponse::DescribeGroups(response) if api_version < 6 => {
                for group in &mut response.groups {
                    group.error_message = None;
                    if group.error_code == wire::ErrorCode::GroupIdNotFound.code() {
                        group.error_code = 0;
                    }
                }
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ErrorCode;
    use wire::messages::leave_group_response::{LeaveGroupResponse, MemberResponse};
    use wire::messages::offset_fetch_request::{OffsetFetchRequest, OffsetFetchRequestTopic};
    use wire::messages::offset_fetch_response::{OffsetFetchResponse, OffsetFetchResponseGroup};

    #[test]
    fn an_offset_fetch_up_to_version_7_has_one_group() {
        let topics = vec![OffsetFetchRequestTopic {
            name: "t".into(),
            partition_indexes: vec![3],
        }];
        let old = OffsetFetchRequest {
            group_id: "g".into(),
            topics: Some(topics),
            ..Default::default()
        };
        let GroupRequest::OffsetFetch(new) = GroupRequest::OffsetFetch(old).upgraded(7) else {
            unreachable!()
        };
        assert_eq!(new.groups.len(), 1);
        assert_eq!(&*new.groups[0].group_id, "g");
        assert_eq!(
            new.groups[0].topics.as_ref().expect("not all")[0].partition_indexes,
            [3]
        );

        let everything = OffsetFetchRequest {
            group_id: "g".into(),
            topics: None,
            ..Default::default()
        };
        let request = GroupRequest::OffsetFetch(everything).upgraded(2);
        let GroupRequest::OffsetFetch(new) = request else {
            unreachable!()
        };
        assert_eq!(new.groups[0].topics, None, "all topics stay all topics");

        let group = OffsetFetchResponseGroup {
            error_code: 16,
            ..Default::default()
        };
        let response = OffsetFetchResponse {
            groups: vec![group],
            ..Default::default()
        };
        let old = GroupResponse::OffsetFetch(response).downgraded(7);
        let GroupResponse::OffsetFetch(old) = old else {
            unreachable!()
        };
        assert_eq!(old.error_code, ErrorCode::NotCoordinator.code());
    }

    #[test]
    fn a_leave_response_up_to_version_2_has_the_error_of_its_member() {
        let member = MemberResponse {
            error_code: 25,
            ..Default::default()
        };
        let response = LeaveGroupResponse {
            members: vec![member],
            ..Default::default()
        };
        let old = GroupResponse::LeaveGroup(response).downgraded(2);
        let expected = LeaveGroupResponse {
            error_code: 25,
            ..Default::default()
        };
        assert_eq!(old, GroupResponse::LeaveGroup(expected));
    }
}
