//! Deleting topics.

use std::collections::BTreeMap;

use wire::messages::delete_topics_request::DeleteTopicsRequest;
use wire::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};
use wire::records::metadata::{MetadataRecord, RemoveTopicRecord};
use wire::{ErrorCode, StrBytes, Uuid};

use crate::MetadataImage;
use crate::config_def::keys;
use crate::controller::{ApiError, NodeFacts, Outcome};

/// Remove the topics that a request names or gives the ids of.
///
/// `api_version` is the request's, because old clients do not know every error. Answers come in the
/// order of the request, one for each topic however often it was asked for.
pub fn delete(
    image: &MetadataImage,
    request: &DeleteTopicsRequest,
    api_version: i16,
    node: NodeFacts<'_>,
) -> Outcome<DeleteTopicsResponse> {
    let asked = topics_asked_for(request);
    let mut outcome = Outcome {
        records: Vec::new(),
        response: DeleteTopicsResponse::default(),
    };
    let mut times_by_id: BTreeMap<Uuid, usize> = BTreeMap::new();
    for id in asked.iter().filter_map(|topic| topic.find(image)) {
        *times_by_id.entry(id).or_default() += 1;
    }
    let enabled = node.get(keys::DELETE_TOPIC_ENABLE);
    for topic in &asked {
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
                error_message: error.wire_message(),
            },
        });
    }
    outcome
}

/// One topic of a request: by name, by id, or wrongly by both or neither.
struct Asked {
    name: Option<StrBytes>,
    id: Uuid,
    times: usize,
}

impl Asked {
    fn find(&self, image: &MetadataImage) -> Option<Uuid> {
        match &self.name {
            Some(name) if self.id.is_zero() => image.topics().by_name(name).map(|topic| topic.id),
            Some(_) => None,
            None => image.topics().by_id(self.id).map(|topic| topic.id),
        }
    }
}

fn topics_asked_for(request: &DeleteTopicsRequest) -> Vec<Asked> {
    // Up to version 5 a request has names, from version 6 on names or ids.
    let old = request
        .topic_names
        .iter()
        .map(|name| (Some(name.clone()), Uuid::ZERO));
    let new = request
        .topics
        .iter()
        .map(|topic| (topic.name.clone(), topic.topic_id));
    let mut places: BTreeMap<(Option<StrBytes>, Uuid), usize> = BTreeMap::new();
    let mut asked: Vec<Asked> = Vec::new();
    for (name, id) in old.chain(new) {
        match places.get(&(name.clone(), id)) {
            Some(place) => asked[*place].times += 1,
            None => {
                places.insert((name.clone(), id), asked.len());
                asked.push(Asked { name, id, times: 1 });
            }
        }
    }
    asked
}

fn check(
    image: &MetadataImage,
    topic: &Asked,
    times_by_id: &BTreeMap<Uuid, usize>,
) -> Result<Uuid, ApiError> {
    let invalid = |sentence: &str| Err(ApiError::new(ErrorCode::InvalidRequest, sentence));
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
