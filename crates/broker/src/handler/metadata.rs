//! Metadata: brokers, topics, and the leader of each partition. Creates topics that do not exist, if
//! client and broker allow it.

use std::sync::Arc;

use metadata::image::{MetadataImage, NO_LEADER, TopicImage};
use metadata::topic_name;
use wire::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use wire::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use wire::{ErrorCode, StrBytes, Uuid};

use super::authorized;
use crate::node::Node;
use crate::partition::TopicName;
use crate::request::{Call, Reply, later};

/// The first version in which a topic can be requested by id. The two versions before have the field.
const BY_ID_FROM: i16 = 12;

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: MetadataRequest) -> Reply {
    if call.version < BY_ID_FROM && names_topic_by_id(&request) {
        return call.now(&refusal(&request, ErrorCode::InvalidRequest));
    }
    let image = node.image();
    let missing = missing_topics(node, call, &image, &request);
    if missing.is_empty() {
        return call.now(&answer(node, call, &image, &request));
    }
    let (node, call) = (Arc::clone(node), call.clone());
    later(async move {
        // A topic that was not created is answered as unknown.
        node.controller.create_missing(missing).await;
        call.answer(&answer(&node, &call, &node.image(), &request))
    })
}

fn names_topic_by_id(request: &MetadataRequest) -> bool {
    let mut topics = request.topics.iter().flatten();
    topics.any(|topic| topic.name.is_none() || topic.topic_id != Uuid::ZERO)
}

/// The same error for every topic, and nothing else. A name cannot be null in versions without ids.
fn refusal(request: &MetadataRequest, error: ErrorCode) -> MetadataResponse {
    let topics = request.topics.iter().flatten();
    MetadataResponse {
        topics: topics
            .map(|topic| MetadataResponseTopic {
                error_code: error.code(),
                name: Some(topic.name.clone().unwrap_or_default()),
                topic_id: topic.topic_id,
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    }
}

/// Topics that are requested by name, do not exist and may be created.
fn missing_topics(
    node: &Node,
    call: &Call,
    image: &MetadataImage,
    request: &MetadataRequest,
) -> Vec<StrBytes> {
    // Versions before 4 always allow it.
    let allowed = call.version < 4 || request.allow_auto_topic_creation;
    if !allowed || !node.config.auto_create_topics {
        return Vec::new();
    }
    let requested = request.topics.iter().flatten();
    requested
        .filter_map(|topic| topic.name.as_ref())
        .filter(|name| image.topics().by_name(name).is_none() && topic_name::validate(name).is_ok())
        .cloned()
        .collect()
}

fn answer(
    node: &Node,
    call: &Call,
    image: &MetadataImage,
    request: &MetadataRequest,
) -> MetadataResponse {
    let everything = match &request.topics {
        None => true,
        // Version 0 has no null: an empty list means all topics.
        Some(topics) => call.version == 0 && topics.is_empty(),
    };
    let topics = match everything {
        true => image
            .topics()
            .iter()
            .map(|topic| describe(node, topic, request))
            .collect(),
        false => request
            .topics
            .iter()
            .flatten()
            .map(|requested| match find(image, requested) {
                Ok(topic) => describe(node, topic, request),
                Err(error) => MetadataResponseTopic {
                    error_code: error.code(),
                    name: requested.name.clone(),
                    topic_id: requested.topic_id,
                    ..Default::default()
                },
            })
            .collect(),
    };
    let endpoint = &node.endpoints[call.peer.listener];
    MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id: node.config.node_id,
            host: endpoint.host.clone(),
            port: endpoint.port,
            rack: node.config.rack.as_deref().map(Into::into),
        }],
        cluster_id: Some(node.cluster_id.clone()),
        controller_id: node.config.node_id,
        topics,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_ASKED,
        },
        ..Default::default()
    }
}

fn find<'a>(
    image: &'a MetadataImage,
    requested: &MetadataRequestTopic,
) -> Result<&'a Arc<TopicImage>, ErrorCode> {
    match &requested.name {
        Some(name) => match topic_name::validate(name) {
            Ok(()) => image
                .topics()
                .by_name(name)
                .ok_or(ErrorCode::UnknownTopicOrPartition),
            Err(_) => Err(ErrorCode::InvalidTopicException),
        },
        None => image
            .topics()
            .by_id(requested.topic_id)
            .ok_or(ErrorCode::UnknownTopicId),
    }
}

/// Whether a partition's log directory is offline.
fn is_offline(node: &Node, topic: Uuid, partition: i32) -> bool {
    let found = node.partitions.find(TopicName::Id(topic), partition);
    found.is_ok_and(|partition| partition.directory().is_offline())
}

fn describe(node: &Node, topic: &TopicImage, request: &MetadataRequest) -> MetadataResponseTopic {
    let here = node.config.node_id;
    let partitions = topic.partitions.iter().map(|(number, partition)| {
        let serves = partition.leader == here && !is_offline(node, topic.id, *number);
        MetadataResponsePartition {
            error_code: match serves {
                true => ErrorCode::None.code(),
                false => ErrorCode::LeaderNotAvailable.code(),
            },
            partition_index: *number,
            leader_id: match serves {
                true => here,
                false => NO_LEADER,
            },
            leader_epoch: partition.leader_epoch,
            replica_nodes: partition.replicas.clone(),
            isr_nodes: partition.isr.clone(),
            offline_replicas: partition
                .replicas
                .iter()
                .copied()
                .filter(|r| *r != here || !serves)
                .collect(),
        }
    });
    MetadataResponseTopic {
        error_code: ErrorCode::None.code(),
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: topic_name::is_internal(&topic.name),
        partitions: partitions.collect(),
        topic_authorized_operations: match request.include_topic_authorized_operations {
            true => authorized::TOPIC,
            false => authorized::NOT_ASKED,
        },
    }
}
