//! Requests and responses of AlterConfigs and IncrementalAlterConfigs, in one form for both.

use wire::messages::alter_configs_request::AlterConfigsRequest;
use wire::messages::alter_configs_response::{self, AlterConfigsResponse};
use wire::messages::incremental_alter_configs_request::IncrementalAlterConfigsRequest;
use wire::messages::incremental_alter_configs_response::{self, IncrementalAlterConfigsResponse};
use wire::{ApiError, ErrorCode, StrBytes};

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

/// One setting to change.
#[derive(Clone, Debug)]
pub struct AlterConfig {
    /// Name of the setting.
    pub name: StrBytes,
    /// Code of an [`Operation`], not checked yet.
    pub operation: i8,
    /// The value, if one was given.
    pub value: Option<StrBytes>,
}

/// One topic or broker to change.
#[derive(Clone, Debug)]
pub struct AlterResource {
    /// Code of a resource type, not checked yet.
    pub resource_type: i8,
    /// Name of the resource.
    pub resource_name: StrBytes,
    /// The settings to change.
    pub configs: Vec<AlterConfig>,
}

impl AlterResource {
    pub(super) fn id(&self) -> (i8, &StrBytes) {
        (self.resource_type, &self.resource_name)
    }
}

/// A request to change configurations.
#[derive(Clone, Debug)]
pub struct AlterRequest {
    /// The topics and brokers to change.
    pub resources: Vec<AlterResource>,
    /// Whether settings that the request does not name go back to their defaults.
    pub replaces_all: bool,
    /// Whether to check the request only.
    pub validate_only: bool,
}

impl AlterRequest {
    /// The answer that every resource was refused with `error`.
    pub fn refused(&self, error: &ApiError) -> AlteredResources {
        let altered = |resource| Altered::new(resource, Err(error.clone()));
        AlteredResources(self.resources.iter().map(altered).collect())
    }
}

impl From<AlterConfigsRequest> for AlterRequest {
    fn from(request: AlterConfigsRequest) -> Self {
        let resources = request.resources.into_iter().map(|resource| {
            let configs = resource.configs.into_iter().map(|config| AlterConfig {
                name: config.name,
                operation: Operation::Set as i8,
                value: config.value,
            });
            AlterResource {
                resource_type: resource.resource_type,
                resource_name: resource.resource_name,
                configs: configs.collect(),
            }
        });
        AlterRequest {
            resources: resources.collect(),
            replaces_all: true,
            validate_only: request.validate_only,
        }
    }
}

impl From<IncrementalAlterConfigsRequest> for AlterRequest {
    fn from(request: IncrementalAlterConfigsRequest) -> Self {
        let resources = request.resources.into_iter().map(|resource| {
            let configs = resource.configs.into_iter().map(|config| AlterConfig {
                name: config.name,
                operation: config.config_operation,
                value: config.value,
            });
            AlterResource {
                resource_type: resource.resource_type,
                resource_name: resource.resource_name,
                configs: configs.collect(),
            }
        });
        AlterRequest {
            resources: resources.collect(),
            replaces_all: false,
            validate_only: request.validate_only,
        }
    }
}

/// The result for one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Altered {
    pub(super) error_code: i16,
    pub(super) error_message: Option<StrBytes>,
    resource_type: i8,
    resource_name: StrBytes,
}

impl Altered {
    pub(super) fn new(resource: &AlterResource, result: Result<(), ApiError>) -> Self {
        let (code, error_message) = match result {
            Ok(()) => (ErrorCode::None, None),
            Err(error) => (error.code, error.own_message()),
        };
        Altered {
            error_code: code.code(),
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
        }
    }
}

/// The results of a request, in the order of its resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlteredResources(pub Vec<Altered>);

impl From<AlteredResources> for AlterConfigsResponse {
    fn from(altered: AlteredResources) -> Self {
        let response = |altered: Altered| alter_configs_response::AlterConfigsResourceResponse {
            error_code: altered.error_code,
            error_message: altered.error_message,
            resource_type: altered.resource_type,
            resource_name: altered.resource_name,
        };
        AlterConfigsResponse {
            responses: altered.0.into_iter().map(response).collect(),
            ..Default::default()
        }
    }
}

impl From<AlteredResources> for IncrementalAlterConfigsResponse {
    fn from(altered: AlteredResources) -> Self {
        let response =
            |altered: Altered| incremental_alter_configs_response::AlterConfigsResourceResponse {
                error_code: altered.error_code,
                error_message: altered.error_message,
                resource_type: altered.resource_type,
                resource_name: altered.resource_name,
            };
        IncrementalAlterConfigsResponse {
            responses: altered.0.into_iter().map(response).collect(),
            ..Default::default()
        }
    }
}
