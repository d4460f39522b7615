//! The requests of ordinary clients.

use super::*;
use std::time::Duration;
use wire::messages::api_versions_request::ApiVersionsRequest;
use wire::messages::list_offsets_request::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use wire::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};

#[test]
fn a_produced_record_is_fetched_at_its_offset() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "greetings", 1).await;
        assert_eq!(
            produce(&mut client, "greetings", &["hello", "world"]).await,
            0
        );
        assert_eq!(produce(&mut client, "greetings", &["again"]).await, 2);
        assert_eq!(
            fetch(&mut client, "greetings", 0).await,
            [
                (0, "hello".into()),
                (1, "world".into()),
                (2, "again".into())
            ]
        );
        // A fetch at an offset inside a batch returns the whole batch.
        assert_eq!(fetch(&mut client, "greetings", 1).await.len(), 3);
        assert_eq!(fetch(&mut client, "greetings", 3).await, []);
        let beyond = try_fetch(&mut client, "greetings", 4).await;
        assert_eq!(
            ErrorCode::from_code(beyond.error_code),
            ErrorCode::OffsetOutOfRange
        );
        broker.shutdown().await;
    });
}

#[test]
fn the_in_process_pipe_serves_the_same_protocol() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = WireClient::connect(&world.io, "pipe:broker").await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["inside"]).await;
        assert_eq!(fetch(&mut client, "t", 0).await, [(0, "inside".into())]);
        broker.shutdown().await;
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        let mut sent = Vec::new();
        for n in 0..50 {
            let request = produce_request("t", 0, -1, batch(&[&n.to_string()]));
            sent.push(client.send(&request, PRODUCE).await);
        }
        for (n, id) in sent.into_iter().enumerate() {
            let (answered, response) = client.receive::<ProduceRequest>(PRODUCE).await;
            assert_eq!(answered, id);
            assert_eq!(
                response.responses[0].partition_responses[0].base_offset,
                n as i64
            );
        }
        broker.shutdown().await;
    });
}

#[test]
fn a_long_poll_is_answered_when_a_record_arrives() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut consumer = world.connect(&broker).await;
        let mut producer = world.connect(&broker).await;
        create_topic(&mut producer, "t", 1).await;
        let started = world.io.clock.elapsed();
        consumer.send(&fetch_request("t", 0, 30_000), FETCH).await;
        world.io.clock.sleep(Duration::from_millis(50)).await;
        produce(&mut producer, "t", &["at last"]).await;
        let (_, response) = consumer.receive::<FetchRequest>(FETCH).await;
        assert_eq!(
            values(&response.responses[0].partitions[0]),
            [(0, "at last".into())]
        );
        assert!(world.io.clock.elapsed() - started < Duration::from_secs(20));
        broker.shutdown().await;
    });
}

#[test]
fn a_long_poll_without_data_ends_in_time() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        let response = client.request(&fetch_request("t", 0, 50), FETCH).await;
        assert_eq!(response.responses[0].partitions[0].high_watermark, 0);
        assert_eq!(values(&response.responses[0].partitions[0]), []);
        broker.shutdown().await;
    });
}

#[test]
fn the_first_batch_is_returned_whole_even_if_it_is_larger_than_requested() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &[&"x".repeat(10_000)]).await;
        produce(&mut client, "t", &["small"]).await;
        let mut request = fetch_request("t", 0, 0);
        request.max_bytes = 100;
        request.topics[0].partitions[0].partition_max_bytes = 100;
        let response = client.request(&request, FETCH).await;
        assert_eq!(values(&response.responses[0].partitions[0]).len(), 1);
        broker.shutdown().await;
    });
}

#[test]
fn metadata_of_a_missing_topic_creates_it_if_allowed() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[("num.partitions", "3")]).await;
        let mut client = world.connect(&broker).await;
        let mut request = MetadataRequest {
            topics: Some(vec![MetadataRequestTopic {
                name: Some("new".into()),
                ..Default::default()
            }]),
            allow_auto_topic_creation: false,
            ..Default::default()
        };
        let refused = client.request(&request, 12).await;
        let error = ErrorCode::from_code(refused.topics[0].error_code);
        assert_eq!(error, ErrorCode::UnknownTopicOrPartition);
        request.allow_auto_topic_creation = true;
        let created = client.request(&request, 12).await;
        assert_eq!(created.topics[0].error_code, 0);
        assert_eq!(created.topics[0].partitions.len(), 3);
        assert_eq!(created.brokers.len(), 1);
        // A topic that is named twice is created and answered once.
        let twice = MetadataRequestTopic {
            name: Some("twice".into()),
            ..Default::default()
        };
        request.topics = Some(vec![twice; 2]);
        let created = client.request(&request, 12).await;
        assert_eq!(created.topics.len(), 1);
        assert_eq!(created.topics[0].error_code, 0);
        broker.shutdown().await;
    });
}

#[test]
fn offsets_are_listed_by_end_and_by_time() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["a", "b"]).await;
        for (timestamp, offset) in [
            (-1, 2),
            (-2, 0),
            (-3, 0),
            (1_600_000_000_000, 0),
            (1_700_000_000_001, -1),
        ] {
            let request = ListOffsetsRequest {
                replica_id: -1,
                topics: vec![ListOffsetsTopic {
                    name: "t".into(),
                    partitions: vec![ListOffsetsPartition {
                        timestamp,
                        ..Default::default()
                    }],
                }],
                ..Default::default()
            };
            let response = client.request(&request, 7).await;
            let partition = &response.topics[0].partitions[0];
            assert_eq!(
                (partition.error_code, partition.offset),
                (0, offset),
                "time {timestamp}"
            );
        }
        broker.shutdown().await;
    });
}

#[test]
fn an_unknown_version_of_api_versions_is_answered_in_version_0() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        // Length, key 18, version 99, correlation id 7, no client id.
        client
            .send_raw(&[0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 7, 255, 255])
            .await;
        let (id, response) = client.receive::<ApiVersionsRequest>(0).await;
        assert_eq!(id, 7);
        assert_eq!(
            ErrorCode::from_code(response.error_code),
            ErrorCode::UnsupportedVersion
        );
        let produce = response
            .api_keys
            .iter()
            .find(|key| key.api_key == 0)
            .unwrap();
        assert_eq!((produce.min_version, produce.max_version), (0, 13));
        broker.shutdown().await;
    });
}

#[test]
fn acks_0_gets_no_response_and_a_failure_closes_the_connection() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        client
            .send(&produce_request("t", 0, 0, batch(&["quiet"])), PRODUCE)
            .await;
        // The next response belongs to the next request.
        assert_eq!(produce(&mut client, "t", &["loud"]).await, 1);
        client
            .send(&produce_request("nowhere", 0, 0, batch(&["lost"])), PRODUCE)
            .await;
        assert_eq!(client.frame().await, None);
        broker.shutdown().await;
    });
}

#[test]
fn records_of_a_compacted_topic_cannot_be_deleted() {
    use wire::messages::delete_records_request::{
        DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
    };
    sim_world::run(|world| async move {
        let broker = world.start(&[("log.cleanup.policy", "compact")]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        let request = DeleteRecordsRequest {
            topics: vec![DeleteRecordsTopic {
                name: "t".into(),
                partitions: vec![DeleteRecordsPartition {
                    partition_index: 0,
                    offset: 0,
                }],
            }],
            timeout_ms: 1000,
        };
        let response = client.request(&request, 2).await;
        let partition = &response.topics[0].partitions[0];
        assert_eq!(
            ErrorCode::from_code(partition.error_code),
            ErrorCode::PolicyViolation
        );
        assert_eq!(partition.low_watermark, -1);
        broker.shutdown().await;
    });
}
