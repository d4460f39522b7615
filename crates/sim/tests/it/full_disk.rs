//! A disk that fills up: the broker refuses records while other writes still have room, and accepts
//! them again when space is free.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use broker::Broker;
use bytes::Bytes;
use client::{Client, Committed, NewTopic, Producer, ProducerConfig, ProducerRecord, Properties};
use io::sim::{DiskCall, DiskError, DiskFault, Faults, Sim};
use io::{Io, OpenMode};
use wire::TopicPartition;

use crate::host::{self, connect, create};

const CAPACITY: u64 = 32 << 20;
const VALUE_BYTES: usize = 256 << 10;

async fn start(io: &Io, free_bytes_min: &str) -> Broker {
    let settings = [
        ("offsets.topic.num.partitions", "1"),
        ("vltava.log.dir.min.free.bytes", free_bytes_min),
    ];
    host::start(io, &settings).await
}

fn producer(client: &Client) -> Producer {
    let properties = Properties::new()
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("request.timeout.ms", "1000")
        .set("delivery.timeout.ms", "3000");
    client.producer(ProducerConfig::from_properties(&properties).unwrap())
}

async fn write(producer: &Producer, topic: &str) -> Result<(), client::Error> {
    let value = Bytes::from(vec![b'x'; VALUE_BYTES]);
    let record = ProducerRecord::new(topic, value).partition(0);
    producer.send(record).await?.wait().await.map(|_| ())
}

async fn fill_and_free(io: Io) {
    let _broker = start(&io, "8388608").await;
    let client = connect(&io).await;
    for topic in ["old", "new"] {
        create(&client, topic, 1).await;
    }
    let own = producer(&client);
    let mut written = 0;
    let refused = loop {
        match write(&own, "old").await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        // Longer than the interval at which the broker checks the free space.
        io.clock.sleep(Duration::from_millis(300)).await;
    };
    // It was refused at the limit, and not when the disk was full.
    let bytes = written * VALUE_BYTES as u64;
    assert!((16 << 20..28 << 20).contains(&bytes), "{bytes}: {refused}");
    // Groups can still commit.
    let place = TopicPartition::new("old", 0);
    let offsets = BTreeMap::from([(place, Committed::at(1))]);
    let admin = client.admin();
    admin.alter_group_offsets("group", &offsets).await.unwrap();
    // A deleted topic frees space.
    assert!(write(&own, "new").await.is_err());
    admin.delete_topic("old").await.unwrap();
    io.clock.sleep(Duration::from_secs(120)).await;
    write(&producer(&client), "new").await.unwrap();
}

#[test]
fn a_disk_that_is_nearly_full_accepts_no_records_until_space_is_free() {
    let mut sim = Sim::new(1);
    sim.faults().set_disk_capacity(Some(CAPACITY));
    let io = sim.io();
    sim.block_on(fill_and_free(io));
}

/// The log of a partition is opened for its first record. That fails while `fail` has effect, and
/// works after `mend`.
fn log_is_opened_again(fail: impl Fn(&Faults), mend: impl Fn(&Faults)) {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io, "0").await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        fail(&faults);
        assert!(write(&producer(&client), "t").await.is_err());
        mend(&faults);
        // The wait between two attempts has grown meanwhile.
        io.clock.sleep(Duration::from_secs(10)).await;
        write(&producer(&client), "t").await.unwrap();
    });
}

#[test]
fn a_log_that_cannot_be_opened_on_a_full_disk_is_opened_when_there_is_room() {
    log_is_opened_again(
        |faults| faults.set_disk_capacity(Some(1)),
        |faults| faults.set_disk_capacity(None),
    );
}

/// No file of partition 0 of `t` can be opened: the process has no free descriptor.
fn no_descriptor() -> DiskFault {
    DiskFault {
        path: "/t-0".to_owned(),
        calls: vec![DiskCall::Open, DiskCall::Create],
        error: DiskError::NoDescriptor,
        once_in: 1,
        times: None,
    }
}

#[test]
fn a_log_that_cannot_be_opened_without_descriptors_is_opened_when_there_are_some() {
    log_is_opened_again(
        |faults| faults.add_disk_fault(no_descriptor()),
        Faults::clear_disk_faults,
    );
}

#[test]
fn a_partition_stays_online_while_there_are_no_descriptors_to_recover_its_log() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io, "0").await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(host::write(&client, "t", "x").await, 0);
    });
    sim.crash();
    sim.block_on(async {
        let _broker = start(&io, "0").await;
        faults.add_disk_fault(no_descriptor());
        let client = connect(&io).await;
        assert!(write(&producer(&client), "t").await.is_err());
        let topic = client.admin().describe_topic("t").await.unwrap();
        assert!(topic.partitions[0].leader.is_some());
        faults.clear_disk_faults();
        io.clock.sleep(Duration::from_secs(10)).await;
        assert_eq!(host::write(&client, "t", "x").await, 1);
    });
}

#[test]
fn a_log_is_compacted_after_there_were_no_descriptors_for_its_syncs() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let mut config = host::config(&[("log.cleaner.backoff.ms", "100")]);
        // A file is opened again for its sync.
        config.open_files_max = 1;
        let _broker = host::try_start(&io, config).await.unwrap();
        let client = connect(&io).await;
        let topic = NewTopic::new("t", 1)
            .config("cleanup.policy", "compact")
            .config("min.cleanable.dirty.ratio", "0.01")
            .config("segment.ms", "1000");
        client.admin().create_topic(&topic).await.unwrap();
        let producer = producer(&client);
        let write = async |value: &'static str| {
            let record = ProducerRecord::new("t", value).key("k").partition(0);
            producer.send(record).await.unwrap().wait().await.unwrap();
        };
        write("a").await;
        write("b").await;
        io.clock.sleep(Duration::from_secs(2)).await;
        // It closes the first segment.
        write("c").await;
        faults.add_disk_fault(DiskFault {
            calls: vec![DiskCall::Open],
            ..no_descriptor()
        });
        io.clock.sleep(Duration::from_secs(1)).await;
        assert!(faults.failed_disk_calls() > 0);
        faults.clear_disk_faults();
        io.clock.sleep(Duration::from_secs(1)).await;
        write("d").await;
        let names = io.disk.read_dir(Path::new("/data/t-0")).unwrap();
        let is_compacted = names.iter().any(|entry| entry.name.ends_with(".deleted"));
        assert!(is_compacted);
    });
}

#[test]
fn records_of_a_log_whose_sync_has_failed_stay_in_the_redo_log() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let mut config = host::config(&[("log.retention.check.interval.ms", "1000")]);
        // It has room for one frame.
        config.redo_bytes = 4 << 10;
        let _broker = host::try_start(&io, config).await.unwrap();
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        create(&client, "u", 1).await;
        assert_eq!(host::write(&client, "t", "x").await, 0);
        faults.add_disk_fault(DiskFault {
            path: "/t-0/".to_owned(),
            calls: vec![DiskCall::Sync],
            error: DiskError::NoSpace,
            once_in: 1,
            times: None,
        });
        // The log is closed, because nobody uses it.
        io.clock.sleep(Duration::from_secs(5)).await;
        assert!(faults.failed_disk_calls() > 0);
        for offset in 0..20 {
            assert_eq!(host::write(&client, "u", "x").await, offset);
            io.clock.sleep(Duration::from_millis(100)).await;
        }
    });
    sim.crash();
    faults.clear_disk_faults();
    sim.block_on(async {
        let _broker = start(&io, "0").await;
        let client = connect(&io).await;
        assert_eq!(host::write(&client, "t", "y").await, 1);
    });
}

/// The sync of the directory of partition 0 of `t` fails once; syncs of its files do not.
fn fail_directory_sync_once(faults: &Faults) {
    let rule = |path: &str, error, times| DiskFault {
        path: path.to_owned(),
        calls: vec![DiskCall::Sync],
        error,
        once_in: 1,
        times,
    };
    faults.add_disk_fault(rule("/t-0/", DiskError::Slow(Duration::ZERO), None));
    faults.add_disk_fault(rule("/t-0", DiskError::NoSpace, Some(1)));
}

#[test]
fn a_second_attempt_to_open_a_log_syncs_the_names_that_the_first_one_has_changed() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let broker = start(&io, "0").await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(host::write(&client, "t", "x").await, 0);
        broker.shutdown().await;
        // Opening the log writes the topic id again.
        let topic_id = Path::new("/data/t-0/partition.metadata");
        let file = io.disk.open(topic_id, OpenMode::Truncate).unwrap();
        file.sync_all().unwrap();
        fail_directory_sync_once(&faults);
        let _broker = start(&io, "0").await;
        let client = connect(&io).await;
        assert_eq!(host::write(&client, "t", "y").await, 1);
        assert_eq!(faults.failed_disk_calls(), 1);
    });
    sim.crash();
    sim.block_on(async {
        faults.clear_disk_faults();
        let _broker = start(&io, "0").await;
        let client = connect(&io).await;
        assert_eq!(host::write(&client, "t", "z").await, 2);
    });
}
