//! Asking for committed offsets.

use wire::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use wire::{StrBytes, Uuid};

use super::{CommittedOffset, Offsets};

/// The offset of a partition that has none.
const NO_OFFSET: i64 = -1;

/// The offsets of one group: those asked for, or all it has.
///
/// A group that is not there has no offsets, which is no error.
pub(in crate::group) fn fetch(
    offsets: &Offsets,
    request: &OffsetFetchRequestGroup,
) -> OffsetFetchResponseGroup {
    let topics = match &request.topics {
        Some(topics) => topics
            .iter()
            .map(|topic| asked_for(offsets, &request.group_id, topic))
            .collect(),
        None => all(offsets, &request.group_id),
    };
    OffsetFetchResponseGroup {
        group_id: request.group_id.clone(),
        topics,
        error_code: 0,
    }
}

fn asked_for(
    offsets: &Offsets,
    group: &str,
    topic: &OffsetFetchRequestTopics,
) -> OffsetFetchResponseTopics {
    let partitions = topic.partition_indexes.iter().map(|partition| {
        match offsets.get(group, &topic.name, *partition) {
            Some(committed) => answer(*partition, committed),
            None => OffsetFetchResponsePartitions {
                partition_index: *partition,
                committed_offset: NO_OFFSET,
                committed_leader_epoch: -1,
                metadata: Some(StrBytes::EMPTY),
                error_code: 0,
            },
        }
    });
    OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: partitions.collect(),
    }
}

fn all(offsets: &Offsets, group: &str) -> Vec<OffsetFetchResponseTopics> {
    offsets
        .of_group(group)
        .iter()
        .map(|(topic, partitions)| OffsetFetchResponseTopics {
            name: topic.clone(),
            topic_id: Uuid::ZERO,
            partitions: partitions
                .iter()
                .map(|(partition, committed)| answer(*partition, committed))
                .collect(),
        })
        .collect()
}

fn answer(partition: i32, committed: &CommittedOffset) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: partition,
        committed_offset: committed.offset,
        committed_leader_epoch: committed.leader_epoch,
        metadata: Some(committed.metadata.clone()),
        error_code: 0,
    }
}
