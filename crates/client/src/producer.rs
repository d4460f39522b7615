//! The producer.
//!
//! [`Producer::send`] adds a record to a batch of its partition. A task of the producer sends a batch when it
//! is full or `linger.ms` is over, retries it after a retriable error, and completes the deliveries of its
//! records. By default, a record is written once and in order even if it is sent several times
//! (`enable.idempotence`).
//!
//! Memory is bounded: when the records without a result hold `buffer.memory` bytes, sending waits.

mod accumulator;
mod partitioner;
mod sender;

pub use partitioner::murmur2;

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use io::Task;
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use wire::record_batch::BatchBuilder;
use wire::{StrBytes, TopicPartition};

use crate::metadata::Topic;
use crate::{Client, Error, ProducerConfig, Result};
use accumulator::{Accumulator, NewRecord, Outcome};
use partitioner::Chooser;

/// A record to be produced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProducerRecord {
    /// The topic.
    pub topic: StrBytes,
    /// The partition; with `None`, the partitioner chooses one.
    pub partition: Option<i32>,
    /// The key, if any.
    pub key: Option<Bytes>,
    /// The value; `None` deletes the key from a compacted topic.
    pub value: Option<Bytes>,
    /// Names and values of the headers.
    pub headers: Vec<(StrBytes, Option<Bytes>)>,
    /// Milliseconds since the Unix epoch; `None` for now.
    pub timestamp_ms: Option<i64>,
}

impl ProducerRecord {
    /// A record with a value and no key.
    pub fn new(topic: impl Into<StrBytes>, value: impl Into<Bytes>) -> ProducerRecord {
        ProducerRecord {
            topic: topic.into(),
            value: Some(value.into()),
            ..ProducerRecord::default()
        }
    }

    /// Sets the key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Bytes>) -> ProducerRecord {
        self.key = Some(key.into());
        self
    }

    /// Sets the partition.
    #[must_use]
    pub fn partition(mut self, partition: i32) -> ProducerRecord {
        self.partition = Some(partition);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<StrBytes>, value: impl Into<Bytes>) -> ProducerRecord {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// Sets the timestamp.
    #[must_use]
    pub fn timestamp_ms(mut self, timestamp_ms: i64) -> ProducerRecord {
        self.timestamp_ms = Some(timestamp_ms);
        self
    }
}

/// Where a record was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Topic and partition.
    pub partition: TopicPartition,
    /// The offset; `None` with `acks=0`, and for a batch that the broker had already.
    pub offset: Option<i64>,
    /// The record's timestamp: its own, or the append time.
    pub timestamp_ms: i64,
}

/// The future result of a record. It need not be awaited.
#[derive(Debug, Clone)]
pub struct Delivery {
    outcome: Arc<Outcome>,
    /// Position in the batch.
    index: i32,
    partition: TopicPartition,
    timestamp_ms: i64,
}

impl Delivery {
    /// Waits until the record is written or has failed.
    ///
    /// # Errors
    /// The broker's; [`Error::Timeout`] after `delivery.timeout.ms`. After a time-out the record may
    /// nevertheless have been written.
    pub async fn wait(self) -> Result<Delivered> {
        let appended = self.outcome.wait().await.clone()?;
        Ok(Delivered {
            partition: self.partition,
            offset: appended
                .base_offset
                .map(|base| base + i64::from(self.index)),
            timestamp_ms: appended.append_time_ms.unwrap_or(self.timestamp_ms),
        })
    }
}

impl IntoFuture for Delivery {
    type Output = Result<Delivered>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Delivered>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}

/// Produces records. Clones share batches and memory. Records that were sent before the last clone is
/// dropped are still delivered, but failures are lost: call [`Producer::close`].
#[derive(Debug, Clone)]
pub struct Producer(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    sending: Mutex<Option<Task>>,
}

/// State that the producer and its sender share.
#[derive(Debug)]
struct Shared {
    client: Client,
    config: ProducerConfig,
    accumulator: Mutex<Accumulator>,
    chooser: Mutex<Chooser>,
    memory: Arc<Semaphore>,
    /// Wakes the sender.
    wakeup: Notify,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.accumulator.lock().close();
        self.shared.wakeup.notify_one();
    }
}

impl Producer {
    pub(crate) fn new(client: Client, config: ProducerConfig) -> Producer {
        let chooser = Chooser::new(config.partitioner, config.ignore_keys, config.batch_bytes);
        let shared = Arc::new(Shared {
            accumulator: Mutex::new(Accumulator::new(config.clone())),
            chooser: Mutex::new(chooser),
            memory: Arc::new(Semaphore::new(
                config.buffer_bytes.min(Semaphore::MAX_PERMITS),
            )),
            wakeup: Notify::new(),
            client,
            config,
        });
        let io = shared.client.io().clone();
        let sending = io
            .tasks
            .spawn("producer sender", sender::run(Arc::clone(&shared)));
        Producer(Arc::new(Handle {
            shared,
            sending: Mutex::new(Some(sending)),
        }))
    }

    /// Adds a record to a batch and returns its future result. Waits for the metadata of a new topic and for
    /// memory, at most `max.block.ms`.
    ///
    /// # Errors
    /// [`Error::Timeout`] if there is no metadata or memory in time; [`Error::State`] for a
    /// record that is too large, a partition that does not exist, or a closed producer.
    pub async fn send(&self, record: ProducerRecord) -> Result<Delivery> {
        let shared = &self.0.shared;
        let topic = shared.topic(&record.topic).await?;
        let headers: Vec<(&[u8], Option<&[u8]>)> = record
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes().as_ref(), value.as_deref()))
            .collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let bytes = BatchBuilder::record_len_max(key, value, &headers);
        let memory = shared.reserve(bytes).await?;
        let io = shared.client.io();
        let timestamp_ms = record.timestamp_ms.unwrap_or_else(|| io.clock.now_ms());
        let partition = match record.partition {
            Some(partition) if topic.partition(partition).is_some() => partition,
            Some(partition) => {
                return Err(Error::State(format!(
                    "topic \"{}\" has no partition {partition}",
                    topic.name
                )));
            }
            None => shared
                .chooser
                .lock()
                .choose(&topic, key, bytes, || io.rng.u64()),
        };
        let partition = TopicPartition::new(topic.name.clone(), partition);
        let record = NewRecord {
            timestamp_ms,
            key,
            value,
            headers: &headers,
            memory,
        };
        let (outcome, index, news) = {
            let mut accumulator = shared.accumulator.lock();
            if accumulator.is_closed() {
                return Err(Error::State("the producer is closed".to_owned()));
            }
            accumulator.append(&partition, record, io.clock.elapsed())
        };
        if news {
            shared.wakeup.notify_one();
        }
        Ok(Delivery {
            outcome,
            index,
            partition,
            timestamp_ms,
        })
    }

    /// Sends all batches at once and waits for the results of all records that were sent before.
    ///
    /// # Errors
    /// The first failure of any record since the last flush.
    pub async fn flush(&self) -> Result<()> {
        let shared = &self.0.shared;
        let outcomes = shared.accumulator.lock().flush();
        shared.wakeup.notify_one();
        for outcome in outcomes {
            outcome.wait().await;
        }
        match shared.accumulator.lock().take_failure() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Flushes and closes the producer, for all clones.
    ///
    /// # Errors
    /// As [`Producer::flush`].
    pub async fn close(&self) -> Result<()> {
        let shared = &self.0.shared;
        shared.accumulator.lock().close();
        let flushed = self.flush().await;
        let sending = self.0.sending.lock().take();
        if let Some(sending) = sending {
            // The sender ends by itself when every batch has its result.
            sending
                .await
                .map_err(|error| Error::State(format!("the producer failed: {error}")))?;
        }
        flushed
    }
}

impl Shared {
    async fn topic(&self, name: &StrBytes) -> Result<Arc<Topic>> {
        match self.client.cached_topic(name) {
            Some(topic) => Ok(topic),
            None => {
                let patience = self.config.block_max;
                self.client.topic_within(name, true, patience).await
            }
        }
    }

    /// Reserves memory of the buffer for a record.
    async fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let limit = self.config.request_bytes_max.min(self.config.buffer_bytes);
        if bytes > limit {
            return Err(Error::State(format!(
                "a record of {bytes} bytes is larger than max.request.size or buffer.memory allow ({limit})"
            )));
        }
        let permits = u32::try_from(bytes).expect("bounded by max.request.size");
        if let Ok(memory) = Arc::clone(&self.memory).try_acquire_many_owned(permits) {
            return Ok(memory);
        }
        let clock = &self.client.io().clock;
        let waiting = Arc::clone(&self.memory).acquire_many_owned(permits);
        match clock.timeout(self.config.block_max, waiting).await {
            Some(memory) => Ok(memory.expect("the semaphore is never closed")),
            None => Err(Error::Timeout {
                what: "reserve memory in the producer's buffer",
                after: self.config.block_max,
                last: None,
            }),
        }
    }
}
