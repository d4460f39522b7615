//! Settings of topics and brokers: they take effect, and DescribeConfigs shows them.

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
    let response = client.request(&request, 7).await;
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
    let response = client.request(&request, 1).await;
    ErrorCode::from_code(response.responses[0].error_code)
}

/// Value and source of a topic setting.
async fn value(client: &mut WireClient, topic: &str, name: &str) -> (String, i8) {
    described(client, TOPIC_RESOURCE, topic, name).await
}

async fn described(client: &mut WireClient, kind: i8, of: &str, name: &str) -> (String, i8) {
    let request = DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource {
            resource_type: kind,
            resource_name: of.into(),
            configuration_keys: Some(vec![name.into()]),
        }],
        ..Default::default()
    };
    let response = client.request(&request, 4).await;
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
fn settings_of_a_topic_take_effect() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;

        create(&mut client, "two", &[("min.insync.replicas", "2")]).await;
        let error = produce_error(&mut client, "two", batch(&["x"])).await;
        // As Kafka since 4.0: a topic with one replica needs that one.
        assert_eq!(error, ErrorCode::None);

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

const DYNAMIC_TOPIC_CONFIG: i8 = 1;
const DYNAMIC_BROKER_CONFIG: i8 = 2;
const STATIC_BROKER_CONFIG: i8 = 4;
const DEFAULT_CONFIG: i8 = 5;

#[test]
fn a_topic_setting_has_the_source_that_wins() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[("log.retention.hours", "1")]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        let flush = value(&mut client, "t", "flush.messages").await;
        assert_eq!(flush, ("1".into(), DEFAULT_CONFIG));
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("3600000".into(), STATIC_BROKER_CONFIG));
        set(
            &mut client,
            BROKER_RESOURCE,
            "1",
            "log.retention.ms",
            "5000",
        )
        .await;
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("5000".into(), DYNAMIC_BROKER_CONFIG));
        set(&mut client, TOPIC_RESOURCE, "t", "retention.ms", "7000").await;
        let retention = value(&mut client, "t", "retention.ms").await;
        assert_eq!(retention, ("7000".into(), DYNAMIC_TOPIC_CONFIG));
        broker.shutdown().await;
    });
}

/// Kafka applies these while it runs; this broker does not, so it must not store them.
#[test]
fn a_broker_setting_without_effect_while_the_broker_runs_is_read_only() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        for name in ["log.cleaner.threads", "max.connections", "num.io.threads"] {
            for of in ["", "1"] {
                let error = set(&mut client, BROKER_RESOURCE, of, name, "5").await;
                assert_eq!(error, ErrorCode::InvalidRequest, "{name} of {of:?}");
            }
            let (_, source) = described(&mut client, BROKER_RESOURCE, "1", name).await;
            assert_eq!(source, DEFAULT_CONFIG, "{name}");
        }
        let applied = "log.retention.ms";
        let error = set(&mut client, BROKER_RESOURCE, "", applied, "5").await;
        assert_eq!(error, ErrorCode::None);
        broker.shutdown().await;
    });
}

/// Java accepts these texts, Rust's own parsers do not. The broker reads them at start, when a topic is
/// created, when it is altered, and when they are replayed by the next start.
#[test]
fn values_are_read_as_java_reads_them() {
    let world = World::new();
    world.run(async {
        let properties = [
            ("log.cleaner.min.cleanable.ratio", "0.25f"),
            ("log.cleaner.io.max.bytes.per.second", "1e9"),
            ("log.segment.bytes", " +2097152 "),
            ("log.preallocate", "False"),
        ];
        let broker = world.start(&properties).await;
        let mut client = world.connect(&broker).await;
        let ratio = "min.cleanable.dirty.ratio";
        assert_eq!(
            create(&mut client, "created", &[(ratio, "0x1p-1")]).await,
            ErrorCode::None
        );
        create_topic(&mut client, "altered", 1).await;
        let settings = [
            (ratio, "0.5f", "0.5"),
            ("retention.ms", "+60000", "60000"),
            ("flush.messages", " 3 ", "3"),
            ("segment.bytes", "\t+1048576\n", "1048576"),
            ("cleanup.policy", " compact , delete ", "compact,delete"),
            ("preallocate", "TRUE", "true"),
        ];
        for (name, text, _) in settings {
            let error = set(&mut client, TOPIC_RESOURCE, "altered", name, text).await;
            assert_eq!(error, ErrorCode::None, "{name}={text}");
        }
        for (name, text) in [
            ("retention.ms", "1e3"),
            (ratio, "NaN"),
            (ratio, "inf"),
            ("preallocate", "yes"),
        ] {
            let error = set(&mut client, TOPIC_RESOURCE, "altered", name, text).await;
            assert_eq!(error, ErrorCode::InvalidConfig, "{name}={text}");
        }
        broker.shutdown().await;

        let broker = world.start(&properties).await;
        let mut client = world.connect(&broker).await;
        for (name, _, shown) in settings {
            let described = value(&mut client, "altered", name).await;
            assert_eq!(described, (shown.into(), DYNAMIC_TOPIC_CONFIG), "{name}");
        }
        assert_eq!(produce(&mut client, "created", &["x"]).await, 0);
        assert_eq!(
            value(&mut client, "created", ratio).await,
            ("0.5".into(), DYNAMIC_TOPIC_CONFIG)
        );
        create_topic(&mut client, "plain", 1).await;
        assert_eq!(
            value(&mut client, "plain", ratio).await,
            ("0.25".into(), STATIC_BROKER_CONFIG)
        );
        broker.shutdown().await;
    });
}

#[test]
fn a_broker_describes_the_settings_it_was_started_with() {
    let world = World::new();
    world.run(async {
        let broker = world
            .start(&[("broker.id", "7"), ("num.partitions", "+3")])
            .await;
        let port = broker.listeners()[0].address.port().unwrap();
        let mut client = world.connect(&broker).await;
        let expected = [
            ("broker.id", "7".to_owned(), STATIC_BROKER_CONFIG),
            ("node.id", "7".to_owned(), STATIC_BROKER_CONFIG),
            ("num.partitions", "3".to_owned(), STATIC_BROKER_CONFIG),
            (
                "listeners",
                "PLAINTEXT://127.0.0.1:0".to_owned(),
                STATIC_BROKER_CONFIG,
            ),
            (
                "advertised.listeners",
                format!("PLAINTEXT://127.0.0.1:{port}"),
                STATIC_BROKER_CONFIG,
            ),
            (
                "process.roles",
                "broker,controller".to_owned(),
                DEFAULT_CONFIG,
            ),
            ("log.retention.ms", String::new(), DEFAULT_CONFIG),
        ];
        for (name, shown, source) in expected {
            let config = described(&mut client, BROKER_RESOURCE, "7", name).await;
            assert_eq!(config, (shown, source), "{name}");
        }
        broker.shutdown().await;
    });
}
