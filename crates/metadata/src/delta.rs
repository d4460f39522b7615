//! The difference between two metadata images: what a node changes when it moves from one to the
//! next.
//!
//! Shared parts of the images are skipped, so the cost follows the difference, not the cluster.

use std::sync::Arc;

use crate::MetadataImage;
use crate::image::{ConfigResource, ResourceType, TopicChange, TopicImage};

/// What a node that publishes an image has to do, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataDelta {
    /// Deleted topics, with their last image.
    pub removed: Vec<Arc<TopicImage>>,
    /// Topics that existed before and whose effective settings may have changed.
    pub reconfigured: Vec<Arc<TopicImage>>,
    /// Topics with new partitions, and the numbers of those.
    pub added: Vec<(Arc<TopicImage>, Vec<i32>)>,
}

/// The difference between two images, for the node with this id.
///
/// A topic that was deleted and created again under its name is removed and added: topics are
/// compared by id.
pub fn delta(before: &MetadataImage, after: &MetadataImage, node_id: i32) -> MetadataDelta {
    let mut delta = MetadataDelta::default();
    for change in before.topics().changes(after.topics()) {
        match change {
            TopicChange::Removed(topic) => delta.removed.push(Arc::clone(topic)),
            TopicChange::Added(topic) => {
                let numbers = topic.partitions.keys().copied().collect();
                delta.added.push((Arc::clone(topic), numbers));
            }
            TopicChange::Updated { before, after } => {
                let is_new = |number: &&i32| !before.partitions.contains_key(number);
                let numbers: Vec<i32> = after.partitions.keys().filter(is_new).copied().collect();
                if !numbers.is_empty() {
                    delta.added.push((Arc::clone(after), numbers));
                }
            }
        }
    }
    delta.reconfigured = reconfigured(before, after, node_id);
    delta
}

fn reconfigured(
    before: &MetadataImage,
    after: &MetadataImage,
    node_id: i32,
) -> Vec<Arc<TopicImage>> {
    let existed = |topic: &&Arc<TopicImage>| before.topics().by_id(topic.id).is_some();
    let mut topics = Vec::new();
    for resource in before.configs().changes(after.configs()) {
        match resource.kind {
            ResourceType::Topic => {
                let topic = after.topics().by_name(&resource.name);
                topics.extend(topic.filter(existed).cloned());
            }
            ResourceType::Broker => {
                // Settings of brokers are defaults of all topics.
                if *resource == ConfigResource::default_broker()
                    || *resource == ConfigResource::broker(node_id)
                {
                    return after.topics().iter().filter(existed).cloned().collect();
                }
            }
            ResourceType::ClientMetrics | ResourceType::Group => {}
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::topics;
    use crate::testing::Cluster;
    use wire::messages::create_partitions_request::{
        CreatePartitionsRequest, CreatePartitionsTopic,
    };
    use wire::records::metadata::{ConfigRecord, MetadataRecord, RemoveTopicRecord};

    /// A line per item: `-` removed, `~` reconfigured, `+` added.
    fn lines(before: &MetadataImage, after: &MetadataImage) -> Vec<String> {
        let delta = delta(before, after, 1);
        let removed = delta.removed.iter().map(|topic| format!("-{}", topic.name));
        let changed = delta.reconfigured.iter();
        let changed = changed.map(|topic| format!("~{}", topic.name));
        let added = delta.added.iter();
        let added = added.map(|(topic, numbers)| format!("+{} {numbers:?}", topic.name));
        removed.chain(changed).chain(added).collect()
    }

    fn set(kind: ResourceType, resource: &str) -> MetadataRecord {
        MetadataRecord::Config(ConfigRecord {
            resource_type: kind.code(),
            resource_name: resource.into(),
            name: "retention.ms".into(),
            value: Some("7".into()),
        })
    }

    #[test]
    fn equal_images_have_no_difference() {
        let mut cluster = Cluster::of_brokers(&[1]);
        cluster.create_topic("t", 3, &[]);
        let image = cluster.image.clone();
        assert_eq!(lines(&image, &image), [""; 0]);
        // A snapshot makes an equal image that shares nothing with it.
        let copy = MetadataImage::empty().apply(&image.to_records(), 9, 1);
        assert_eq!(lines(&image, &copy.expect("written by an image")), [""; 0]);
    }

    #[test]
    fn topics_are_added_removed_and_made_larger() {
        let mut cluster = Cluster::of_brokers(&[1]);
        let empty = cluster.image.clone();
        cluster.create_topic("t", 2, &[("retention.ms", "1")]);
        cluster.create_topic("u", 1, &[]);
        let both = cluster.image.clone();
        // A new topic is not reconfigured as well.
        assert_eq!(lines(&empty, &both), ["+t [0, 1]", "+u [0]"]);
        assert_eq!(lines(&both, &empty), ["-t", "-u"]);

        let request = CreatePartitionsRequest {
            topics: vec![CreatePartitionsTopic {
                name: "t".into(),
                count: 4,
                assignments: None,
            }],
            ..CreatePartitionsRequest::default()
        };
        let larger = topics::create_partitions(&cluster.image, &request);
        cluster.commit(larger.records);
        assert_eq!(lines(&both, &cluster.image), ["+t [2, 3]"]);
    }

    #[test]
    fn a_topic_created_again_is_removed_and_added() {
        let mut cluster = Cluster::of_brokers(&[1]);
        let topic_id = cluster.create_topic("t", 1, &[]).topic_id;
        let before = cluster.image.clone();
        cluster.commit(vec![MetadataRecord::RemoveTopic(RemoveTopicRecord {
            topic_id,
        })]);
        cluster.create_topic("t", 1, &[("retention.ms", "1")]);
        assert_eq!(lines(&before, &cluster.image), ["-t", "+t [0]"]);
    }

    #[test]
    fn settings_of_a_topic_concern_it_and_settings_of_this_broker_all() {
        let mut cluster = Cluster::of_brokers(&[1, 2]);
        cluster.create_topic("t", 1, &[]);
        cluster.create_topic("u", 1, &[]);
        let mut changed_by = |kind, resource| {
            let before = cluster.image.clone();
            cluster.commit(vec![set(kind, resource)]);
            lines(&before, &cluster.image)
        };
        assert_eq!(changed_by(ResourceType::Topic, "t"), ["~t"]);
        assert_eq!(changed_by(ResourceType::Broker, "1"), ["~t", "~u"]);
        assert_eq!(changed_by(ResourceType::Broker, ""), ["~t", "~u"]);
        assert_eq!(changed_by(ResourceType::Broker, "2"), [""; 0]);
        assert_eq!(changed_by(ResourceType::Group, "g"), [""; 0]);
    }
}
