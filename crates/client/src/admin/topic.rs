//! Topics: create, delete, add partitions, list, describe.

use std::collections::BTreeMap;

use wire::messages::create_partitions_request::CreatePartitionsTopic;
use wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use wire::messages::delete_topics_request::DeleteTopicState;
use wire::messages::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest};
use wire::{ErrorCode, StrBytes, Uuid};

use super::{Admin, timeout_ms};
use crate::metadata::{Topic, topic_from_response};
use crate::{Error, Result};

/// The first version of DeleteTopics that can identify topics by id.
const DELETE_BY_ID: i16 = 6;

/// A topic to create.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Number of partitions; `None` for the broker's default.
    pub partitions: Option<i32>,
    /// Replicas of each partition; `None` for the broker's default.
    pub replication_factor: Option<i16>,
    /// Its configuration, by Kafka's names.
    pub configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with this number of partitions and otherwise the broker's defaults.
    pub fn new(name: impl Into<String>, partitions: i32) -> NewTopic {
        NewTopic {
            name: name.into(),
            partitions: Some(partitions),
            ..NewTopic::default()
        }
    }

    /// Adds a configuration.
    #[must_use]
    pub fn config(mut self, name: impl Into<String>, value: impl Into<String>) -> NewTopic {
        self.configs.insert(name.into(), value.into());
        self
    }
}

/// A topic that was created from a [`NewTopic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// The topic id; zero from brokers without topic ids.
    pub id: Uuid,
    /// Number of partitions; `None` if the broker does not return it.
    pub partitions: Option<i32>,
    /// Replicas of each partition; `None` if the broker does not return it.
    pub replication_factor: Option<i16>,
}

impl Admin {
    /// Creates a topic.
    ///
    /// # Errors
    /// `TOPIC_ALREADY_EXISTS` and other errors of the broker; [`Error::Timeout`].
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<CreatedTopic> {
        let (_, result) = self
            .create_topics(std::slice::from_ref(topic))
            .await?
            .pop_first()
            .ok_or_else(|| missing_in_response("create topic", &topic.name))?;
        result
    }

    /// Creates topics. Returns one result for each, by name.
    ///
    /// # Errors
    /// [`Error::Timeout`] and other errors that concern all of them.
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
    ) -> Result<BTreeMap<String, Result<CreatedTopic>>> {
        let request = CreateTopicsRequest {
            topics: topics.iter().map(creatable).collect(),
            timeout_ms: timeout_ms(&self.client),
            ..CreateTopicsRequest::default()
        };
        let mut retry = self.client.retry("create topics");
        let response = loop {
            match self.client.request_controller(&request).await {
                Ok(response) => {
                    match retriable(response.topics.iter().map(|topic| topic.error_code)) {
                        None => break response,
                        Some(error) => retry.after(error).await?,
                    }
                }
                Err(error) => retry.after(error).await?,
            }
        };
        Ok(response
            .topics
            .into_iter()
            .map(|topic| {
                let name = topic.name.to_string();
                let message = topic.error_message.as_deref();
                let checked = Error::check(topic.error_code, message, || {
                    format!("create topic \"{name}\"")
                });
                let created = checked.map(|()| CreatedTopic {
                    id: topic.topic_id,
                    partitions: (topic.num_partitions > 0).then_some(topic.num_partitions),
                    replication_factor: (topic.replication_factor > 0)
                        .then_some(topic.replication_factor),
                });
                (name, created)
            })
            .collect())
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` and other errors of the broker; [`Error::Timeout`].
    pub async fn delete_topic(&self, name: &str) -> Result<()> {
        let (_, result) = self
            .delete_topics(&[name])
            .await?
            .pop_first()
            .ok_or_else(|| missing_in_response("delete topic", name))?;
        result
    }

    /// Deletes topics. Returns one result for each, by name.
    ///
    /// # Errors
    /// [`Error::Timeout`] and other errors that concern all of them.
    pub async fn delete_topics(&self, names: &[&str]) -> Result<BTreeMap<String, Result<()>>> {
        let mut retry = self.client.retry("delete topics");
        let response = loop {
            match self.try_delete_topics(names).await {
                Ok(response) => break response,
                Err(error) => retry.after(error).await?,
            }
        };
        for name in names {
            self.client.forget_topic(name);
        }
        Ok(response
            .responses
            .into_iter()
            .map(|topic| {
                let name = topic.name.map(String::from).unwrap_or_default();
                let result = Error::check(topic.error_code, topic.error_message.as_deref(), || {
                    format!("delete topic \"{name}\"")
                });
                (name, result)
            })
            .collect())
    }

    async fn try_delete_topics(
        &self,
        names: &[&str],
    ) -> Result<wire::messages::DeleteTopicsResponse> {
        let controller = self.client.cluster().controller;
        let connection = self.client.broker(controller).await?;
        let version = connection.version::<DeleteTopicsRequest>()?;
        let mut request = DeleteTopicsRequest {
            timeout_ms: timeout_ms(&self.client),
            ..DeleteTopicsRequest::default()
        };
        for name in names {
            let name = StrBytes::from(*name);
            if version >= DELETE_BY_ID {
                request.topics.push(DeleteTopicState {
                    name: Some(name),
                    ..DeleteTopicState::default()
                });
            } else {
                request.topic_names.push(name);
            }
        }
        connection.request_in(&request, version).await
    }

    /// Adds partitions to a topic, so that it has `total`.
    ///
    /// # Errors
    /// `INVALID_PARTITIONS` if it has that many already, other errors of the broker; [`Error::Timeout`].
    pub async fn create_partitions(&self, topic: &str, total: i32) -> Result<()> {
        let request = CreatePartitionsRequest {
            topics: vec![CreatePartitionsTopic {
                name: StrBytes::from(topic),
                count: total,
                assignments: None,
            }],
            timeout_ms: timeout_ms(&self.client),
            ..CreatePartitionsRequest::default()
        };
        let mut retry = self.client.retry("create partitions");
        loop {
            let result = match self.client.request_controller(&request).await {
                Ok(response) => match response.results.first() {
                    Some(result) => {
                        Error::check(result.error_code, result.error_message.as_deref(), || {
                            format!("create partitions of topic \"{topic}\"")
                        })
                    }
                    None => Err(missing_in_response("create partitions of topic", topic)),
                },
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => {
                    self.client.forget_topic(topic);
                    return Ok(());
                }
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// All topics, sorted by name, internal ones included.
    ///
    /// # Errors
    /// [`Error::Timeout`] and the broker's.
    pub async fn list_topics(&self) -> Result<Vec<Topic>> {
        let mut retry = self.client.retry("list topics");
        let response = loop {
            match self.client.fetch_metadata(None, false).await {
                Ok(response) => break response,
                Err(error) => retry.after(error).await?,
            }
        };
        let mut topics: Vec<_> = response
            .topics
            .iter()
            .filter_map(|topic| topic_from_response(topic).ok())
            .collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// A topic, with metadata that is fetched now.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` and other errors of the broker; [`Error::Timeout`].
    pub async fn describe_topic(&self, name: &str) -> Result<Topic> {
        self.client.forget_topic(name);
        let topic = self.client.topic(name, false).await?;
        Ok(Topic::clone(&topic))
    }
}

fn creatable(topic: &NewTopic) -> CreatableTopic {
    CreatableTopic {
        name: StrBytes::from(topic.name.as_str()),
        num_partitions: topic.partitions.unwrap_or(-1),
        replication_factor: topic.replication_factor.unwrap_or(-1),
        assignments: Vec::new(),
        configs: topic
            .configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig {
                name: StrBytes::from(name),
                value: Some(StrBytes::from(value)),
            })
            .collect(),
    }
}

/// The retriable error of a response in which the broker did nothing, if there is one.
fn retriable(codes: impl Iterator<Item = i16>) -> Option<Error> {
    let code = codes
        .map(ErrorCode::from_code)
        .find(|code| matches!(code, ErrorCode::NotController | ErrorCode::RequestTimedOut))?;
    Some(Error::Broker {
        what: "create topics".to_owned(),
        code,
        message: None,
    })
}

/// The error of a response that lacks the requested resource.
fn missing_in_response(what: &str, name: &str) -> Error {
    Error::Broker {
        what: format!("{what} \"{name}\""),
        code: ErrorCode::UnknownServerError,
        message: Some("the broker's response does not mention it".to_owned()),
    }
}
