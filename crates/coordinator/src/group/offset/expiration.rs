//! Expiration of committed offsets (KIP-211).

use super::{CommittedOffset, Offsets, key};
use crate::group::classic::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

/// The time at which the retention time of a group's offsets starts.
enum RetentionStart {
    /// The commit of each offset.
    Commit,
    /// The time the group became empty, in milliseconds.
    Empty(i64),
}

/// Write tombstones for the expired offsets of a group.
pub(in crate::group) fn expire(
    group: &ClassicGroup,
    offsets: &Offsets,
    out: &mut OutcomeBuilder<'_>,
) {
    for (topic, partitions) in offsets.of_group(&group.id) {
        for (partition, committed) in partitions {
            if is_expired(group, topic, committed, out) {
                out.write_tombstone(&key(&group.id, topic, *partition));
            }
        }
    }
}

/// Whether all offsets of a group have expired.
pub(in crate::group) fn are_all_expired(
    group: &ClassicGroup,
    offsets: &Offsets,
    out: &OutcomeBuilder<'_>,
) -> bool {
    let all = offsets.of_group(&group.id);
    all.iter().all(|(topic, partitions)| {
        partitions
            .values()
            .all(|committed| is_expired(group, topic, committed, out))
    })
}

fn is_expired(
    group: &ClassicGroup,
    topic: &str,
    committed: &CommittedOffset,
    out: &OutcomeBuilder<'_>,
) -> bool {
    let Some(since) = retention_start(group) else {
        return false;
    };
    if group.is_subscribed_to(topic) {
        return false;
    }
    let since_ms = match since {
        RetentionStart::Commit => committed.committed_at_ms,
        RetentionStart::Empty(at_ms) => at_ms,
    };
    match committed.expires_at_ms {
        Some(expires_at_ms) => out.now_ms >= expires_at_ms,
        None => out.now_ms - since_ms >= out.config.offsets_retention_ms,
    }
}

/// Start of the retention time; `None` if the group's offsets do not expire in its current state.
fn retention_start(group: &ClassicGroup) -> Option<RetentionStart> {
    // A group without a protocol type never had members: it only stores offsets.
    if group.protocol_type.is_none() {
        return Some(RetentionStart::Commit);
    }
    match group.state {
        State::Empty => Some(
            group
                .state_since_ms
                .map_or(RetentionStart::Commit, RetentionStart::Empty),
        ),
        State::Stable if group.uses_consumer_protocol() && group.knows_subscriptions() => {
            Some(RetentionStart::Commit)
        }
        _ => None,
    }
}
