//! The part of the cluster metadata that coordinators use.

use wire::Uuid;

/// The part of the metadata image that a coordinator reads (Kafka's `CoordinatorMetadataImage`).
///
/// The caller passes the newest image with every call, so a coordinator keeps no copy that could be
/// out of date.
pub trait CoordinatorMetadataImage {
    /// Id of the topic with this name; `None` if no such topic exists.
    fn topic_id(&self, name: &str) -> Option<Uuid>;
}

/// Whether the topic with this name and id was deleted.
///
/// `id` is the topic id in a record. It is zero in records that have none (`OffsetCommitValue` before
/// version 4, KIP-848). Then only the name is compared, and a topic that was created again under the
/// same name counts as the same topic.
pub(crate) fn is_topic_deleted(image: &dyn CoordinatorMetadataImage, name: &str, id: Uuid) -> bool {
    match image.topic_id(name) {
        Some(current) => !id.is_zero() && id != current,
        None => true,
    }
}
