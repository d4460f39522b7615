//! The client against a running cluster: Apache Kafka or Vltava, at `VLTAVA_TEST_BOOTSTRAP`.
//!
//! Run with `VLTAVA_TEST_BOOTSTRAP=localhost:9092 cargo test -p vltava-client -- --ignored`.
//! Every test uses topics and groups of its own, and deletes the topics.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests look at the client from outside"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use io::{Executors, Io};
use vltava_client::{
    Client, ClientConfig, Committed, ConfigChange, ConfigResource, ConfigSource, Consumer,
    ConsumerConfig, IsolationLevel, NewTopic, OffsetSpec, ProducerConfig, ProducerRecord,
    Properties,
};
use wire::{ErrorCode, TopicPartition};

const WAIT: Duration = Duration::from_secs(30);

struct World {
    io: Io,
    executors: Executors,
}

impl World {
    fn new() -> World {
        let (io, executors) = Io::real(2);
        World { io, executors }
    }

    async fn client(&self) -> Client {
        let bootstrap = std::env::var("VLTAVA_TEST_BOOTSTRAP").expect("a cluster to test against");
        Client::connect(&self.io, ClientConfig::new(&bootstrap))
            .await
            .expect("the cluster answers")
    }

    /// A name that no other run uses.
    fn name(&self, what: &str) -> String {
        format!("{what}-{:08x}", self.io.rng.u64() as u32)
    }
}

fn producer(settings: &[(&str, &str)]) -> ProducerConfig {
    ProducerConfig::from_properties(&settings.iter().copied().collect::<Properties>()).unwrap()
}

fn consumer(settings: &[(&str, &str)]) -> ConsumerConfig {
    ConsumerConfig::from_properties(&settings.iter().copied().collect::<Properties>()).unwrap()
}

/// Polls until `count` records have come; as (partition, offset, value).
async fn read(consumer: &mut Consumer, count: usize) -> Vec<(i32, i64, String)> {
    let mut read = Vec::new();
    let begun = Instant::now();
    while read.len() < count {
        assert!(
            begun.elapsed() < WAIT,
            "{} of {count} records came",
            read.len()
        );
        for part in consumer.poll(Duration::from_millis(500)).await.unwrap() {
            for record in part.records {
                let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                read.push((part.partition.partition, record.offset, value));
            }
        }
    }
    read
}

#[test]
#[ignore = "needs a running cluster"]
fn records_of_every_compression_are_consumed_in_order() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let topic = world.name("compressions");
        client
            .admin()
            .create_topic(&NewTopic::new(&topic, 1))
            .await
            .unwrap();
        let mut expected = Vec::new();
        for compression in ["none", "gzip", "snappy", "lz4", "zstd"] {
            let producer = client.producer(producer(&[("compression.type", compression)]));
            let mut deliveries = Vec::new();
            for number in 0..200 {
                let value = format!("{compression} {number}");
                let offset = expected.len() as i64;
                let record = ProducerRecord::new(topic.as_str(), value.clone())
                    .key(format!("key {}", number % 7))
                    .header("origin", "test");
                deliveries.push((offset, producer.send(record).await.unwrap()));
                expected.push((0, offset, value));
            }
            for (offset, delivery) in deliveries {
                assert_eq!(delivery.await.unwrap().offset, Some(offset));
            }
            producer.close().await.unwrap();
        }
        let mut consumer = client.consumer(consumer(&[("auto.offset.reset", "earliest")]));
        consumer.assign([TopicPartition::new(topic.as_str(), 0)]);
        assert_eq!(read(&mut consumer, 1000).await, expected);
        client.admin().delete_topic(&topic).await.unwrap();
    });
}

#[test]
#[ignore = "needs a running cluster"]
fn keys_choose_partitions_and_records_keep_their_order() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let topic = world.name("spread");
        client
            .admin()
            .create_topic(&NewTopic::new(&topic, 8))
            .await
            .unwrap();
        let producer = client.producer(producer(&[("batch.size", "1000"), ("linger.ms", "1")]));
        let begun = Instant::now();
        for number in 0..20_000u32 {
            let record = ProducerRecord::new(topic.as_str(), number.to_string())
                .key((number % 100).to_string());
            producer.send(record).await.unwrap();
        }
        producer.flush().await.unwrap();
        eprintln!("20,000 records took {:?}", begun.elapsed());
        let mut consumer = client.consumer(consumer(&[("auto.offset.reset", "earliest")]));
        consumer.assign((0..8).map(|partition| TopicPartition::new(topic.as_str(), partition)));
        let read = read(&mut consumer, 20_000).await;
        assert_eq!(read.len(), 20_000);
        let mut last: BTreeMap<u32, (i32, u32)> = BTreeMap::new();
        for (partition, _, value) in read {
            let number: u32 = value.parse().unwrap();
            if let Some((earlier_partition, earlier)) =
                last.insert(number % 100, (partition, number))
            {
                assert_eq!(earlier_partition, partition, "a key stays in its partition");
                assert_eq!(earlier + 100, number, "a key's records stay in order");
            }
        }
        client.admin().delete_topic(&topic).await.unwrap();
    });
}

#[test]
#[ignore = "needs a running cluster"]
fn topics_and_configurations_are_created_described_and_altered() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let admin = client.admin();
        let name = world.name("admin");
        let new = NewTopic::new(&name, 2).config("retention.ms", "3600000");
        let created = admin.create_topic(&new).await.unwrap();
        assert!(!created.id.is_zero());
        assert_eq!(created.partitions, Some(2));
        let again = admin.create_topic(&new).await.unwrap_err();
        assert_eq!(again.code(), Some(ErrorCode::TopicAlreadyExists));

        admin.create_partitions(&name, 5).await.unwrap();
        // A broker may respond with older metadata for a moment.
        let begun = Instant::now();
        while admin.describe_topic(&name).await.unwrap().partitions.len() != 5 {
            assert!(begun.elapsed() < WAIT, "the partitions do not appear");
            world.io.clock.sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(admin.describe_topic(&name).await.unwrap().id, created.id);
        let fewer = admin.create_partitions(&name, 3).await.unwrap_err();
        assert_eq!(fewer.code(), Some(ErrorCode::InvalidPartitions));
        assert!(
            admin
                .list_topics()
                .await
                .unwrap()
                .iter()
                .any(|topic| topic.name == name)
        );

        let resource = ConfigResource::Topic(name.clone());
        let value = async |key: &str| {
            let entries = admin.describe_configs(&resource).await.unwrap();
            let entry = entries.into_iter().find(|entry| entry.name == key).unwrap();
            (entry.value.unwrap(), entry.source)
        };
        let (retention, source) = value("retention.ms").await;
        assert_eq!(
            (retention.as_str(), source),
            ("3600000", ConfigSource::Topic)
        );
        let changes = [
            ConfigChange::delete("retention.ms"),
            ConfigChange::set("max.message.bytes", "2000000"),
        ];
        admin.alter_configs(&resource, &changes).await.unwrap();
        while value("max.message.bytes").await.0 != "2000000" {
            assert!(begun.elapsed() < WAIT, "the configuration does not appear");
            world.io.clock.sleep(Duration::from_millis(50)).await;
        }
        assert_ne!(value("retention.ms").await.1, ConfigSource::Topic);
        let bad = [ConfigChange::set("retention.ms", "soon")];
        let refused = admin.alter_configs(&resource, &bad).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::InvalidConfig));

        let cluster = admin.describe_cluster().await.unwrap();
        assert!(cluster.id.is_some() && !cluster.brokers.is_empty());

        admin.delete_topic(&name).await.unwrap();
        while admin.describe_topic(&name).await.is_ok() {
            assert!(begun.elapsed() < WAIT, "the topic does not go");
            world.io.clock.sleep(Duration::from_millis(50)).await;
        }
        let gone = admin.describe_topic(&name).await.unwrap_err();
        assert_eq!(gone.code(), Some(ErrorCode::UnknownTopicOrPartition));
        let gone = admin.describe_configs(&resource).await.unwrap_err();
        assert_eq!(gone.code(), Some(ErrorCode::UnknownTopicOrPartition));
    });
}

#[test]
#[ignore = "needs a running cluster"]
fn offsets_are_looked_up_by_time_and_records_are_deleted() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let admin = client.admin();
        let name = world.name("offsets");
        admin.create_topic(&NewTopic::new(&name, 1)).await.unwrap();
        let partition = TopicPartition::new(name.as_str(), 0);
        let begin = world.io.clock.now_ms() - 1_000_000;
        let producer = client.producer(ProducerConfig::default());
        for number in 0..10 {
            let record = ProducerRecord::new(name.as_str(), number.to_string())
                .timestamp_ms(begin + number * 1000);
            producer.send(record).await.unwrap();
        }
        producer.flush().await.unwrap();

        let find = async |spec| {
            let wanted = BTreeMap::from([(partition.clone(), spec)]);
            let level = IsolationLevel::ReadUncommitted;
            admin.list_offsets(&wanted, level).await.unwrap()[&partition]
        };
        assert_eq!(find(OffsetSpec::Earliest).await.offset, Some(0));
        assert_eq!(find(OffsetSpec::Latest).await.offset, Some(10));
        assert_eq!(find(OffsetSpec::MaxTimestamp).await.offset, Some(9));
        let by_time = find(OffsetSpec::At(begin + 2500)).await;
        assert_eq!(by_time.offset, Some(3));
        assert_eq!(by_time.timestamp, Some(begin + 3000));
        assert_eq!(find(OffsetSpec::At(begin + 20_000)).await.offset, None);

        let deleted = admin
            .delete_records(&BTreeMap::from([(partition.clone(), 4)]))
            .await
            .unwrap();
        assert_eq!(deleted[&partition], 4);
        assert_eq!(find(OffsetSpec::Earliest).await.offset, Some(4));

        // A consumer whose position was deleted begins as auto.offset.reset defines.
        let mut consumer = client.consumer(consumer(&[("auto.offset.reset", "earliest")]));
        consumer.assign([partition.clone()]);
        consumer.seek(&partition, 1).unwrap();
        let first = read(&mut consumer, 6).await;
        assert_eq!(first[0], (0, 4, "4".to_owned()));
        consumer
            .seek_to(&partition, OffsetSpec::At(begin + 8000))
            .unwrap();
        assert_eq!(read(&mut consumer, 2).await[0].1, 8);
        assert_eq!(consumer.position(&partition), Some(10));
        admin.delete_topic(&name).await.unwrap();
    });
}

#[test]
#[ignore = "needs a running cluster"]
fn a_group_shares_partitions_and_continues_after_its_commit() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let admin = client.admin();
        let (name, group) = (world.name("shared"), world.name("group"));
        admin.create_topic(&NewTopic::new(&name, 4)).await.unwrap();
        let producer = client.producer(ProducerConfig::default());
        for number in 0..400u32 {
            let record = ProducerRecord::new(name.as_str(), number.to_string())
                .partition((number % 4) as i32);
            producer.send(record).await.unwrap();
        }
        producer.flush().await.unwrap();

        let settings = [
            ("group.id", group.as_str()),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.commit", "false"),
            ("heartbeat.interval.ms", "200"),
            ("partition.assignment.strategy", "roundrobin,range"),
        ];
        let mut first = client.consumer(consumer(&settings));
        first.subscribe([name.as_str()]).unwrap();
        assert_eq!(read(&mut first, 400).await.len(), 400);
        assert_eq!(first.assignment().len(), 4);
        first.commit().await.unwrap();
        let all = first.assignment();

        // A second member takes half of them, as soon as the first has noticed.
        let mut second = client.consumer(consumer(&settings));
        second.subscribe([name.as_str()]).unwrap();
        let begun = Instant::now();
        while first.assignment().len() != 2 || second.assignment().len() != 2 {
            assert!(begun.elapsed() < WAIT, "the group does not become stable");
            let short = Duration::from_millis(100);
            let (a, b) = tokio::join!(first.poll(short), second.poll(short));
            assert!(
                a.unwrap().is_empty() && b.unwrap().is_empty(),
                "all was committed"
            );
        }
        let both: BTreeSet<_> = first
            .assignment()
            .into_iter()
            .chain(second.assignment())
            .collect();
        assert_eq!(both.into_iter().collect::<Vec<_>>(), all);

        let described = admin.describe_group(&group).await.unwrap();
        assert_eq!(
            (described.state.as_str(), described.members.len()),
            ("Stable", 2)
        );
        assert!(
            described
                .members
                .iter()
                .all(|member| member.assignment.len() == 2)
        );
        let listed = admin.list_groups().await.unwrap();
        assert!(listed.iter().any(|listing| listing.group_id == group));

        // One leaves, the other gets everything again.
        second.close().await.unwrap();
        let begun = Instant::now();
        while first.assignment().len() != 4 {
            assert!(begun.elapsed() < WAIT, "the group does not become stable");
            first.poll(Duration::from_millis(100)).await.unwrap();
        }
        first.close().await.unwrap();

        let offsets = admin.group_offsets(&group, None).await.unwrap();
        assert_eq!(offsets.len(), 4);
        assert!(offsets.values().all(|committed| committed.offset == 100));
        let back = BTreeMap::from([(all[0].clone(), Committed::at(90))]);
        admin.alter_group_offsets(&group, &back).await.unwrap();
        let mut third = client.consumer(consumer(&settings));
        third.subscribe([name.as_str()]).unwrap();
        let again = read(&mut third, 10).await;
        assert_eq!(again[0].1, 90);
        third.close().await.unwrap();
        admin.delete_group(&group).await.unwrap();
        admin.delete_topic(&name).await.unwrap();
    });
}

#[test]
#[ignore = "needs a running cluster"]
fn a_delivery_returns_the_error_of_its_record() {
    let world = World::new();
    world.executors.block_on(async {
        let client = world.client().await;
        let admin = client.admin();
        let name = world.name("small");
        let new = NewTopic::new(&name, 1).config("max.message.bytes", "1000");
        admin.create_topic(&new).await.unwrap();
        let producer = client.producer(producer(&[("linger.ms", "0"), ("batch.size", "100")]));
        let mut deliveries = Vec::new();
        for bytes in [10, 5000, 20, 30] {
            let record = ProducerRecord::new(name.as_str(), vec![b'x'; bytes]);
            deliveries.push(producer.send(record).await.unwrap());
        }
        let mut results = Vec::new();
        for delivery in deliveries {
            results.push(
                delivery
                    .await
                    .map(|delivered| delivered.offset)
                    .map_err(|e| e.code()),
            );
        }
        // The records after the failed one are still written.
        let too_large = Err(Some(ErrorCode::MessageTooLarge));
        assert_eq!(results, [Ok(Some(0)), too_large, Ok(Some(1)), Ok(Some(2))]);
        assert!(producer.flush().await.is_err());
        assert!(producer.flush().await.is_ok());
        let nowhere = ProducerRecord::new(name.as_str(), "x").partition(7);
        assert!(producer.send(nowhere).await.is_err());
        admin.delete_topic(&name).await.unwrap();
    });
}
