//! Replacing all settings of a resource (AlterConfigs): what the request does not name goes back to
//! its default.

use wire::ErrorCode;
use wire::messages::alter_configs_request::{AlterConfigsRequest, AlterConfigsResource};
use wire::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};
use wire::records::metadata::MetadataRecord;

use super::{Changes, check_names, check_nulls, named_twice, records, repeated, resource};
use crate::MetadataImage;
use crate::controller::{ApiError, NodeFacts, Outcome};

/// The changes a request asks for; resources that cannot be changed are answered with an error.
pub fn alter(
    image: &MetadataImage,
    request: &AlterConfigsRequest,
    node: NodeFacts<'_>,
) -> Outcome<AlterConfigsResponse> {
    let twice = repeated(
        request
            .resources
            .iter()
            .map(|asked| (asked.resource_type, &*asked.resource_name)),
    );
    let mut outcome = Outcome {
        records: Vec::new(),
        response: AlterConfigsResponse::default(),
    };
    for asked in &request.resources {
        let changed = if twice.contains(&(asked.resource_type, &*asked.resource_name)) {
            Err(named_twice())
        } else {
            alter_resource(image, asked, node)
        };
        let (code, message) = match changed {
            Ok(records) => {
                outcome.records.extend(records);
                (ErrorCode::None, None)
            }
            Err(error) => (error.code, error.wire_message()),
        };
        outcome
            .response
            .responses
            .push(AlterConfigsResourceResponse {
                error_code: code.code(),
                error_message: message,
                resource_type: asked.resource_type,
                resource_name: asked.resource_name.clone(),
            });
    }
    if request.validate_only {
        outcome.records.clear();
    }
    outcome
}

fn alter_resource(
    image: &MetadataImage,
    asked: &AlterConfigsResource,
    node: NodeFacts<'_>,
) -> Result<Vec<MetadataRecord>, ApiError> {
    check_names(asked.configs.iter().map(|config| &*config.name))?;
    check_nulls(
        asked
            .configs
            .iter()
            .filter(|config| config.value.is_none())
            .map(|config| &*config.name),
    )?;
    let resource = resource(asked.resource_type, &asked.resource_name, node)?;
    let mut changes = Changes::new();
    for name in image.configs().of(&resource).keys() {
        changes.insert(name.clone(), None);
    }
    for config in &asked.configs {
        changes.insert(
            config.name.to_string(),
            config.value.as_deref().map(str::to_owned),
        );
    }
    records(image, &resource, changes, node)
}
