//! Requests and responses of AlterConfigs and IncrementalAlterConfigs. Those of AlterConfigs are
//! handled in the form of the other.

use wire::messages::alter_configs_request::AlterConfigsRequest;
use wire::messages::alter_configs_response::{self, AlterConfigsResponse};
use wire::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use wire::messages::incremental_alter_configs_response::{
    AlterConfigsResourceResponse, IncrementalAlterConfigsResponse,
};
use wire::{ApiError, ErrorCode};

/// A change of one setting, numbered as in Kafka's `AlterConfigOp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Operation {
    /// Set a value.
    Set = 0,
    /// Go back to the default.
    Delete = 1,
    /// Add items to a list.
    Append = 2,
    /// Remove items from a list.
    Subtract = 3,
}

impl Operation {
    pub(super) fn from_code(code: i8) -> Result<Self, ApiError> {
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

    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::Set => "SET",
            Operation::Delete => "DELETE",
            Operation::Append => "APPEND",
            Operation::Subtract => "SUBTRACT",
        }
    }
}

/// A request to change configurations.
#[derive(Clone, Debug)]
pub struct AlterRequest {
    /// The changes.
    pub changes: IncrementalAlterConfigsRequest,
    /// Whether settings that the request does not name go back to their defaults.
    pub replaces_all: bool,
}

impl AlterRequest {
    /// The response that every resource was refused with `error`.
    pub fn refused(&self, error: &ApiError) -> IncrementalAlterConfigsResponse {
        let altered = |resource| altered(resource, Err(error.clone()));
        IncrementalAlterConfigsResponse {
            responses: self.changes.resources.iter().map(altered).collect(),
            ..Default::default()
        }
    }
}

impl From<IncrementalAlterConfigsRequest> for AlterRequest {
    fn from(changes: IncrementalAlterConfigsRequest) -> Self {
        AlterRequest {
            changes,
            replaces_all: false,
        }
    }
}

impl From<AlterConfigsRequest> for AlterRequest {
    fn from(request: AlterConfigsRequest) -> Self {
        let resources = request.resources.into_iter().map(|resource| {
            let configs = resource.configs.into_iter().map(|config| AlterableConfig {
                name: config.name,
                config_operation: Operation::Set as i8,
                value: config.value,
            });
            AlterConfigsResource {
                resource_type: resource.resource_type,
                resource_name: resource.resource_name,
                configs: configs.collect(),
            }
        });
        AlterRequest {
            changes: IncrementalAlterConfigsRequest {
                resources: resources.collect(),
                validate_only: request.validate_only,
            },
            replaces_all: true,
        }
    }
}

/// The result for one resource.
pub(super) fn altered(
    resource: &AlterConfigsResource,
    result: Result<(), ApiError>,
) -> AlterConfigsResourceResponse {
    let (code, error_message) = match result {
        Ok(()) => (ErrorCode::None, None),
        Err(error) => (error.code, error.own_message()),
    };
    AlterConfigsResourceResponse {
        error_code: code.code(),
        error_message,
        resource_type: resource.resource_type,
        resource_name: resource.resource_name.clone(),
    }
}

/// A response in the form of AlterConfigs.
pub fn alter_configs_response(response: IncrementalAlterConfigsResponse) -> AlterConfigsResponse {
    let responses = response.responses.into_iter().map(|altered| {
        alter_configs_response::AlterConfigsResourceResponse {
            error_code: altered.error_code,
            error_message: altered.error_message,
            resource_type: altered.resource_type,
            resource_name: altered.resource_name,
        }
    });
    AlterConfigsResponse {
        throttle_time_ms: response.throttle_time_ms,
        responses: responses.collect(),
    }
}
