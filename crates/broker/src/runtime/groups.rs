//! Consumer groups: which shard a group belongs to, and the topic they are all kept in.

use std::sync::Arc;

use metadata::topic_name;
use wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use wire::{ErrorCode, StrBytes};

use super::controller::default_shape;
use crate::handler::Refusal;
use crate::node::Node;

/// The groups of this broker.
#[derive(Debug)]
pub(crate) struct Groups {}

impl Groups {
    pub(crate) fn new() -> Groups {
        Groups {}
    }

    /// Whether there is a topic to keep groups in.
    pub(crate) fn is_ready(&self, node: &Node) -> bool {
        node.image()
            .topics()
            .by_name(topic_name::CONSUMER_OFFSETS)
            .is_some()
    }

    /// Makes the topic groups are kept in, if it is missing.
    pub(crate) async fn prepare(&self, node: &Arc<Node>) -> Result<(), Refusal> {
        if !self.is_ready(node) {
            let name = StrBytes::from_static(topic_name::CONSUMER_OFFSETS);
            node.controller.create_missing(node, vec![name]).await;
        }
        match self.is_ready(node) {
            true => Ok(()),
            false => Err(ErrorCode::CoordinatorNotAvailable.into()),
        }
    }
}

/// The shape of a topic that is made because somebody needs it: Kafka's own have theirs, all
/// others get the broker's defaults.
pub(super) fn topic_shape(node: &Node, name: &StrBytes) -> CreatableTopic {
    if **name != *topic_name::CONSUMER_OFFSETS {
        return default_shape(name);
    }
    let settings = &node.config.offsets_topic;
    let config = |name: &str, value: &str| CreatableTopicConfig {
        name: name.into(),
        value: Some(value.into()),
    };
    CreatableTopic {
        name: name.clone(),
        num_partitions: settings.partitions,
        // As many as asked for, but no more than there are brokers.
        replication_factor: 1,
        configs: vec![
            config("cleanup.policy", "compact"),
            config("compression.type", "producer"),
            config("segment.bytes", &settings.segment_bytes.to_string()),
        ],
        ..Default::default()
    }
}
