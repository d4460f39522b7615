//! ListGroups: listing groups.

use wire::StrBytes;
use wire::messages::ListGroupsRequest;
use wire::messages::list_groups_response::{ListGroupsResponse, ListedGroup};

use super::classic::ClassicGroup;

/// Name of the classic protocol's group type (Kafka's `Group.GroupType.CLASSIC`).
const CLASSIC: &str = "classic";

/// The groups that match the state and type filters of a request, ignoring case.
pub(super) fn list<'a>(
    groups: impl Iterator<Item = &'a ClassicGroup>,
    request: &ListGroupsRequest,
) -> ListGroupsResponse {
    let matches_filter = |filter: &[StrBytes], value: &str| {
        filter.is_empty()
            || filter
                .iter()
                .any(|wanted| wanted.trim().eq_ignore_ascii_case(value))
    };
    let listed = groups
        .filter(|group| matches_filter(&request.states_filter, group.state.name()))
        .filter(|_| matches_filter(&request.types_filter, CLASSIC))
        .map(|group| ListedGroup {
            group_id: group.id.clone(),
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            group_state: group.state.name().into(),
            group_type: CLASSIC.into(),
        })
        .collect();
    ListGroupsResponse {
        groups: listed,
        ..ListGroupsResponse::default()
    }
}
