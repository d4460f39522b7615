//! Deleting groups.

use wire::ErrorCode;

use super::classic::{ClassicGroup, State};
use super::offset::{self, Offsets};
use super::turn::Turn;

/// Delete a group that has no members, and its offsets.
pub(super) fn delete(
    group: Option<&ClassicGroup>,
    offsets: &Offsets,
    turn: &mut Turn<'_>,
) -> ErrorCode {
    let Some(group) = group else {
        return ErrorCode::GroupIdNotFound;
    };
    if group.state != State::Empty {
        return ErrorCode::NonEmptyGroup;
    }
    for (topic, partitions) in offsets.of_group(&group.id) {
        for partition in partitions.keys() {
            turn.write_tombstone(&offset::key(&group.id, topic, *partition));
        }
    }
    for member in &group.pending_members {
        turn.cancel_session(&group.id, member);
    }
    turn.write_tombstone(&group.key());
    ErrorCode::None
}
