//! Creating topics.

use std::collections::{BTreeMap, BTreeSet};

use wire::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use wire::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse,
};
use wire::records::metadata::{ConfigRecord, MetadataRecord, TopicRecord};
use wire::{ApiError, ErrorCode, StrBytes, Uuid};

use super::{check_room, partition_record, placement_seed};
use crate::MetadataImage;
use crate::config_def::{keys, resolve_topic, validate_topic_configs};
use crate::controller::placement::{self, active, check_manual, new_partition};
use crate::controller::{NodeFacts, Outcome};
use crate::image::{PartitionImage, ResourceType};
use crate::topic_name;

/// Creates topics with their settings and partitions.
///
/// A topic that is refused is answered with an error and does not affect the others. `random_id`
/// returns a new random id at each call. The caller has checked permissions.
pub fn create(
    image: &MetadataImage,
    request: &CreateTopicsRequest,
    node: NodeFacts<'_>,
    random_id: &mut dyn FnMut() -> Uuid,
) -> Outcome<CreateTopicsResponse> {
    let mut records = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    let mut names = NamesInRequest::default();
    for topic in &request.topics {
        *names.times.entry(&topic.name).or_default() += 1;
    }
    for topic in &request.topics {
        let times = names.times[&*topic.name];
        if times > 1 && !names.answered.insert(&topic.name) {
            continue;
        }
        let result = if times > 1 {
            Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "Duplicate topic name.",
            ))
        } else {
            check_name(image, &names, &topic.name)
                .and_then(|()| create_topic(image, topic, node, random_id, records.len()))
        };
        match result {
            Ok(created) => {
                if topic_name::can_collide(&topic.name) {
                    names
                        .created
                        .insert(topic_name::collision_key(&topic.name), topic.name.clone());
                }
                records.extend(created.records);
                topics.push(created.response);
            }
            Err(error) => topics.push(CreatableTopicResult {
                name: topic.name.clone(),
                error_code: error.code.code(),
                error_message: error.own_message(),
                ..CreatableTopicResult::default()
            }),
        }
    }
    if request.validate_only {
        records.clear();
    }
    Outcome {
        records,
        response: CreateTopicsResponse {
            throttle_time_ms: 0,
            topics,
        },
    }
}

/// The names in one request, which may be duplicates or collide.
#[derive(Default)]
struct NamesInRequest<'a> {
    /// How often each name is in the request.
    times: BTreeMap<&'a str, usize>,
    /// Duplicate names that already have a result.
    answered: BTreeSet<&'a str>,
    /// Names of the topics that this request creates, by [`topic_name::collision_key`].
    created: BTreeMap<String, StrBytes>,
}

fn check_name(
    image: &MetadataImage,
    names: &NamesInRequest<'_>,
    name: &str,
) -> Result<(), ApiError> {
    if name == topic_name::CLUSTER_METADATA {
        let message = format!("Creation of internal topic {name} is prohibited.");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    if image.topics().by_name(name).is_some() {
        let message = format!("Topic '{name}' already exists.");
        return Err(ApiError::new(ErrorCode::TopicAlreadyExists, message));
    }
    topic_name::validate(name)
        .map_err(|why| ApiError::new(ErrorCode::InvalidTopicException, why.to_string()))?;
    let created = || names.created.get(&topic_name::collision_key(name));
    if let Some(other) = image.topics().colliding_with(name).or_else(created) {
        let message = format!("Topic '{name}' collides with existing topic: {other}");
        return Err(ApiError::new(ErrorCode::InvalidTopicException, message));
    }
    Ok(())
}

fn create_topic(
    image: &MetadataImage,
    topic: &CreatableTopic,
    node: NodeFacts<'_>,
    random_id: &mut dyn FnMut() -> Uuid,
    records_already: usize,
) -> Result<Outcome<CreatableTopicResult>, ApiError> {
    let configs = topic_configs(topic)?;
    validate_topic_configs(&configs)
        .map_err(|why| ApiError::new(ErrorCode::InvalidConfig, why.0))?;

    let topic_id = usable_id(random_id);
    let room = |partitions: usize| check_room(records_already, 1 + configs.len() + partitions);
    let partitions = if topic.assignments.is_empty() {
        let placed = automatic_assignment(topic, node)?;
        room(placed.count as usize)?;
        placed.partitions(image, topic_id)?
    } else {
        room(topic.assignments.len())?;
        manual_assignment(image, topic)?
    };

    let replication_factor = partitions[&0].replicas.len();
    let response = CreatableTopicResult {
        name: topic.name.clone(),
        topic_id,
        error_message: None,
        num_partitions: partitions.len() as i32,
        replication_factor: replication_factor as i16,
        configs: Some(effective_configs(&configs, image, node)),
        ..CreatableTopicResult::default()
    };
    let mut records = vec![MetadataRecord::Topic(TopicRecord {
        name: topic.name.clone(),
        topic_id,
    })];
    for (name, value) in &configs {
        records.push(MetadataRecord::Config(ConfigRecord {
            resource_type: ResourceType::Topic.code(),
            resource_name: topic.name.clone(),
            name: name.as_str().into(),
            value: Some(value.as_str().into()),
        }));
    }
    for (number, partition) in partitions {
        records.push(partition_record(topic_id, number, partition));
    }
    Ok(Outcome { records, response })
}

fn topic_configs(topic: &CreatableTopic) -> Result<BTreeMap<String, String>, ApiError> {
    let nulls: Vec<&str> = topic
        .configs
        .iter()
        .filter(|config| config.value.is_none())
        .map(|config| &*config.name)
        .collect();
    if !nulls.is_empty() {
        let message = format!(
            "Null value not supported for topic configs: {}",
            nulls.join(",")
        );
        return Err(ApiError::new(ErrorCode::InvalidConfig, message));
    }
    Ok(topic
        .configs
        .iter()
        .filter_map(|config| Some((config.name.to_string(), config.value.as_ref()?.to_string())))
        .collect())
}

/// The partitions and replicas of a topic without a manual assignment.
struct AutomaticAssignment {
    count: i32,
    replication_factor: i16,
}

fn automatic_assignment(
    topic: &CreatableTopic,
    node: NodeFacts<'_>,
) -> Result<AutomaticAssignment, ApiError> {
    if topic.replication_factor < -1 || topic.replication_factor == 0 {
        return Err(ApiError::new(
            ErrorCode::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ));
    }
    if topic.num_partitions < -1 || topic.num_partitions == 0 {
        return Err(ApiError::new(
            ErrorCode::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ));
    }
    let count = match topic.num_partitions {
        -1 => node.get(keys::NUM_PARTITIONS),
        count => count,
    };
    let replication_factor = match topic.replication_factor {
        -1 => i16::try_from(node.get(keys::DEFAULT_REPLICATION_FACTOR)).unwrap_or(i16::MAX),
        factor => factor,
    };
    Ok(AutomaticAssignment {
        count,
        replication_factor,
    })
}

impl AutomaticAssignment {
    fn partitions(
        &self,
        image: &MetadataImage,
        topic_id: Uuid,
    ) -> Result<BTreeMap<i32, PartitionImage>, ApiError> {
        let refused = |why: &str| {
            let message = format!(
                "Unable to replicate the partition {} time(s): {why}",
                self.replication_factor
            );
            ApiError::new(ErrorCode::InvalidReplicationFactor, message)
        };
        if self.replication_factor < 1 {
            return Err(refused(&format!(
                "Invalid replication factor {}: the replication factor must be positive.",
                self.replication_factor
            )));
        }
        let placed = placement::place(
            image,
            0,
            self.count,
            self.replication_factor,
            placement_seed(topic_id),
        )
        .map_err(|why| refused(&why.0))?;
        let mut partitions = BTreeMap::new();
        for (number, replicas) in (0..).zip(placed) {
            let isr = active(image, &replicas);
            if isr.is_empty() {
                return Err(refused(
                    "All brokers are currently fenced or in controlled shutdown.",
                ));
            }
            partitions.insert(number, new_partition(image, replicas, isr));
        }
        Ok(partitions)
    }
}

fn manual_assignment(
    image: &MetadataImage,
    topic: &CreatableTopic,
) -> Result<BTreeMap<i32, PartitionImage>, ApiError> {
    let prefix = "A manual partition assignment was specified, but";
    if topic.replication_factor != -1 {
        let message = format!("{prefix} replication factor was not set to -1.");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    if topic.num_partitions != -1 {
        let message = format!("{prefix} numPartitions was not set to -1.");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let refused = |message: String| ApiError::new(ErrorCode::InvalidReplicaAssignment, message);
    let mut partitions: BTreeMap<i32, PartitionImage> = BTreeMap::new();
    let mut replication_factor = None;
    for assignment in &topic.assignments {
        let number = assignment.partition_index;
        if partitions.contains_key(&number) {
            return Err(refused(format!(
                "Found multiple manual partition assignments for partition {number}"
            )));
        }
        check_manual(image, &assignment.broker_ids, replication_factor)?;
        replication_factor = Some(assignment.broker_ids.len());
        let isr = active(image, &assignment.broker_ids);
        if isr.is_empty() {
            return Err(refused(format!(
                "All brokers specified in the manual partition assignment for partition {number} are fenced or \
                 in controlled shutdown."
            )));
        }
        partitions.insert(
            number,
            new_partition(image, assignment.broker_ids.clone(), isr),
        );
    }
    if !partitions.keys().copied().eq(0..partitions.len() as i32) {
        return Err(refused(
            "partitions should be a consecutive 0-based integer sequence".to_owned(),
        ));
    }
    Ok(partitions)
}

fn effective_configs(
    overrides: &BTreeMap<String, String>,
    image: &MetadataImage,
    node: NodeFacts<'_>,
) -> Vec<CreatableTopicConfigs> {
    resolve_topic(overrides, node.layers(image))
        .into_iter()
        .map(|config| CreatableTopicConfigs {
            name: config.def.name.into(),
            value: config.value.map(StrBytes::from),
            read_only: config.read_only,
            config_source: config.source as i8,
            is_sensitive: config.def.is_sensitive(),
        })
        .collect()
}

/// The next random id that a topic can have: not one of the hundred that Kafka reserves, and without
/// a leading `-`, which would look like an option on a command line.
fn usable_id(random_id: &mut dyn FnMut() -> Uuid) -> Uuid {
    loop {
        let id = random_id();
        let reserved = id.0[..15] == [0; 15] && id.0[15] < 100;
        if !reserved && !id.to_string().starts_with('-') {
            return id;
        }
    }
}
