//! Settings of topics take effect, when they are made and when they are changed.

use super::*;
use wire::messages::create_topics_request::CreatableTopicConfig;
use wire::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use wire::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

const TOPIC_RESOURCE: i8 = 2;
const BROKER_RESOURCE: i8 = 4;

async fn create(client: &mut WireClient, name: &str, settings: &[(&str, &str)]) -> ErrorCode {
    let configs = settings.iter().map(|(name, value)| CreatableTopicConfig {
        name: (*name).into(),
        value: Some((*value).into()),
    });
    let request = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: name.into(),
            num_partitions: 1,
            replication_factor: 1,
            configs: configs.collect(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let response = client.ask(&request, 7).await;
    ErrorCode::from_code(response.topics[0].error_code)
}

async fn set(client: &mut WireClient, kind: i8, of: &str, name: &str, value: &str) -> ErrorCode {
    let request = IncrementalAlterConfigsRequest {
        resources: vec![AlterConfigsResource {
            resource_type: kind,
            resource_name: of.into(),
            configs: vec![AlterableConfig {
                name: name.into(),
                config_operation: 0,
                value: Some(value.into()),
            }],
        }],
        validate_only: false,
    };
    let response = client.ask(&request, 1).await;
    ErrorCode::from_code(response.responses[0].error_code)
}

async fn value(client: &mut WireClient, topic: &str, name: &str) -> (String, i8) {
    let request = DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource {
            resource_type: TOPIC_RESOURCE,
            resource_name: topic.into(),
            configuration_keys: Some(vec![name.into()]),
        }],
        ..Default::default()
    };
    let response = client.ask(&request, 4).await;
    let config = &response.results[0].configs[0];
    (
        config.value.clone().unwrap_or_default().into(),
        config.config_source,
    )
}

async fn produce_error(client: &mut WireClient, topic: &str, records: Bytes) -> ErrorCode {
    ErrorCode::from_code(try_produce(client, topic, records).await.error_code)
}

#[test]
fn a_topic_obeys_its_settings() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;

        create(&mut client, "two", &[("min.insync.replicas", "2")]).await;
        let error = produce_error(&mut client, "two", batch(&["x"])).await;
        assert_eq!(error, ErrorCode::NotEnoughReplicas);

        create(&mut client, "short", &[("max.message.bytes", "100")]).await;
        let error = produce_error(&mut client, "short", batch(&[&"x".repeat(200)])).await;
        assert_eq!(error, ErrorCode::MessageTooLarge);
        set(
            &mut client,
            TOPIC_RESOURCE,
            "short",
            "max.message.bytes",
            "1000",
        )
        .await;
        let error = produce_error(&mut client, "short", batch(&[&"x".repeat(200)])).await;
        assert_eq!(error, ErrorCode::None);

        create(
            &mut client,
            "stamped",
            &[("message.timestamp.type", "LogAppendTime")],
        )
        .await;
        let answer = try_produce(&mut client, "stamped", batch(&["x"])).await;
        assert!(answer.log_append_time_ms > 1_700_000_000_000, "{answer:?}");

        create(&mut client, "keyed", &[("cleanup.policy", "compact")]).await;
        let error = produce_error(&mut client, "keyed", batch(&["no key"])).await;
        assert_eq!(error, ErrorCode::InvalidRecord);

        create(&mut client, "packed", &[("compression.type", "zstd")]).await;
        produce(&mut client, "packed", &["unpacked"]).await;
        let data = try_fetch(&mut client, "packed", 0).await;
        let first = batches(data.records.bytes().cloned().unwrap())
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(first.header.compression(), Ok(Compression::Zstd));
        assert_eq!(values(&data), [(0, "unpacked".into())]);

        create(&mut client, "relaxed", &[("flush.messages", "1000")]).await;
        assert_eq!(produce(&mut client, "relaxed", &["x"]).await, 0);
        assert_eq!(fetch(&mut client, "relaxed", 0).await.len(), 1);

        let unknown = create(&mut client, "t", &[("retention.milliseconds", "1")]).await;
        assert_eq!(unknown, ErrorCode::InvalidConfig);
        broker.shutdown().await;
    });
}

#[test]
fn a_setting_comes_from_the_topic_or_the_broker_or_nobody() {
    const FROM_TOPIC: i8 = 1;
    const FROM_BROKER_WHILE_RUNNING: i8 = 2;
    const FROM_PROPERTIES: i8 = 4;
    const FROM_NOBODY: i8 = 5;
    let world = World::new();
    world.run(async {
        let broker = world.start(&[("log.retention.hours", "1")]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        let flush = value(&mut client, "t", "flush.messages").await;
        assert_eq!(flush, ("1".into(), FROM_NOBODY));
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("3600000".into(), FROM_PROPERTIES));
        set(
            &mut client,
            BROKER_RESOURCE,
            "1",
            "log.retention.ms",
            "5000",
        )
        .await;
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("5000".into(), FROM_BROKER_WHILE_RUNNING));
        set(&mut client, TOPIC_RESOURCE, "t", "retention.ms", "7000").await;
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("7000".into(), FROM_TOPIC));
        broker.shutdown().await;
    });
}
