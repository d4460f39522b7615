//! Committed offsets: how far each group has read each partition.
//!
//! [`Offsets`] holds exactly what the records say. Only replaying a record changes it.

mod commit;
mod delete;
mod deleted_topics;
mod expiration;
mod fetch;

use std::collections::BTreeMap;

use wire::records::group::{Key, OffsetCommitKey, OffsetCommitValue};
use wire::{StrBytes, Uuid};

pub(super) use commit::commit;
pub(super) use delete::delete;
pub(super) use deleted_topics::{remove_stale, remove_topics};
pub(super) use expiration::{are_all_expired, expire};
pub(super) use fetch::fetch;

/// The committed offset of one group and partition (Kafka's `OffsetAndMetadata`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommittedOffset {
    /// The next offset to read.
    pub offset: i64,
    /// Leader epoch of the last record that was read; −1 if the client did not send it.
    pub leader_epoch: i32,
    /// Text that the client sent with the offset.
    pub metadata: StrBytes,
    /// Commit time, in milliseconds since 1970.
    pub committed_at_ms: i64,
    /// Time of expiration in milliseconds since 1970; `None` if `offsets.retention.minutes` decides.
    pub expires_at_ms: Option<i64>,
    /// Id of the topic; zero if the record has none.
    pub topic_id: Uuid,
}

/// Offsets of one group, by topic and partition.
pub(super) type GroupOffsets = BTreeMap<StrBytes, BTreeMap<i32, CommittedOffset>>;

/// Every committed offset of a shard, by group, topic and partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offsets {
    groups: BTreeMap<StrBytes, GroupOffsets>,
}

static NO_OFFSETS: GroupOffsets = GroupOffsets::new();

impl Offsets {
    /// Every group that has offsets.
    pub fn groups(&self) -> impl Iterator<Item = (&StrBytes, &GroupOffsets)> {
        self.groups.iter()
    }

    /// The offsets of a group; empty if it has none.
    pub fn of_group(&self, group: &str) -> &GroupOffsets {
        self.groups.get(group).unwrap_or(&NO_OFFSETS)
    }

    /// The offset of one group and partition.
    pub fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.of_group(group).get(topic)?.get(&partition)
    }

    /// Apply a record.
    pub fn replay(&mut self, key: &OffsetCommitKey, value: Option<&OffsetCommitValue>) {
        match value {
            Some(value) => self.put(key, committed(value)),
            None => self.remove(key),
        }
    }

    fn put(&mut self, key: &OffsetCommitKey, offset: CommittedOffset) {
        // Names are copied out of the log's buffer once per group, not once per commit.
        if !self.groups.contains_key(&*key.group) {
            self.groups
                .insert(key.group.detached(), GroupOffsets::new());
        }
        let topics = self.groups.get_mut(&*key.group).expect("inserted above");
        if !topics.contains_key(&*key.topic) {
            topics.insert(key.topic.detached(), BTreeMap::new());
        }
        topics
            .get_mut(&*key.topic)
            .expect("inserted above")
            .insert(key.partition, offset);
    }

    fn remove(&mut self, key: &OffsetCommitKey) {
        let Some(topics) = self.groups.get_mut(&*key.group) else {
            return;
        };
        if let Some(partitions) = topics.get_mut(&*key.topic) {
            partitions.remove(&key.partition);
            if partitions.is_empty() {
                topics.remove(&*key.topic);
            }
        }
        if topics.is_empty() {
            self.groups.remove(&*key.group);
        }
    }
}

fn committed(value: &OffsetCommitValue) -> CommittedOffset {
    CommittedOffset {
        offset: value.offset,
        leader_epoch: value.leader_epoch,
        metadata: value.metadata.detached(),
        committed_at_ms: value.commit_timestamp,
        expires_at_ms: Some(value.expire_timestamp).filter(|expires| *expires >= 0),
        topic_id: value.topic_id,
    }
}

/// The key of a committed offset's record.
pub(super) fn key(group: &StrBytes, topic: &StrBytes, partition: i32) -> Key {
    Key::OffsetCommit(OffsetCommitKey {
        group: group.clone(),
        topic: topic.clone(),
        partition,
    })
}
