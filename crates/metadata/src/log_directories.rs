//! Decisions about the log directories of one node (KIP-858): which directory a new partition is
//! assigned to, in which one a partition's files are, and which directories were left by an
//! unfinished deletion.
//!
//! Does not access the disk: the caller passes what it found there.

use std::collections::BTreeMap;

use wire::{StrBytes, Uuid};

use crate::{MetadataImage, MetadataRecord, directory_id};

/// One of the configured log directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDirectory {
    /// Its id, from `meta.properties`.
    pub id: Uuid,
    /// Whether it can be used.
    pub is_online: bool,
    /// Number of partitions in it.
    pub partitions: usize,
}

/// An online directory that contains files of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its position among the configured directories.
    pub position: usize,
    /// Whether the files are of the topic with the same id, not of an earlier topic of the name.
    pub is_same_topic: bool,
}

/// Assigns each new partition on `node_id` that has no directory yet to the one with the fewest
/// partitions.
pub fn assign(records: &mut [MetadataRecord], node_id: i32, directories: &[LogDirectory]) {
    let mut directories = directories.to_vec();
    for record in records {
        let MetadataRecord::Partition(record) = record else {
            continue;
        };
        for (replica, assigned) in record.replicas.iter().zip(&mut record.directories) {
            if *replica == node_id
                && !directory_id::is_directory(*assigned)
                && let Some(position) = emptiest(&directories)
            {
                *assigned = directories[position].id;
                directories[position].partitions += 1;
            }
        }
    }
}

/// The position of the directory that a partition belongs to; it may be offline. `None` if the
/// partition is assigned to a directory that is not configured.
///
/// Files decide before the assignment, since an operator may have moved them. Without files, a
/// partition without an assignment may be in the directory that is offline.
pub fn locate(
    assigned: Option<Uuid>,
    holders: &[Holder],
    directories: &[LogDirectory],
) -> Option<usize> {
    let of_topic = holders.iter().find(|holder| holder.is_same_topic);
    if let Some(holder) = of_topic.or(holders.first()) {
        return Some(holder.position);
    }
    let offline = directories
        .iter()
        .position(|directory| !directory.is_online);
    match assigned {
        Some(id) => {
            let configured = directories.iter().position(|directory| directory.id == id);
            configured.or(offline)
        }
        None => offline.or_else(|| emptiest(directories)),
    }
}

fn emptiest(directories: &[LogDirectory]) -> Option<usize> {
    let online = (0..directories.len()).filter(|position| directories[*position].is_online);
    online.min_by_key(|position| directories[*position].partitions)
}

/// Topics that were deleted since the newest snapshot of the metadata log.
///
/// A snapshot is written only after the directories of all topics deleted before it are renamed, so
/// a deletion that a crash interrupted is among these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedTopics {
    names: BTreeMap<Uuid, StrBytes>,
}

impl DeletedTopics {
    /// Adds the topics that `records` remove from `before`.
    pub fn add(&mut self, before: &MetadataImage, records: &[MetadataRecord]) {
        for record in records {
            if let MetadataRecord::RemoveTopic(removed) = record
                && let Some(topic) = before.topics().by_id(removed.topic_id)
            {
                self.names.insert(topic.id, topic.name.clone());
            }
        }
    }

    /// Removes the topics that exist in `image` after all: their deletion was part of an aborted
    /// transaction.
    pub fn retain_absent_from(&mut self, image: &MetadataImage) {
        self.names
            .retain(|id, _| image.topics().by_id(*id).is_none());
    }

    /// Whether a topic of this name was deleted. Only then it is worth reading the topic id from a
    /// partition's directory.
    pub fn has_name(&self, name: &str) -> bool {
        self.names.values().any(|deleted| **deleted == *name)
    }

    /// Whether the topic with this id was deleted.
    pub fn contains(&self, id: Uuid) -> bool {
        self.names.contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Cluster;
    use wire::records::metadata::{PartitionRecord, RemoveTopicRecord};

    const A: Uuid = Uuid([0xa; 16]);
    const B: Uuid = Uuid([0xb; 16]);
    const UNKNOWN: Uuid = Uuid([0xc; 16]);

    fn online(id: Uuid, partitions: usize) -> LogDirectory {
        LogDirectory {
            id,
            is_online: true,
            partitions,
        }
    }

    fn offline(id: Uuid) -> LogDirectory {
        LogDirectory {
            id,
            is_online: false,
            partitions: 0,
        }
    }

    fn holder(position: usize, is_same_topic: bool) -> Holder {
        Holder {
            position,
            is_same_topic,
        }
    }

    #[test]
    fn new_partitions_fill_the_emptiest_online_directory() {
        let partition = |number| {
            MetadataRecord::Partition(PartitionRecord {
                partition_id: number,
                replicas: vec![1, 2],
                directories: vec![directory_id::UNASSIGNED; 2],
                ..PartitionRecord::default()
            })
        };
        let mut records: Vec<_> = (0..4).map(partition).collect();
        let directories = [online(A, 2), online(B, 0), offline(UNKNOWN)];
        assign(&mut records, 1, &directories);
        let assigned = records.iter().map(|record| match record {
            MetadataRecord::Partition(record) => record.directories.clone(),
            _ => unreachable!("only partitions"),
        });
        let other = directory_id::UNASSIGNED;
        assert_eq!(
            assigned.collect::<Vec<_>>(),
            [[B, other], [B, other], [A, other], [B, other]]
        );
    }

    #[test]
    fn files_decide_before_the_assignment() {
        let directories = [online(A, 0), online(B, 0)];
        let located = |holders: &[Holder]| locate(Some(A), holders, &directories);
        assert_eq!(located(&[holder(1, true)]), Some(1));
        assert_eq!(located(&[holder(1, false)]), Some(1));
        assert_eq!(located(&[holder(0, false), holder(1, true)]), Some(1));
        assert_eq!(located(&[holder(0, false), holder(1, false)]), Some(0));
        assert_eq!(located(&[]), Some(0));
    }

    #[test]
    fn a_partition_without_files_may_be_in_the_offline_directory() {
        let directories = [online(A, 0), offline(Uuid::ZERO)];
        assert_eq!(locate(None, &[], &directories), Some(1));
        assert_eq!(locate(Some(A), &[], &directories), Some(0));
        assert_eq!(locate(Some(UNKNOWN), &[], &directories), Some(1));
        let all_online = [online(A, 3), online(B, 1)];
        assert_eq!(locate(None, &[], &all_online), Some(1));
        assert_eq!(locate(Some(UNKNOWN), &[], &all_online), None);
    }

    #[test]
    fn deleted_topics_are_known_by_id_until_they_exist_again() {
        let mut cluster = Cluster::of_brokers(&[1]);
        let old = cluster.create_topic("t", 1, &[]).topic_id;
        let removed = [MetadataRecord::RemoveTopic(RemoveTopicRecord {
            topic_id: old,
        })];
        let mut deleted = DeletedTopics::default();
        deleted.add(&cluster.image, &removed);
        let mut aborted = deleted.clone();
        aborted.retain_absent_from(&cluster.image);
        assert_eq!(aborted, DeletedTopics::default());

        cluster.commit(removed.to_vec());
        let new = cluster.create_topic("t", 1, &[]).topic_id;
        deleted.retain_absent_from(&cluster.image);
        assert!(deleted.has_name("t") && !deleted.has_name("u"));
        assert!(deleted.contains(old) && !deleted.contains(new));
    }
}
