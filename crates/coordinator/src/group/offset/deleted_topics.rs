//! Tombstones for committed offsets of deleted topics
//! (Kafka's `OffsetMetadataManager.onPartitionsDeleted`).

use std::collections::BTreeSet;

use wire::StrBytes;

use super::{CommittedOffset, Offsets, key};
use crate::CoordinatorMetadataImage;
use crate::group::outcome_builder::OutcomeBuilder;
use crate::metadata_image::is_topic_deleted;

/// Write tombstones for the offsets of topics with these names that were deleted.
///
/// A topic may exist again under the same name. Offsets that were committed to the new one stay: they
/// have its id. An offset without a topic id counts as one of the deleted topic.
pub(in crate::group) fn remove_topics(
    offsets: &Offsets,
    deleted: &BTreeSet<StrBytes>,
    image: &dyn CoordinatorMetadataImage,
    out: &mut OutcomeBuilder<'_>,
) {
    remove_where(offsets, out, |topic, committed| {
        deleted.contains(topic)
            && (committed.topic_id.is_zero() || is_topic_deleted(image, topic, committed.topic_id))
    });
}

/// Write tombstones for all offsets whose topic does not exist any more, by name or by id.
///
/// Needed after loading: the broker may have stopped between the deletion of a topic and the
/// tombstones.
pub(in crate::group) fn remove_stale(
    offsets: &Offsets,
    image: &dyn CoordinatorMetadataImage,
    out: &mut OutcomeBuilder<'_>,
) {
    remove_where(offsets, out, |topic, committed| {
        is_topic_deleted(image, topic, committed.topic_id)
    });
}

fn remove_where(
    offsets: &Offsets,
    out: &mut OutcomeBuilder<'_>,
    is_stale: impl Fn(&StrBytes, &CommittedOffset) -> bool,
) {
    for (group, topics) in offsets.groups() {
        for (topic, partitions) in topics {
            for (partition, committed) in partitions {
                if is_stale(topic, committed) {
                    out.write_tombstone(&key(group, topic, *partition));
                }
            }
        }
    }
}
