//! Compacted topics, as their readers see them.

use std::time::Duration;

use super::*;
use client::{Client, ClientConfig, Consumer, ConsumerConfig, Properties};
use wire::TopicPartition;
use wire::messages::create_topics_request::CreatableTopicConfig;
use wire::messages::find_coordinator_request::FindCoordinatorRequest;
use wire::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use wire::record_batch::Record;

/// A cleaner that does not wait, and segments of the least size that is allowed.
const EAGER: [(&str, &str); 4] = [
    ("log.cleaner.backoff.ms", "20"),
    ("log.cleaner.min.cleanable.ratio", "0.1"),
    ("log.segment.bytes", "1048576"),
    ("offsets.topic.segment.bytes", "1048576"),
];

const METRICS: (&str, &str) = ("vltava.metrics.listener", "127.0.0.1:0");

async fn create_compacted(client: &mut WireClient, name: &str, more: &[(&str, &str)]) {
    let compact = ("cleanup.policy", "compact");
    let configs = [&[compact], more].concat().into_iter();
    let request = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: name.into(),
            num_partitions: 1,
            replication_factor: 1,
            configs: configs
                .map(|(name, value)| CreatableTopicConfig {
                    name: name.into(),
                    value: Some(value.into()),
                })
                .collect(),
            ..Default::default()
        }],
        timeout_ms: 5000,
        ..Default::default()
    };
    let response = client.request(&request, 7).await;
    assert_eq!(response.topics[0].error_code, 0, "{response:?}");
}

/// Writes `count` records of 60 KB, whose keys are their number modulo 3.
async fn produce_keyed(client: &mut WireClient, topic: &str, count: usize) {
    for number in 0..count {
        let mut builder = BatchBuilder::new(Compression::None);
        let key = format!("key {}", number % 3);
        let value = format!("{number:>60000}");
        let time = 1_700_000_000_000;
        builder.append(time, Some(key.as_bytes()), Some(value.as_bytes()), &[]);
        let answer = try_produce(client, topic, builder.build()).await;
        assert_eq!((answer.error_code, answer.base_offset), (0, number as i64));
    }
}

/// All records of partition 0, as a consumer reads them from the start.
async fn read_all(client: &mut WireClient, topic: &str) -> Vec<Record> {
    let mut next = 0;
    let mut all = Vec::new();
    loop {
        let data = try_fetch(client, topic, next).await;
        assert_eq!(data.error_code, 0, "{data:?}");
        if next >= data.high_watermark {
            return all;
        }
        let bytes = data.records.bytes().cloned().unwrap_or_default();
        for batch in batches(bytes).map_while(Result::ok) {
            next = batch.header.next_offset();
            let records = batch.records(usize::MAX).unwrap();
            all.extend(records.map(Result::unwrap));
        }
    }
}

/// The base offset of the active segment of a partition.
fn active_base(world: &World, partition: &str) -> i64 {
    let entries = world
        .io
        .disk
        .read_dir(&world.directory.path().join(partition))
        .unwrap();
    let bases = entries.iter().filter_map(|entry| {
        let digits = entry.name.strip_suffix(".log")?;
        digits.parse().ok()
    });
    bases.max().unwrap()
}

/// Creates a file in partition 0 of a topic that is removed when the log is opened.
fn plant_orphan(world: &World, topic: &str) -> std::path::PathBuf {
    let name = format!("{topic}-0/00000000000000000003.index");
    let path = world.directory.path().join(name);
    world.io.disk.write_atomic(&path, b"").unwrap();
    path
}

/// The metrics as text.
async fn metrics(world: &World, broker: &Broker) -> String {
    let address = broker.metrics_address().unwrap().to_string();
    let connection = world.io.net.connect(&address).await.unwrap();
    let (mut input, mut output) = connection.split().unwrap();
    let request = "GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n";
    output
        .write(vec![io::Chunk::Bytes(request.into())])
        .await
        .unwrap();
    let mut answer = bytes::BytesMut::new();
    while input.read(&mut answer).await.unwrap() > 0 {}
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    answer
}

/// The value of a metric of the cleaner.
fn metric(text: &str, name: &str) -> f64 {
    let name = format!("vltava_log_cleaner_{name}{{");
    let line = text.lines().find(|line| line.starts_with(&name)).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn compaction_keeps_one_record_per_key_and_the_active_segment() {
    let world = World::new();
    world.run(async {
        let properties = [&EAGER[..], &[METRICS]].concat();
        let broker = world.start(&properties).await;
        let mut client = world.connect(&broker).await;
        create_compacted(&mut client, "t", &[]).await;
        assert_eq!(metric(&metrics(&world, &broker).await, "passes_total"), 0.0);
        produce_keyed(&mut client, "t", 45).await;
        let active = active_base(&world, "t-0");
        assert!(active > 30);
        let expected: Vec<i64> = (active - 3..45).collect();
        let mut found = Vec::new();
        // Until the cleaner has compacted the log.
        for _ in 0..500 {
            found = read_all(&mut client, "t").await;
            if found.len() == expected.len() {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        let offsets: Vec<i64> = found.iter().map(|record| record.offset).collect();
        assert_eq!(offsets, expected);
        for record in &found {
            let value = format!("{:>60000}", record.offset);
            assert_eq!(record.value.as_deref(), Some(value.as_bytes()));
        }
        // Counted after the cleaner point is checkpointed, which is after the last segment is in place.
        let mut text = metrics(&world, &broker).await;
        for _ in 0..500 {
            if metric(&text, "dirty_bytes") == 0.0 && metric(&text, "passes_total") > 0.0 {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
            text = metrics(&world, &broker).await;
        }
        assert!(metric(&text, "passes_total") >= 1.0, "{text}");
        let (read, kept) = (
            metric(&text, "cleaned_bytes_total"),
            metric(&text, "kept_bytes_total"),
        );
        assert!(kept > 180_000.0 && kept < read, "{text}");
        assert_eq!(metric(&text, "compacted_partitions"), 1.0);
        assert_eq!(metric(&text, "uncleanable_partitions"), 0.0);
        assert!(metric(&text, "last_run_timestamp_seconds") > 1.7e9);
        broker.shutdown().await;
        let checkpoint = world.directory.path().join("cleaner-offset-checkpoint");
        let written = world.io.disk.read(&checkpoint).unwrap();
        assert_eq!(written, format!("0\n1\nt 0 {active}\n").as_bytes());

        let broker = world.start(&EAGER).await;
        let mut client = world.connect(&broker).await;
        assert_eq!(read_all(&mut client, "t").await, found);
        broker.shutdown().await;
    });
}

#[test]
fn a_topic_that_does_not_sync_by_itself_is_compacted_too() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&EAGER).await;
        let mut client = world.connect(&broker).await;
        create_compacted(&mut client, "relaxed", &[("flush.messages", "1000000")]).await;
        produce_keyed(&mut client, "relaxed", 45).await;
        let mut left = 45;
        for _ in 0..500 {
            left = read_all(&mut client, "relaxed").await.len();
            if left < 20 {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        assert!(left < 20, "{left}");
        broker.shutdown().await;
    });
}

#[test]
fn a_damaged_partition_is_compacted_up_to_the_damage_and_others_as_usual() {
    let world = World::new();
    world.run(async {
        let idle = [EAGER[2], ("log.cleaner.enable", "false")];
        let broker = world.start(&idle).await;
        let mut client = world.connect(&broker).await;
        for topic in ["rotten", "sound"] {
            create_compacted(&mut client, topic, &[]).await;
            produce_keyed(&mut client, topic, 45).await;
        }
        broker.shutdown().await;
        let segment = |base_offset: i64| {
            let name = format!("rotten-0/{base_offset:020}.log");
            world.directory.path().join(name)
        };
        let second = (1..45).find(|base| segment(*base).exists()).unwrap();
        let disk = &world.io.disk;
        let file = disk.open(&segment(second), io::OpenMode::ReadWrite);
        file.unwrap().write_all_at(50_000, b"rot").unwrap();

        let unused_are_closed = [
            ("log.retention.check.interval.ms", "50"),
            ("log.segment.delete.delay.ms", "0"),
        ];
        let properties = [&EAGER[..], &[METRICS], &unused_are_closed].concat();
        let broker = world.start(&properties).await;
        let mut client = world.connect(&broker).await;
        let mut left = 45;
        let mut first_len = u64::MAX;
        let mut text = String::new();
        for _ in 0..500 {
            left = read_all(&mut client, "sound").await.len();
            first_len = disk.metadata(&segment(0)).unwrap().len;
            text = metrics(&world, &broker).await;
            let is_known = metric(&text, "uncleanable_partitions") > 0.0;
            let is_done = metric(&text, "due_partitions") == 0.0;
            if left < 20 && first_len < 200_000 && is_known && is_done {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        assert!(left < 20, "{left} of the sound one");
        assert!(first_len < 200_000, "{first_len} bytes before the damage");
        assert_eq!(metric(&text, "uncleanable_partitions"), 1.0);
        assert_eq!(metric(&text, "compacted_partitions"), 2.0);
        assert_eq!(metric(&text, "due_partitions"), 0.0, "{text}");

        // The damage is still known after the log was closed.
        let orphans = ["rotten", "sound"].map(|topic| plant_orphan(&world, topic));
        for _ in 0..50 {
            world.io.clock.sleep(Duration::from_millis(300)).await;
            try_fetch(&mut client, "sound", 44).await;
            if !disk.exists(&orphans[1]) {
                break;
            }
        }
        assert!(!disk.exists(&orphans[1]), "it was never closed");
        let mut code = async |offset| {
            let answer = try_fetch(&mut client, "rotten", offset).await;
            ErrorCode::from_code(answer.error_code)
        };
        assert_eq!(code(0).await, ErrorCode::None);
        assert_eq!(code(second).await, ErrorCode::CorruptMessage);
        assert_eq!(code(second + 1).await, ErrorCode::None);
        assert!(disk.exists(&orphans[0]), "it was opened again");
        assert_eq!(produce_keyed_one(&mut client, "rotten").await, 45);
        broker.shutdown().await;
    });
}

#[test]
fn a_log_not_used_since_the_start_is_compacted_if_dirty_and_else_stays_closed() {
    let world = World::new();
    world.run(async {
        let idle = [EAGER[2], ("log.cleaner.enable", "false")];
        let broker = world.start(&idle).await;
        let mut client = world.connect(&broker).await;
        for (topic, count) in [("dirty", 45), ("clean", 5)] {
            create_compacted(&mut client, topic, &[]).await;
            produce_keyed(&mut client, topic, count).await;
        }
        broker.shutdown().await;
        let disk = &world.io.disk;
        let orphan = plant_orphan(&world, "clean");

        let properties = [&EAGER[..], &[METRICS]].concat();
        let broker = world.start(&properties).await;
        let mut text = String::new();
        for _ in 0..500 {
            text = metrics(&world, &broker).await;
            if metric(&text, "passes_total") > 0.0 && metric(&text, "dirty_bytes") == 0.0 {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        assert!(metric(&text, "passes_total") >= 1.0, "{text}");
        assert_eq!(metric(&text, "compacted_partitions"), 2.0);
        assert_eq!(metric(&text, "due_partitions"), 0.0);
        let first = "dirty-0/00000000000000000000.log";
        let first = disk.metadata(&world.directory.path().join(first));
        assert!(first.unwrap().len < 200_000);
        assert!(
            disk.exists(&orphan),
            "the log of the clean topic was opened"
        );
        let mut client = world.connect(&broker).await;
        assert_eq!(read_all(&mut client, "clean").await.len(), 5);
        assert!(
            !disk.exists(&orphan),
            "opening a log no longer removes this file, so this test proves nothing"
        );
        broker.shutdown().await;
    });
}

async fn produce_keyed_one(client: &mut WireClient, topic: &str) -> i64 {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(1_700_000_000_000, Some(b"k"), Some(b"v"), &[]);
    let answer = try_produce(client, topic, builder.build()).await;
    assert_eq!(answer.error_code, 0, "{answer:?}");
    answer.base_offset
}

/// Commits an offset of `t` for the group `g`, with long metadata.
async fn commit_error(client: &mut WireClient, offset: i64) -> ErrorCode {
    let request = OffsetCommitRequest {
        group_id: "g".into(),
        generation_id_or_member_epoch: -1,
        topics: vec![OffsetCommitRequestTopic {
            name: "t".into(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: 0,
                committed_offset: offset,
                committed_metadata: Some("m".repeat(4000).as_str().into()),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let response = client.request(&request, 8).await;
    ErrorCode::from_code(response.topics[0].partitions[0].error_code)
}

#[test]
fn committed_offsets_are_compacted_and_still_there_after_a_restart() {
    let world = World::new();
    world.run(async {
        let properties = [&EAGER[..], &[("offsets.topic.num.partitions", "1")]].concat();
        let broker = world.start(&properties).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["a", "b", "c"]).await;
        let size = || {
            let dir = world.directory.path().join("__consumer_offsets-0");
            let entries = world.io.disk.read_dir(&dir).unwrap();
            let logs = entries.iter().filter(|entry| entry.name.ends_with(".log"));
            logs.map(|entry| entry.len).sum::<u64>()
        };
        let find = FindCoordinatorRequest {
            key: "g".into(),
            ..Default::default()
        };
        // The request creates the topic; the coordinator may not be available yet.
        while client.request(&find, 3).await.error_code != 0
            || commit_error(&mut client, 0).await != ErrorCode::None
        {
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        for offset in 0..=800 {
            let error = commit_error(&mut client, offset % 3).await;
            assert_eq!(error, ErrorCode::None);
        }
        for _ in 0..500 {
            if size() < 1_200_000 {
                break;
            }
            world.io.clock.sleep(Duration::from_millis(20)).await;
        }
        assert!(size() < 1_200_000, "{} bytes of 3.2 MB", size());
        broker.shutdown().await;

        let broker = world.start(&properties).await;
        let address = broker.listeners()[0].address.to_string();
        let client = Client::connect(&world.io, ClientConfig::new(&address))
            .await
            .unwrap();
        let group = Properties::new().set("group.id", "g");
        let config = ConsumerConfig::from_properties(&group).unwrap();
        let consumer: Consumer = client.consumer(config);
        let committed = consumer
            .committed(&[TopicPartition::new("t", 0)])
            .await
            .unwrap();
        assert_eq!(committed[&TopicPartition::new("t", 0)].offset, 800 % 3);
        broker.shutdown().await;
    });
}
