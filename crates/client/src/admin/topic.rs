//! Topics: make, delete, grow, list, describe.

use std::collections::BTreeMap;

use wire::messages::create_partitions_request::CreatePartitionsTopic;
use wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use wire::messages::delete_topics_request::DeleteTopicState;
use wire::messages::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest};
use wire::{ErrorCode, StrBytes, Uuid};

use super::{Admin, timeout_ms};
use crate::metadata::{Topic, topic_from_answer};
use crate::{Error, Result};

/// The first version of DeleteTopics that may name topics by id.
const DELETE_BY_STATE: i16 = 6;

/// A topic to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; `None` for the broker's default.
    pub partitions: Option<i32>,
    /// How many replicas of each; `None` for the broker's default.
    pub replication_factor: Option<i16>,
    /// Its configuration, by Kafka's names.
    pub configs: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with this many partitions, and the broker's defaults.
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

/// What became of a [`NewTopic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id; zero from brokers that have none.
    pub id: Uuid,
    /// How many partitions it has; `None` if the broker does not say.
    pub partitions: Option<i32>,
    /// How many replicas of each; `None` if the broker does not say.
    pub replication_factor: Option<i16>,
}

impl Admin {
    /// Makes a topic.
    ///
    /// # Errors
    /// `TOPIC_ALREADY_EXISTS` and the broker's others; [`Error::Timeout`].
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<CreatedTopic> {
        let (_, result) = self
            .create_topics(std::slice::from_ref(topic))
            .await?
            .pop_first()
            .ok_or_else(|| unanswered("create topic", &topic.name))?;
        result
    }

    /// Makes topics; one result for each, by name.
    ///
    /// # Errors
    /// [`Error::Timeout`] and others that are about all of them.
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
        let answer = loop {
            match self.client.request_controller(&request).await {
                Ok(answer) => match retriable(answer.topics.iter().map(|topic| topic.error_code)) {
                    None => break answer,
                    Some(error) => retry.after(error).await?,
                },
                Err(error) => retry.after(error).await?,
            }
        };
        Ok(answer
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
    /// `UNKNOWN_TOPIC_OR_PARTITION` and the broker's others; [`Error::Timeout`].
    pub async fn delete_topic(&self, name: &str) -> Result<()> {
        let (_, result) = self
            .delete_topics(&[name])
            .await?
            .pop_first()
            .ok_or_else(|| unanswered("delete topic", name))?;
        result
    }

    /// Deletes topics; one result for each, by name.
    ///
    /// # Errors
    /// [`Error::Timeout`] and others that are about all of them.
    pub async fn delete_topics(&self, names: &[&str]) -> Result<BTreeMap<String, Result<()>>> {
        let mut retry = self.client.retry("delete topics");
        let answer = loop {
            match self.try_delete_topics(names).await {
                Ok(answer) => break answer,
                Err(error) => retry.after(error).await?,
            }
        };
        for name in names {
            self.client.forget_topic(name);
        }
        Ok(answer
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
            if version >= DELETE_BY_STATE {
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

    /// Gives a topic more partitions: `total` in all.
    ///
    /// # Errors
    /// `INVALID_PARTITIONS` if it has as many already, the broker's others; [`Error::Timeout`].
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
                Ok(answer) => match answer.results.first() {
                    Some(result) => {
                        Error::check(result.error_code, result.error_message.as_deref(), || {
                            format!("create partitions of topic \"{topic}\"")
                        })
                    }
                    None => Err(unanswered("create partitions of topic", topic)),
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

    /// All topics, by name; those of the brokers' own included.
    ///
    /// # Errors
    /// [`Error::Timeout`] and the broker's.
    pub async fn list_topics(&self) -> Result<Vec<Topic>> {
        let mut retry = self.client.retry("list topics");
        let answer = loop {
            match self.client.fetch_metadata(None, false).await {
                Ok(answer) => break answer,
                Err(error) => retry.after(error).await?,
            }
        };
        let mut topics: Vec<_> = answer
            .topics
            .iter()
            .filter_map(|topic| topic_from_answer(topic).ok())
            .collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// A topic as it is now, not as cached.
    ///
    /// # Errors
    /// `UNKNOWN_TOPIC_OR_PARTITION` and the broker's others; [`Error::Timeout`].
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

/// The error to wait out, if a broker could not answer for now: it then did nothing.
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

/// The broker's answer leaves out what was asked for.
fn unanswered(what: &str, name: &str) -> Error {
    Error::Broker {
        what: format!("{what} \"{name}\""),
        code: ErrorCode::UnknownServerError,
        message: Some("the broker's answer does not mention it".to_owned()),
    }
}
