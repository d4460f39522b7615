//! Deletion of topics: it takes a few syncs for any number of partitions, and the next start finishes
//! a deletion that a crash has interrupted.

use std::path::Path;
use std::time::Duration;

use broker::Broker;
use bytes::Bytes;
use client::{Client, ProducerConfig, ProducerRecord, Properties};
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use io::{Io, OpenMode};

use crate::host::{self, connect, create};

const DATA: &str = "/data";
const MINUTE: Duration = Duration::from_secs(60);

async fn start(io: &Io) -> Broker {
    host::start(io, &[]).await
}

/// Writes a record to each partition. Returns their offsets.
async fn write(client: &Client, topic: &str, partitions: i32) -> Vec<i64> {
    let properties = Properties::new().set("acks", "all").set("linger.ms", "0");
    let producer = client.producer(ProducerConfig::from_properties(&properties).unwrap());
    let mut sent = Vec::new();
    for partition in 0..partitions {
        let record = ProducerRecord::new(topic, Bytes::from_static(b"x")).partition(partition);
        sent.push(producer.send(record).await.unwrap());
    }
    let mut offsets = Vec::new();
    for record in sent {
        offsets.push(record.wait().await.unwrap().offset.unwrap());
    }
    offsets
}

/// The directories of partitions of this topic, also those renamed to `-delete`.
fn directories(io: &Io, topic: &str) -> Vec<String> {
    let entries = io.disk.read_dir(Path::new(DATA)).unwrap();
    let names = entries.into_iter().map(|entry| entry.name);
    let prefix = format!("{topic}-");
    names.filter(|name| name.starts_with(&prefix)).collect()
}

#[test]
fn a_stray_directory_with_the_longest_topic_name_is_renamed() {
    let mut sim = Sim::new(8);
    let io = sim.io();
    sim.block_on(async {
        let topic = "t".repeat(249);
        let stray = Path::new(DATA).join(format!("{topic}-12"));
        io.disk.create_dir_all(&stray).unwrap();
        let _broker = start(&io).await;
        let left = directories(&io, "t");
        assert!(!io.disk.exists(&stray), "{left:?}");
        let entries = io.disk.read_dir(Path::new(DATA)).unwrap();
        let renamed = entries.iter().find(|entry| entry.name.ends_with("-stray"));
        assert!(renamed.unwrap().name.starts_with("ttt"));
    });
}

#[test]
fn a_start_does_not_wait_until_the_files_of_deleted_topics_are_removed() {
    const SLOW: Duration = Duration::from_secs(5);
    let mut sim = Sim::new(7);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let left = Path::new(DATA).join(format!("t-0.{}-delete", "ab".repeat(16)));
        io.disk.create_dir_all(&left).unwrap();
        let file = left.join("00000000000000000000.log");
        io.disk.open(&file, OpenMode::Create).unwrap();
        faults.add_disk_fault(DiskFault {
            path: "-delete".to_owned(),
            calls: vec![DiskCall::Remove],
            error: DiskError::Slow(SLOW),
            once_in: 1,
            times: None,
        });
        let began = io.clock.elapsed();
        let _broker = start(&io).await;
        let took = io.clock.elapsed() - began;
        assert!(took < SLOW, "the start took {took:?}");
        io.clock.sleep(MINUTE).await;
        assert_eq!(directories(&io, "t"), Vec::<String>::new());
    });
}

#[test]
fn deleting_a_thousand_partitions_takes_a_few_syncs() {
    const PARTITIONS: i32 = 1000;
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", PARTITIONS).await;
        write(&client, "t", PARTITIONS).await;
        // The checkpoint files hold all partitions now.
        io.clock.sleep(2 * MINUTE).await;

        faults.fail_sync(20);
        client.admin().delete_topic("t").await.unwrap();
        io.clock.sleep(Duration::from_secs(2)).await;
        let left = directories(&io, "t");
        assert_eq!(left.len(), PARTITIONS as usize);
        assert!(left.iter().all(|name| name.ends_with("-delete")));
        // No sync has failed: fewer than twenty were made.
        create(&client, "u", 1).await;
        assert_eq!(write(&client, "u", 1).await, [0]);
        faults.fail_sync(0);

        io.clock.sleep(2 * MINUTE).await;
        assert_eq!(directories(&io, "t"), Vec::<String>::new());
    });
}

/// How the broker ends in the middle of a deletion.
#[derive(Debug, Clone, Copy)]
enum End {
    Kill,
    PowerCut,
    Shutdown,
}

#[test]
fn a_deletion_that_a_crash_interrupts_is_finished_by_the_next_start() {
    for seed in 0..20 {
        for end in [End::Kill, End::PowerCut, End::Shutdown] {
            interrupt_deletion(seed, end);
        }
    }
}

fn interrupt_deletion(seed: u64, end: End) {
    const PARTITIONS: i32 = 5;
    let mut sim = Sim::new(seed);
    let io = sim.io();
    let moment = Duration::from_micros(seed * 300);
    let is_deleted = sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", PARTITIONS).await;
        write(&client, "t", PARTITIONS).await;
        io.clock.sleep(2 * MINUTE).await;
        let deleting = io.tasks.spawn("delete", async move {
            client.admin().delete_topic("t").await.unwrap();
        });
        io.clock.sleep(moment).await;
        let is_deleted = deleting.is_finished();
        // Otherwise the client would send the request to the next broker.
        deleting.abort();
        if let End::Shutdown = end {
            broker.shutdown().await;
        }
        is_deleted
    });
    match end {
        End::Kill => sim.kill(),
        End::PowerCut => sim.crash(),
        End::Shutdown => {}
    }
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let exists = client.admin().delete_topic("t").await.is_ok();
        assert!(
            !(is_deleted && exists),
            "seed {seed}, {end:?}: the topic is back"
        );
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", 1).await, [0], "seed {seed}, {end:?}");
        io.clock.sleep(2 * MINUTE).await;
        assert_eq!(directories(&io, "t"), ["t-0"], "seed {seed}, {end:?}");
    });
}

/// More disk calls than a deletion makes.
const CALLS_OF_A_DELETION: u64 = 30;

#[test]
fn a_deletion_that_a_power_cut_interrupts_at_any_disk_call_is_finished_by_the_next_start() {
    let unfinished = (1..=CALLS_OF_A_DELETION).filter(|&nth| cut_deletion_at(nth));
    assert!(
        unfinished.count() > 0,
        "the power was never cut between the deletion of the topic and that of its directories"
    );
}

/// Cuts the power at the `nth` disk call of a deletion, and checks the next start. Returns whether
/// it has found directories of the deleted topic.
fn cut_deletion_at(nth: u64) -> bool {
    let mut sim = Sim::new(nth);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 5).await;
        write(&client, "t", 5).await;
        io.clock.sleep(2 * MINUTE).await;
        host::cut_power_in_deletion(&io, &faults, client, nth, Duration::from_secs(1)).await;
    });
    sim.crash();
    let mut left = directories(&io, "t");
    left.retain(|name| !name.ends_with("-delete"));
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let topics = client.admin().list_topics().await.unwrap();
        if topics.iter().any(|topic| topic.name == "t") {
            return false;
        }
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", 1).await, [0], "call {nth}");
        io.clock.sleep(2 * MINUTE).await;
        assert_eq!(directories(&io, "t"), ["t-0"], "call {nth}");
        !left.is_empty()
    })
}
