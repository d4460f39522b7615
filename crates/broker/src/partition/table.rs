//! The table of the partitions on this node, by topic name and by topic id.
//!
//! The metadata image says which partitions this node should host; the table contains those that it
//! does host.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use wire::{ErrorCode, StrBytes, Uuid};

use super::Partition;

/// How a request names a topic: by name, or by id in newer versions.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TopicName<'a> {
    /// By name.
    Name(&'a str),
    /// By id.
    Id(Uuid),
}

/// Every partition on this node.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    topics: RwLock<Topics>,
}

#[derive(Debug, Default)]
struct Topics {
    by_name: BTreeMap<StrBytes, Arc<Topic>>,
    by_id: BTreeMap<Uuid, Arc<Topic>>,
}

/// A topic's partitions on this node.
#[derive(Debug)]
struct Topic {
    name: StrBytes,
    partitions: BTreeMap<i32, Arc<Partition>>,
}

impl Partitions {
    /// Finds a partition.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION`, or `UNKNOWN_TOPIC_ID` for an id.
    pub(crate) fn find(
        &self,
        topic: TopicName<'_>,
        partition: i32,
    ) -> Result<Arc<Partition>, ErrorCode> {
        let topics = self.topics.read();
        let topic = match topic {
            TopicName::Name(name) => topics
                .by_name
                .get(name)
                .ok_or(ErrorCode::UnknownTopicOrPartition)?,
            TopicName::Id(id) => topics.by_id.get(&id).ok_or(ErrorCode::UnknownTopicId)?,
        };
        let found = topic.partitions.get(&partition);
        found.cloned().ok_or(ErrorCode::UnknownTopicOrPartition)
    }

    /// Adds partitions of one topic.
    pub(crate) fn add(&self, name: &StrBytes, id: Uuid, new: Vec<Arc<Partition>>) {
        let mut topics = self.topics.write();
        let mut partitions = match topics.by_id.get(&id) {
            Some(topic) => topic.partitions.clone(),
            None => BTreeMap::new(),
        };
        partitions.extend(new.into_iter().map(|p| (p.id().partition, p)));
        let name = name.detached();
        let topic = Arc::new(Topic {
            name: name.clone(),
            partitions,
        });
        topics.by_name.insert(name, Arc::clone(&topic));
        topics.by_id.insert(id, topic);
    }

    /// Removes a topic and returns its partitions.
    pub(crate) fn remove(&self, id: Uuid) -> Vec<Arc<Partition>> {
        let mut topics = self.topics.write();
        let Some(topic) = topics.by_id.remove(&id) else {
            return Vec::new();
        };
        // A new topic of the same name may have been added meanwhile.
        let named = topics.by_name.get(&topic.name);
        if named.is_some_and(|named| Arc::ptr_eq(named, &topic)) {
            topics.by_name.remove(&topic.name);
        }
        topic.partitions.values().cloned().collect()
    }

    /// The partitions of one topic.
    pub(crate) fn of_topic(&self, id: Uuid) -> Vec<Arc<Partition>> {
        let topics = self.topics.read();
        let topic = topics.by_id.get(&id);
        topic
            .map(|topic| topic.partitions.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Every partition.
    pub(crate) fn all(&self) -> Vec<Arc<Partition>> {
        let topics = self.topics.read();
        topics
            .by_id
            .values()
            .flat_map(|topic| topic.partitions.values().cloned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use io::sim::Sim;
    use log::LogConfig;

    use super::super::testing;
    use super::*;

    #[test]
    fn a_deleted_topic_is_removed_from_under_a_new_topic_of_its_name() {
        let directory = testing::directory(&Sim::new(1).io());
        let partitions = Partitions::default();
        let (old, new) = (Uuid([1; 16]), Uuid([2; 16]));
        let by_name = || partitions.find(TopicName::Name("t"), 0);
        for (id, number) in [(old, 1), (new, 2)] {
            let partition = testing::partition(&directory, number, LogConfig::default());
            partitions.add(&"t".into(), id, vec![partition]);
        }
        assert_eq!(partitions.remove(old).len(), 1);
        let by_id = |id| partitions.find(TopicName::Id(id), 0);
        assert_eq!(by_id(old).unwrap_err(), ErrorCode::UnknownTopicId);
        assert!(Arc::ptr_eq(&by_name().unwrap(), &by_id(new).unwrap()));
        assert_eq!(partitions.all().len(), 1);
        assert_eq!(partitions.remove(new).len(), 1);
        let gone = by_name().unwrap_err();
        assert_eq!(gone, ErrorCode::UnknownTopicOrPartition);
    }
}
