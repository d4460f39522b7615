//! The sender task of a producer: sends the batches of the accumulator and returns their results to it.
//!
//! Several requests may be in flight to a broker (`max.in.flight.requests.per.connection`). They are sent and
//! answered in order. A slow broker does not delay requests to other brokers.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use wire::messages::produce_response::PartitionProduceResponse;
use wire::messages::{InitProducerIdRequest, ProduceRequest, ProduceResponse};
use wire::{ErrorCode, Records, StrBytes, TopicPartition, Uuid};

use super::Shared;
use super::accumulator::{Appended, Batch, ProducerIdentity};
use crate::config::Acks;
use crate::retry::Backoff;
use crate::{Connection, ConnectionPool, Error, Result};

/// The last version of Produce that identifies topics by name.
const PRODUCE_BY_NAME: i16 = 12;

/// The end of something that the sender waits for.
enum Event {
    /// A topic's metadata was fetched; if that succeeded, it is in the cache.
    MetadataFetched(StrBytes),
    Connected(i32, Result<Connection>),
    Identity(Result<ProducerIdentity>),
    Responded(i32, Sent, Result<ProduceResponse>),
}

type Waiting = FuturesUnordered<Pin<Box<dyn Future<Output = Event> + Send>>>;

/// The batches of a request, and the topic ids that the request used.
struct Sent {
    batches: Vec<Batch>,
    ids: BTreeMap<StrBytes, Uuid>,
}

/// Runs until the producer is closed and every batch has its result.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut sender = Sender {
        pool: Arc::new(shared.client.new_pool()),
        brokers: BTreeMap::new(),
        fetching_metadata: BTreeSet::new(),
        identifying: false,
        identify_at: Duration::ZERO,
        backoff: shared.client.backoff(),
        waiting: FuturesUnordered::new(),
        shared,
    };
    sender.run().await;
}

struct Sender {
    shared: Arc<Shared>,
    pool: Arc<ConnectionPool>,
    brokers: BTreeMap<i32, Target>,
    /// Topics whose metadata is being fetched.
    fetching_metadata: BTreeSet<StrBytes>,
    /// Whether a producer id is being requested, and the time of the next attempt.
    identifying: bool,
    identify_at: Duration,
    backoff: Backoff,
    waiting: Waiting,
}

/// A broker that batches are sent to.
struct Target {
    connection: Option<Connection>,
    connecting: bool,
    in_flight: usize,
    /// Time of the next attempt to connect.
    connect_at: Duration,
    backoff: Backoff,
}

impl Sender {
    async fn run(&mut self) {
        loop {
            let now = self.now();
            self.shared.accumulator.lock().expire(now);
            self.request_producer_id(now);
            self.dispatch(now).await;
            let (closed, idle, deadline) = {
                let accumulator = self.shared.accumulator.lock();
                (
                    accumulator.is_closed(),
                    accumulator.is_idle(),
                    accumulator.next_deadline(now),
                )
            };
            if closed && idle {
                return;
            }
            let deadline = self.deadline(now, deadline);
            let clock = self.shared.client.io().clock.clone();
            let alarm = async {
                match deadline {
                    Some(deadline) => clock.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                biased;
                Some(event) = self.waiting.next() => Some(event),
                () = self.shared.wakeup.notified() => None,
                () = alarm => None,
            };
            if let Some(event) = event {
                self.handle(event);
            }
        }
    }

    fn now(&self) -> Duration {
        self.shared.client.io().clock.elapsed()
    }

    /// The next deadline, of the accumulator or of the sender itself.
    fn deadline(&self, now: Duration, deadline: Option<Duration>) -> Option<Duration> {
        let connects = self.brokers.values().map(|target| target.connect_at);
        connects
            .chain([self.identify_at])
            .filter(|&time| time > now)
            .chain(deadline)
            .min()
    }

    fn request_producer_id(&mut self, now: Duration) {
        let needed = self.shared.accumulator.lock().needs_identity();
        if !needed || self.identifying || now < self.identify_at {
            return;
        }
        self.identifying = true;
        let shared = Arc::clone(&self.shared);
        self.waiting.push(Box::pin(async move {
            let request = InitProducerIdRequest {
                transactional_id: None,
                transaction_timeout_ms: i32::MAX,
                ..InitProducerIdRequest::default()
            };
            let response = shared.client.request(&request).await;
            Event::Identity(response.and_then(|response| {
                Error::check(response.error_code, None, || "get a producer id".to_owned())?;
                Ok(ProducerIdentity {
                    id: response.producer_id,
                    epoch: response.producer_epoch,
                })
            }))
        }));
    }

    /// Sends all batches that can be sent.
    async fn dispatch(&mut self, now: Duration) {
        loop {
            let sendable = self.shared.accumulator.lock().sendable(now);
            let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
            for partition in sendable {
                if let Some(leader) = self.leader(&partition) {
                    by_leader.entry(leader).or_default().push(partition);
                }
            }
            let mut sent_any = false;
            for (leader, partitions) in by_leader {
                if self.can_send_to(leader, now) {
                    self.send(leader, &partitions).await;
                    sent_any = true;
                }
            }
            if !sent_any {
                return;
            }
        }
    }

    /// The leader of a partition. Fetches the metadata if it is not known.
    fn leader(&mut self, partition: &TopicPartition) -> Option<i32> {
        if let Some(topic) = self.shared.client.cached_topic(&partition.topic) {
            if let Some(leader) = topic.partition(partition.partition).and_then(|p| p.leader) {
                return Some(leader);
            }
            self.shared.client.forget_topic(&partition.topic);
        }
        if self.fetching_metadata.insert(partition.topic.clone()) {
            let (shared, topic) = (Arc::clone(&self.shared), partition.topic.clone());
            let pause = self.backoff.next(shared.client.io());
            self.waiting.push(Box::pin(async move {
                let timeout = shared.config.request_timeout;
                let found = shared.client.topic_within(&topic, true, timeout).await;
                let led =
                    found.is_ok_and(|topic| topic.partitions.iter().all(|p| p.leader.is_some()));
                if !led {
                    shared.client.io().clock.sleep(pause).await;
                }
                Event::MetadataFetched(topic)
            }));
        }
        None
    }

    /// Whether a request can be sent to a broker now. Connects if there is no connection.
    fn can_send_to(&mut self, leader: i32, now: Duration) -> bool {
        let target = self.brokers.entry(leader).or_insert_with(|| Target {
            connection: None,
            connecting: false,
            in_flight: 0,
            connect_at: Duration::ZERO,
            backoff: self.shared.client.backoff(),
        });
        if target
            .connection
            .as_ref()
            .is_some_and(|open| !open.is_broken())
        {
            return target.in_flight < self.shared.config.in_flight_max;
        }
        if !target.connecting && now >= target.connect_at {
            target.connecting = true;
            let (shared, pool) = (Arc::clone(&self.shared), Arc::clone(&self.pool));
            self.waiting.push(Box::pin(async move {
                Event::Connected(leader, shared.client.broker_in(&pool, leader).await)
            }));
        }
        false
    }

    /// Sends one request with one batch of each of these partitions, as many as fit.
    async fn send(&mut self, leader: i32, partitions: &[TopicPartition]) {
        let Some(target) = self.brokers.get_mut(&leader) else {
            return;
        };
        let Some(connection) = target.connection.clone() else {
            return;
        };
        target.in_flight += 1;
        let mut taken = Vec::new();
        {
            let mut accumulator = self.shared.accumulator.lock();
            let mut bytes = 0;
            for partition in partitions {
                bytes += accumulator.next_len(partition);
                if !taken.is_empty() && bytes > self.shared.config.request_bytes_max {
                    break;
                }
                taken.extend(accumulator.take(partition));
            }
        }
        // Compression takes time, so it runs outside of the lock.
        let batches: Vec<Batch> = taken.into_iter().map(|batch| batch.seal()).collect();
        let (request, sent) = self.request(batches);
        let max = match sent.ids.values().any(Uuid::is_zero) {
            true => PRODUCE_BY_NAME,
            false => i16::MAX,
        };
        let version = connection.version_up_to::<ProduceRequest>(max);
        let response: Pin<Box<dyn Future<Output = Result<ProduceResponse>> + Send>> = match version
        {
            Err(error) => Box::pin(std::future::ready(Err(error))),
            Ok(version) if self.shared.config.acks == Acks::None => {
                let written = connection.send_one_way(&request, version).await;
                Box::pin(std::future::ready(
                    written.map(|()| ProduceResponse::default()),
                ))
            }
            Ok(version) => {
                let timeout = self.shared.config.request_timeout;
                match connection.send_within(&request, version, timeout).await {
                    Ok(response) => Box::pin(response),
                    Err(error) => Box::pin(std::future::ready(Err(error))),
                }
            }
        };
        self.waiting.push(Box::pin(async move {
            Event::Responded(leader, sent, response.await)
        }));
    }

    fn request(&self, batches: Vec<Batch>) -> (ProduceRequest, Sent) {
        let mut ids = BTreeMap::new();
        let mut topics: BTreeMap<StrBytes, TopicProduceData> = BTreeMap::new();
        for batch in &batches {
            let name = batch.topic().clone();
            let id = *ids.entry(name.clone()).or_insert_with(|| {
                let topic = self.shared.client.cached_topic(&name);
                topic.map_or(Uuid::ZERO, |topic| topic.id)
            });
            topics
                .entry(name.clone())
                .or_insert_with(|| TopicProduceData {
                    name,
                    topic_id: id,
                    partition_data: Vec::new(),
                })
                .partition_data
                .push(PartitionProduceData {
                    index: batch.partition.partition,
                    records: Records::Bytes(batch.bytes.clone()),
                });
        }
        let timeout_ms = self.shared.config.request_timeout.as_millis();
        let request = ProduceRequest {
            transactional_id: None,
            acks: self.shared.config.acks.code(),
            timeout_ms: i32::try_from(timeout_ms).unwrap_or(i32::MAX),
            topic_data: topics.into_values().collect(),
        };
        (request, Sent { batches, ids })
    }

    fn handle(&mut self, event: Event) {
        let now = self.now();
        let io = self.shared.client.io().clone();
        match event {
            Event::MetadataFetched(topic) => {
                self.fetching_metadata.remove(&topic);
                if self.fetching_metadata.is_empty() {
                    self.backoff.reset();
                }
            }
            Event::Connected(broker, result) => {
                let Some(target) = self.brokers.get_mut(&broker) else {
                    return;
                };
                target.connecting = false;
                match result {
                    Ok(connection) => {
                        target.connection = Some(connection);
                        target.backoff.reset();
                    }
                    Err(error) => {
                        tracing::debug!(broker, %error, "cannot reach a broker");
                        target.connect_at = now + target.backoff.next(&io);
                        // Its partitions may have another leader.
                        self.forget_topics_of(broker);
                    }
                }
            }
            Event::Identity(result) => {
                self.identifying = false;
                let mut accumulator = self.shared.accumulator.lock();
                match result {
                    Ok(identity) => accumulator.set_identity(identity),
                    Err(error) if error.is_retriable() => {
                        drop(accumulator);
                        self.identify_at = now + self.backoff.next(&io);
                    }
                    Err(error) => accumulator.fail_all(&error),
                }
            }
            Event::Responded(broker, sent, result) => {
                if let Some(target) = self.brokers.get_mut(&broker) {
                    target.in_flight -= 1;
                }
                let pause = self.shared.client.backoff().next(&io);
                match result {
                    Ok(response) => self.complete(sent, &response, now, pause),
                    Err(error) => {
                        for batch in sent.batches {
                            self.give_back(batch, error.clone(), now, pause);
                        }
                    }
                }
            }
        }
    }

    /// Returns the result of each batch to the accumulator.
    fn complete(&self, sent: Sent, response: &ProduceResponse, now: Duration, pause: Duration) {
        let unanswered = self.shared.config.acks == Acks::None;
        for batch in sent.batches {
            if unanswered {
                let nowhere = Appended {
                    base_offset: None,
                    append_time_ms: None,
                };
                self.shared.accumulator.lock().succeeded(batch, nowhere);
                continue;
            }
            let id = sent.ids.get(batch.topic()).copied().unwrap_or_default();
            match outcome_of(response, &batch.partition, id) {
                Ok(appended) => self.shared.accumulator.lock().succeeded(batch, appended),
                Err(error) => self.give_back(batch, error, now, pause),
            }
        }
    }

    fn give_back(&self, batch: Batch, error: Error, now: Duration, pause: Duration) {
        tracing::debug!(partition = %batch.partition, %error, "a batch was not written");
        if error.is_retriable() {
            self.shared.client.forget_topic(batch.topic());
        }
        let mut accumulator = self.shared.accumulator.lock();
        accumulator.failed(batch, error, now, pause);
    }

    fn forget_topics_of(&self, broker: i32) {
        let client = &self.shared.client;
        let sendable = self.shared.accumulator.lock().sendable(self.now());
        for partition in sendable {
            let led = client
                .cached_topic(&partition.topic)
                .and_then(|topic| topic.partition(partition.partition)?.leader);
            if led == Some(broker) {
                client.forget_topic(&partition.topic);
            }
        }
    }
}

/// The result of one partition in a response.
fn outcome_of(
    response: &ProduceResponse,
    partition: &TopicPartition,
    id: Uuid,
) -> Result<Appended> {
    let what = || format!("produce to {partition}");
    let found = response
        .responses
        .iter()
        .filter(|topic| topic.name == partition.topic || (!id.is_zero() && topic.topic_id == id))
        .flat_map(|topic| &topic.partition_responses)
        .find(|response| response.index == partition.partition);
    let Some(found) = found else {
        return Err(Error::Broker {
            what: what(),
            code: ErrorCode::UnknownServerError,
            message: Some("the broker's response does not mention it".to_owned()),
        });
    };
    let code = ErrorCode::from_code(found.error_code);
    if code == ErrorCode::DuplicateSequenceNumber {
        // An earlier attempt was written, and its response was lost.
        return Ok(Appended {
            base_offset: None,
            append_time_ms: None,
        });
    }
    Error::check(found.error_code, message(found).as_deref(), what)?;
    Ok(Appended {
        base_offset: (found.base_offset >= 0).then_some(found.base_offset),
        append_time_ms: (found.log_append_time_ms >= 0).then_some(found.log_append_time_ms),
    })
}

/// The broker's message about an error: of the batch, and of its first invalid record.
fn message(response: &PartitionProduceResponse) -> Option<String> {
    let batch = response.error_message.as_deref();
    let record = response.record_errors.first().map(|error| {
        let message = error.batch_index_error_message.as_deref().unwrap_or("bad");
        format!("record {} of the batch: {message}", error.batch_index)
    });
    match (batch, record) {
        (Some(batch), Some(record)) => Some(format!("{batch}; {record}")),
        (Some(batch), None) => Some(batch.to_owned()),
        (None, record) => record,
    }
}
