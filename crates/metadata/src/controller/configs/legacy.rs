//! Replacing all settings of a resource (AlterConfigs): what the request does not name goes back to
//! its default.

use wire::messages::alter_configs_request::{AlterConfigsRequest, AlterConfigsResource};
use wire::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};
use wire::records::metadata::MetadataRecord;

use super::{Altered, Changes, alter_each, check_names, check_nulls, records, resource};
use crate::MetadataImage;
use crate::controller::{ApiError, NodeFacts, Outcome};

/// The changes a request asks for; resources that cannot be changed are answered with an error.
pub fn alter(
    image: &MetadataImage,
    request: &AlterConfigsRequest,
    node: NodeFacts<'_>,
) -> Outcome<AlterConfigsResponse> {
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
        response: AlterConfigsResponse {
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
