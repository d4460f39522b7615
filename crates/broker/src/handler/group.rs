//! Requests that only the group coordinator handles: JoinGroup, SyncGroup, Heartbeat, LeaveGroup,
//! ListGroups, DescribeGroups, DeleteGroups, OffsetDelete.

use coordinator::group::{GroupRequest, GroupResponse};

use super::authorized;
use crate::request::{Answer, Call, Reply, later};
use crate::runtime::groups::Groups;

pub(super) fn handle(groups: &Groups, call: &Call, request: GroupRequest) -> Reply {
    let include_authorized_operations = matches!(
        &request,
        GroupRequest::DescribeGroups(request) if request.include_authorized_operations
    );
    // Other members decide when these are answered.
    let waits_for_others = matches!(
        &request,
        GroupRequest::JoinGroup(_) | GroupRequest::SyncGroup(_)
    );
    let responding = groups.request(call, request);
    let call = match waits_for_others {
        true => call.without_memory(),
        false => call.clone(),
    };
    later(async move {
        let mut response = responding.await;
        if let GroupResponse::DescribeGroups(response) = &mut response
            && include_authorized_operations
        {
            let existing = response.groups.iter_mut();
            for group in existing.filter(|group| group.error_code == 0) {
                group.authorized_operations = authorized::GROUP;
            }
        }
        answer(&call, &response)
    })
}

/// Encodes a response of the group coordinator.
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
