//! One of two log directories fails: its partitions are offline, and the others serve. When the disk
//! works again, all acknowledged records are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use broker::{Broker, StartError};
use bytes::Bytes;
use client::{
    Client, ClientConfig, Connection, ConsumerConfig, OffsetSpec, ProducerConfig, ProducerRecord,
    Properties,
};
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use wire::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use wire::{ErrorCode, TopicPartition};

use crate::host::{self, connect, create};

const PARTITIONS: i32 = 4;
const ROUNDS: usize = 20;

async fn try_start(io: &Io) -> Result<Broker, StartError> {
    let mut config = host::config(&[
        ("log.dirs", "/first/data,/second/data"),
        ("offsets.topic.num.partitions", "1"),
        ("log.flush.offset.checkpoint.interval.ms", "1000"),
    ]);
    config.redo_bytes = 32 << 10;
    host::try_start(io, config).await
}

async fn start(io: &Io) -> Broker {
    try_start(io).await.unwrap()
}

/// Values of acknowledged records, by partition.
type Acknowledged = BTreeMap<i32, Vec<Bytes>>;

/// Writes a record to a partition. Returns whether it was acknowledged, and adds it to `noted` then.
async fn write(client: &Client, topic: &str, partition: i32, noted: &mut Acknowledged) -> bool {
    let properties = Properties::new()
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("enable.idempotence", "false")
        .set("request.timeout.ms", "1000")
        .set("delivery.timeout.ms", "2000");
    let producer = client.producer(ProducerConfig::from_properties(&properties).unwrap());
    let so_far = noted.entry(partition).or_default();
    let value = Bytes::from(format!("{partition}/{}/{}", so_far.len(), "x".repeat(700)));
    let record = ProducerRecord::new(topic, value.clone()).partition(partition);
    let sent = match producer.send(record).await {
        Ok(delivery) => delivery.wait().await,
        Err(error) => Err(error),
    };
    if sent.is_ok() {
        so_far.push(value);
    }
    sent.is_ok()
}

async fn read(client: &Client, topic: &str, partition: i32, count: usize) -> Vec<Bytes> {
    let properties = Properties::new().set("auto.offset.reset", "earliest");
    let mut consumer = client.consumer(ConsumerConfig::from_properties(&properties).unwrap());
    let place = TopicPartition::new(topic, partition);
    consumer.assign(vec![place.clone()]);
    consumer.seek_to(&place, OffsetSpec::Earliest).unwrap();
    let mut found = Vec::new();
    while found.len() < count {
        for records in consumer.poll(Duration::from_secs(1)).await.unwrap() {
            found.extend(
                records
                    .records
                    .into_iter()
                    .filter_map(|record| record.value),
            );
        }
    }
    found
}

/// The partitions of a topic that have no leader.
async fn leaderless(client: &Client, topic: &str) -> BTreeSet<i32> {
    let described = client.admin().describe_topic(topic).await.unwrap();
    let without = described.partitions.iter().filter(|p| p.leader.is_none());
    without.map(|partition| partition.partition).collect()
}

/// The partitions of a topic that have a directory in this log directory.
fn lie_in(io: &Io, directory: &str, topic: &str) -> BTreeSet<i32> {
    let entries = io.disk.read_dir(Path::new(directory)).unwrap();
    let prefix = format!("{topic}-");
    let numbers = entries.iter().filter_map(|e| e.name.strip_prefix(&prefix));
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// Creates a topic and writes to all its partitions. Returns those that lie in the second log
/// directory: half of them.
async fn fill(io: &Io, client: &Client, acknowledged: &mut Acknowledged) -> BTreeSet<i32> {
    create(client, "t", PARTITIONS).await;
    for _ in 0..ROUNDS {
        for partition in 0..PARTITIONS {
            assert!(write(client, "t", partition, acknowledged).await);
        }
    }
    let second = lie_in(io, "/second/data", "t");
    assert_eq!(second.len(), PARTITIONS as usize / 2);
    second
}

/// Checks a broker whose second directory is offline: partitions there have no leader and refuse
/// writes, the others serve, and a new topic is placed in the first directory.
async fn serves_without_second(
    io: &Io,
    client: &Client,
    second: &BTreeSet<i32>,
    acknowledged: &mut Acknowledged,
) {
    for partition in 0..PARTITIONS {
        let taken = write(client, "t", partition, acknowledged).await;
        assert_eq!(taken, !second.contains(&partition), "partition {partition}");
    }
    assert_eq!(&leaderless(client, "t").await, second);
    let live = (0..PARTITIONS).find(|partition| !second.contains(partition));
    let live = live.unwrap();
    let expected = acknowledged[&live].clone();
    assert_eq!(read(client, "t", live, expected.len()).await, expected);
    let admin = client.admin();
    create(client, "later", 2).await;
    let mut later = Acknowledged::new();
    for partition in 0..2 {
        assert!(write(client, "later", partition, &mut later).await);
    }
    assert_eq!(lie_in(io, "/first/data", "later").len(), 2);
    admin.delete_topic("later").await.unwrap();
}

/// Checks a broker whose directories all work again: every acknowledged record is there.
async fn serves_all(client: &Client, acknowledged: &mut Acknowledged) {
    assert_eq!(leaderless(client, "t").await, BTreeSet::new());
    for partition in 0..PARTITIONS {
        let expected = acknowledged[&partition].clone();
        let found = read(client, "t", partition, expected.len()).await;
        assert!(found.starts_with(&expected), "partition {partition}");
        assert!(write(client, "t", partition, acknowledged).await);
    }
}

#[test]
fn a_directory_that_fails_goes_offline_and_the_other_serves() {
    for seed in 0..20 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let faults = sim.faults().clone();
        let mut acknowledged = Acknowledged::new();
        sim.block_on(async {
            let broker = start(&io).await;
            let client = connect(&io).await;
            let second = fill(&io, &client, &mut acknowledged).await;
            faults.break_disk(Path::new("/second"));
            serves_without_second(&io, &client, &second, &mut acknowledged).await;
            match seed % 2 {
                0 => broker.shutdown().await,
                _ => drop(broker),
            }
        });
        sim.crash();
        faults.repair_disks();
        sim.block_on(async {
            let _broker = start(&io).await;
            serves_all(&connect(&io).await, &mut acknowledged).await;
        });
    }
}

#[test]
fn a_directory_that_nobody_writes_to_is_found_to_have_failed() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let second = fill(&io, &client, &mut Acknowledged::new()).await;
        faults.break_disk(Path::new("/second"));
        io.clock.sleep(Duration::from_secs(2)).await;
        assert_eq!(leaderless(&client, "t").await, second);
    });
}

#[test]
fn a_directory_that_cannot_be_opened_is_offline_and_the_other_serves() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    let mut acknowledged = Acknowledged::new();
    sim.block_on(async {
        let broker = start(&io).await;
        let second = fill(&io, &connect(&io).await, &mut acknowledged).await;
        broker.shutdown().await;

        faults.break_disk(Path::new("/second"));
        let broker = start(&io).await;
        serves_without_second(&io, &connect(&io).await, &second, &mut acknowledged).await;
        broker.shutdown().await;

        // A mount that is missing looks like an empty directory.
        faults.repair_disks();
        let (mount, aside) = (Path::new("/second/data"), Path::new("/second/aside"));
        io.disk.rename(mount, aside).unwrap();
        let broker = start(&io).await;
        let client = connect(&io).await;
        assert_eq!(leaderless(&client, "t").await, second);
        assert!(!write(&client, "t", *second.first().unwrap(), &mut acknowledged).await);
        broker.shutdown().await;

        io.disk.remove_dir_all(mount).unwrap();
        io.disk.rename(aside, mount).unwrap();
        let broker = start(&io).await;
        serves_all(&connect(&io).await, &mut acknowledged).await;
        broker.shutdown().await;
    });
}

#[test]
fn a_device_that_fails_while_a_log_is_opened_takes_its_directory_offline() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    let mut acknowledged = Acknowledged::new();
    sim.block_on(async {
        let broker = start(&io).await;
        let second = fill(&io, &connect(&io).await, &mut acknowledged).await;
        broker.shutdown().await;

        let _broker = start(&io).await;
        let client = connect(&io).await;
        faults.add_disk_fault(device_failure("/second/data/t-", DiskCall::Open));
        let first = *second.first().unwrap();
        assert!(!write(&client, "t", first, &mut acknowledged).await);
        serves_without_second(&io, &client, &second, &mut acknowledged).await;
    });
    sim.crash();
    faults.clear_disk_faults();
    sim.block_on(async {
        let _broker = start(&io).await;
        serves_all(&connect(&io).await, &mut acknowledged).await;
    });
}

#[test]
fn a_device_that_fails_while_a_metadata_snapshot_is_written_stops_the_broker() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let mut config = host::config(&[]);
        config.metadata_log.snapshots.bytes_between = 1;
        let broker = host::try_start(&io, config).await.unwrap();
        faults.add_disk_fault(device_failure(".checkpoint", DiskCall::Create));
        create(&connect(&io).await, "t", 1).await;
        let why = broker.failed().await;
        assert!(why.contains("metadata log in /data"), "{why}");
    });
}

/// Every such call on these paths fails with `EIO`.
fn device_failure(path: &str, call: DiskCall) -> DiskFault {
    DiskFault {
        path: path.to_owned(),
        calls: vec![call],
        error: DiskError::Device,
        once_in: 1,
        times: None,
    }
}

#[test]
fn a_checkpoint_that_cannot_be_read_takes_its_directory_offline() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        let broker = start(&io).await;
        let second = fill(&io, &connect(&io).await, &mut Acknowledged::new()).await;
        broker.shutdown().await;
        let name = "recovery-point-offset-checkpoint";
        let garble = |directory: &str| {
            let path = Path::new(directory).join(name);
            io.disk.write_atomic(&path, b"no checkpoint").unwrap();
        };
        garble("/second/data");
        let broker = start(&io).await;
        assert_eq!(leaderless(&connect(&io).await, "t").await, second);
        broker.shutdown().await;
        // The first one contains the metadata log.
        garble("/first/data");
        let refused = try_start(&io).await.unwrap_err().to_string();
        assert!(refused.contains("/first/data"), "{refused}");
    });
}

#[test]
fn without_the_directory_of_the_metadata_log_the_broker_cannot_continue() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    let mut acknowledged = Acknowledged::new();
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        fill(&io, &client, &mut acknowledged).await;
        faults.break_disk(Path::new("/first"));
        let why = broker.failed().await;
        assert!(
            why.contains("/first/data") && why.contains("metadata log"),
            "{why}"
        );
        broker.shutdown().await;
    });
    faults.repair_disks();
    sim.block_on(async {
        let _broker = start(&io).await;
        serves_all(&connect(&io).await, &mut acknowledged).await;
    });
}

#[test]
fn a_topic_made_again_while_its_directory_is_offline_is_the_one_that_counts() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let broker = start(&io).await;
        fill(&io, &connect(&io).await, &mut Acknowledged::new()).await;
        broker.shutdown().await;

        faults.break_disk(Path::new("/second"));
        let broker = start(&io).await;
        let client = connect(&io).await;
        client.admin().delete_topic("t").await.unwrap();
        create(&client, "t", PARTITIONS).await;
        let mut acknowledged = Acknowledged::new();
        for partition in 0..PARTITIONS {
            assert!(write(&client, "t", partition, &mut acknowledged).await);
        }
        broker.shutdown().await;

        faults.repair_disks();
        let _broker = start(&io).await;
        serves_all(&connect(&io).await, &mut acknowledged).await;
    });
}

#[test]
fn a_partition_whose_files_cannot_be_looked_for_is_offline_and_not_empty() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let broker = start(&io).await;
        let second = fill(&io, &connect(&io).await, &mut Acknowledged::new()).await;
        broker.shutdown().await;

        // Without the checkpoint only the directory shows that there are records.
        let checkpoint = Path::new("/second/data/recovery-point-offset-checkpoint");
        io.disk.remove_file(checkpoint).unwrap();
        let first = second.first().unwrap();
        faults.break_disk(&Path::new("/second/data").join(format!("t-{first}")));
        let _broker = start(&io).await;
        assert_eq!(leaderless(&connect(&io).await, "t").await, second);
    });
}

#[test]
fn a_new_topic_is_placed_where_a_deleted_one_has_made_room() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        fill(&io, &client, &mut Acknowledged::new()).await;
        let mut directories = Vec::new();
        for topic in ["deleted", "new"] {
            create(&client, topic, 1).await;
            assert!(write(&client, topic, 0, &mut Acknowledged::new()).await);
            directories.push(lie_in(&io, "/first/data", topic).len());
            if topic == "deleted" {
                client.admin().delete_topic(topic).await.unwrap();
                io.clock.sleep(Duration::from_secs(1)).await;
            }
        }
        assert_eq!(directories, [1, 1]);
    });
}

#[test]
fn records_are_deleted_although_another_directory_fails() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let second = fill(&io, &client, &mut Acknowledged::new()).await;
        let checkpoint = "/second/data/log-start-offset-checkpoint";
        faults.add_disk_fault(device_failure(checkpoint, DiskCall::Create));
        let partitions = (0..PARTITIONS).map(|partition_index| DeleteRecordsPartition {
            partition_index,
            offset: 3,
        });
        let request = DeleteRecordsRequest {
            topics: vec![DeleteRecordsTopic {
                name: "t".into(),
                partitions: partitions.collect(),
            }],
            timeout_ms: 30_000,
        };
        let config = ClientConfig::new("localhost:9092").connection();
        let connection = Connection::open(&io, "localhost:9092", &config).await;
        let response = connection.unwrap().request_in(&request, 2).await.unwrap();
        for answer in &response.topics[0].partitions {
            let in_second = second.contains(&answer.partition_index);
            let (low_watermark, error) = match in_second {
                true => (-1, ErrorCode::KafkaStorageError),
                false => (3, ErrorCode::None),
            };
            assert_eq!(answer.low_watermark, low_watermark);
            assert_eq!(ErrorCode::from_code(answer.error_code), error);
        }
    });
}
