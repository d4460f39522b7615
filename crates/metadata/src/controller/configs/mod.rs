//! Configurations of topics and brokers: changes some settings (IncrementalAlterConfigs) or replaces all
//! of them (AlterConfigs).
//!
//! A resource changes as a whole or not at all: its settings are checked together, as they would be
//! after the change.

mod request;

pub use request::{AlterRequest, Operation, alter_configs_response};

use std::collections::{BTreeMap, BTreeSet};

use wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use wire::messages::incremental_alter_configs_response::IncrementalAlterConfigsResponse;
use wire::records::metadata::{ConfigRecord, MetadataRecord};
use wire::{ApiError, ErrorCode};

use super::{NodeFacts, Outcome};
use crate::MetadataImage;
use crate::config_def::{
    broker_config, check_dynamic, is_list, keys, topic_config, validate_broker_configs,
    validate_topic_configs,
};
use crate::image::{ConfigResource, ELIGIBLE_LEADER_REPLICAS_FEATURE, ResourceType};
use crate::topic_name;

const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// Settings to change: a new value, or `None` to go back to the default.
type Changes = BTreeMap<String, Option<String>>;

/// Changes each resource of a request. A resource that cannot be changed gets an error; one that is named
/// twice gets it both times.
pub fn alter(
    image: &MetadataImage,
    request: &AlterRequest,
    node: NodeFacts<'_>,
) -> Outcome<IncrementalAlterConfigsResponse> {
    let resources = &request.changes.resources;
    let id =
        |resource: &AlterConfigsResource| (resource.resource_type, resource.resource_name.clone());
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> = resources
        .iter()
        .map(id)
        .filter(|id| !seen.insert(id.clone()))
        .collect();
    let mut records = Vec::new();
    let mut responses = Vec::with_capacity(resources.len());
    for resource in resources {
        let changes = if twice.contains(&id(resource)) {
            Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "Each resource must appear at most once.",
            ))
        } else {
            alter_resource(image, resource, request.replaces_all, node)
        };
        responses.push(request::altered(
            resource,
            changes.map(|changes| records.extend(changes)),
        ));
    }
    if request.changes.validate_only {
        records.clear();
    }
    Outcome {
        records,
        response: IncrementalAlterConfigsResponse {
            responses,
            ..Default::default()
        },
    }
}

fn alter_resource(
    image: &MetadataImage,
    request: &AlterConfigsResource,
    replaces_all: bool,
    node: NodeFacts<'_>,
) -> Result<Vec<MetadataRecord>, ApiError> {
    check_names(&request.configs)?;
    check_nulls(&request.configs)?;
    let resource = resource(request.resource_type, &request.resource_name, node)?;
    let mut changes = Changes::new();
    if replaces_all {
        let set = image.configs().of(&resource).keys();
        changes.extend(set.map(|name| (name.clone(), None)));
    }
    for config in &request.configs {
        let value = new_value(image, &resource, config)?;
        changes.insert(config.name.to_string(), value);
    }
    records(image, &resource, changes)
}

/// The resource that a request names.
fn resource(kind: i8, name: &str, node: NodeFacts<'_>) -> Result<ConfigResource, ApiError> {
    let resource = match ResourceType::from_code(kind) {
        Some(ResourceType::Topic) => ConfigResource::topic(name),
        Some(ResourceType::Broker) if name.is_empty() => ConfigResource::default_broker(),
        Some(ResourceType::Broker) => {
            let id = broker_id(name)?;
            if id != node.node_id {
                let message = format!(
                    "Unexpected broker id, expected {}, but received {name}",
                    node.node_id
                );
                return Err(ApiError::new(ErrorCode::InvalidRequest, message));
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

/// The value of a setting after an operation; `None` is the default.
fn new_value(
    image: &MetadataImage,
    resource: &ConfigResource,
    config: &AlterableConfig,
) -> Result<Option<String>, ApiError> {
    let operation = Operation::from_code(config.config_operation)?;
    let value = config.value.as_deref().unwrap_or_default();
    if operation == Operation::Set {
        return Ok(Some(value.to_owned()));
    }
    if operation == Operation::Delete {
        return Ok(None);
    }
    let def = match resource.kind {
        ResourceType::Topic => topic_config(&config.name),
        _ => broker_config(&config.name),
    };
    if !is_list(def) {
        let message = format!(
            "Can't {} to key {} because its type is not LIST.",
            operation.name(),
            config.name
        );
        return Err(ApiError::new(ErrorCode::InvalidConfig, message));
    }
    let set = image.configs().of(resource).get(&*config.name);
    let current = set
        .map(String::as_str)
        .or(def.and_then(|def| def.default))
        .unwrap_or_default();
    let mut items: Vec<&str> = current.split(',').filter(|item| !item.is_empty()).collect();
    for item in value.split(',') {
        let position = items.iter().position(|present| *present == item);
        match (operation, position) {
            (Operation::Append, None) => items.push(item),
            (Operation::Subtract, Some(position)) => {
                items.remove(position);
            }
            _ => {}
        }
    }
    Ok(Some(items.join(",")))
}

/// The records of `changes`, after the settings are checked as they would be after the change.
fn records(
    image: &MetadataImage,
    resource: &ConfigResource,
    changes: Changes,
) -> Result<Vec<MetadataRecord>, ApiError> {
    let current = image.configs().of(resource);
    let mut after = current.clone();
    for (name, value) in &changes {
        match value {
            Some(value) => after.insert(name.clone(), value.clone()),
            None => after.remove(name),
        };
    }
    check_dynamic_changes(resource, &changes)?;
    check(image, resource, &after)?;
    check_min_insync_replicas(image, resource, &changes)?;
    let unchanged = |name: &str, value: &Option<String>| current.get(name) == value.as_ref();
    // Broker settings are written even if unchanged: the record makes the broker read again the files
    // that a setting names.
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

/// Refuses to set a broker setting that cannot change while the broker runs. One that another program has
/// stored does not stop other changes, and can be deleted.
fn check_dynamic_changes(resource: &ConfigResource, changes: &Changes) -> Result<(), ApiError> {
    if resource.kind != ResourceType::Broker {
        return Ok(());
    }
    let set = changes.iter().filter(|(_, value)| value.is_some());
    check_dynamic(set.map(|(name, _)| name.as_str()))
        .map_err(|why| ApiError::new(ErrorCode::InvalidRequest, why.0))
}

/// Whether the cluster keeps eligible leader replicas (KIP-966), for which every broker must use the same
/// `min.insync.replicas`.
fn keeps_eligible_leader_replicas(image: &MetadataImage) -> bool {
    image.features().level(ELIGIBLE_LEADER_REPLICAS_FEATURE) > 0
}

/// Refuses to remove the cluster-wide `min.insync.replicas`, or to set it for one broker, while the cluster
/// keeps eligible leader replicas; as Kafka's `ConfigurationControlManager` does.
fn check_min_insync_replicas(
    image: &MetadataImage,
    resource: &ConfigResource,
    changes: &Changes,
) -> Result<(), ApiError> {
    let Some(value) = changes.get(MIN_INSYNC_REPLICAS) else {
        return Ok(());
    };
    if resource.kind != ResourceType::Broker || !keeps_eligible_leader_replicas(image) {
        return Ok(());
    }
    let message = match (resource.name.is_empty(), value) {
        (false, _) => "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        (true, None) => "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        (true, Some(_)) => return Ok(()),
    };
    Err(ApiError::new(ErrorCode::InvalidConfig, message))
}

/// Records that a controller writes when it becomes active in a cluster that keeps eligible leader
/// replicas. They set a cluster-wide `min.insync.replicas` and remove the settings of single brokers.
/// Empty if nothing has to change.
///
/// Source: `ConfigurationControlManager.maybeGenerateElrSafetyRecords` of Kafka 4.3.
pub fn eligible_leader_replicas_records(
    image: &MetadataImage,
    node: NodeFacts<'_>,
) -> Vec<MetadataRecord> {
    if !keeps_eligible_leader_replicas(image) {
        return Vec::new();
    }
    let record = |resource: &ConfigResource, value: Option<String>| {
        MetadataRecord::Config(ConfigRecord {
            resource_type: resource.kind.code(),
            resource_name: resource.name.as_str().into(),
            name: MIN_INSYNC_REPLICAS.into(),
            value: value.map(Into::into),
        })
    };
    let mut records = Vec::new();
    let cluster = ConfigResource::default_broker();
    if !image
        .configs()
        .of(&cluster)
        .contains_key(MIN_INSYNC_REPLICAS)
    {
        let value = node.get(keys::MIN_INSYNC_REPLICAS).to_string();
        records.push(record(&cluster, Some(value)));
    }
    for (resource, configs) in image.configs().iter() {
        let is_one_broker = resource.kind == ResourceType::Broker && !resource.name.is_empty();
        if is_one_broker && configs.contains_key(MIN_INSYNC_REPLICAS) {
            records.push(record(resource, None));
        }
    }
    records
}

fn check(
    image: &MetadataImage,
    resource: &ConfigResource,
    after: &BTreeMap<String, String>,
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
            validate_topic_configs(after)
                .map_err(|why| ApiError::new(ErrorCode::InvalidConfig, why.0))?;
            if image.topics().by_name(&resource.name).is_none() {
                let message = format!("The topic '{}' does not exist.", resource.name);
                return Err(ApiError::new(ErrorCode::UnknownTopicOrPartition, message));
            }
        }
        ResourceType::Broker => {
            // Kafka answers a bad broker setting with INVALID_REQUEST, and so do we.
            validate_broker_configs(after, !resource.name.is_empty())
                .map_err(|why| ApiError::new(ErrorCode::InvalidRequest, why.0))?;
        }
        ResourceType::ClientMetrics | ResourceType::Group => {
            unreachable!("refused by `resource`")
        }
    }
    Ok(())
}

/// Refuses settings that are named twice.
fn check_names(configs: &[AlterableConfig]) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    if configs.iter().all(|config| seen.insert(&config.name)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidRequest,
        "Error due to duplicate config keys",
    ))
}

/// Refuses settings that need a value and have none.
fn check_nulls(configs: &[AlterableConfig]) -> Result<(), ApiError> {
    let is_delete = |config: &AlterableConfig| config.config_operation == Operation::Delete as i8;
    let nulls: Vec<&str> = configs
        .iter()
        .filter(|config| config.value.is_none() && !is_delete(config))
        .map(|config| &*config.name)
        .collect();
    if nulls.is_empty() {
        return Ok(());
    }
    let message = format!("Null value not supported for : {}", nulls.join(", "));
    Err(ApiError::new(ErrorCode::InvalidRequest, message))
}

#[cfg(test)]
mod tests;
