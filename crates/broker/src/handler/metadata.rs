//! Metadata: brokers, topics, and the leader of each partition. Creates topics that do not exist, if
//! client and broker allow it.

use std::collections::BTreeSet;
use std::sync::Arc;

use metadata::image::{MetadataImage, NO_LEADER, TopicImage};
use metadata::topic_name;
use wire::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use wire::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use wire::{ErrorCode, StrBytes, Uuid};

use super::authorized;
use crate::identity::BrokerIdentity;
use crate::partition::{Partitions, TopicName};
use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;
use crate::runtime::metadata_cache::MetadataCache;

/// The first version in which a topic can be requested by id. Two earlier versions have the field,
/// but it is not used.
const BY_ID_FROM: i16 = 12;

/// Missing topics are created by `auto_create`; not at all if it is `None`.
pub(super) fn handle(
    identity: &Arc<BrokerIdentity>,
    metadata: &Arc<MetadataCache>,
    partitions: &Arc<Partitions>,
    auto_create: Option<&Arc<Controller>>,
    call: &Call,
    mut request: MetadataRequest,
) -> Reply {
    // As in Kafka, a topic that is named twice counts once.
    let mut seen = BTreeSet::new();
    if let Some(topics) = &mut request.topics {
        topics.retain(|topic| seen.insert((topic.name.clone(), topic.topic_id)));
    }
    if call.version < BY_ID_FROM && names_topic_by_id(&request) {
        return call.now(&refusal(&request, ErrorCode::InvalidRequest));
    }
    let image = metadata.image();
    let missing = missing_topics(call, &image, &request);
    let controller = match auto_create {
        Some(controller) if !missing.is_empty() => Arc::clone(controller),
        _ => return call.now(&answer(identity, partitions, call, &image, &request)),
    };
    let (identity, metadata) = (Arc::clone(identity), Arc::clone(metadata));
    let (partitions, call) = (Arc::clone(partitions), call.clone());
    later(async move {
        // A topic that was not created is answered as unknown.
        controller.create_missing(missing).await;
        let image = metadata.image();
        call.answer(&answer(&identity, &partitions, &call, &image, &request))
    })
}

fn names_topic_by_id(request: &MetadataRequest) -> bool {
    let mut topics = request.topics.iter().flatten();
    topics.any(|topic| topic.name.is_none() || topic.topic_id != Uuid::ZERO)
}

/// A response with the same error for every topic. A name cannot be null in versions without ids.
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

/// Topics that are requested by name, do not exist, and that the client allows to be created.
fn missing_topics(call: &Call, image: &MetadataImage, request: &MetadataRequest) -> Vec<StrBytes> {
    // Versions before 4 always allow it.
    let allowed = call.version < 4 || request.allow_auto_topic_creation;
    if !allowed {
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
    identity: &BrokerIdentity,
    partitions: &Partitions,
    call: &Call,
    image: &MetadataImage,
    request: &MetadataRequest,
) -> MetadataResponse {
    let everything = match &request.topics {
        None => true,
        // Version 0 has no null: an empty list means all topics.
        Some(topics) => call.version == 0 && topics.is_empty(),
    };
    let describe = |topic: &TopicImage| describe(identity.node_id, partitions, topic, request);
    let topics = match everything {
        true => image.topics().iter().map(|topic| describe(topic)).collect(),
        false => request
            .topics
            .iter()
            .flatten()
            .map(|requested| match find(image, requested) {
                Ok(topic) => describe(topic),
                Err(error) => MetadataResponseTopic {
                    error_code: error.code(),
                    name: requested.name.clone(),
                    topic_id: requested.topic_id,
                    ..Default::default()
                },
            })
            .collect(),
    };
    let endpoint = identity.endpoint_for(&call.peer);
    MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id: identity.node_id,
            host: endpoint.host.clone(),
            port: endpoint.port,
            rack: identity.rack.clone(),
        }],
        cluster_id: Some(identity.cluster_id.clone()),
        controller_id: identity.node_id,
        topics,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_REQUESTED,
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
fn is_offline(partitions: &Partitions, topic: Uuid, partition: i32) -> bool {
    let found = partitions.find(TopicName::Id(topic), partition);
    found.is_ok_and(|partition| partition.directory().is_offline())
}

fn describe(
    here: i32,
    hosted: &Partitions,
    topic: &TopicImage,
    request: &MetadataRequest,
) -> MetadataResponseTopic {
    let partitions = topic.partitions.iter().map(|(number, partition)| {
        let serves = partition.leader == here && !is_offline(hosted, topic.id, *number);
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
            false => authorized::NOT_REQUESTED,
        },
    }
}
