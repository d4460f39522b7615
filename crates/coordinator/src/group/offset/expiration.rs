//! Expiration: offsets nobody needs any more.

use super::{CommittedOffset, Offsets, key};
use crate::group::classic::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

/// From when on the retention of a group's offsets is counted.
enum Since {
    /// The offset was committed.
    Commit,
    /// The group became empty.
    Empty(i64),
}

/// Write tombstones for the offsets of a group that have expired.
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

/// Whether every offset of a group has expired, or it has none.
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
    let Some(since) = counted_since(group) else {
        return false;
    };
    if group.is_subscribed_to(topic) {
        return false;
    }
    let since_ms = match since {
        Since::Commit => committed.committed_at_ms,
        Since::Empty(at_ms) => at_ms,
    };
    match committed.expires_at_ms {
        Some(expires_at_ms) => out.now_ms >= expires_at_ms,
        None => out.now_ms - since_ms >= out.config.offsets_retention_ms,
    }
}

/// `None`: the group's offsets do not expire now.
fn counted_since(group: &ClassicGroup) -> Option<Since> {
    // A group without a type never had members: it only keeps offsets.
    if group.protocol_type.is_none() {
        return Some(Since::Commit);
    }
    match group.state {
        State::Empty => Some(group.state_since_ms.map_or(Since::Commit, Since::Empty)),
        State::Stable if group.is_of_consumers() && group.knows_subscriptions() => {
            Some(Since::Commit)
        }
        _ => None,
    }
}
