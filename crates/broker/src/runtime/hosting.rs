//! Brings the partitions on this node in line with the cluster's facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use metadata::image::{ResourceType, TopicImage};
use metadata::{MetadataImage, MetadataRecord};
use wire::{TopicPartition, Uuid};

use crate::node::Node;
use crate::partition::{Partition, TopicName, TopicSettings};

/// Carries out what `records`, which lead from one image to the next, mean for this node's disks.
pub(super) async fn apply(
    node: &Arc<Node>,
    before: &MetadataImage,
    after: &MetadataImage,
    records: &[MetadataRecord],
) {
    let mut added: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    let mut configured: BTreeSet<Uuid> = BTreeSet::new();
    let mut removed = Vec::new();
    for record in records {
        match record {
            MetadataRecord::Partition(partition) => {
                added
                    .entry(partition.topic_id)
                    .or_default()
                    .push(partition.partition_id);
            }
            MetadataRecord::RemoveTopic(topic) => removed.push(topic.topic_id),
            MetadataRecord::Config(config) => match ResourceType::from_code(config.resource_type) {
                Some(ResourceType::Topic) => {
                    configured.extend(after.topics().by_name(&config.resource_name).map(|t| t.id));
                }
                Some(ResourceType::Broker) => {
                    configured.extend(after.topics().iter().map(|topic| topic.id));
                }
                _ => {}
            },
            _ => {}
        }
    }
    if !removed.is_empty() {
        let settings = topic_settings(node, before);
        for topic in removed {
            delete(node, before, &settings, topic);
        }
    }
    let settings = topic_settings(node, after);
    for topic in configured {
        if let Some(topic) = after.topics().by_id(topic) {
            let settings = settings.of(&topic.name, after.configs().of_topic(&topic.name));
            for partition in node.partitions.of_topic(topic.id) {
                partition.configure(Arc::clone(&settings));
            }
        }
    }
    for (topic, numbers) in added {
        if let Some(topic) = after.topics().by_id(topic) {
            // The directories of a deleted topic of the same name must be out of the way.
            node.deletions.renamed(&topic.name).await;
            host(node, after, &settings, topic, &numbers);
        }
    }
}

/// Adds every partition of this node to the table and opens none. Directories that belong to no
/// partition of the image are set aside, so the image must have caught up with the metadata log.
pub(crate) fn host_all(node: &Arc<Node>, image: &MetadataImage) {
    let settings = topic_settings(node, image);
    for topic in image.topics().iter() {
        let numbers: Vec<i32> = topic.partitions.keys().copied().collect();
        host(node, image, &settings, topic, &numbers);
    }
    node.directories.set_strays_aside(|id, directory| {
        let name = TopicName::Name(&id.topic);
        let hosted = node.partitions.find(name, id.partition);
        hosted.is_ok_and(|partition| Arc::ptr_eq(partition.directory(), directory))
    });
}

fn host(
    node: &Arc<Node>,
    image: &MetadataImage,
    settings: &TopicSettings,
    topic: &TopicImage,
    numbers: &[i32],
) {
    let settings = settings.of(&topic.name, image.configs().of_topic(&topic.name));
    let ours = numbers.iter().filter_map(|number| {
        let partition = topic.partitions.get(number)?;
        if !partition.replicas.contains(&node.config.node_id) {
            return None;
        }
        let id = TopicPartition {
            topic: topic.name.clone(),
            partition: *number,
        };
        let assigned = partition.directory_of(node.config.node_id);
        let directory = node.directories.place(&id, topic.id, assigned);
        Some(Arc::new(Partition::new(
            id,
            topic.id,
            partition.leader_epoch,
            directory,
            Arc::clone(&settings),
        )))
    });
    node.partitions.add(&topic.name, topic.id, ours.collect());
}

/// Takes a topic's partitions out of the table. Their directories are deleted in the background.
fn delete(node: &Arc<Node>, before: &MetadataImage, settings: &TopicSettings, topic: Uuid) {
    let Some(image) = before.topics().by_id(topic) else {
        return;
    };
    let overrides = before.configs().of_topic(&image.name);
    let delay_ms = settings.of(&image.name, overrides).log.file_delete_delay_ms;
    let delay = Duration::from_millis(delay_ms.max(0) as u64);
    let partitions = node.partitions.remove(topic);
    node.deletions.submit(&image.name, partitions, delay);
}

fn topic_settings(node: &Arc<Node>, image: &MetadataImage) -> TopicSettings {
    TopicSettings::new(node.layers(image), node.config.producer_id_expiration_ms)
}
