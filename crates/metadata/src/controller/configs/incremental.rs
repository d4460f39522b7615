//! Changing some settings and leaving the others (IncrementalAlterConfigs).

use wire::ErrorCode;
use wire::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use wire::messages::incremental_alter_configs_response::{
    AlterConfigsResourceResponse, IncrementalAlterConfigsResponse,
};
use wire::records::metadata::MetadataRecord;

use super::{Altered, Changes, alter_each, check_names, check_nulls, records, resource};
use crate::MetadataImage;
use crate::config_def::{broker_config, is_list, topic_config};
use crate::controller::{ApiError, NodeFacts, Outcome};
use crate::image::{ConfigResource, ResourceType};

/// What to do with one setting, numbered as Kafka numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Set,
    Delete,
    Append,
    Subtract,
}

impl Operation {
    fn from_code(code: i8) -> Result<Self, ApiError> {
        match code {
            0 => Ok(Operation::Set),
            1 => Ok(Operation::Delete),
            2 => Ok(Operation::Append),
            3 => Ok(Operation::Subtract),
            _ => Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("Unknown operations type {code}"),
            )),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Operation::Set => "SET",
            Operation::Delete => "DELETE",
            Operation::Append => "APPEND",
            Operation::Subtract => "SUBTRACT",
        }
    }
}

/// The changes a request asks for; resources that cannot be changed are answered with an error.
pub fn alter(
    image: &MetadataImage,
    request: &IncrementalAlterConfigsRequest,
    node: NodeFacts<'_>,
) -> Outcome<IncrementalAlterConfigsResponse> {
    let outcome = alter_each(
        &request.resources,
        |asked| (asked.resource_type, &asked.resource_name),
        request.validate_only,
        |asked| alter_resource(image, asked, node),
    );
    let answer = |altered: Altered| AlterConfigsResourceResponse {
        error_code: altered.error_code,
        error_message: altered.error_message,
        resource_type: altered.resource_type,
        resource_name: altered.resource_name,
    };
    Outcome {
        records: outcome.records,
        response: IncrementalAlterConfigsResponse {
            responses: outcome.response.into_iter().map(answer).collect(),
            ..Default::default()
        },
    }
}

fn alter_resource(
    image: &MetadataImage,
    asked: &AlterConfigsResource,
    node: NodeFacts<'_>,
) -> Result<Vec<MetadataRecord>, ApiError> {
    check_names(asked.configs.iter().map(|config| &*config.name))?;
    let delete = 1;
    let needs_value =
        |config: &&AlterableConfig| config.config_operation != delete && config.value.is_none();
    check_nulls(
        asked
            .configs
            .iter()
            .filter(needs_value)
            .map(|config| &*config.name),
    )?;
    let resource = resource(asked.resource_type, &asked.resource_name, node)?;
    let mut changes = Changes::new();
    for config in &asked.configs {
        changes.insert(
            config.name.to_string(),
            new_value(image, &resource, config)?,
        );
    }
    records(image, &resource, changes, node)
}

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
        let sentence = format!(
            "Can't {} to key {} because its type is not LIST.",
            operation.name(),
            config.name
        );
        return Err(ApiError::new(ErrorCode::InvalidConfig, sentence));
    }
    let current = image
        .configs()
        .of(resource)
        .get(&*config.name)
        .map(String::as_str);
    let current = current
        .or(def.and_then(|def| def.default))
        .unwrap_or_default();
    let mut items: Vec<&str> = current.split(',').filter(|item| !item.is_empty()).collect();
    for item in value.split(',') {
        match operation {
            Operation::Append if !items.contains(&item) => items.push(item),
            Operation::Subtract => {
                if let Some(place) = items.iter().position(|present| *present == item) {
                    items.remove(place);
                }
            }
            _ => {}
        }
    }
    Ok(Some(items.join(",")))
}
