//! Requests about groups that need nothing of the cluster's facts: JoinGroup, SyncGroup,
//! Heartbeat, LeaveGroup, ListGroups, DescribeGroups, DeleteGroups, OffsetDelete.
//!
//! All of them are the group coordinator's; here they find their shard.

use std::sync::Arc;

use coordinator::group::{GroupRequest, GroupResponse};

use super::authorized;
use crate::node::Node;
use crate::request::{Answer, Call, Reply, later};

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: GroupRequest) -> Reply {
    let wants_operations = matches!(
        &request,
        GroupRequest::DescribeGroups(request) if request.include_authorized_operations
    );
    // These wait for other members.
    let waits_for_others = matches!(
        &request,
        GroupRequest::JoinGroup(_) | GroupRequest::SyncGroup(_)
    );
    let asked = node.groups.ask(node, call, request);
    let call = match waits_for_others {
        true => call.without_memory(),
        false => call.clone(),
    };
    later(async move {
        let mut response = asked.await;
        if let GroupResponse::DescribeGroups(response) = &mut response
            && wants_operations
        {
            for group in response
                .groups
                .iter_mut()
                .filter(|group| group.error_code == 0)
            {
                group.authorized_operations = authorized::GROUP;
            }
        }
        answer(&call, &response)
    })
}

/// Writes a coordinator's answer.
pub(super) fn answer(call: &Call, response: &GroupResponse) -> Answer {
    match response {
        GroupResponse::JoinGroup(response) => call.answer(response),
        GroupResponse::SyncGroup(response) => call.answer(response),
        GroupResponse::Heartbeat(response) => call.answer(response),
        GroupResponse::LeaveGroup(response) => call.answer(response),
        GroupResponse::OffsetCommit(response) => call.answer(response),
        GroupResponse::OffsetFetch(response) => call.answer(response),
        GroupResponse::OffsetDelete(response) => call.answer(response),
        GroupResponse::ListGroups(response) => call.answer(response),
        GroupResponse::DescribeGroups(response) => call.answer(response),
        GroupResponse::DeleteGroups(response) => call.answer(response),
    }
}
