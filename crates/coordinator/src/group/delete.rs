//! DeleteGroups: deleting groups.

use wire::ErrorCode;

use super::classic::{ClassicGroup, State};
use super::offset::{self, Offsets};
use super::outcome_builder::OutcomeBuilder;

/// Delete a group without members, and its offsets.
pub(super) fn delete(
    group: Option<&ClassicGroup>,
    offsets: &Offsets,
    out: &mut OutcomeBuilder<'_>,
) -> ErrorCode {
    let Some(group) = group else {
        return ErrorCode::GroupIdNotFound;
    };
    if group.state != State::Empty {
        return ErrorCode::NonEmptyGroup;
    }
    for (topic, partitions) in offsets.of_group(&group.id) {
        for partition in partitions.keys() {
            out.write_tombstone(&offset::key(&group.id, topic, *partition));
        }
    }
    for member in &group.pending_members {
        out.cancel_session(&group.id, member);
    }
    out.write_tombstone(&group.key());
    ErrorCode::None
}
