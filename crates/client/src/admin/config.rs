//! Configurations of topics, brokers and groups.

use wire::messages::describe_configs_request::DescribeConfigsResource;
use wire::messages::describe_configs_response::DescribeConfigsResourceResult;
use wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use wire::messages::{DescribeConfigsRequest, IncrementalAlterConfigsRequest};
use wire::{ErrorCode, StrBytes};

use super::Admin;
use crate::{Error, Result};

/// A resource that has a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic, by name.
    Topic(String),
    /// A broker, by id; `None` for the defaults of all brokers.
    Broker(Option<i32>),
    /// A group, by name.
    Group(String),
}

impl ConfigResource {
    fn code(&self) -> i8 {
        match self {
            ConfigResource::Topic(_) => 2,
            ConfigResource::Broker(_) => 4,
            ConfigResource::Group(_) => 32,
        }
    }

    fn name(&self) -> String {
        match self {
            ConfigResource::Topic(name) | ConfigResource::Group(name) => name.clone(),
            ConfigResource::Broker(Some(id)) => id.to_string(),
            ConfigResource::Broker(None) => String::new(),
        }
    }

    fn describe(&self) -> String {
        match self {
            ConfigResource::Topic(name) => format!("topic \"{name}\""),
            ConfigResource::Broker(Some(id)) => format!("broker {id}"),
            ConfigResource::Broker(None) => "all brokers".to_owned(),
            ConfigResource::Group(name) => format!("group \"{name}\""),
        }
    }
}

/// Where a value was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set for this topic.
    Topic,
    /// Set for this broker while it runs.
    Broker,
    /// Set for all brokers while they run.
    DefaultBroker,
    /// Set in the broker's properties file.
    StaticBroker,
    /// The default.
    Default,
    /// Set for this group.
    Group,
    /// A source that this client does not know, by its number.
    Other(i8),
}

impl ConfigSource {
    fn from_code(code: i8) -> ConfigSource {
        match code {
            1 => ConfigSource::Topic,
            2 => ConfigSource::Broker,
            3 => ConfigSource::DefaultBroker,
            4 => ConfigSource::StaticBroker,
            5 => ConfigSource::Default,
            8 => ConfigSource::Group,
            other => ConfigSource::Other(other),
        }
    }
}

/// One setting and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Kafka's name.
    pub name: String,
    /// The value; `None` if it is null or secret.
    pub value: Option<String>,
    /// Where the value was set.
    pub source: ConfigSource,
    /// Whether it cannot be altered.
    pub is_read_only: bool,
    /// Whether the value is secret.
    pub is_sensitive: bool,
    /// All places that set the value, in order of precedence: name, value, source.
    pub synonyms: Vec<(String, Option<String>, ConfigSource)>,
}

/// An operation on a setting, as Kafka's `AlterConfigOp.OpType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlterOp {
    /// Set the value.
    Set,
    /// Reset to the default.
    Delete,
    /// Add to a list.
    Append,
    /// Remove from a list.
    Subtract,
}

/// A change of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// Kafka's name.
    pub name: String,
    /// The operation.
    pub op: AlterOp,
    /// The value; `None` for [`AlterOp::Delete`].
    pub value: Option<String>,
}

impl ConfigChange {
    /// Sets a value.
    pub fn set(name: impl Into<String>, value: impl Into<String>) -> ConfigChange {
        ConfigChange {
            name: name.into(),
            op: AlterOp::Set,
            value: Some(value.into()),
        }
    }

    /// Resets a setting to its default.
    pub fn delete(name: impl Into<String>) -> ConfigChange {
        ConfigChange {
            name: name.into(),
            op: AlterOp::Delete,
            value: None,
        }
    }
}

impl Admin {
    /// The configuration of a topic, broker or group, defaults included.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` and other errors of the broker; [`Error::Timeout`].
    pub async fn describe_configs(&self, resource: &ConfigResource) -> Result<Vec<ConfigEntry>> {
        let request = DescribeConfigsRequest {
            resources: vec![DescribeConfigsResource {
                resource_type: resource.code(),
                resource_name: StrBytes::from(resource.name()),
                configuration_keys: None,
            }],
            include_synonyms: true,
            ..DescribeConfigsRequest::default()
        };
        let what = || format!("describe the configuration of {}", resource.describe());
        let mut retry = self.client.retry("describe configurations");
        loop {
            let result = match resource {
                // Only the broker itself describes its configuration.
                ConfigResource::Broker(Some(id)) => match self.client.broker(*id).await {
                    Ok(connection) => connection.request(&request).await,
                    Err(error) => Err(error),
                },
                _ => self.client.request(&request).await,
            };
            let checked = result.and_then(|response| {
                let result = response.results.into_iter().next().ok_or(Error::Broker {
                    what: what(),
                    code: ErrorCode::UnknownServerError,
                    message: Some("the broker's response is empty".to_owned()),
                })?;
                Error::check(result.error_code, result.error_message.as_deref(), what)?;
                Ok(result.configs.into_iter().map(entry).collect())
            });
            match checked {
                Ok(entries) => return Ok(entries),
                // Not a stale leader: the topic does not exist.
                Err(error) if error.code() == Some(ErrorCode::UnknownTopicOrPartition) => {
                    return Err(error);
                }
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// Changes the configuration of a topic, broker or group. Makes all changes or none.
    ///
    /// # Errors
    /// `INVALID_CONFIG` and other errors of the broker; [`Error::Timeout`].
    pub async fn alter_configs(
        &self,
        resource: &ConfigResource,
        changes: &[ConfigChange],
    ) -> Result<()> {
        let request = IncrementalAlterConfigsRequest {
            resources: vec![AlterConfigsResource {
                resource_type: resource.code(),
                resource_name: StrBytes::from(resource.name()),
                configs: changes
                    .iter()
                    .map(|change| AlterableConfig {
                        name: StrBytes::from(&change.name),
                        config_operation: change.op as i8,
                        value: change.value.as_ref().map(StrBytes::from),
                    })
                    .collect(),
            }],
            ..IncrementalAlterConfigsRequest::default()
        };
        let mut retry = self.client.retry("alter configurations");
        loop {
            let result = self.client.request_controller(&request).await;
            let checked = result.and_then(|response| {
                response.responses.iter().try_for_each(|result| {
                    Error::check(result.error_code, result.error_message.as_deref(), || {
                        format!("alter the configuration of {}", resource.describe())
                    })
                })
            });
            match checked {
                Ok(()) => return Ok(()),
                Err(error) if error.code() == Some(ErrorCode::UnknownTopicOrPartition) => {
                    return Err(error);
                }
                Err(error) => retry.after(error).await?,
            }
        }
    }
}

fn entry(config: DescribeConfigsResourceResult) -> ConfigEntry {
    ConfigEntry {
        name: config.name.into(),
        value: config.value.map(String::from),
        source: ConfigSource::from_code(config.config_source),
        is_read_only: config.read_only,
        is_sensitive: config.is_sensitive,
        synonyms: config
            .synonyms
            .into_iter()
            .map(|synonym| {
                (
                    synonym.name.into(),
                    synonym.value.map(String::from),
                    ConfigSource::from_code(synonym.source),
                )
            })
            .collect(),
    }
}
