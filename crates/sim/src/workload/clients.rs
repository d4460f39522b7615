//! The clients of the workload. None of them gives up: the broker may be down at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use client::{
    Client, Committed, Consumer, ConsumerConfig, IsolationLevel, NewTopic, OffsetSpec,
    ProducerConfig, ProducerRecord, Properties,
};
use io::sim::Faults;
use io::{Io, Task};
use wire::{ErrorCode, TopicPartition};

use super::promises::{Partition, Promises, Read, Sent, number_of};
use super::{EVENTS, PARTITIONS, READERS, RELAXED, TABLE, TEMPORARY, VISITORS, connect, pause};

/// The topics that producers write to.
const TOPICS: [&str; 3] = [EVENTS, TABLE, RELAXED];

const KEYS: u64 = 8;

/// How long a reader waits for records.
const POLL: Duration = Duration::from_millis(100);

/// How long the offsets of a deleted topic may still be shown after the deletion was answered:
/// the coordinator learns of it behind the controller.
const OFFSETS_GONE: Duration = Duration::from_secs(5);

/// What a client of the workload needs.
#[derive(Clone)]
struct Context {
    io: Io,
    /// Those of the broker.
    faults: Faults,
    promises: Promises,
    has_ended: Arc<AtomicBool>,
}

impl Context {
    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }
}

/// Starts all clients. They end when `has_ended` says so.
pub(super) fn start(
    io: &Io,
    faults: &Faults,
    promises: &Promises,
    has_ended: &Arc<AtomicBool>,
) -> Vec<Task> {
    let context = Context {
        io: io.clone(),
        faults: faults.clone(),
        promises: promises.clone(),
        has_ended: Arc::clone(has_ended),
    };
    let spawn = |name, client: futures::future::BoxFuture<'static, ()>| {
        io.tasks.spawn_critical(name, client)
    };
    let mut tasks = vec![
        spawn("read", Box::pin(read(context.clone()))),
        spawn("observe", Box::pin(observe(context.clone()))),
        spawn("delete records", Box::pin(delete_records(context.clone()))),
        spawn("recreate topic", Box::pin(recreate(context.clone()))),
    ];
    for partition in TOPICS.into_iter().flat_map(partitions) {
        let producing = produce(context.clone(), partition);
        tasks.push(spawn("produce", Box::pin(producing)));
    }
    for _ in 0..3 {
        tasks.push(spawn(
            "group member",
            Box::pin(join_and_leave(context.clone())),
        ));
    }
    tasks
}

/// A client, once the broker answers and the topics exist.
async fn connect_with_topics(io: &Io) -> Client {
    let client = connect(io).await;
    // With long segments, most names in a directory do not change for a life.
    let segment_ms = if io.rng.below(2) == 0 { "2000" } else { "300" };
    let events = NewTopic::new(EVENTS, PARTITIONS)
        .config("segment.ms", segment_ms)
        .config("retention.ms", "1500")
        .config("file.delete.delay.ms", "100");
    let table = NewTopic::new(TABLE, PARTITIONS)
        .config("cleanup.policy", "compact")
        .config("segment.ms", "200")
        .config("min.cleanable.dirty.ratio", "0.01")
        .config("file.delete.delay.ms", "100");
    let relaxed = NewTopic::new(RELAXED, 1)
        .config("flush.messages", i64::MAX.to_string())
        .config("segment.ms", "100");
    for topic in [events, table, relaxed] {
        create(&client, &topic).await;
    }
    client
}

async fn create(client: &Client, topic: &NewTopic) {
    loop {
        match client.admin().create_topic(topic).await {
            Ok(_) => return,
            Err(error) if error.code() == Some(ErrorCode::TopicAlreadyExists) => return,
            Err(_) => pause(client.io(), 50).await,
        }
    }
}

fn id((topic, partition): Partition) -> TopicPartition {
    TopicPartition::new(topic, partition)
}

fn partitions(topic: &'static str) -> impl Iterator<Item = Partition> {
    let count = if topic == RELAXED { 1 } else { PARTITIONS };
    (0..count).map(move |partition| (topic, partition))
}

/// An idempotent producer, which keeps five requests in flight and never gives a record up.
async fn produce(context: Context, partition: Partition) {
    let client = connect_with_topics(&context.io).await;
    let properties = Properties::new()
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("batch.size", "600")
        .set("delivery.timeout.ms", "3600000")
        .set("max.block.ms", "3600000")
        .set("request.timeout.ms", "1000")
        .set("retry.backoff.ms", "10")
        .set("retry.backoff.max.ms", "100");
    let config = ProducerConfig::from_properties(&properties).expect("a valid configuration");
    let mut producer = client.producer(config.clone());
    let (topic, number) = partition;
    let mut pending = Vec::new();
    for sequence in 1.. {
        if context.has_ended() {
            break;
        }
        let padding = "x".repeat(context.io.rng.below(300) as usize);
        let value = Bytes::from(format!("{sequence}/{padding}"));
        let now = context.io.clock.elapsed();
        let sent = context.promises.send(partition, sequence, now);
        let mut record = ProducerRecord::new(topic, value.clone()).partition(number);
        let key = (topic == TABLE).then(|| key(&context.io, sequence));
        if let Some(key) = &key {
            record = record.key(key.clone());
        }
        let Ok(delivery) = producer.send(record).await else {
            panic!("a record of {partition:?} was refused");
        };
        pending.push(((key, value), sent, delivery));
        if context.io.rng.below(12) == 0 {
            wait_for_deliveries(&context, &client, partition, &mut pending).await;
            // A log that nobody uses is closed, and closing syncs it. The relaxed one stays open.
            let pause_ms_max = if topic == RELAXED { 100 } else { 240 };
            pause(&context.io, pause_ms_max).await;
            if context.io.rng.below(4) == 0 {
                // The broker does not know the next producer.
                producer = client.producer(config.clone());
            }
        }
    }
    wait_for_deliveries(&context, &client, partition, &mut pending).await;
}

/// The key of a record: one of a few, or one that no other record has. Compaction keeps all records of
/// the second kind.
fn key(io: &Io, sequence: u64) -> Bytes {
    match io.rng.below(3) {
        0 => Bytes::from(format!("once/{sequence}")),
        _ => Bytes::from(io.rng.below(KEYS).to_string()),
    }
}

type Pending = Vec<(Read, Sent, client::Delivery)>;

/// Waits for the outcome of all records that were sent.
async fn wait_for_deliveries(
    context: &Context,
    client: &Client,
    partition: Partition,
    pending: &mut Pending,
) {
    let promises = &context.promises;
    for (record, sent, delivery) in pending.drain(..) {
        let number = number_of(&record.1);
        match delivery.wait().await {
            Ok(delivered) => {
                let now = context.io.clock.elapsed();
                promises.acknowledge(partition, delivered.offset, &record, sent, now);
            }
            Err(error) => assert!(
                may_be_given_up(context, client, partition, number, error.code()).await,
                "record {number} of {partition:?} was given up: {error}"
            ),
        }
        promises.has_outcome(partition, number);
    }
}

/// Whether a producer may give up a record, which then exists or not:
///
/// - after a disk fault;
/// - in a relaxed topic after a power cut or a flipped bit, which may have removed the records before
///   it;
/// - if the record was deleted before the producer got an answer, and the broker was started again
///   since. It knows only the last batch of the producer then, as Kafka does.
async fn may_be_given_up(
    context: &Context,
    client: &Client,
    partition: Partition,
    number: u64,
    error: Option<ErrorCode>,
) -> bool {
    match error {
        Some(ErrorCode::KafkaStorageError) => context.faults.failed_disk_calls() > 0,
        Some(ErrorCode::OutOfOrderSequenceNumber) => {
            let may_be = match partition.0 {
                RELAXED => context.promises.may_have_damage(),
                EVENTS => was_deleted(context, client, partition, number).await,
                _ => false,
            };
            context.promises.put_in_doubt(partition);
            may_be
        }
        _ => false,
    }
}

/// Whether the broker has deleted a record that it may have written: the first record that is left
/// is a later one, or no record is left.
async fn was_deleted(
    context: &Context,
    client: &Client,
    partition: Partition,
    number: u64,
) -> bool {
    let mut consumer = consumer(client, None);
    consumer.assign([id(partition)]);
    loop {
        let polled = consumer.poll(POLL).await.unwrap_or_default();
        let mut records = polled.into_iter().flat_map(|records| records.records);
        if let Some(first) = records.next() {
            return number_of(&first.value.unwrap_or_default()) > number;
        }
        if let Ok(bounds) = check_bounds(client, &context.promises, partition.0).await {
            let (start, end) = bounds[&partition];
            if start == end {
                return start > 0;
            }
        }
    }
}

fn consumer(client: &Client, group: Option<&str>) -> Consumer {
    let mut properties = Properties::new()
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("session.timeout.ms", "300")
        .set("heartbeat.interval.ms", "50")
        .set("max.poll.interval.ms", "1000")
        .set("fetch.max.wait.ms", "100");
    if let Some(group) = group {
        properties = properties.set("group.id", group);
    }
    let config = ConsumerConfig::from_properties(&properties).expect("a valid configuration");
    client.consumer(config)
}

fn known_topic(name: &str) -> Option<&'static str> {
    [EVENTS, TABLE].into_iter().find(|topic| *topic == name)
}

/// Reads along.
async fn read(context: Context) {
    let client = connect_with_topics(&context.io).await;
    let mut consumer = consumer(&client, None);
    consumer.assign([EVENTS, TABLE].into_iter().flat_map(partitions).map(id));
    let mut next: BTreeMap<Partition, i64> = BTreeMap::new();
    while !context.has_ended() {
        let Ok(polled) = consumer.poll(POLL).await else {
            pause(&context.io, 20).await;
            continue;
        };
        for records in polled {
            let topic = known_topic(&records.partition.topic).expect("it is assigned");
            let partition = (topic, records.partition.partition);
            let next = next.entry(partition).or_default();
            for record in records.records {
                let offset = record.offset;
                assert!(offset >= *next, "{partition:?}: {offset} was read again");
                *next = offset + 1;
                let value = record.value.unwrap_or_default();
                context.promises.read(partition, offset, &value);
            }
        }
    }
}

/// Joins the group, reads and commits for a while, leaves, and does so again.
async fn join_and_leave(context: Context) {
    let client = connect_with_topics(&context.io).await;
    while !context.has_ended() {
        pause(&context.io, 200).await;
        let mut consumer = consumer(&client, Some(READERS));
        consumer.subscribe([EVENTS, TABLE]).expect("it has a group");
        let polls = 1 + context.io.rng.below(30);
        for _ in 0..polls {
            if context.has_ended() {
                break;
            }
            if consumer.poll(POLL).await.is_err() {
                pause(&context.io, 20).await;
            }
            if context.io.rng.below(3) == 0 {
                commit(&context, &mut consumer).await;
            }
        }
        match context.io.rng.below(3) {
            // It is missed when its session times out.
            0 => drop(consumer),
            _ => {
                let _ = consumer.close().await;
            }
        }
    }
}

async fn commit(context: &Context, consumer: &mut Consumer) {
    let positions: Vec<(Partition, i64)> = consumer
        .assignment()
        .into_iter()
        .filter_map(|assigned| {
            let topic = known_topic(&assigned.topic)?;
            let position = consumer.position(&assigned)?;
            Some(((topic, assigned.partition), position))
        })
        .collect();
    let offsets = positions
        .iter()
        .map(|&(partition, offset)| (id(partition), Committed::at(offset)));
    if consumer.commit_offsets(&offsets.collect()).await.is_ok() {
        for (partition, offset) in positions {
            context.promises.commit(partition, offset);
        }
    }
}

/// Lists offsets, committed offsets and group members, and checks them.
async fn observe(context: Context) {
    let client = connect_with_topics(&context.io).await;
    while !context.has_ended() {
        pause(&context.io, 150).await;
        for topic in TOPICS {
            // An answer with errors is checked the next time.
            let _ = check_bounds(&client, &context.promises, topic).await;
        }
        let _ = check_committed(&client, &context.promises).await;
        let Ok(group) = client.admin().describe_group(READERS).await else {
            continue;
        };
        if group.state == "Stable" {
            let owned = group.members.into_iter().flat_map(|member| {
                let owner = member.member_id;
                let partitions = member.assignment.into_iter().filter_map(|assigned| {
                    Some((known_topic(&assigned.topic)?, assigned.partition))
                });
                partitions.map(move |partition| (owner.clone(), partition))
            });
            context.promises.check_owners(&owned.collect::<Vec<_>>());
        }
    }
}

/// Lists log starts and high watermarks.
async fn check_bounds(
    client: &Client,
    promises: &Promises,
    topic: &'static str,
) -> client::Result<BTreeMap<Partition, (i64, i64)>> {
    let mut bounds: BTreeMap<Partition, (i64, i64)> = BTreeMap::new();
    for spec in [OffsetSpec::Earliest, OffsetSpec::Latest] {
        let before: Vec<_> = partitions(topic)
            .map(|partition| (partition, promises.bounds(partition)))
            .collect();
        let wanted = partitions(topic).map(|partition| (id(partition), spec));
        let listed = client
            .admin()
            .list_offsets(&wanted.collect(), IsolationLevel::ReadUncommitted)
            .await?;
        for (partition, before) in before {
            let found = listed.get(&id(partition)).and_then(|listed| listed.offset);
            let found = found.expect("every partition has bounds");
            match spec {
                OffsetSpec::Earliest => {
                    promises.check_log_start(partition, before, found);
                    bounds.entry(partition).or_default().0 = found;
                }
                _ => {
                    promises.check_high_watermark(partition, before, found);
                    bounds.entry(partition).or_default().1 = found;
                }
            }
        }
    }
    for (partition, (start, end)) in &bounds {
        assert!(start <= end, "{partition:?}: log start {start} > end {end}");
    }
    Ok(bounds)
}

async fn check_committed(client: &Client, promises: &Promises) -> client::Result<()> {
    let before = promises.committed();
    let found = client.admin().group_offsets(READERS, None).await?;
    let found = found.into_iter().filter_map(|(id, committed)| {
        Some(((known_topic(&id.topic)?, id.partition), committed.offset))
    });
    promises.check_committed(&before, &found.collect());
    Ok(())
}

/// Deletes records up to random offsets.
async fn delete_records(context: Context) {
    let client = connect_with_topics(&context.io).await;
    while !context.has_ended() {
        pause(&context.io, 600).await;
        let partition = (EVENTS, context.io.rng.below(PARTITIONS as u64) as i32);
        let bounds = context.promises.bounds(partition);
        let (start, end) = (bounds.log_start, bounds.high_watermark);
        let to = start + context.io.rng.below((end - start).max(0) as u64 / 2 + 1) as i64;
        context.promises.request_delete(partition, to);
        let before = BTreeMap::from([(id(partition), to)]);
        if let Ok(starts) = client.admin().delete_records(&before).await
            && let Some(&start) = starts.get(&id(partition))
        {
            assert!(
                start >= to,
                "{partition:?} was deleted to {start}, not {to}"
            );
            context.promises.delete(partition, start);
        }
    }
}

/// Deletes a topic with committed offsets and makes it again: the offsets are gone.
async fn recreate(context: Context) {
    let client = connect(&context.io).await;
    let topic = NewTopic::new(TEMPORARY, 1);
    let place = TopicPartition::new(TEMPORARY, 0);
    while !context.has_ended() {
        create(&client, &topic).await;
        let offsets = BTreeMap::from([(place.clone(), Committed::at(7))]);
        let admin = client.admin();
        // An unanswered commit may come through late: this one is answered, or nothing follows.
        let is_committed = admin.alter_group_offsets(VISITORS, &offsets).await.is_ok();
        pause(&context.io, 100).await;
        delete(&client).await;
        create(&client, &topic).await;
        if is_committed {
            check_gone(&context, &client, &place).await;
        }
        context.promises.recreate();
        delete(&client).await;
        pause(&context.io, 300).await;
    }
}

async fn delete(client: &Client) {
    loop {
        match client.admin().delete_topic(TEMPORARY).await {
            Ok(()) => return,
            Err(error) if error.code() == Some(ErrorCode::UnknownTopicOrPartition) => return,
            Err(_) => pause(client.io(), 50).await,
        }
    }
}

async fn check_gone(context: &Context, client: &Client, place: &TopicPartition) {
    let clock = &context.io.clock;
    let mut answered_since = None;
    loop {
        let asked = std::slice::from_ref(place);
        match client.admin().group_offsets(VISITORS, Some(asked)).await {
            Ok(offsets) if !offsets.contains_key(place) => return,
            Ok(offsets) => {
                let since = *answered_since.get_or_insert(clock.elapsed());
                assert!(
                    clock.elapsed() - since < OFFSETS_GONE,
                    "the offsets of a deleted topic are there after it is created again: {offsets:?}"
                );
            }
            // The broker is down: it learns of the deletion when it starts.
            Err(_) => answered_since = None,
        }
        pause(&context.io, 100).await;
    }
}

/// Checks everything, with a broker that has no faults.
pub(super) async fn check_all(client: &Client, promises: &Promises) {
    for topic in TOPICS {
        let bounds = loop {
            match check_bounds(client, promises, topic).await {
                Ok(bounds) if reach_high_watermarks(promises, &bounds) => break bounds,
                _ => pause(client.io(), 50).await,
            }
        };
        for (partition, (start, end)) in bounds {
            read_all(client, promises, partition, start, end).await;
        }
    }
    while check_committed(client, promises).await.is_err() {
        pause(client.io(), 50).await;
    }
}

/// Whether the high watermarks, the second of each pair, are as high as before all power cuts.
fn reach_high_watermarks(promises: &Promises, bounds: &BTreeMap<Partition, (i64, i64)>) -> bool {
    let mut bounds = bounds.iter();
    bounds.all(|(partition, (_, end))| *end >= promises.high_watermark_max(*partition))
}

/// Reads a partition and checks its records.
async fn read_all(
    client: &Client,
    promises: &Promises,
    partition: Partition,
    mut start: i64,
    end: i64,
) {
    let mut consumer = consumer(client, None);
    consumer.assign([id(partition)]);
    let seek = |consumer: &mut Consumer, offset| {
        let sought = consumer.seek(&id(partition), offset);
        sought.expect("the partition is assigned");
    };
    seek(&mut consumer, start);
    let mut found: BTreeMap<i64, Read> = BTreeMap::new();
    let mut damaged = BTreeSet::new();
    while let Some(position) = consumer.position(&id(partition)).filter(|at| *at < end) {
        let polled = match consumer.poll(Duration::from_secs(1)).await {
            Ok(polled) => polled,
            Err(error) if is_damage(promises, partition, &error) => {
                damaged.insert(position);
                seek(&mut consumer, position + 1);
                continue;
            }
            Err(_) => continue,
        };
        for record in polled.into_iter().flat_map(|records| records.records) {
            let expected = found.keys().next_back().map_or(start, |last| last + 1);
            if partition.0 == EVENTS && record.offset > expected {
                // Retention has removed records while they were read. Or they are lost.
                found.clear();
                start = record.offset;
                check_log_start(client, promises, partition, start).await;
            }
            let value = record.value.unwrap_or_default();
            found.insert(record.offset, (record.key, value));
        }
    }
    let next = found.keys().next_back().map_or(start, |last| last + 1);
    if partition.0 == EVENTS && next < end {
        // Retention has removed the rest while it was read. Or it is lost.
        found.clear();
        start = end;
        check_log_start(client, promises, partition, start).await;
    }
    let first_damaged = damaged.first().copied().unwrap_or(end);
    let log_start = found
        .keys()
        .next()
        .map_or(end, |first| first_damaged.min(*first));
    // Compaction may have removed the first records.
    if partition.0 != TABLE && log_start > start {
        check_log_start(client, promises, partition, log_start).await;
    }
    promises.check_records(partition, log_start, &found, &damaged);
}

/// Whether a read fails because a relaxed topic is damaged: the server reports the
/// offsets whose records it cannot give.
fn is_damage(promises: &Promises, partition: Partition, error: &client::Error) -> bool {
    partition.0 == RELAXED
        && promises.may_have_damage()
        && error.code() == Some(ErrorCode::CorruptMessage)
}

/// Fails if a partition begins before `start`: then records are lost.
async fn check_log_start(client: &Client, promises: &Promises, partition: Partition, start: i64) {
    loop {
        if let Ok(bounds) = check_bounds(client, promises, partition.0).await {
            let (found, _) = bounds[&partition];
            assert!(found >= start, "{partition:?} has a gap before {start}");
            return;
        }
        pause(client.io(), 50).await;
    }
}
