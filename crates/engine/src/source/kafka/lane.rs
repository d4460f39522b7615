//! Reading a partition from one offset to another.
//!
//! Each partition has a reader that lives as long as the source: its consumer goes on fetching
//! while the query computes and waits, so that the next batch finds its records here. All
//! partitions of a batch are read at once, a few record batches ahead of the query.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use client::{Consumer, ConsumerConfig};
use datafusion::execution::memory_pool::MemoryReservation;
use io::{Clock, Io};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wire::record_batch::Record;
use wire::{ErrorCode, TopicPartition};

use super::offsets::{Cluster, PartitionOffsets, kafka_error};
use super::options::KafkaSpec;
use super::rows;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::source::Lane;

/// Record batches that a lane holds ready for the query.
const AHEAD: usize = 2;
/// How long one poll waits, so that a position moved by records nobody sees is noticed.
const POLL: Duration = Duration::from_millis(100);

/// The readers of a source's partitions.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    io: Io,
    memory: Memory,
    cluster: Cluster,
    config: ConsumerConfig,
    behaviour: Behaviour,
    partitions: Arc<Mutex<BTreeMap<TopicPartition, SharedReader>>>,
}

type SharedReader = Arc<tokio::sync::Mutex<Reader>>;

/// What a reader sends to its lane.
enum Piece {
    /// With the memory they are counted for until they are taken.
    Rows(RecordBatch, MemoryReservation),
    /// The batch's end was reached.
    End,
}

/// What readers must know of the options.
#[derive(Clone, Copy, Debug)]
struct Behaviour {
    fail_on_data_loss: bool,
    include_headers: bool,
    patience: Duration,
}

/// The reader of one partition.
#[derive(Debug)]
struct Reader {
    partition: TopicPartition,
    cluster: Cluster,
    consumer: Consumer,
    clock: Clock,
    behaviour: Behaviour,
    /// Records fetched but beyond the end of the last batch, in order.
    leftover: VecDeque<Record>,
    /// What `leftover` is counted for.
    memory: MemoryReservation,
    /// The next record to be taken, from `leftover` or the consumer; −1 at first.
    position: i64,
}

impl Readers {
    pub(super) fn new(io: &Io, memory: &Memory, cluster: &Cluster, spec: &KafkaSpec) -> Readers {
        Readers {
            io: io.clone(),
            memory: memory.clone(),
            cluster: cluster.clone(),
            config: spec.consumer.clone(),
            behaviour: Behaviour {
                fail_on_data_loss: spec.fail_on_data_loss,
                include_headers: spec.include_headers,
                patience: spec.poll_timeout,
            },
            partitions: Arc::default(),
        }
    }

    /// A lane for each partition that has something between the offsets, in order.
    ///
    /// `start` names every partition of `end`.
    pub(super) fn lanes(
        &self,
        start: &PartitionOffsets,
        end: &PartitionOffsets,
    ) -> Result<Vec<Lane>> {
        let mut lanes = Vec::new();
        for (topic, partition, end) in end.iter() {
            let start = start.get(topic, partition).ok_or_else(|| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!("no beginning is known for {topic}-{partition}"),
                )
            })?;
            if start < end {
                lanes.push(self.lane(TopicPartition::new(topic, partition), start, end));
            }
        }
        Ok(lanes)
    }

    /// The records of a partition in `[start, end)`, being read from now on.
    fn lane(&self, partition: TopicPartition, start: i64, end: i64) -> Lane {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let reader = self.reader(&partition);
        let reading = async move {
            let mut reader = reader.lock().await;
            let last = match reader.read(start, end, &sender).await {
                Ok(()) => Ok(Piece::End),
                Err(error) => Err(error),
            };
            // Nobody listens any more if the batch was given up.
            let _ = sender.send(last).await;
        };
        // It ends by itself: at `end`, or when the lane is dropped.
        drop(self.io.tasks.spawn("kafka-lane", reading));
        let pieces = futures::stream::unfold(Some(receiver), move |receiver| {
            let partition = partition.clone();
            async move {
                let mut receiver = receiver?;
                match receiver.recv().await {
                    Some(Ok(Piece::Rows(batch, held))) => {
                        drop(held);
                        Some((Ok(batch), Some(receiver)))
                    }
                    Some(Ok(Piece::End)) => None,
                    Some(Err(error)) => Some((Err(error), None)),
                    // A reader that is gone has not said that this was all.
                    None => Some((Err(cut_short(&partition, end)), None)),
                }
            }
        });
        Box::pin(pieces)
    }

    fn reader(&self, partition: &TopicPartition) -> SharedReader {
        let mut partitions = self.partitions.lock();
        let reader = partitions.entry(partition.clone()).or_insert_with(|| {
            let mut consumer = self.cluster.client.consumer(self.config.clone());
            consumer.assign([partition.clone()]);
            Arc::new(tokio::sync::Mutex::new(Reader {
                partition: partition.clone(),
                cluster: self.cluster.clone(),
                consumer,
                clock: self.io.clock.clone(),
                behaviour: self.behaviour,
                leftover: VecDeque::new(),
                memory: self.memory.holder(format!("records of {partition}")),
                position: -1,
            }))
        });
        Arc::clone(reader)
    }
}

impl Reader {
    /// Sends the records in `[start, end)`.
    async fn read(&mut self, start: i64, end: i64, to: &mpsc::Sender<Result<Piece>>) -> Result<()> {
        if self.position != start {
            self.leftover.clear();
            self.seek(start)?;
        }
        let mut idle = Duration::ZERO;
        let mut trouble = None;
        while self.position < end {
            let records = match self.next(end).await {
                Ok(records) => records,
                Err(error) if error.code() == Some(ErrorCode::OffsetOutOfRange) => {
                    self.skip_lost(end).await?;
                    continue;
                }
                // A broker that restarts, a leader that moves: the consumer finds its way.
                Err(error) if error.is_retriable() => {
                    trouble = Some(error);
                    self.clock.sleep(POLL).await;
                    Vec::new()
                }
                Err(error) => {
                    return Err(kafka_error(&format!("read {}", self.partition), error));
                }
            };
            if records.is_empty() {
                idle += POLL;
                if idle >= self.behaviour.patience {
                    return Err(self.no_answer(end, trouble));
                }
                if to.is_closed() {
                    return Ok(());
                }
                continue;
            }
            idle = Duration::ZERO;
            let batch = rows::batch(
                &self.partition.topic,
                self.partition.partition,
                &records,
                self.behaviour.include_headers,
            )?;
            let leftover = self.leftover.iter().map(bytes_of).sum();
            self.memory.try_resize(leftover)?;
            let held = self.memory.new_empty();
            held.try_grow(batch.get_array_memory_size())?;
            if to.send(Ok(Piece::Rows(batch, held))).await.is_err() {
                // The batch was given up.
                return Ok(());
            }
        }
        Ok(())
    }

    /// The next records before `end`; none if there was nothing to see for a moment.
    async fn next(&mut self, end: i64) -> client::Result<Vec<Record>> {
        if self.leftover.is_empty() {
            for polled in self.consumer.poll(POLL).await? {
                self.leftover.extend(polled.records);
            }
        }
        let count = self.leftover.partition_point(|record| record.offset < end);
        let records: Vec<Record> = self.leftover.drain(..count).collect();
        self.position = match self.leftover.front() {
            // All before the end has been taken, whatever lies between.
            Some(_) => end,
            // The consumer's position also passes what readers do not see.
            None => match self.consumer.position(&self.partition) {
                Some(position) => position,
                None => self.position,
            },
        };
        Ok(records)
    }

    fn seek(&mut self, offset: i64) -> Result<()> {
        self.position = offset;
        self.consumer
            .seek(&self.partition, offset)
            .map_err(|error| kafka_error(&format!("seek in {}", self.partition), error))
    }

    /// What should be at the position is gone: fail, or go on at the first record there is.
    async fn skip_lost(&mut self, end: i64) -> Result<()> {
        let from = self.position;
        if self.behaviour.fail_on_data_loss {
            return Err(data_loss(&format!(
                "The records of {} in [{from}, {end}) are not in the cluster any more.",
                self.partition
            )));
        }
        let partition = (self.partition.topic.to_string(), self.partition.partition);
        let earliest = self.cluster.earliest(&[partition]).await?;
        let first = earliest
            .get(&self.partition.topic, self.partition.partition)
            .unwrap_or(end)
            .clamp(from, end);
        tracing::warn!(
            partition = %self.partition,
            from,
            to = first,
            "records are gone before they were read; going on without them"
        );
        self.leftover.clear();
        self.seek(first)
    }

    fn no_answer(&self, end: i64, trouble: Option<client::Error>) -> Error {
        let trouble = trouble.map_or(String::new(), |error| format!("; last error: {error}"));
        Error::new(
            ErrorKind::Io,
            format!(
                "Cannot fetch records of {} at offset {} (the batch ends at {end}): none came \
                 within {} ms{trouble}",
                self.partition,
                self.position,
                self.behaviour.patience.as_millis()
            ),
        )
    }
}

/// What a record takes in memory, about.
fn bytes_of(record: &Record) -> usize {
    let size = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, |bytes| bytes.len());
    size_of::<Record>() + size(&record.key) + size(&record.value)
}

fn cut_short(partition: &TopicPartition, end: i64) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the reader of {partition} ended before offset {end}"),
    )
}

/// The error of a query that does not want to lose data silently.
pub(super) fn data_loss(what: &str) -> Error {
    Error::with_condition(
        ErrorKind::IllegalState,
        "KAFKA_DATA_LOSS",
        format!(
            "{what} Some data may have been lost because they are not available in Kafka any \
             more; either the data was aged out by Kafka or the topic may have been deleted \
             before all the data in the topic was processed. If you don't want your streaming \
             query to fail on such cases, set the source option \"failOnDataLoss\" to \"false\"."
        ),
    )
}
