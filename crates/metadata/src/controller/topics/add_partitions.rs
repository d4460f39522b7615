//! Adding partitions to existing topics.

use std::collections::BTreeMap;

use wire::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use wire::messages::create_partitions_response::{
    CreatePartitionsResponse, CreatePartitionsTopicResult,
};
use wire::records::metadata::MetadataRecord;
use wire::{ApiError, ErrorCode};

use super::{check_room, partition_record, placement_seed};
use crate::MetadataImage;
use crate::controller::Outcome;
use crate::controller::placement::{self, active, check_manual, new_partition};
use crate::image::TopicImage;
use crate::topic_name;

/// Adds partitions to topics. A topic that is refused does not affect the others.
pub fn create_partitions(
    image: &MetadataImage,
    request: &CreatePartitionsRequest,
) -> Outcome<CreatePartitionsResponse> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in &request.topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let mut outcome = Outcome {
        records: Vec::new(),
        response: CreatePartitionsResponse::default(),
    };
    for topic in &request.topics {
        let made = match times.get(&*topic.name) {
            // The result is already in the response.
            None => continue,
            Some(1) => partitions(image, topic, outcome.records.len()),
            Some(_) => {
                times.remove(&*topic.name);
                Err(ApiError::new(
                    ErrorCode::InvalidRequest,
                    "Duplicate topic name.",
                ))
            }
        };
        let (code, message) = match made {
            Ok(records) => {
                outcome.records.extend(records);
                (ErrorCode::None, None)
            }
            Err(error) => (error.code, error.own_message()),
        };
        outcome.response.results.push(CreatePartitionsTopicResult {
            name: topic.name.clone(),
            error_code: code.code(),
            error_message: message,
        });
    }
    if request.validate_only {
        outcome.records.clear();
    }
    outcome
}

fn partitions(
    image: &MetadataImage,
    request: &CreatePartitionsTopic,
    records_already: usize,
) -> Result<Vec<MetadataRecord>, ApiError> {
    let topic = image
        .topics()
        .by_name(&request.name)
        .ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if topic_name::is_internal(&request.name) {
        let message = format!(
            "The number of partitions of {} cannot be changed: it determines the partition of each group \
             and transaction.",
            request.name
        );
        return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
    }
    let existing = topic.partitions.len() as i32;
    if request.count == existing {
        let message = format!("Topic already has {existing} partition(s).");
        return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
    }
    if request.count < existing {
        let message = format!(
            "The topic {} currently has {existing} partition(s); {} would not be an increase.",
            request.name, request.count
        );
        return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
    }
    let additional = request.count - existing;
    check_room(records_already, additional as usize)?;
    let placed = match &request.assignments {
        None => place(image, topic, existing, additional)?,
        Some(assignments) if assignments.len() != additional as usize => {
            let message = format!(
                "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
                assignments.len()
            );
            return Err(ApiError::new(ErrorCode::InvalidReplicaAssignment, message));
        }
        Some(assignments) => {
            let mut placed = Vec::with_capacity(assignments.len());
            for (number, assignment) in (existing..).zip(assignments) {
                check_manual(
                    image,
                    &assignment.broker_ids,
                    Some(replication_factor(topic)),
                )?;
                if active(image, &assignment.broker_ids).is_empty() {
                    let message = format!(
                        "All brokers specified in the manual partition assignment for partition {number} are \
                         fenced or in controlled shutdown."
                    );
                    return Err(ApiError::new(ErrorCode::InvalidReplicaAssignment, message));
                }
                placed.push(assignment.broker_ids.clone());
            }
            placed
        }
    };
    let mut records = Vec::with_capacity(placed.len());
    for (number, replicas) in (existing..).zip(placed) {
        let isr = active(image, &replicas);
        if isr.is_empty() {
            return Err(unable(
                topic,
                "All brokers are currently fenced or in controlled shutdown.",
            ));
        }
        records.push(partition_record(
            topic.id,
            number,
            new_partition(image, replicas, isr),
        ));
    }
    Ok(records)
}

fn place(
    image: &MetadataImage,
    topic: &TopicImage,
    first: i32,
    count: i32,
) -> Result<Vec<Vec<i32>>, ApiError> {
    let factor = i16::try_from(replication_factor(topic)).unwrap_or(i16::MAX);
    placement::place(image, first, count, factor, placement_seed(topic.id))
        .map_err(|why| unable(topic, &why.0))
}

fn unable(topic: &TopicImage, why: &str) -> ApiError {
    let message = format!(
        "Unable to replicate the partition {} time(s): {why}",
        replication_factor(topic)
    );
    ApiError::new(ErrorCode::InvalidReplicationFactor, message)
}

/// Number of replicas of the topic's partitions.
fn replication_factor(topic: &TopicImage) -> usize {
    topic
        .partitions
        .values()
        .next()
        .map_or(1, |partition| partition.replicas.len())
}
