//! Deleting topics.

use std::collections::BTreeMap;

use wire::messages::delete_topics_request::DeleteTopicsRequest;
use wire::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};
use wire::records::metadata::{MetadataRecord, RemoveTopicRecord};
use wire::{ApiError, ErrorCode, StrBytes, Uuid};

use crate::MetadataImage;
use crate::config_def::keys;
use crate::controller::{NodeFacts, Outcome};

/// Deletes topics by name or by id.
///
/// `api_version` is the request's: old clients do not know every error. There is one result per topic,
/// in the order of the request, even if a topic is named several times.
pub fn delete(
    image: &MetadataImage,
    request: &DeleteTopicsRequest,
    api_version: i16,
    node: NodeFacts<'_>,
) -> Outcome<DeleteTopicsResponse> {
    let requested = requested_topics(request);
    let mut outcome = Outcome {
        records: Vec::new(),
        response: DeleteTopicsResponse::default(),
    };
    let mut times_by_id: BTreeMap<Uuid, usize> = BTreeMap::new();
    for id in requested.iter().filter_map(|topic| topic.find(image)) {
        *times_by_id.entry(id).or_default() += 1;
    }
    let enabled = node.get(keys::DELETE_TOPIC_ENABLE);
    for topic in &requested {
        let found = if enabled {
            check(image, topic, &times_by_id)
        } else if api_version < 3 {
            Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "Topic deletion is disabled.",
            ))
        } else {
            Err(ErrorCode::TopicDeletionDisabled.into())
        };
        outcome.response.responses.push(match found {
            Ok(id) => {
                outcome
                    .records
                    .push(MetadataRecord::RemoveTopic(RemoveTopicRecord {
                        topic_id: id,
                    }));
                let name = image.topics().by_id(id).map(|found| found.name.clone());
                DeletableTopicResult {
                    name,
                    topic_id: id,
                    ..DeletableTopicResult::default()
                }
            }
            Err(error) => DeletableTopicResult {
                name: topic.name.clone(),
                topic_id: topic.id,
                error_code: error.code.code(),
                error_message: error.own_message(),
            },
        });
    }
    outcome
}

/// One topic of a request: by name, by id, or, which is an error, by both or neither.
struct RequestedTopic {
    name: Option<StrBytes>,
    id: Uuid,
    times: usize,
}

impl RequestedTopic {
    fn find(&self, image: &MetadataImage) -> Option<Uuid> {
        match &self.name {
            Some(name) if self.id.is_zero() => image.topics().by_name(name).map(|topic| topic.id),
            Some(_) => None,
            None => image.topics().by_id(self.id).map(|topic| topic.id),
        }
    }
}

fn requested_topics(request: &DeleteTopicsRequest) -> Vec<RequestedTopic> {
    // Versions up to 5 have names, later ones names or ids.
    let old = request
        .topic_names
        .iter()
        .map(|name| (Some(name.clone()), Uuid::ZERO));
    let new = request
        .topics
        .iter()
        .map(|topic| (topic.name.clone(), topic.topic_id));
    let mut positions: BTreeMap<(Option<StrBytes>, Uuid), usize> = BTreeMap::new();
    let mut requested: Vec<RequestedTopic> = Vec::new();
    for (name, id) in old.chain(new) {
        match positions.get(&(name.clone(), id)) {
            Some(position) => requested[*position].times += 1,
            None => {
                positions.insert((name.clone(), id), requested.len());
                requested.push(RequestedTopic { name, id, times: 1 });
            }
        }
    }
    requested
}

fn check(
    image: &MetadataImage,
    topic: &RequestedTopic,
    times_by_id: &BTreeMap<Uuid, usize>,
) -> Result<Uuid, ApiError> {
    let invalid = |message: &str| Err(ApiError::new(ErrorCode::InvalidRequest, message));
    match &topic.name {
        None if topic.id.is_zero() => return invalid("Neither topic name nor id were specified."),
        None if topic.times > 1 => return invalid("Duplicate topic id."),
        Some(_) if !topic.id.is_zero() => {
            return invalid("You may not specify both topic name and topic id.");
        }
        Some(_) if topic.times > 1 => return invalid("Duplicate topic name."),
        _ => {}
    }
    let Some(id) = topic.find(image) else {
        return Err(match topic.name {
            Some(_) => ErrorCode::UnknownTopicOrPartition.into(),
            None => ErrorCode::UnknownTopicId.into(),
        });
    };
    if times_by_id[&id] > 1 {
        return invalid("The provided topic name maps to an ID that was already supplied.");
    }
    Ok(id)
}
