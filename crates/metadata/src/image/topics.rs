//! Topics and partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};
use wire::records::metadata::{PartitionChangeRecord, PartitionRecord, TopicRecord};
use wire::{StrBytes, Uuid};

use super::ReplayError;
use crate::{directory_id, topic_name};

/// The leader id of a partition without a leader.
pub const NO_LEADER: i32 = -1;
/// In a change record: the leader does not change.
const LEADER_UNCHANGED: i32 = -2;
/// In a change record: the recovery state does not change.
const RECOVERY_UNCHANGED: i8 = -1;

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionImage {
    /// Brokers with a replica, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Id of the log directory of each replica (KIP-858).
    pub directories: Vec<Uuid>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Replicas being removed by a reassignment.
    pub removing_replicas: Vec<i32>,
    /// Replicas being added by a reassignment.
    pub adding_replicas: Vec<i32>,
    /// Replicas out of sync that have all acknowledged records and may lead (KIP-966).
    pub eligible_leader_replicas: Vec<i32>,
    /// The last leader, if no eligible replica is left.
    pub last_known_leaders: Vec<i32>,
    /// Id of the leader; [`NO_LEADER`] if none.
    pub leader: i32,
    /// 1 while a leader recovers that was not in sync when it was elected.
    pub leader_recovery_state: i8,
    /// Incremented by every change of the leader.
    pub leader_epoch: i32,
    /// Incremented by every change.
    pub partition_epoch: i32,
}

impl PartitionImage {
    /// The log directory of the replica on `broker`, if one was chosen.
    pub fn directory_of(&self, broker: i32) -> Option<Uuid> {
        let mut replicas = self.replicas.iter().zip(&self.directories);
        let (_, directory) = replicas.find(|(replica, _)| **replica == broker)?;
        directory_id::is_directory(*directory).then_some(*directory)
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicImage {
    /// Its name.
    pub name: StrBytes,
    /// Its id, which is never used again.
    pub id: Uuid,
    /// Its partitions by number.
    pub partitions: BTreeMap<i32, PartitionImage>,
}

/// Every topic, by name and by id. The maps are persistent: a changed copy shares all unchanged parts
/// with the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicsImage {
    by_id: OrdMap<Uuid, Arc<TopicImage>>,
    by_name: OrdMap<StrBytes, Uuid>,
    /// Names that can collide, by [`topic_name::collision_key`].
    colliding: OrdMap<String, OrdSet<StrBytes>>,
}

/// A topic in which two images differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicChange<'a> {
    /// Only in the later image.
    Added(&'a Arc<TopicImage>),
    /// Only in the earlier image.
    Removed(&'a Arc<TopicImage>),
    /// In both, and different.
    Updated {
        /// As it was.
        before: &'a Arc<TopicImage>,
        /// As it is.
        after: &'a Arc<TopicImage>,
    },
}

impl TopicsImage {
    /// The topic of this name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// The topic with this id.
    pub fn by_id(&self, id: Uuid) -> Option<&Arc<TopicImage>> {
        self.by_id.get(&id)
    }

    /// One partition of a topic.
    pub fn partition(&self, topic: &str, partition: i32) -> Option<&PartitionImage> {
        self.by_name(topic)?.partitions.get(&partition)
    }

    /// Every topic, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<TopicImage>> {
        self.by_name.values().map(|id| &self.by_id[id])
    }

    /// Number of topics.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no topic.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// An existing topic whose name differs from `name` only in `.` and `_`.
    pub fn colliding_with(&self, name: &str) -> Option<&StrBytes> {
        if !topic_name::can_collide(name) {
            return None;
        }
        let names = self.colliding.get(&topic_name::collision_key(name))?;
        names.iter().find(|other| &***other != name)
    }

    /// The topics in which `after` differs, by id. Parts that both share are skipped.
    pub fn changes<'a>(&'a self, after: &'a TopicsImage) -> impl Iterator<Item = TopicChange<'a>> {
        self.by_id.diff(&after.by_id).map(|item| match item {
            DiffItem::Add(_, topic) => TopicChange::Added(topic),
            DiffItem::Remove(_, topic) => TopicChange::Removed(topic),
            DiffItem::Update {
                old: (_, before),
                new: (_, after),
            } => TopicChange::Updated { before, after },
        })
    }

    pub(super) fn add_topic(&mut self, record: &TopicRecord) -> Result<(), ReplayError> {
        if self.by_name.contains_key(&*record.name) || self.by_id.contains_key(&record.topic_id) {
            return Err(ReplayError::DuplicateTopic(record.name.to_string()));
        }
        let name = record.name.detached();
        if topic_name::can_collide(&name) {
            self.colliding
                .entry(topic_name::collision_key(&name))
                .or_default()
                .insert(name.clone());
        }
        self.by_name.insert(name.clone(), record.topic_id);
        let topic = TopicImage {
            name,
            id: record.topic_id,
            partitions: BTreeMap::new(),
        };
        self.by_id.insert(record.topic_id, Arc::new(topic));
        Ok(())
    }

    /// Removes a topic and returns its name.
    pub(super) fn remove_topic(&mut self, id: Uuid) -> Result<StrBytes, ReplayError> {
        let topic = self
            .by_id
            .remove(&id)
            .ok_or(ReplayError::UnknownTopic(id))?;
        let name = topic.name.clone();
        self.by_name.remove(&*name);
        let key = topic_name::collision_key(&name);
        if let Some(names) = self.colliding.get_mut(&key) {
            names.remove(&*name);
            if names.is_empty() {
                self.colliding.remove(&key);
            }
        }
        Ok(name)
    }

    pub(super) fn add_partition(&mut self, record: &PartitionRecord) -> Result<(), ReplayError> {
        let topic = self.topic_mut(record.topic_id)?;
        let partition = PartitionImage {
            replicas: record.replicas.clone(),
            directories: directories(&record.directories, record.replicas.len()),
            isr: record.isr.clone(),
            removing_replicas: record.removing_replicas.clone(),
            adding_replicas: record.adding_replicas.clone(),
            eligible_leader_replicas: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_leaders: record.last_known_elr.clone().unwrap_or_default(),
            leader: record.leader,
            leader_recovery_state: record.leader_recovery_state,
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
        };
        topic.partitions.insert(record.partition_id, partition);
        Ok(())
    }

    pub(super) fn change_partition(
        &mut self,
        record: &PartitionChangeRecord,
    ) -> Result<(), ReplayError> {
        let topic = self.topic_mut(record.topic_id)?;
        let partition =
            topic
                .partitions
                .get_mut(&record.partition_id)
                .ok_or(ReplayError::UnknownPartition(
                    record.topic_id,
                    record.partition_id,
                ))?;
        if let Some(isr) = &record.isr {
            partition.isr = isr.clone();
        }
        if let Some(replicas) = &record.replicas {
            partition.replicas = replicas.clone();
        }
        if let Some(known) = &record.directories {
            partition.directories = directories(known, partition.replicas.len());
        }
        if let Some(removing) = &record.removing_replicas {
            partition.removing_replicas = removing.clone();
        }
        if let Some(adding) = &record.adding_replicas {
            partition.adding_replicas = adding.clone();
        }
        if let Some(eligible) = &record.eligible_leader_replicas {
            partition.eligible_leader_replicas = eligible.clone();
        }
        if let Some(last_known) = &record.last_known_elr {
            partition.last_known_leaders = last_known.clone();
        }
        if record.leader != LEADER_UNCHANGED {
            partition.leader = record.leader;
            partition.leader_epoch += 1;
        }
        if record.leader_recovery_state != RECOVERY_UNCHANGED {
            partition.leader_recovery_state = record.leader_recovery_state;
        }
        partition.partition_epoch += 1;
        Ok(())
    }

    /// Clears the eligible leader replicas of one topic or, with an empty name, of all topics.
    pub(super) fn clear_eligible_leaders(&mut self, topic: &str) -> Result<(), ReplayError> {
        let ids: Vec<Uuid> = match topic {
            "" => self.by_id.keys().copied().collect(),
            name => self.by_name.get(name).copied().into_iter().collect(),
        };
        for id in ids {
            let knows = |partition: &PartitionImage| {
                !partition.eligible_leader_replicas.is_empty()
                    || !partition.last_known_leaders.is_empty()
            };
            if !self.by_id[&id].partitions.values().any(knows) {
                continue;
            }
            for partition in self.topic_mut(id)?.partitions.values_mut() {
                if knows(partition) {
                    partition.eligible_leader_replicas.clear();
                    partition.last_known_leaders.clear();
                    partition.partition_epoch += 1;
                }
            }
        }
        Ok(())
    }

    fn topic_mut(&mut self, id: Uuid) -> Result<&mut TopicImage, ReplayError> {
        self.by_id
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or(ReplayError::UnknownTopic(id))
    }
}

/// The directories of a record, or unknown ones if the record is older than KIP-858.
fn directories(recorded: &[Uuid], replicas: usize) -> Vec<Uuid> {
    if recorded.len() == replicas {
        recorded.to_vec()
    } else {
        vec![Uuid::ZERO; replicas]
    }
}
