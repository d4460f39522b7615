//! The fetcher: sends Fetch requests and buffers their data.
//!
//! At most one Fetch is in flight to each broker; it is a long poll. The next one is sent while the caller
//! processes the records of the last. A partition is left out while more is buffered of it than one Fetch
//! returns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use io::Task;
use wire::messages::fetch_request::{FetchPartition, FetchTopic};
use wire::messages::fetch_response::PartitionData;
use wire::messages::{FetchRequest, FetchResponse};
use wire::record_batch::{BatchError, Record, batches};
use wire::{ErrorCode, StrBytes, TopicPartition, Uuid};

use super::buffer::{Buffer, Chunk, Position};
use crate::admin::OffsetSpec;
use crate::retry::Backoff;
use crate::{Client, ConnectionPool, ConsumerConfig, Error, IsolationLevel, Result};

/// The last version of Fetch that identifies topics by name.
const FETCH_BY_NAME: i16 = 12;

/// Records of one partition, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRecords {
    /// Topic and partition.
    pub partition: TopicPartition,
    /// The records. Their bytes are slices of the received response: copy bytes that are kept for long.
    pub records: Vec<Record>,
    /// The consumer's position after them.
    pub next_offset: i64,
    /// The partition's high watermark when this was fetched; with `read_committed`, its last stable
    /// offset.
    pub end_offset: i64,
}

/// Fetches partitions.
#[derive(Debug)]
pub(super) struct Fetcher {
    client: Client,
    config: ConsumerConfig,
    pool: Arc<ConnectionPool>,
    partitions: BTreeMap<TopicPartition, State>,
    /// Brokers with a Fetch in flight.
    busy: BTreeSet<i32>,
    /// Topics whose metadata is being fetched.
    fetching_metadata: BTreeSet<StrBytes>,
    waiting: FuturesUnordered<Task<Event>>,
    /// The partition whose records were returned last.
    served: Option<TopicPartition>,
    failure: Option<Error>,
}

/// An assigned partition.
#[derive(Debug)]
pub(super) struct State {
    /// The consumer's position; `None` while it is looked up.
    pub(super) position: Option<Position>,
    /// The position to look up; `None` for the committed offset.
    pub(super) reset: Option<OffsetSpec>,
    pub(super) paused: bool,
    /// The offset after the buffered data.
    fetch_offset: i64,
    buffer: Buffer,
    end_offset: i64,
    not_before: Duration,
    backoff: Backoff,
}

#[derive(Debug)]
enum Event {
    MetadataFetched(StrBytes),
    Responded(FetchInFlight, Result<FetchResponse>),
}

/// A Fetch in flight.
#[derive(Debug)]
struct FetchInFlight {
    broker: i32,
    offsets: BTreeMap<TopicPartition, i64>,
    names: BTreeMap<Uuid, StrBytes>,
}

impl Fetcher {
    pub(super) fn new(client: Client, config: ConsumerConfig) -> Fetcher {
        Fetcher {
            pool: Arc::new(client.new_pool()),
            client,
            config,
            partitions: BTreeMap::new(),
            busy: BTreeSet::new(),
            fetching_metadata: BTreeSet::new(),
            waiting: FuturesUnordered::new(),
            served: None,
            failure: None,
        }
    }

    /// Replaces the assigned partitions. Those that stay keep their position and buffered data.
    pub(super) fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        let mut old = std::mem::take(&mut self.partitions);
        for partition in partitions {
            let state = old.remove(&partition).unwrap_or_else(|| State {
                position: None,
                reset: None,
                paused: false,
                fetch_offset: 0,
                buffer: Buffer::default(),
                end_offset: -1,
                not_before: Duration::ZERO,
                backoff: self.client.backoff(),
            });
            self.partitions.insert(partition, state);
        }
    }

    pub(super) fn partitions(&self) -> impl Iterator<Item = (&TopicPartition, &State)> {
        self.partitions.iter()
    }

    pub(super) fn partition_mut(&mut self, partition: &TopicPartition) -> Result<&mut State> {
        self.partitions
            .get_mut(partition)
            .ok_or_else(|| Error::State(format!("partition {partition} is not assigned")))
    }

    pub(super) fn partition(&self, partition: &TopicPartition) -> Option<&State> {
        self.partitions.get(partition)
    }

    /// Returns buffered records, of one partition after the other.
    ///
    /// # Errors
    /// An error of a broker or of damaged data, once.
    pub(super) fn take(&mut self, max: usize) -> Result<Vec<PartitionRecords>> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        let mut taken = Vec::new();
        let mut left = max;
        for partition in self.buffered() {
            if left == 0 {
                break;
            }
            let state = self.partitions.get_mut(&partition).expect("listed above");
            let Some(position) = &mut state.position else {
                continue;
            };
            let records = match state.buffer.take(&partition, position, left) {
                Ok(records) => records,
                // Keep the records that were taken before: the next call returns the error.
                Err(error) if !taken.is_empty() => {
                    self.failure = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            if records.is_empty() {
                continue;
            }
            left -= records.len();
            taken.push(PartitionRecords {
                next_offset: position.offset,
                end_offset: state.end_offset,
                records,
                partition: partition.clone(),
            });
            self.served = Some(partition);
        }
        Ok(taken)
    }

    /// The partitions with buffered data, beginning after the last one that returned records.
    fn buffered(&self) -> Vec<TopicPartition> {
        let mut ready: Vec<_> = self
            .partitions
            .iter()
            .filter(|(_, state)| !state.paused && !state.buffer.is_empty())
            .map(|(partition, _)| partition.clone())
            .collect();
        if let Some(served) = &self.served {
            let behind = ready.partition_point(|partition| partition <= served);
            ready.rotate_left(behind);
        }
        ready
    }

    /// Sends a Fetch to every leader without one in flight.
    pub(super) fn send_fetches(&mut self) {
        let now = self.client.io().clock.elapsed();
        let mut fetches: BTreeMap<i32, Vec<(TopicPartition, Uuid, FetchPartition)>> =
            BTreeMap::new();
        let mut unknown = BTreeSet::new();
        let full = self.config.partition_fetch_max_bytes.max(1) as usize;
        for (key, state) in &self.partitions {
            let due = state.position.is_some()
                && !state.paused
                && state.buffer.bytes() < full
                && now >= state.not_before;
            if !due {
                continue;
            }
            let topic = self.client.cached_topic(&key.topic);
            let found = topic.as_ref().and_then(|topic| {
                let partition = topic.partition(key.partition)?;
                Some((partition.leader?, partition.leader_epoch, topic.id))
            });
            match found {
                Some((leader, leader_epoch, id)) if !self.busy.contains(&leader) => {
                    let fetch = FetchPartition {
                        partition: key.partition,
                        current_leader_epoch: leader_epoch,
                        fetch_offset: state.fetch_offset,
                        partition_max_bytes: self.config.partition_fetch_max_bytes,
                        ..FetchPartition::default()
                    };
                    fetches
                        .entry(leader)
                        .or_default()
                        .push((key.clone(), id, fetch));
                }
                Some(_) => {}
                None => {
                    unknown.insert(key.topic.clone());
                }
            }
        }
        for topic in unknown {
            self.fetch_metadata(topic);
        }
        for (broker, partitions) in fetches {
            self.send(broker, partitions);
        }
    }

    /// Fetches the metadata of a topic.
    fn fetch_metadata(&mut self, topic: StrBytes) {
        if !self.fetching_metadata.insert(topic.clone()) {
            return;
        }
        self.client.forget_topic(&topic);
        let client = self.client.clone();
        let create = self.config.auto_create_topics;
        let pause = client.config().retry_backoff;
        let task = client
            .io()
            .clone()
            .tasks
            .spawn("consumer metadata", async move {
                // The result is read from the cache.
                let found = client.topic(&topic, create).await;
                if !found.is_ok_and(|topic| topic.partitions.iter().all(|p| p.leader.is_some())) {
                    client.io().clock.sleep(pause).await;
                }
                Event::MetadataFetched(topic)
            });
        self.waiting.push(task);
    }

    fn send(&mut self, broker: i32, partitions: Vec<(TopicPartition, Uuid, FetchPartition)>) {
        let mut in_flight = FetchInFlight {
            broker,
            offsets: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        let mut topics: BTreeMap<StrBytes, FetchTopic> = BTreeMap::new();
        let mut by_name = false;
        for (key, id, fetch) in partitions {
            by_name |= id.is_zero();
            in_flight.names.insert(id, key.topic.clone());
            topics
                .entry(key.topic.clone())
                .or_insert_with(|| FetchTopic {
                    topic: key.topic.clone(),
                    topic_id: id,
                    partitions: Vec::new(),
                })
                .partitions
                .push(fetch.clone());
            in_flight.offsets.insert(key, fetch.fetch_offset);
        }
        let wait = self.config.fetch_max_wait;
        let request = FetchRequest {
            max_wait_ms: i32::try_from(wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: self.config.fetch_min_bytes,
            max_bytes: self.config.fetch_max_bytes,
            isolation_level: self.config.isolation_level.code(),
            topics: topics.into_values().collect(),
            rack_id: StrBytes::from(self.config.rack.as_str()),
            ..FetchRequest::default()
        };
        self.busy.insert(broker);
        let (client, pool) = (self.client.clone(), Arc::clone(&self.pool));
        let max_version = if by_name { FETCH_BY_NAME } else { i16::MAX };
        // A task, so that the request is sent even if the caller does not poll.
        let task = client
            .io()
            .clone()
            .tasks
            .spawn("consumer fetch", async move {
                let response = async {
                    let connection = client.broker_in(&pool, broker).await?;
                    let version = connection.version_up_to::<FetchRequest>(max_version)?;
                    let timeout = client.config().request_timeout + wait;
                    connection
                        .send_within(&request, version, timeout)
                        .await?
                        .await
                };
                let response = response.await;
                Event::Responded(in_flight, response)
            });
        self.waiting.push(task);
    }

    /// Waits for the next response and processes it. Never completes if nothing is in flight.
    pub(super) async fn next_response(&mut self) {
        match self.waiting.next().await {
            Some(Ok(Event::MetadataFetched(topic))) => {
                self.fetching_metadata.remove(&topic);
            }
            Some(Ok(Event::Responded(fetch, response))) => self.process(fetch, response),
            // The task has panicked. Its broker would stay busy for ever.
            Some(Err(error)) => self.failure = Some(Error::State(format!("fetch: {error}"))),
            None => std::future::pending().await,
        }
    }

    /// The next time at which a partition is retried.
    pub(super) fn next_attempt(&self, now: Duration) -> Option<Duration> {
        self.partitions
            .values()
            .map(|state| state.not_before)
            .filter(|&time| time > now)
            .min()
    }

    fn process(&mut self, fetch: FetchInFlight, response: Result<FetchResponse>) {
        self.busy.remove(&fetch.broker);
        let response = response.and_then(|response| {
            Error::check(response.error_code, None, || "fetch".to_owned())?;
            Ok(response)
        });
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                tracing::debug!(broker = fetch.broker, %error, "a fetch failed");
                for partition in fetch.offsets.keys() {
                    self.postpone(partition);
                }
                let passes = error.is_retriable() || error.code().is_some();
                if !passes {
                    self.failure = Some(error);
                }
                return;
            }
        };
        for topic in response.responses {
            let name = match fetch.names.get(&topic.topic_id) {
                Some(name) if topic.topic.is_empty() => name.clone(),
                _ => topic.topic.detached(),
            };
            for data in topic.partitions {
                let key = TopicPartition::new(name.clone(), data.partition_index);
                let Some(&offset) = fetch.offsets.get(&key) else {
                    continue;
                };
                // The partition was reassigned, or its position was changed.
                let current = self.partitions.get(&key);
                if current.is_some_and(|state| state.fetch_offset == offset) {
                    self.take_partition(&key, data);
                }
            }
        }
    }

    fn take_partition(&mut self, key: &TopicPartition, data: PartitionData) {
        let code = ErrorCode::from_code(data.error_code);
        let state = self.partitions.get_mut(key).expect("looked up before");
        match code {
            ErrorCode::None => {
                state.backoff.reset();
                state.end_offset = match self.config.isolation_level {
                    IsolationLevel::ReadCommitted => data.last_stable_offset,
                    IsolationLevel::ReadUncommitted => data.high_watermark,
                };
                let read_committed = self.config.isolation_level == IsolationLevel::ReadCommitted;
                let aborted = data.aborted_transactions.filter(|_| read_committed);
                let bytes = data.records.bytes().cloned().unwrap_or_default();
                let mut whole = VecDeque::new();
                for batch in batches(bytes) {
                    match batch {
                        Ok(batch) => {
                            state.fetch_offset = batch.header.next_offset();
                            whole.push_back(batch);
                        }
                        // The response was limited in size; the next one has the rest.
                        Err(BatchError::Partial { .. }) if !whole.is_empty() => {}
                        Err(error) => {
                            self.failure = Some(Error::Records {
                                partition: key.to_string(),
                                offset: state.fetch_offset,
                                reason: error.to_string(),
                            });
                        }
                    }
                }
                if !whole.is_empty() {
                    let chunk = Chunk::new(whole, aborted, self.config.check_crcs);
                    state.buffer.push(chunk);
                }
            }
            ErrorCode::OffsetOutOfRange | ErrorCode::CorruptMessage if !state.buffer.is_empty() => {
                // First return the buffered records, then look the position up again.
                self.postpone(key);
            }
            ErrorCode::OffsetOutOfRange => match self.config.reset_spec() {
                Some(spec) => {
                    tracing::info!(partition = %key, offset = state.fetch_offset, "offset out of range");
                    state.position = None;
                    state.reset = Some(spec);
                }
                None => self.fail(key, code),
            },
            // A topic that was created again has another id.
            ErrorCode::UnknownTopicId
            | ErrorCode::InconsistentTopicId
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch => self.postpone(key),
            // Another Fetch would return the same.
            ErrorCode::CorruptMessage => self.fail(key, code),
            code if code.is_retriable() => self.postpone(key),
            code => self.fail(key, code),
        }
    }

    fn fail(&mut self, key: &TopicPartition, code: ErrorCode) {
        self.postpone(key);
        self.failure = Some(Error::Broker {
            what: format!("fetch {key}"),
            code,
            message: None,
        });
    }

    /// Retries a partition after a pause, with new metadata.
    fn postpone(&mut self, key: &TopicPartition) {
        self.client.forget_topic(&key.topic);
        let io = self.client.io();
        if let Some(state) = self.partitions.get_mut(key) {
            state.not_before = io.clock.elapsed() + state.backoff.next(io);
        }
    }
}

impl State {
    /// Sets the position of a partition.
    pub(super) fn seek(&mut self, position: Position) {
        self.position = Some(position);
        self.reset = None;
        self.fetch_offset = position.offset;
        self.buffer.clear();
    }

    /// Clears the position of a partition, so that it is looked up again.
    pub(super) fn unset(&mut self, reset: OffsetSpec) {
        self.position = None;
        self.reset = Some(reset);
        self.buffer.clear();
    }
}
