//! The active controller: decides changes of the cluster metadata and commits them.
//!
//! `metadata` decides which records a request results in. A decision is made at once, against the
//! image after all earlier decisions ([`PendingChanges`]). One task appends the batches of the
//! decisions made meanwhile to the metadata log and syncs them together; another publishes the
//! committed image on this node. A request is answered once its change is committed and published
//! here, so that a client can use a topic that it has just created.
//!
//! Invariant: no published image contains a record that is not on disk. A change that was decided is
//! carried out even if the client's connection has closed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use io::{Io, Pool, Task};
use metadata::controller::{self, NodeFacts, Outcome, PendingChanges};
use metadata::{MetadataImage, MetadataRecord};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use wire::messages::create_topics_request::CreateTopicsRequest;
use wire::messages::create_topics_response::CreateTopicsResponse;
use wire::{ApiError, ErrorCode, StrBytes, Uuid};

use super::metadata_cache::MetadataCache;
use super::metadata_log::{self, MetadataLog, MetadataLogError};
use super::publisher::Publisher;
use crate::config::BrokerConfig;
use crate::partition::directories::Directories;

/// The active controller.
#[derive(Debug)]
pub(crate) struct Controller {
    io: Io,
    config: Arc<BrokerConfig>,
    directories: Arc<Directories>,
    metadata: Arc<MetadataCache>,
    log: Arc<Mutex<MetadataLog>>,
    /// Bytes of batches appended since the last snapshot.
    bytes_since_snapshot: AtomicU64,
    state: Mutex<State>,
    /// Wakes the task that appends.
    decided: Notify,
    /// Wakes the task that publishes.
    committed: Notify,
}

#[derive(Debug)]
struct State {
    changes: PendingChanges,
    /// Batches that no task has taken yet, oldest first, one per decision.
    unwritten: Vec<Bytes>,
    /// Requests that wait, by the offset that must be published before they are answered.
    waiting: BTreeMap<i64, Vec<oneshot::Sender<()>>>,
}

/// The parts of a [`Controller`].
pub(crate) struct ControllerParts<'a> {
    pub io: &'a Io,
    pub config: &'a Arc<BrokerConfig>,
    pub directories: &'a Arc<Directories>,
    /// Contains the image after all records of the log.
    pub metadata: &'a Arc<MetadataCache>,
    /// Led by this node.
    pub log: MetadataLog,
    /// Bytes of batches after the newest snapshot.
    pub bytes_since_snapshot: u64,
}

impl Controller {
    /// Creates a controller. [`Self::start`] starts its tasks.
    pub(crate) fn new(parts: ControllerParts<'_>) -> Controller {
        let changes = PendingChanges::new(&parts.metadata.image(), parts.log.epoch());
        Controller {
            io: parts.io.clone(),
            config: Arc::clone(parts.config),
            directories: Arc::clone(parts.directories),
            metadata: Arc::clone(parts.metadata),
            log: Arc::new(Mutex::new(parts.log)),
            bytes_since_snapshot: AtomicU64::new(parts.bytes_since_snapshot),
            state: Mutex::new(State {
                changes,
                unwritten: Vec::new(),
                waiting: BTreeMap::new(),
            }),
            decided: Notify::new(),
            committed: Notify::new(),
        }
    }

    /// Starts the tasks that append and publish.
    pub(crate) fn start(self: &Arc<Self>, publisher: Arc<Publisher>) -> Vec<Task> {
        let tasks = &self.io.tasks;
        let appending = append_decided(Arc::clone(self));
        let publishing = publish_committed(Arc::clone(self), publisher);
        vec![
            tasks.spawn_critical("metadata log", appending),
            tasks.spawn_critical("metadata publisher", publishing),
        ]
    }

    /// Carries out a change: `decide` returns its records and the response. It sees the image after
    /// all earlier changes. Waits until the change, and every change it may have seen, is committed
    /// and published on this node.
    ///
    /// # Errors
    /// The refusal of `decide`; `KAFKA_STORAGE_ERROR` if the log cannot be written.
    pub(crate) async fn change<R, D>(&self, decide: D) -> Result<R, ApiError>
    where
        D: FnOnce(&MetadataImage, NodeFacts<'_>) -> Result<Outcome<R>, ApiError>,
    {
        let (decided, published) = self.decide(decide);
        if let Some(published) = published
            && published.await.is_err()
        {
            return Err(ErrorCode::KafkaStorageError.into());
        }
        decided
    }

    /// Decides a change and queues its records for the log. The receiver gets a message when they are
    /// published, and is closed if they cannot be written; `None` if there is nothing to wait for.
    fn decide<R, D>(&self, decide: D) -> (Result<R, ApiError>, Option<oneshot::Receiver<()>>)
    where
        D: FnOnce(&MetadataImage, NodeFacts<'_>) -> Result<Outcome<R>, ApiError>,
    {
        let mut state = self.state.lock();
        let decided = decide(state.changes.speculative(), self.config.facts())
            .and_then(|outcome| self.add(&mut state, outcome));
        // A refusal may be based on a change that is not committed yet, so it waits, too.
        let last_offset = state.changes.speculative().last_offset();
        if last_offset <= self.metadata.image().last_offset() {
            return (decided, None);
        }
        let (done, published) = oneshot::channel();
        state.waiting.entry(last_offset).or_default().push(done);
        (decided, Some(published))
    }

    fn add<R>(&self, state: &mut State, outcome: Outcome<R>) -> Result<R, ApiError> {
        let Outcome {
            mut records,
            response,
        } = outcome;
        if records.is_empty() {
            return Ok(response);
        }
        self.directories.assign(self.config.node_id, &mut records);
        let refused = |e: &dyn std::fmt::Display| {
            tracing::error!("a change of the cluster metadata cannot be recorded: {e}");
            ApiError::from(ErrorCode::UnknownServerError)
        };
        let bytes_max = self.config.metadata_log.batch_bytes_max();
        let batch = metadata_log::encode(&records, bytes_max, self.io.clock.now_ms())
            .map_err(|e| refused(&e))?;
        state.changes.add(&records).map_err(|e| refused(&e))?;
        state.unwritten.push(batch);
        self.decided.notify_one();
        Ok(response)
    }

    /// Waits until every change decided so far is committed and published, or has failed.
    pub(crate) async fn quiesced(&self) {
        let nothing = |_: &MetadataImage, _: NodeFacts<'_>| {
            Ok(Outcome {
                records: Vec::new(),
                response: (),
            })
        };
        let _ = self.change(nothing).await;
    }

    /// The metadata log, for snapshots.
    pub(super) fn log(&self) -> &Arc<Mutex<MetadataLog>> {
        &self.log
    }

    /// Bytes of batches appended since the last snapshot.
    pub(super) fn bytes_since_snapshot(&self) -> u64 {
        self.bytes_since_snapshot.load(Ordering::Relaxed)
    }

    /// Notes that a snapshot was written that covers this many of the bytes.
    pub(super) fn note_snapshot(&self, bytes: u64) {
        self.bytes_since_snapshot
            .fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Closes the metadata log. Returns whether that succeeded. Blocks on the disk.
    pub(crate) fn close(&self) -> bool {
        match self.log.lock().close() {
            Ok(()) => true,
            Err(e) => {
                tracing::error!("the metadata log cannot be closed: {e}");
                false
            }
        }
    }

    /// Creates topics.
    pub(crate) async fn create_topics(
        &self,
        request: CreateTopicsRequest,
    ) -> Result<CreateTopicsResponse, ApiError> {
        let mut random_id = || Uuid(self.io.rng.uuid());
        self.change(|image, node| {
            Ok(controller::topics::create(
                image,
                &request,
                node,
                &mut random_id,
            ))
        })
        .await
    }

    /// Creates topics automatically: internal topics with their own settings, others with the
    /// broker's defaults. A refusal is only logged.
    pub(crate) async fn create_missing(&self, names: Vec<StrBytes>) {
        let topics = names
            .iter()
            .map(|name| super::groups::topic_shape(&self.config.offsets_topic, name))
            .collect();
        let request = CreateTopicsRequest {
            topics,
            ..Default::default()
        };
        match self.create_topics(request).await {
            Ok(response) => {
                for topic in response.topics {
                    let error = ErrorCode::from_code(topic.error_code);
                    if error != ErrorCode::None && error != ErrorCode::TopicAlreadyExists {
                        tracing::warn!("topic {} was not created: {}", topic.name, error.message());
                    }
                }
            }
            Err(e) => tracing::error!("topics were not created: {e}"),
        }
    }

    /// Allocates a block of producer ids to this node.
    pub(crate) async fn allocate_producer_ids(&self) -> Result<Range<i64>, ErrorCode> {
        let allocated = self
            .change(|image, node| {
                let broker = image.cluster().brokers().get(&node.node_id);
                let epoch = broker.map_or(-1, |broker| broker.epoch);
                controller::producer_ids::allocate(image, node.node_id, epoch)
            })
            .await;
        match allocated {
            Ok(block) => {
                Ok(block.first_producer_id..block.first_producer_id + i64::from(block.size))
            }
            Err(e) => Err(e.code),
        }
    }
}

/// Appends the batches of the decisions made meanwhile and syncs them together, again and again.
async fn append_decided(controller: Arc<Controller>) {
    loop {
        let batches = std::mem::take(&mut controller.state.lock().unwritten);
        if batches.is_empty() {
            controller.decided.notified().await;
            continue;
        }
        let bytes: usize = batches.iter().map(Bytes::len).sum();
        controller
            .bytes_since_snapshot
            .fetch_add(bytes as u64, Ordering::Relaxed);
        let log = Arc::clone(&controller.log);
        let now_ms = controller.io.clock.now_ms();
        let appending = move || {
            let mut log = log.lock();
            let appended = log.append(batches, now_ms);
            (
                log.high_watermark(),
                appended,
                log.failure().map(str::to_owned),
            )
        };
        let (high_watermark, appended, failure) =
            controller.io.tasks.blocking(Pool::Request, appending).await;
        if let Some(why) = failure {
            controller.directories.metadata_failed(why);
        }
        let failed = {
            let mut state = controller.state.lock();
            state.changes.commit(high_watermark - 1);
            match appended {
                Ok(()) => BTreeMap::new(),
                Err(e) => {
                    tracing::error!("the cluster metadata cannot be changed: {e}");
                    state.changes.revert();
                    state.unwritten.clear();
                    state.waiting.split_off(&high_watermark)
                }
            }
        };
        // Dropping the senders tells the requests that their change has failed.
        drop(failed);
        controller.committed.notify_one();
    }
}

/// Publishes the newest committed image, again and again, and answers the requests whose changes it
/// contains.
async fn publish_committed(controller: Arc<Controller>, publisher: Arc<Publisher>) {
    loop {
        let image = Arc::clone(controller.state.lock().changes.committed());
        let last_offset = image.last_offset();
        if last_offset <= controller.metadata.image().last_offset() {
            controller.committed.notified().await;
            continue;
        }
        publisher.publish(image).await;
        let published = {
            let waiting = &mut controller.state.lock().waiting;
            let later = waiting.split_off(&(last_offset + 1));
            std::mem::replace(waiting, later)
        };
        for done in published.into_values().flatten() {
            // The connection may have closed.
            let _ = done.send(());
        }
    }
}

/// Appends the records of a starting broker: the first records of a new cluster if there are none
/// yet, the broker's registration, and its return to the leadership of its partitions.
pub(crate) fn register(
    log: &mut MetadataLog,
    mut image: MetadataImage,
    broker: &controller::brokers::BrokerFacts,
    config: &BrokerConfig,
    now_ms: i64,
) -> Result<MetadataImage, MetadataLogError> {
    let bytes_max = config.metadata_log.batch_bytes_max();
    if image
        .features()
        .level(metadata::image::METADATA_VERSION_FEATURE)
        == 0
    {
        image = append(
            log,
            &image,
            &controller::bootstrap::records(),
            bytes_max,
            now_ms,
        )?;
    }
    let configs = controller::configs::eligible_leader_replicas_records(&image, config.facts());
    image = append(log, &image, &configs, bytes_max, now_ms)?;
    let registered = controller::brokers::register(broker, image.last_offset() + 1);
    image = append(log, &image, &registered.records, bytes_max, now_ms)?;
    let unfenced = controller::brokers::unfence(&image, broker.id, registered.response)
        .unwrap_or_else(|e| unreachable!("the broker has just been registered: {e:?}"));
    append(log, &image, &unfenced.records, bytes_max, now_ms)
}

fn append(
    log: &mut MetadataLog,
    image: &MetadataImage,
    records: &[MetadataRecord],
    bytes_max: usize,
    now_ms: i64,
) -> Result<MetadataImage, MetadataLogError> {
    if records.is_empty() {
        return Ok(image.clone());
    }
    let mut changes = PendingChanges::new(image, log.epoch());
    let batches = metadata_log::encode_split(records, bytes_max, now_ms)?;
    let last_offset = changes
        .add(records)
        .unwrap_or_else(|e| unreachable!("the records were decided for the image: {e}"));
    log.append(batches, now_ms)?;
    Ok(changes.commit(last_offset).as_ref().clone())
}
