//! A disk whose calls take long: requests that do not need the slow files are answered meanwhile.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use broker::Broker;
use client::{
    Client, ClientConfig, Committed, Connection, ConsumerConfig, IsolationLevel, NewTopic,
    OffsetSpec, ProducerConfig, ProducerRecord, Properties,
};
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Faults, Sim};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::record_batch::{BatchBuilder, Compression};
use wire::{ErrorCode, Records, TopicPartition};

use crate::host::{self, connect, create, write};

/// How long each slow disk call takes.
const SLOW: Duration = Duration::from_secs(1);

/// The time between two requests of the bystander.
const PAUSE: Duration = Duration::from_millis(10);

/// The longest time that a request without disk calls may take.
const QUICK: Duration = Duration::from_millis(100);

fn machine(seed: u64) -> (Sim, Io, Faults) {
    let sim = Sim::new(seed);
    let (io, faults) = (sim.io(), sim.faults().clone());
    (sim, io, faults)
}

async fn start(io: &Io) -> Broker {
    host::start(io, &[("log.retention.check.interval.ms", "10000")]).await
}

fn slow(path: &str, calls: &[DiskCall]) -> DiskFault {
    DiskFault {
        path: path.to_owned(),
        calls: calls.to_vec(),
        error: DiskError::Slow(SLOW),
        once_in: 1,
        times: None,
    }
}

/// Runs `work`, and meanwhile sends requests that need no disk. None of them may take long.
async fn with_bystander<T: Send + 'static>(
    io: &Io,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let client = connect(io).await;
    client.admin().list_topics().await.unwrap();
    let work = io.tasks.spawn("work", work);
    while !work.is_finished() {
        let asked = io.clock.elapsed();
        client.admin().list_topics().await.unwrap();
        io.clock.sleep(PAUSE).await;
        // The pause counts: if a disk call stops the machine, the pause takes longer.
        let took = io.clock.elapsed().saturating_sub(asked + PAUSE);
        assert!(took < QUICK, "a request took {took:?}");
    }
    work.await.unwrap()
}

/// Lets time pass.
fn sleep(io: &Io, time: Duration) -> impl Future<Output = ()> + Send + 'static {
    let clock = io.clock.clone();
    async move { clock.sleep(time).await }
}

#[test]
fn a_log_is_recovered_after_a_crash_while_other_requests_are_answered() {
    let (mut sim, io, faults) = machine(1);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", "x").await, 0);
    });
    sim.crash();
    sim.block_on(async {
        let _broker = start(&io).await;
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read]));
        let client = connect(&io).await;
        let writing = async move { write(&client, "t", "x").await };
        assert_eq!(with_bystander(&io, writing).await, 1);
    });
}

#[test]
fn closing_a_log_and_opening_it_again_does_not_delay_other_requests() {
    let (mut sim, io, faults) = machine(2);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", "x").await, 0);
        let every = [
            DiskCall::Open,
            DiskCall::Create,
            DiskCall::Read,
            DiskCall::Sync,
        ];
        faults.add_disk_fault(slow("/t-0", &every));
        with_bystander(&io, sleep(&io, Duration::from_secs(60))).await;
        // Retention has closed the log.
        let writing = async move { write(&client, "t", "x").await };
        assert_eq!(with_bystander(&io, writing).await, 1);
    });
}

#[test]
fn deleting_records_does_not_delay_other_requests() {
    let (mut sim, io, faults) = machine(3);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", "x").await, 0);
        faults.add_disk_fault(slow("", &[DiskCall::Sync]));
        let deleting = async move {
            let partition = TopicPartition::new("t", 0);
            let before = BTreeMap::from([(partition, 1)]);
            client.admin().delete_records(&before).await.unwrap();
        };
        let start = io.clock.elapsed();
        with_bystander(&io, deleting).await;
        assert!(io.clock.elapsed() >= start + SLOW);
    });
}

#[test]
fn retention_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(7);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let topic = NewTopic::new("t", 1)
            .config("segment.bytes", "1048576")
            .config("retention.bytes", "1048576");
        client.admin().create_topic(&topic).await.unwrap();
        for _ in 0..6 {
            write(&client, "t", vec![b'x'; 600_000]).await;
        }
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read, DiskCall::Rename]));
        with_bystander(&io, sleep(&io, 60 * SLOW)).await;
        faults.clear_disk_faults();
        let partition = TopicPartition::new("t", 0);
        let earliest = BTreeMap::from([(partition.clone(), OffsetSpec::Earliest)]);
        let listed = client.admin();
        let listed = listed.list_offsets(&earliest, IsolationLevel::ReadUncommitted);
        assert!(listed.await.unwrap()[&partition].offset > Some(0));
    });
}

/// Creates the compacted topic `t` and writes one key again and again, until there are six segments.
async fn fill_compacted(client: &Client) {
    let topic = NewTopic::new("t", 1)
        .config("cleanup.policy", "compact")
        .config("min.cleanable.dirty.ratio", "0.01")
        .config("max.compaction.lag.ms", "1000000000")
        .config("file.delete.delay.ms", "1000000")
        .config("segment.bytes", "1048576");
    client.admin().create_topic(&topic).await.unwrap();
    let properties = Properties::new().set("linger.ms", "0");
    let producer = client.producer(ProducerConfig::from_properties(&properties).unwrap());
    for _ in 0..6 {
        let value = vec![b'x'; 600_000];
        let record = ProducerRecord::new("t", value).key("k").partition(0);
        producer.send(record).await.unwrap().wait().await.unwrap();
    }
}

/// Whether a compaction has replaced segments of the topic `t`.
fn is_compacted(io: &Io) -> bool {
    let names = io.disk.read_dir(Path::new("/data/t-0")).unwrap();
    names.iter().any(|entry| entry.name.ends_with(".deleted"))
}

#[test]
fn rolling_a_segment_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(11);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let topic = NewTopic::new("t", 1).config("segment.bytes", "1048576");
        client.admin().create_topic(&topic).await.unwrap();
        write(&client, "t", vec![b'x'; 600_000]).await;
        let calls = [DiskCall::Create, DiskCall::Rename, DiskCall::Truncate];
        faults.add_disk_fault(slow("/t-0/", &calls));
        let start = io.clock.elapsed();
        let writing = async move { write(&client, "t", vec![b'x'; 600_000]).await };
        assert_eq!(with_bystander(&io, writing).await, 1);
        assert!(io.clock.elapsed() >= start + SLOW, "a segment was rolled");
    });
}

/// Writes 500,000 bytes to the topic `t` after each of the next `rolls` rolls of its segment.
async fn write_after_rolls(io: Io, rolls: usize) {
    let client = connect(&io).await;
    let segments = || {
        let entries = io.disk.read_dir(Path::new("/data/t-0")).unwrap();
        entries.iter().filter(|e| e.name.ends_with(".log")).count()
    };
    let mut known = segments();
    for _ in 0..rolls {
        while segments() == known {
            io.clock.sleep(PAUSE).await;
        }
        known = segments();
        write(&client, "t", vec![b'y'; 500_000]).await;
    }
}

#[test]
fn an_append_whose_new_segment_others_fill_again_and_again_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(13);
    let rolls = 6;
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let topic = NewTopic::new("t", 1).config("segment.bytes", "1048576");
        client.admin().create_topic(&topic).await.unwrap();
        write(&client, "t", vec![b'x'; 600_000]).await;
        let calls = [DiskCall::Create, DiskCall::Rename, DiskCall::Truncate];
        faults.add_disk_fault(slow("/t-0/", &calls));
        let others = io
            .tasks
            .spawn("others", write_after_rolls(io.clone(), rolls));
        let start = io.clock.elapsed();
        let writing = async move { write(&client, "t", vec![b'x'; 600_000]).await };
        assert_eq!(with_bystander(&io, writing).await, 1 + rolls as i64);
        assert!(io.clock.elapsed() >= start + rolls as u32 * SLOW);
        others.await.unwrap();
    });
}

#[test]
fn rolling_a_segment_for_retention_or_compaction_does_not_hold_up_other_requests() {
    for (name, value) in [("retention.ms", "20000"), ("max.compaction.lag.ms", "5000")] {
        let (mut sim, io, faults) = machine(12);
        sim.block_on(async {
            let _broker = start(&io).await;
            let client = connect(&io).await;
            let policy = if name == "retention.ms" {
                "delete"
            } else {
                "compact"
            };
            let topic = NewTopic::new("t", 1)
                .config("cleanup.policy", policy)
                .config(name, value);
            client.admin().create_topic(&topic).await.unwrap();
            let properties = Properties::new().set("linger.ms", "0");
            let producer = client.producer(ProducerConfig::from_properties(&properties).unwrap());
            let record = ProducerRecord::new("t", "x").key("k").partition(0);
            producer.send(record).await.unwrap().wait().await.unwrap();
            let calls = [DiskCall::Create, DiskCall::Rename, DiskCall::Truncate];
            faults.add_disk_fault(slow("/t-0/", &calls));
            with_bystander(&io, sleep(&io, 60 * SLOW)).await;
            let second = Path::new("/data/t-0/00000000000000000001.log");
            assert!(io.disk.exists(second), "{name}");
        });
    }
}

#[test]
fn compaction_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(8);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        fill_compacted(&client).await;
        assert!(!is_compacted(&io));
        let calls = [DiskCall::Read, DiskCall::Sync, DiskCall::Rename];
        faults.add_disk_fault(slow("/t-0/", &calls));
        with_bystander(&io, sleep(&io, 120 * SLOW)).await;
        assert!(is_compacted(&io));
    });
}

#[test]
fn a_check_for_compaction_after_a_restart_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(9);
    sim.block_on(async {
        let broker = start(&io).await;
        fill_compacted(&connect(&io).await).await;
        broker.shutdown().await;

        let _broker = start(&io).await;
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read]));
        with_bystander(&io, sleep(&io, 120 * SLOW)).await;
        assert!(is_compacted(&io));
    });
}

/// A request with one batch of producer 7, which has one record.
fn produce(sequence: i32, now_ms: i64) -> ProduceRequest {
    let mut batch = BatchBuilder::new(Compression::None).producer(7, 0, sequence);
    batch.append(now_ms, None, Some(b"x"), &[]);
    let data = PartitionProduceData {
        index: 0,
        records: Records::Bytes(batch.build()),
    };
    let topic = TopicProduceData {
        name: "t".into(),
        partition_data: vec![data],
        ..Default::default()
    };
    ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic],
        ..Default::default()
    }
}

/// Sends a batch of producer 7. Returns its offset.
async fn send(io: &Io, connection: &Connection, sequence: i32) -> i64 {
    let request = produce(sequence, io.clock.now_ms());
    let response = connection.request_in(&request, 9).await.unwrap();
    let answer = &response.responses[0].partition_responses[0];
    assert_eq!(answer.error_code, 0, "batch {sequence}");
    answer.base_offset
}

#[test]
fn looking_up_earlier_batches_of_a_producer_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(10);
    let open = async |io: &Io| {
        let config = ClientConfig::new("localhost:9092").connection();
        Connection::open(io, "localhost:9092", &config)
            .await
            .unwrap()
    };
    sim.block_on(async {
        let broker = start(&io).await;
        create(&connect(&io).await, "t", 1).await;
        let connection = open(&io).await;
        for sequence in 0..4 {
            assert_eq!(send(&io, &connection, sequence).await, i64::from(sequence));
        }
        broker.shutdown().await;

        let _broker = start(&io).await;
        // The log is opened, and knows the last batch of the producer.
        write(&connect(&io).await, "t", "y").await;
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read]));
        let connection = open(&io).await;
        let start = io.clock.elapsed();
        let sender = io.clone();
        let sending = async move { send(&sender, &connection, 1).await };
        assert_eq!(with_bystander(&io, sending).await, 1);
        assert!(io.clock.elapsed() >= start + SLOW, "a slow read was needed");
    });
}

#[test]
fn reading_old_records_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(5);
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", "old").await, 0);
        broker.shutdown().await;

        let _broker = start(&io).await;
        let client = connect(&io).await;
        assert_eq!(write(&client, "t", "new").await, 1);
        let partition = TopicPartition::new("t", 0);
        // The record of the last process is not in the page cache.
        faults.add_disk_fault(DiskFault {
            times: Some(2),
            ..slow("/t-0/", &[DiskCall::Read])
        });
        let start = io.clock.elapsed();
        let reading = async move {
            let properties = Properties::new().set("auto.offset.reset", "earliest");
            let config = ConsumerConfig::from_properties(&properties).unwrap();
            let mut consumer = client.consumer(config);
            consumer.assign(vec![partition]);
            loop {
                let records = consumer.poll(SLOW).await.unwrap();
                if let Some(first) = records.into_iter().next() {
                    return first;
                }
            }
        };
        with_bystander(&io, reading).await;
        assert!(io.clock.elapsed() >= start + SLOW, "a slow read was needed");
    });
}

#[test]
fn looking_up_an_offset_by_time_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(14);
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        let before_ms = io.clock.now_ms();
        assert_eq!(write(&client, "t", "old").await, 0);
        broker.shutdown().await;

        let _broker = start(&io).await;
        let client = connect(&io).await;
        assert_eq!(write(&client, "t", "new").await, 1);
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read]));
        let start = io.clock.elapsed();
        let listing = async move {
            let partition = TopicPartition::new("t", 0);
            let at = BTreeMap::from([(partition.clone(), OffsetSpec::At(before_ms))]);
            let admin = client.admin();
            let listed = admin.list_offsets(&at, IsolationLevel::ReadUncommitted);
            listed.await.unwrap()[&partition].offset
        };
        assert_eq!(with_bystander(&io, listing).await, Some(0));
        assert!(io.clock.elapsed() >= start + SLOW, "a slow read was needed");
    });
}

#[test]
fn looking_for_aborted_transactions_holds_up_no_other_requests_and_is_done_once() {
    let (mut sim, io, faults) = machine(14);
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let topic = NewTopic::new("t", 1).config("segment.bytes", "1048576");
        client.admin().create_topic(&topic).await.unwrap();
        for _ in 0..2 {
            write(&client, "t", vec![b'x'; 600_000]).await;
        }
        faults.add_disk_fault(slow(".txnindex", &[DiskCall::Open, DiskCall::Read]));
        let mut took = Vec::new();
        for _ in 0..2 {
            let (reader, clock) = (client.clone(), io.clock.clone());
            let reading = async move {
                let properties = Properties::new()
                    .set("auto.offset.reset", "earliest")
                    .set("isolation.level", "read_committed");
                let config = ConsumerConfig::from_properties(&properties).unwrap();
                let mut consumer = reader.consumer(config);
                consumer.assign(vec![TopicPartition::new("t", 0)]);
                let (mut read, start) = (0, clock.elapsed());
                while read < 2 {
                    let found = consumer.poll(SLOW).await.unwrap();
                    read += found.into_iter().map(|of| of.records.len()).sum::<usize>();
                }
                clock.elapsed() - start
            };
            took.push(with_bystander(&io, reading).await);
        }
        assert!(took[0] >= SLOW, "the index of both segments was read");
        assert!(took[1] < SLOW, "both are known to be empty");
    });
}

#[test]
fn counting_the_bytes_for_a_waiting_fetch_does_not_hold_up_other_requests() {
    let (mut sim, io, faults) = machine(6);
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        assert_eq!(write(&client, "t", "old").await, 0);
        broker.shutdown().await;

        let _broker = start(&io).await;
        let client = connect(&io).await;
        assert_eq!(write(&client, "t", "new").await, 1);
        faults.add_disk_fault(slow("/t-0/", &[DiskCall::Read]));
        // It waits for more bytes than there are, and is not answered during this test.
        let properties = Properties::new()
            .set("auto.offset.reset", "earliest")
            .set("fetch.min.bytes", "100000")
            .set("fetch.max.wait.ms", "25000");
        let config = ConsumerConfig::from_properties(&properties).unwrap();
        let mut consumer = client.consumer(config);
        consumer.assign(vec![TopicPartition::new("t", 0)]);
        io.tasks.spawn("fetch", async move {
            let _ = consumer.poll(60 * SLOW).await;
        });
        with_bystander(&io, sleep(&io, 20 * SLOW)).await;
    });
}

/// Groups by the partition of `__consumer_offsets` that they belong to.
const GROUPS: [&str; 2] = ["b", "a"];

/// A client that gives up long before a slow disk call ends.
async fn connect_impatient(io: &Io) -> Client {
    let mut config = ClientConfig::new("localhost:9092");
    config.api_timeout = SLOW / 4;
    Client::connect(io, config).await.unwrap()
}

/// The committed offset of a group.
async fn committed(client: &Client, group: &str) -> Result<i64, client::Error> {
    let offsets = client.admin().group_offsets(group, None).await?;
    Ok(offsets[&TopicPartition::new("t", 0)].offset)
}

#[test]
fn a_slow_load_of_groups_delays_only_these_groups() {
    let (mut sim, io, faults) = machine(4);
    let start = async |io: &Io| host::start(io, &[("offsets.topic.num.partitions", "2")]).await;
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        create(&client, "t", 1).await;
        for group in GROUPS {
            let offsets = BTreeMap::from([(TopicPartition::new("t", 0), Committed::at(7))]);
            let admin = client.admin();
            admin.alter_group_offsets(group, &offsets).await.unwrap();
        }
        broker.shutdown().await;

        faults.add_disk_fault(slow("/__consumer_offsets-0/", &[DiskCall::Read]));
        let _broker = start(&io).await;
        let client = connect_impatient(&io).await;
        let refused = committed(&client, GROUPS[0]).await.unwrap_err();
        let client::Error::Timeout {
            last: Some(last), ..
        } = refused
        else {
            panic!("{refused}");
        };
        assert_eq!(last.code(), Some(ErrorCode::CoordinatorLoadInProgress));
        assert_eq!(committed(&client, GROUPS[1]).await.unwrap(), 7);
        // Its clients are answered once it is loaded.
        let client = connect(&io).await;
        assert_eq!(committed(&client, GROUPS[0]).await.unwrap(), 7);
    });
}
