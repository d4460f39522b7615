//! Consumer groups, by the client that Vltava's own tools use.

use super::*;
use client::{Client, ClientConfig, Consumer, ConsumerConfig, NewTopic, Properties};
use std::time::Duration;
use wire::TopicPartition;

/// Without Kafka's three seconds of waiting for the first members.
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
fn a_group_goes_on_where_it_was_even_after_a_restart() {
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
