//! Consumer groups, mostly through the client of Vltava's own tools.

use super::*;
use client::{Client, ClientConfig, Consumer, ConsumerConfig, NewTopic, Properties};
use std::time::Duration;
use wire::TopicPartition;
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};

/// No initial rebalance delay, which is three seconds by default.
const AT_ONCE: (&str, &str) = ("group.initial.rebalance.delay.ms", "0");

async fn connect(world: &World, broker: &Broker) -> Client {
    let address = broker.listeners()[0].address.to_string();
    Client::connect(&world.io, ClientConfig::new(&address))
        .await
        .unwrap()
}

fn member(client: &Client) -> Consumer {
    let properties = Properties::new()
        .set("group.id", "readers")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("heartbeat.interval.ms", "100");
    let mut consumer = client.consumer(ConsumerConfig::from_properties(&properties).unwrap());
    consumer.subscribe(["t"]).unwrap();
    consumer
}

/// Polls until there are `count` values.
async fn read(consumer: &mut Consumer, count: usize) -> Vec<String> {
    let mut values = Vec::new();
    while values.len() < count {
        for records in consumer.poll(Duration::from_secs(10)).await.unwrap() {
            for record in records.records {
                let value = record.value.unwrap_or_default().to_vec();
                values.push(String::from_utf8(value).unwrap());
            }
        }
    }
    values
}

#[test]
fn a_group_continues_at_its_committed_offset_after_a_restart() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[AT_ONCE]).await;
        let client = connect(&world, &broker).await;
        client
            .admin()
            .create_topic(&NewTopic::new("t", 1))
            .await
            .unwrap();
        let mut producer = world.connect(&broker).await;
        produce(&mut producer, "t", &["a", "b"]).await;
        let mut consumer = member(&client);
        assert_eq!(read(&mut consumer, 2).await, ["a", "b"]);
        consumer.commit().await.unwrap();
        consumer.close().await.unwrap();
        broker.shutdown().await;

        let broker = world.start(&[AT_ONCE]).await;
        let mut producer = world.connect(&broker).await;
        produce(&mut producer, "t", &["c"]).await;
        let client = connect(&world, &broker).await;
        let mut consumer = member(&client);
        assert_eq!(read(&mut consumer, 1).await, ["c"]);
        consumer.close().await.unwrap();
        broker.shutdown().await;
    });
}

#[test]
fn two_members_share_the_partitions_and_one_takes_over_when_the_other_leaves() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[AT_ONCE]).await;
        let client = connect(&world, &broker).await;
        client
            .admin()
            .create_topic(&NewTopic::new("t", 4))
            .await
            .unwrap();
        let mut first = member(&client);
        let mut second = member(&connect(&world, &broker).await);
        let short = Duration::from_millis(100);
        while first.assignment().len() != 2 || second.assignment().len() != 2 {
            let (one, other) = futures::join!(first.poll(short), second.poll(short));
            one.unwrap();
            other.unwrap();
        }
        let mut all: Vec<TopicPartition> = first.assignment();
        all.extend(second.assignment());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4, "no partition has two readers");
        second.close().await.unwrap();
        while first.assignment().len() != 4 {
            first.poll(short).await.unwrap();
        }
        broker.shutdown().await;
    });
}

#[test]
fn a_join_that_waits_for_others_is_answered_when_the_broker_stops() {
    let world = World::new();
    world.run(async {
        // The first rebalance waits for longer than a stop may take.
        let broker = world
            .start(&[("group.initial.rebalance.delay.ms", "60000")])
            .await;
        let admin = connect(&world, &broker).await.admin();
        assert!(
            admin
                .group_offsets("readers", None)
                .await
                .unwrap()
                .is_empty()
        );
        let request = JoinGroupRequest {
            group_id: "readers".into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 60_000,
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol {
                name: "range".into(),
                metadata: Bytes::new(),
            }],
            ..Default::default()
        };
        let mut joining = world.connect(&broker).await;
        joining.send(&request, 3).await;
        // Before the broker has handled the join the group does not exist.
        let is_rebalancing = async || {
            let described = admin.describe_group("readers").await;
            described.is_ok_and(|group| group.state == "PreparingRebalance")
        };
        while !is_rebalancing().await {
            world.io.clock.sleep(Duration::from_millis(1)).await;
        }
        let receiving = joining.receive::<JoinGroupRequest>(3);
        let ((_, response), ()) = futures::join!(receiving, broker.shutdown());
        let code = ErrorCode::from_code(response.error_code);
        assert_eq!(code, ErrorCode::NotCoordinator);
    });
}
