//! Creates and deletes the topics of the load, through the protocol.

use std::time::Duration;

use wire::messages::create_topics_request::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use wire::messages::delete_topics_request::DeleteTopicsRequest;
use wire::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use wire::{ErrorCode, StrBytes, Uuid};

use crate::Failure;
use crate::connection::Connection;

/// Deletes the topic if it exists, creates it, and waits until every partition has a leader.
pub fn create(
    bootstrap: &str,
    name: &str,
    partitions: i32,
    configs: &[String],
) -> Result<(), Failure> {
    let mut connection = Connection::open(bootstrap)?;
    let name = StrBytes::from(name);
    let delete = DeleteTopicsRequest {
        topic_names: vec![name.clone()],
        timeout_ms: 30_000,
        ..Default::default()
    };
    connection.call(&delete, 4)?;
    let configs = configs
        .iter()
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or("--config takes key=value")?;
            Ok(CreatableTopicConfig {
                name: key.into(),
                value: Some(value.into()),
            })
        })
        .collect::<Result<_, Failure>>()?;
    let create = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: name.clone(),
            num_partitions: partitions,
            replication_factor: 1,
            configs,
            ..Default::default()
        }],
        timeout_ms: 30_000,
        ..Default::default()
    };
    // Kafka deletes in the background, so the name may still be in use for a moment.
    retry(|| match connection.call(&create, 5)?.topics[0].error_code {
        0 => Ok(Some(())),
        code if ErrorCode::from_code(code) == ErrorCode::TopicAlreadyExists => Ok(None),
        code => Err(format!("creating the topic: error {code}").into()),
    })?;
    retry(|| {
        let request = MetadataRequest {
            topics: Some(vec![MetadataRequestTopic {
                topic_id: Uuid::ZERO,
                name: Some(name.clone()),
            }]),
            ..Default::default()
        };
        let topic = connection.call(&request, 9)?.topics.remove(0);
        let led = topic
            .partitions
            .iter()
            .filter(|p| p.error_code == 0 && p.leader_id >= 0)
            .count();
        Ok((led == partitions as usize).then_some(()))
    })
}

/// Retries every 100 ms, for 30 seconds, until there is a result.
pub fn retry(mut attempt: impl FnMut() -> Result<Option<()>, Failure>) -> Result<(), Failure> {
    for _ in 0..300 {
        if attempt()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err("the topic is not there after 30 s".into())
}
