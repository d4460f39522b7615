//! OffsetFetch: reading committed offsets.

use wire::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use wire::{ErrorCode, Uuid};

use super::{CommittedOffset, Offsets};
use crate::CoordinatorMetadataImage;
use crate::group::request::no_offset;
use crate::metadata_image::is_topic_deleted;

/// Committed offsets of one group: of the requested partitions, or of all partitions.
///
/// An offset that was committed to a deleted topic is not returned, even before its tombstone is
/// written. A group that does not exist has no offsets; that is not an error.
pub(in crate::group) fn fetch(
    offsets: &Offsets,
    request: &OffsetFetchRequestGroup,
    image: &dyn CoordinatorMetadataImage,
) -> OffsetFetchResponseGroup {
    let topics = match &request.topics {
        Some(topics) => topics
            .iter()
            .map(|topic| requested(offsets, &request.group_id, topic, image))
            .collect(),
        None => all(offsets, &request.group_id, image),
    };
    OffsetFetchResponseGroup {
        group_id: request.group_id.clone(),
        topics,
        error_code: 0,
    }
}

fn requested(
    offsets: &Offsets,
    group: &str,
    topic: &OffsetFetchRequestTopics,
    image: &dyn CoordinatorMetadataImage,
) -> OffsetFetchResponseTopics {
    // A request with a topic id (version 10) asks for that topic only, even if a newer topic has the
    // same name.
    let is_other_topic = |committed: &CommittedOffset| {
        let ids_known = !topic.topic_id.is_zero() && !committed.topic_id.is_zero();
        ids_known && topic.topic_id != committed.topic_id
    };
    let partitions = topic.partition_indexes.iter().map(|partition| {
        let committed = offsets
            .get(group, &topic.name, *partition)
            .filter(|committed| !is_topic_deleted(image, &topic.name, committed.topic_id))
            .filter(|committed| !is_other_topic(committed));
        match committed {
            Some(committed) => partition_response(*partition, committed),
            None => no_offset(*partition, ErrorCode::None),
        }
    });
    OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect(),
    }
}

fn all(
    offsets: &Offsets,
    group: &str,
    image: &dyn CoordinatorMetadataImage,
) -> Vec<OffsetFetchResponseTopics> {
    let mut topics = Vec::new();
    for (topic, partitions) in offsets.of_group(group) {
        let partitions: Vec<_> = partitions
            .iter()
            .filter(|(_, committed)| !is_topic_deleted(image, topic, committed.topic_id))
            .map(|(partition, committed)| partition_response(*partition, committed))
            .collect();
        if !partitions.is_empty() {
            topics.push(OffsetFetchResponseTopics {
                name: topic.clone(),
                topic_id: image.topic_id(topic).unwrap_or(Uuid::ZERO),
                partitions,
            });
        }
    }
    topics
}

fn partition_response(
    partition: i32,
    committed: &CommittedOffset,
) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: partition,
        committed_offset: committed.offset,
        committed_leader_epoch: committed.leader_epoch,
        metadata: Some(committed.metadata.clone()),
        error_code: 0,
    }
}
