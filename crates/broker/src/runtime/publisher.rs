//! Applies committed metadata to this node, as Kafka's `BrokerMetadataPublisher`: hosts new
//! partitions, changes their settings, deletes them.
//!
//! `metadata::delta` says what changes between two images. The publisher applies it in its own task,
//! not while the controller decides. Applying a delta twice has the effect of applying it once.

use std::sync::Arc;
use std::time::Duration;

use io::{Io, Pool};
use metadata::image::TopicImage;
use metadata::{MetadataDelta, MetadataImage, delta};
use wire::{StrBytes, TopicPartition};

use super::groups::Groups;
use super::metadata_cache::MetadataCache;
use crate::config::BrokerConfig;
use crate::partition::deletion::Deletions;
use crate::partition::directories::Directories;
use crate::partition::{Partition, Partitions, TopicName, TopicSettings};

/// Applies metadata images to the parts of this node.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) io: Io,
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) metadata: Arc<MetadataCache>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) directories: Arc<Directories>,
    pub(crate) deletions: Arc<Deletions>,
    pub(crate) groups: Arc<Groups>,
}

impl Publisher {
    /// Hosts every partition of the first image; no log is opened. Then renames the directories that
    /// belong to none of them, so the image must contain all records of the metadata log. Blocks on
    /// the disk.
    pub(crate) fn publish_first(&self) {
        let image = self.metadata.image();
        let settings = self.settings(&image);
        for topic in image.topics().iter() {
            let numbers: Vec<i32> = topic.partitions.keys().copied().collect();
            self.host(&image, &settings, topic, &numbers);
        }
        self.directories.rename_strays(|id, directory| {
            let name = TopicName::Name(&id.topic);
            let hosted = self.partitions.find(name, id.partition);
            hosted.is_ok_and(|partition| Arc::ptr_eq(partition.directory(), directory))
        });
    }

    /// Applies the difference to the image published last, then publishes `image`.
    pub(crate) async fn publish(self: &Arc<Self>, image: Arc<MetadataImage>) {
        let before = self.metadata.image();
        let delta = delta(&before, &image, self.config.node_id);
        self.apply(&before, &image, &delta).await;
        self.metadata.publish(image);
        let deleted: Vec<StrBytes> = delta.removed.iter().map(|t| t.name.clone()).collect();
        if !deleted.is_empty() {
            // From now on no offset is committed to these topics.
            self.groups.on_topics_deleted(&deleted);
        }
    }

    async fn apply(
        self: &Arc<Self>,
        before: &MetadataImage,
        after: &Arc<MetadataImage>,
        delta: &MetadataDelta,
    ) {
        if !delta.removed.is_empty() {
            let settings = self.settings(before);
            for topic in &delta.removed {
                self.delete(before, &settings, topic);
            }
        }
        let settings = Arc::new(self.settings(after));
        for topic in &delta.reconfigured {
            let settings = settings.of(&topic.name, after.configs().of_topic(&topic.name));
            for partition in self.partitions.of_topic(topic.id) {
                partition.configure(Arc::clone(&settings));
            }
        }
        for (topic, numbers) in &delta.added {
            // The directories of a deleted topic of the same name must be renamed first.
            self.deletions.renamed(&topic.name).await;
            let (publisher, image) = (Arc::clone(self), Arc::clone(after));
            let (settings, topic) = (Arc::clone(&settings), Arc::clone(topic));
            let numbers = numbers.clone();
            let hosting = move || publisher.host(&image, &settings, &topic, &numbers);
            self.io.tasks.blocking(Pool::Request, hosting).await;
        }
    }

    /// Puts partitions of a topic into the table. Looks for their directories, which blocks on the disk.
    fn host(
        &self,
        image: &MetadataImage,
        settings: &TopicSettings,
        topic: &TopicImage,
        numbers: &[i32],
    ) {
        let settings = settings.of(&topic.name, image.configs().of_topic(&topic.name));
        let ours = numbers.iter().filter_map(|number| {
            let partition = topic.partitions.get(number)?;
            if !partition.replicas.contains(&self.config.node_id) {
                return None;
            }
            let id = TopicPartition {
                topic: topic.name.clone(),
                partition: *number,
            };
            let assigned = partition.directory_of(self.config.node_id);
            let directory = self.directories.place(&id, topic.id, assigned);
            Some(Arc::new(Partition::new(
                id,
                topic.id,
                partition.leader_epoch,
                directory,
                Arc::clone(&settings),
            )))
        });
        self.partitions.add(&topic.name, topic.id, ours.collect());
    }

    /// Takes a topic's partitions out of the table. Their directories are deleted in the background.
    fn delete(&self, before: &MetadataImage, settings: &TopicSettings, topic: &TopicImage) {
        let settings = settings.of(&topic.name, before.configs().of_topic(&topic.name));
        let delay = Duration::from_millis(settings.log.file_delete_delay_ms.max(0) as u64);
        let partitions = self.partitions.remove(topic.id);
        self.directories.note_removed(&partitions);
        self.deletions.submit(&topic.name, partitions, delay);
    }

    /// The defaults of all topics.
    fn settings(&self, image: &MetadataImage) -> TopicSettings {
        TopicSettings::new(self.config.facts().layers(image))
    }
}
