//! DescribeGroups: describing groups of the classic protocol.

use bytes::Bytes;
use wire::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use wire::{ErrorCode, StrBytes};

use super::classic::{ClassicGroup, Member, State};

/// State of a group that does not exist.
const DEAD: &str = "Dead";

/// The description of a group. The caller fills in the authorized operations.
pub(super) fn describe(id: &StrBytes, group: Option<&ClassicGroup>) -> DescribedGroup {
    let Some(group) = group else {
        return DescribedGroup {
            error_code: ErrorCode::GroupIdNotFound.code(),
            error_message: Some(format!("Group {id} not found.").into()),
            group_id: id.clone(),
            group_state: DEAD.into(),
            ..DescribedGroup::default()
        };
    };
    // As in Kafka: protocol and member metadata are shown only in a stable generation.
    let protocol = group
        .protocol
        .as_deref()
        .filter(|_| group.state == State::Stable);
    DescribedGroup {
        group_id: id.clone(),
        group_state: group.state.name().into(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        protocol_data: protocol.unwrap_or_default().into(),
        members: group
            .members
            .values()
            .map(|member| describe_member(member, protocol))
            .collect(),
        ..DescribedGroup::default()
    }
}

fn describe_member(member: &Member, protocol: Option<&str>) -> DescribedGroupMember {
    let metadata = protocol.and_then(|protocol| member.metadata(protocol));
    DescribedGroupMember {
        member_id: member.id.clone(),
        group_instance_id: member.instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        member_metadata: metadata.cloned().unwrap_or_else(Bytes::new),
        member_assignment: member.assignment.clone(),
    }
}
