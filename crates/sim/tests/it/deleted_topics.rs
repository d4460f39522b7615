//! Committed offsets of a deleted topic: a topic that is created again under the same name starts
//! without any, and the old offsets get tombstones, even if the broker is killed in between.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::Broker;
use client::{Client, Committed, Consumer, ConsumerConfig, OffsetSpec, Properties};
use io::Io;
use io::sim::Sim;
use wire::TopicPartition;

use crate::host::{self, connect, create};

const GROUP: &str = "readers";

/// More disk calls than a deletion makes.
const CALLS_OF_A_DELETION: u64 = 40;

async fn start(io: &Io) -> Broker {
    host::start(io, &[("offsets.topic.num.partitions", "1")]).await
}

async fn commit(client: &Client, offset: i64) {
    let offsets = BTreeMap::from([(TopicPartition::new("t", 0), Committed::at(offset))]);
    let admin = client.admin();
    admin.alter_group_offsets(GROUP, &offsets).await.unwrap();
}

/// How many committed offsets the group has, and its offset of partition 0 of `t`.
async fn committed(client: &Client) -> (usize, Option<i64>) {
    let admin = client.admin();
    let all = admin.group_offsets(GROUP, None).await.unwrap();
    let partition = TopicPartition::new("t", 0);
    let asked = [partition.clone()];
    let one = admin.group_offsets(GROUP, Some(&asked)).await.unwrap();
    (
        all.len(),
        one.get(&partition).map(|committed| committed.offset),
    )
}

/// How often `__consumer_offsets` is polled for a record that is expected.
const POLLS: usize = 30;

/// The first `count` records of committed offsets in `__consumer_offsets`: whether each is a
/// tombstone, and its time in milliseconds.
async fn commits_in_the_log(client: &Client, count: usize) -> Vec<(bool, i64)> {
    let mut consumer = reader(client);
    let partition = TopicPartition::new("__consumer_offsets", 0);
    consumer.assign(vec![partition.clone()]);
    consumer.seek_to(&partition, OffsetSpec::Earliest).unwrap();
    let mut found = Vec::new();
    for _ in 0..POLLS {
        for records in consumer.poll(Duration::from_secs(1)).await.unwrap() {
            // Keys of committed offsets have version 1, those of groups version 2.
            let commits = records.records.into_iter().filter(|record| {
                let key = record.key.as_ref();
                key.is_some_and(|key| key.starts_with(&[0, 1]))
            });
            found.extend(commits.map(|record| (record.value.is_none(), record.timestamp)));
        }
        if found.len() >= count {
            break;
        }
    }
    found
}

fn reader(client: &Client) -> Consumer {
    let properties = Properties::new().set("auto.offset.reset", "earliest");
    client.consumer(ConsumerConfig::from_properties(&properties).unwrap())
}

#[test]
fn a_topic_created_again_has_no_committed_offsets() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        commit(&client, 10).await;
        assert_eq!(committed(&client).await, (1, Some(10)));
        client.admin().delete_topic("t").await.unwrap();
        create(&client, "t", 1).await;
        assert_eq!(committed(&client).await, (0, None));
        let commits = commits_in_the_log(&client, 2).await;
        assert!(
            matches!(commits[..], [(false, _), (true, _)]),
            "{commits:?}"
        );
        commit(&client, 3).await;
        assert_eq!(committed(&client).await, (1, Some(3)));
    });
}

/// The power is cut at each disk call of the deletion: before the deletion is on disk, between it
/// and the tombstones, or later.
#[test]
fn offsets_of_a_deleted_topic_are_removed_even_after_a_power_cut() {
    let mut written_after_restart = 0;
    for nth in 1..=CALLS_OF_A_DELETION {
        let mut sim = Sim::new(nth);
        let io = sim.io();
        let faults = sim.faults().clone();
        sim.block_on(async {
            let _broker = start(&io).await;
            let client = connect(&io).await;
            create(&client, "t", 1).await;
            commit(&client, 10).await;
            let patience = Duration::from_millis(100);
            host::cut_power_in_deletion(&io, &faults, client, nth, patience).await;
        });
        sim.crash();
        written_after_restart += usize::from(sim.block_on(check(&io)));
    }
    assert!(
        written_after_restart > 0,
        "the power was never cut between the deletion and the tombstones"
    );
}

/// Starts after the power cut and checks the offsets. Returns whether this start has written the
/// tombstone.
async fn check(io: &Io) -> bool {
    io.clock.sleep(Duration::from_secs(1)).await;
    let started_ms = io.clock.now_ms();
    let broker = start(io).await;
    let client = connect(io).await;
    let topics = client.admin().list_topics().await.unwrap();
    if topics.iter().any(|topic| topic.name == "t") {
        assert_eq!(committed(&client).await, (1, Some(10)));
        return false;
    }
    create(&client, "t", 1).await;
    assert_eq!(committed(&client).await, (0, None));
    let commits = commits_in_the_log(&client, 2).await;
    let [(false, _), (true, written_ms)] = commits[..] else {
        panic!("{commits:?}");
    };
    broker.shutdown().await;
    let _broker = start(io).await;
    assert_eq!(committed(&connect(io).await).await, (0, None));
    written_ms >= started_ms
}
