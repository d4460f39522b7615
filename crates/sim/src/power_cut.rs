//! Power cuts under load: a record that was acknowledged with `acks=all`, or read by a consumer,
//! exists after the next start, at the same offset.
//!
//! One producer per partition writes, and a consumer reads and commits. At a moment drawn from the
//! seed (while the broker starts, recovers, creates the topic, writes or reads) the power is cut or
//! the process is killed. After some lives the broker is stopped cleanly, and everything is read.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use broker::{Broker, BrokerConfig};
use bytes::Bytes;
use client::{
    Client, ClientConfig, ConsumerConfig, IsolationLevel, NewTopic, OffsetSpec, ProducerConfig,
    ProducerRecord, Properties,
};
use io::Io;
use io::sim::Sim;
use wire::TopicPartition;

use crate::history::{History, Place};

const TOPIC: &str = "t";
const PARTITIONS: i32 = 2;
const ADDRESS: &str = "localhost:9092";
const LIVES: u64 = 3;

/// Virtual time within which a life's crash comes.
const LIFE_MS_MAX: u64 = 60;

const REDO_BYTES: u64 = 32 << 10;

/// How long reading everything may take, in virtual time.
const PATIENCE: Duration = Duration::from_secs(600);

/// Counts of a run, so that a test can check that it did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Records that were acknowledged or read before a crash.
    pub promised: usize,
    /// Records that existed in the end.
    pub found: usize,
    /// The run's fingerprint: equal for equal runs.
    pub trace: u64,
}

/// One run.
///
/// # Panics
/// If the broker has lost, changed, repeated or reordered what it promised.
pub fn run(seed: u64) -> Report {
    let mut sim = Sim::new(seed);
    let io = sim.io();
    let history = History::default();
    for life in 0..LIVES {
        let duration = Duration::from_millis(io.rng.below(LIFE_MS_MAX));
        let load = load(io.clone(), history.clone(), life);
        sim.block_on(io.clock.timeout(duration, load));
        match io.rng.below(3) {
            0 => sim.kill(),
            _ => sim.crash(),
        }
    }
    let (found, committed) = sim.block_on(within(&io, read_after_clean_stop(io.clone())));
    history.check(&found);
    history.check_committed(&committed);
    Report {
        promised: history.len(),
        found: found.len(),
        trace: sim.trace(),
    }
}

/// Starts a broker and clients, which produce and consume until the future is dropped.
async fn load(io: Io, history: History, life: u64) {
    let _broker = start(&io).await;
    let client = connect(&io).await;
    // An earlier life may have created it.
    let _ = client
        .admin()
        .create_topic(&NewTopic::new(TOPIC, PARTITIONS))
        .await;
    for partition in 0..PARTITIONS {
        let writing = write(io.clone(), client.clone(), history.clone(), life, partition);
        io.tasks.spawn("producer", writing);
    }
    consume(&io, &client, &history).await;
}

async fn write(io: Io, client: Client, history: History, life: u64, partition: i32) {
    let properties = Properties::new().set("acks", "all").set("linger.ms", "0");
    let config = ProducerConfig::from_properties(&properties).expect("a valid configuration");
    let producer = client.producer(config);
    let mut pending = Vec::new();
    for number in 0.. {
        let padding = "x".repeat(io.rng.below(1500) as usize);
        let value = Bytes::from(format!("{life}/{partition}/{number}/{padding}"));
        let record = ProducerRecord::new(TOPIC, value.clone()).partition(partition);
        let Ok(delivery) = producer.send(record).await else {
            return;
        };
        pending.push((value, delivery));
        if io.rng.below(4) == 0 {
            for (value, delivery) in pending.drain(..) {
                let Ok(delivered) = delivery.wait().await else {
                    return;
                };
                if let Some(offset) = delivered.offset {
                    history.promise((partition, offset), value);
                }
            }
            io.clock
                .sleep(Duration::from_micros(io.rng.below(20_000)))
                .await;
        }
    }
}

async fn consume(io: &Io, client: &Client, history: &History) {
    let mut consumer = consumer(client);
    loop {
        if io.rng.below(4) == 0 && consumer.commit().await.is_ok() {
            for partition in partitions() {
                if let Some(offset) = consumer.position(&partition) {
                    history.commit(partition.partition, offset);
                }
            }
        }
        let Ok(polled) = consumer.poll(Duration::from_millis(50)).await else {
            continue;
        };
        for records in polled {
            for record in records.records {
                let place = (records.partition.partition, record.offset);
                history.promise(place, record.value.unwrap_or_default());
            }
        }
    }
}

/// Starts the broker, stops it cleanly, starts it again and reads everything.
async fn read_after_clean_stop(io: Io) -> (BTreeMap<Place, Bytes>, BTreeMap<i32, i64>) {
    start(&io).await.shutdown().await;
    let broker = start(&io).await;
    let client = connect(&io).await;
    let Ok(topic) = client.admin().describe_topic(TOPIC).await else {
        // Every life ended before the topic was created.
        return (BTreeMap::new(), BTreeMap::new());
    };
    let asked = topic.partitions.iter().map(|partition| {
        (
            TopicPartition::new(TOPIC, partition.partition),
            OffsetSpec::Latest,
        )
    });
    let ends = client
        .admin()
        .list_offsets(&asked.collect(), IsolationLevel::ReadUncommitted)
        .await
        .expect("offsets are listed");
    let total: i64 = ends.values().filter_map(|end| end.offset).sum();
    let mut found = BTreeMap::new();
    let mut consumer = consumer(&client);
    let committed = consumer
        .committed(&partitions())
        .await
        .expect("offsets are returned");
    for partition in partitions() {
        consumer
            .seek_to(&partition, OffsetSpec::Earliest)
            .expect("it is assigned");
    }
    while (found.len() as i64) < total {
        for records in consumer
            .poll(Duration::from_secs(1))
            .await
            .expect("records are read")
        {
            for record in records.records {
                let place = (records.partition.partition, record.offset);
                found.insert(place, record.value.unwrap_or_default());
            }
        }
    }
    broker.shutdown().await;
    let committed = committed
        .iter()
        .map(|(id, committed)| (id.partition, committed.offset));
    (found, committed.collect())
}

fn consumer(client: &Client) -> client::Consumer {
    let properties = Properties::new()
        .set("auto.offset.reset", "earliest")
        .set("group.id", "readers")
        .set("enable.auto.commit", "false");
    let config = ConsumerConfig::from_properties(&properties).expect("a valid configuration");
    let mut consumer = client.consumer(config);
    consumer.assign(partitions());
    consumer
}

fn partitions() -> Vec<TopicPartition> {
    (0..PARTITIONS)
        .map(|partition| TopicPartition::new(TOPIC, partition))
        .collect()
}

async fn start(io: &Io) -> Broker {
    let properties = BTreeMap::from([
        ("listeners".to_owned(), format!("PLAINTEXT://{ADDRESS}")),
        ("log.dirs".to_owned(), "/data".to_owned()),
        ("offsets.topic.num.partitions".to_owned(), "1".to_owned()),
        // Checkpoints within the lives of these brokers.
        (
            "log.flush.offset.checkpoint.interval.ms".to_owned(),
            "100".to_owned(),
        ),
    ]);
    let (mut config, _) =
        BrokerConfig::from_properties(&properties).expect("a valid configuration");
    // A small redo log: its files are overwritten often.
    config.redo_bytes = REDO_BYTES;
    // One open file: a file is closed before another one is written.
    config.open_files_max = 1;
    match Broker::start(io.clone(), config).await {
        Ok(broker) => broker,
        Err(e) => panic!("the broker does not start again: {e}"),
    }
}

async fn connect(io: &Io) -> Client {
    Client::connect(io, ClientConfig::new(ADDRESS))
        .await
        .expect("the broker answers")
}

async fn within<F: Future>(io: &Io, future: F) -> F::Output {
    io.clock
        .timeout(PATIENCE, future)
        .await
        .expect("reading everything takes too long")
}
