//! Settings of topics and brokers: changing some (incremental) or replacing all (legacy).
//!
//! A resource changes as a whole or not at all: its settings are checked together, as they would stand
//! afterwards.

mod incremental;
mod legacy;

pub use incremental::alter as alter_incrementally;
pub use legacy::alter as alter_legacy;

use std::collections::{BTreeMap, BTreeSet};

use wire::records::metadata::{ConfigRecord, MetadataRecord};
use wire::{ErrorCode, StrBytes};

use super::{ApiError, NodeFacts, Outcome};
use crate::MetadataImage;
use crate::config_def::{validate_broker_configs, validate_topic_configs};
use crate::image::{ConfigResource, ResourceType};
use crate::topic_name;

/// Settings to change: a new value, or `None` to go back to the default.
type Changes = BTreeMap<String, Option<String>>;

/// What became of one resource of a request, in the fields both responses have.
struct Altered {
    error_code: i16,
    error_message: Option<StrBytes>,
    resource_type: i8,
    resource_name: StrBytes,
}

/// Changes each resource of a request by `alter`; one that is named twice is refused both times.
///
/// The two requests differ in what they ask of a resource, which is `alter`, and in the generated
/// types: `named` gives type and name of a resource.
fn alter_each<R>(
    resources: &[R],
    named: impl Fn(&R) -> (i8, &StrBytes),
    validate_only: bool,
    alter: impl Fn(&R) -> Result<Vec<MetadataRecord>, ApiError>,
) -> Outcome<Vec<Altered>> {
    let twice = repeated(resources.iter().map(&named));
    let mut records = Vec::new();
    let mut response = Vec::with_capacity(resources.len());
    for asked in resources {
        let (resource_type, resource_name) = named(asked);
        let altered = if twice.contains(&(resource_type, resource_name)) {
            Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "Each resource must appear at most once.",
            ))
        } else {
            alter(asked)
        };
        let (code, error_message) = match altered {
            Ok(changes) => {
                records.extend(changes);
                (ErrorCode::None, None)
            }
            Err(error) => (error.code, error.wire_message()),
        };
        response.push(Altered {
            error_code: code.code(),
            error_message,
            resource_type,
            resource_name: resource_name.clone(),
        });
    }
    if validate_only {
        records.clear();
    }
    Outcome { records, response }
}

/// Resources that a request names more than once.
fn repeated<'a>(
    resources: impl Iterator<Item = (i8, &'a StrBytes)>,
) -> BTreeSet<(i8, &'a StrBytes)> {
    let mut seen = BTreeSet::new();
    resources
        .filter(|resource| !seen.insert(*resource))
        .collect()
}

/// The resource a request means, if its settings are kept here.
fn resource(kind: i8, name: &str, node: NodeFacts<'_>) -> Result<ConfigResource, ApiError> {
    let resource = match ResourceType::from_code(kind) {
        Some(ResourceType::Topic) => ConfigResource::topic(name),
        Some(ResourceType::Broker) if name.is_empty() => ConfigResource::default_broker(),
        Some(ResourceType::Broker) => {
            let id = broker_id(name)?;
            if id != node.node_id {
                let sentence = format!(
                    "Unexpected broker id, expected {}, but received {name}",
                    node.node_id
                );
                return Err(ApiError::new(ErrorCode::InvalidRequest, sentence));
            }
            ConfigResource::broker(id)
        }
        Some(ResourceType::ClientMetrics | ResourceType::Group) | None => {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("Unknown resource type {kind}"),
            ));
        }
    };
    Ok(resource)
}

fn broker_id(name: &str) -> Result<i32, ApiError> {
    name.parse::<i32>().map_err(|_| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!("Node id must be an integer, but it is: {name}"),
        )
    })
}

/// Records that make `changes`, once the settings are checked as they would stand afterwards.
fn records(
    image: &MetadataImage,
    resource: &ConfigResource,
    changes: Changes,
    node: NodeFacts<'_>,
) -> Result<Vec<MetadataRecord>, ApiError> {
    let current = image.configs().of(resource);
    let mut after = current.clone();
    for (name, value) in &changes {
        match value {
            Some(value) => after.insert(name.clone(), value.clone()),
            None => after.remove(name),
        };
    }
    check(image, resource, &after, node)?;
    let unchanged = |name: &str, value: &Option<String>| current.get(name) == value.as_ref();
    // A broker reads its secrets and files again when a record names them, changed or not.
    let is_broker = resource.kind == ResourceType::Broker;
    Ok(changes
        .into_iter()
        .filter(|(name, value)| is_broker || !unchanged(name, value))
        .map(|(name, value)| {
            MetadataRecord::Config(ConfigRecord {
                resource_type: resource.kind.code(),
                resource_name: resource.name.as_str().into(),
                name: name.into(),
                value: value.map(Into::into),
            })
        })
        .collect())
}

fn check(
    image: &MetadataImage,
    resource: &ConfigResource,
    after: &BTreeMap<String, String>,
    node: NodeFacts<'_>,
) -> Result<(), ApiError> {
    match resource.kind {
        ResourceType::Topic => {
            if resource.name.is_empty() {
                return Err(ApiError::new(
                    ErrorCode::InvalidRequest,
                    "Default topic resources are not allowed.",
                ));
            }
            topic_name::validate(&resource.name)
                .map_err(|why| ApiError::new(ErrorCode::InvalidTopicException, why.to_string()))?;
            validate_topic_configs(after, node.is_on("remote.log.storage.system.enable"))
                .map_err(|why| ApiError::new(ErrorCode::InvalidConfig, why.0))?;
            if image.topics().by_name(&resource.name).is_none() {
                let sentence = format!("The topic '{}' does not exist.", resource.name);
                return Err(ApiError::new(ErrorCode::UnknownTopicOrPartition, sentence));
            }
        }
        ResourceType::Broker => {
            // Kafka answers a bad broker setting with INVALID_REQUEST, and so do we.
            validate_broker_configs(after, !resource.name.is_empty())
                .map_err(|why| ApiError::new(ErrorCode::InvalidRequest, why.0))?;
        }
        ResourceType::ClientMetrics | ResourceType::Group => {
            unreachable!("refused when it was read")
        }
    }
    Ok(())
}

/// Refuse settings that are named twice.
fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "Error due to duplicate config keys",
            ));
        }
    }
    Ok(())
}

/// Refuse settings that should get a value and have none.
fn check_nulls<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ApiError> {
    let nulls: Vec<&str> = names.collect();
    if nulls.is_empty() {
        return Ok(());
    }
    let sentence = format!("Null value not supported for : {}", nulls.join(", "));
    Err(ApiError::new(ErrorCode::InvalidRequest, sentence))
}

#[cfg(test)]
mod tests;
