//! The record accumulator: collects records in batches and decides which batch is sent next.
//!
//! Sends nothing itself and has no clock: `now` is monotonic time.
//!
//! Invariants of an idempotent producer: the batches of a partition are sent in the order of their sequence
//! numbers, and a number is used once. A batch that was sent and failed for good leaves a gap, and the
//! broker refuses batches after it. So the producer waits until no batch is in flight, and then starts a new
//! producer epoch with sequence numbers from 0 (KIP-360).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, SetOnce};
use wire::record_batch::{BatchBuilder, HEADER_LEN, RecordBatchHeader, add_to_sequence};
use wire::{ErrorCode, StrBytes, TopicPartition};

use crate::config::ProducerConfig;
use crate::{Error, Result};

/// The result of a batch.
pub(super) type Outcome = SetOnce<Result<Appended>>;

/// Where a batch was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appended {
    /// Offset of the first record; `None` if the broker does not return it.
    pub(super) base_offset: Option<i64>,
    /// The append time, if the topic has `message.timestamp.type=LogAppendTime`.
    pub(super) append_time_ms: Option<i64>,
}

/// Id and epoch of an idempotent producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProducerIdentity {
    pub(super) id: i64,
    pub(super) epoch: i16,
}

#[derive(Debug)]
/// The batches of all partitions that are not acknowledged yet.
pub(super) struct Accumulator {
    config: ProducerConfig,
    queues: BTreeMap<TopicPartition, Queue>,
    identity: Option<ProducerIdentity>,
    next_batch: u64,
    /// Batches without a result, by number.
    unfinished: BTreeMap<u64, Arc<Outcome>>,
    /// The first failure since the last flush.
    failure: Option<Error>,
    closed: bool,
}

/// The batches of one partition: the open one, full ones, and those to be retried.
#[derive(Debug, Default)]
struct Queue {
    open: Option<OpenBatch>,
    full: VecDeque<OpenBatch>,
    /// Batches to be retried, in the order of their sequence numbers.
    retries: VecDeque<Batch>,
    in_flight: usize,
    next_sequence: i32,
    /// Time of the next attempt.
    not_before: Duration,
    /// Whether a sequence number belongs to a batch that will not be written.
    gap: bool,
}

/// A batch without sequence number.
#[derive(Debug)]
pub(super) struct OpenBatch {
    number: u64,
    builder: BatchBuilder,
    opened: Duration,
    memory: OwnedSemaphorePermit,
    outcome: Arc<Outcome>,
}

/// A batch that is sent.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) partition: TopicPartition,
    pub(super) bytes: Bytes,
    number: u64,
    base_sequence: i32,
    record_count: i32,
    opened: Duration,
    attempts: u32,
    outcome: Arc<Outcome>,
    /// Released when the batch is dropped.
    _memory: OwnedSemaphorePermit,
}

/// A batch to be sent. It is sealed outside of the accumulator's lock.
#[derive(Debug)]
pub(super) enum Sendable {
    New {
        partition: TopicPartition,
        batch: OpenBatch,
        identity: Option<ProducerIdentity>,
        base_sequence: i32,
    },
    Retry(Batch),
}

impl Sendable {
    /// Compresses a new batch and writes its header.
    pub(super) fn seal(self) -> Batch {
        match self {
            Sendable::Retry(batch) => batch,
            Sendable::New {
                partition,
                batch,
                identity,
                base_sequence,
            } => {
                let record_count = batch.builder.record_count();
                let builder = match identity {
                    Some(identity) => {
                        batch
                            .builder
                            .producer(identity.id, identity.epoch, base_sequence)
                    }
                    None => batch.builder,
                };
                Batch {
                    partition,
                    bytes: builder.build(),
                    number: batch.number,
                    base_sequence,
                    record_count,
                    opened: batch.opened,
                    attempts: 0,
                    outcome: batch.outcome,
                    _memory: batch.memory,
                }
            }
        }
    }
}

/// A record to be appended.
pub(super) struct NewRecord<'a> {
    pub(super) timestamp_ms: i64,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: &'a [(&'a [u8], Option<&'a [u8]>)],
    /// Upper bound of the record's bytes in the buffer.
    pub(super) memory: OwnedSemaphorePermit,
}

impl Accumulator {
    pub(super) fn new(config: ProducerConfig) -> Accumulator {
        Accumulator {
            config,
            queues: BTreeMap::new(),
            identity: None,
            next_batch: 0,
            unfinished: BTreeMap::new(),
            failure: None,
            closed: false,
        }
    }

    /// Adds a record. Returns the result of its batch, its position in the batch, and whether to wake the
    /// sender.
    pub(super) fn append(
        &mut self,
        partition: &TopicPartition,
        record: NewRecord<'_>,
        now: Duration,
    ) -> (Arc<Outcome>, i32, bool) {
        if !self.queues.contains_key(partition) {
            self.queues.insert(partition.clone(), Queue::default());
        }
        let queue = self.queues.get_mut(partition).expect("inserted above");
        let mut news = false;
        let bytes = record.memory.num_permits();
        let full = queue
            .open
            .as_ref()
            .is_some_and(|open| open.builder.uncompressed_len() + bytes > self.config.batch_bytes);
        if full {
            queue.full.extend(queue.open.take());
            news = true;
        }
        let NewRecord {
            timestamp_ms,
            key,
            value,
            headers,
            memory,
        } = record;
        match &mut queue.open {
            Some(open) => {
                open.memory.merge(memory);
                open.builder.append(timestamp_ms, key, value, headers);
                (
                    Arc::clone(&open.outcome),
                    open.builder.record_count() - 1,
                    news,
                )
            }
            None => {
                let mut builder = BatchBuilder::new(self.config.compression);
                if let Some(level) = self.config.compression_level {
                    builder = builder.level(level);
                }
                builder.append(timestamp_ms, key, value, headers);
                let outcome = Arc::new(Outcome::new());
                self.unfinished
                    .insert(self.next_batch, Arc::clone(&outcome));
                queue.open = Some(OpenBatch {
                    number: self.next_batch,
                    builder,
                    opened: now,
                    memory,
                    outcome: Arc::clone(&outcome),
                });
                self.next_batch += 1;
                (outcome, 0, true)
            }
        }
    }

    /// Makes all open batches ready to send, whatever `linger.ms`. Returns the results to wait for.
    pub(super) fn flush(&mut self) -> Vec<Arc<Outcome>> {
        for queue in self.queues.values_mut() {
            queue.full.extend(queue.open.take());
        }
        self.unfinished.values().cloned().collect()
    }

    /// Returns and clears the first failure.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Refuses further records.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.flush();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether every batch has its result.
    pub(super) fn is_idle(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// Whether a producer id is needed before a batch can be sent.
    pub(super) fn needs_identity(&self) -> bool {
        self.config.idempotent && self.identity.is_none() && !self.unfinished.is_empty()
    }

    pub(super) fn set_identity(&mut self, identity: ProducerIdentity) {
        self.identity = Some(identity);
        self.renumber();
    }

    /// The partitions that have a batch to send now.
    pub(super) fn sendable(&self, now: Duration) -> Vec<TopicPartition> {
        let waits_for_epoch = self.waits_for_epoch();
        self.queues
            .iter()
            .filter(|(_, queue)| self.can_send(queue, waits_for_epoch, now))
            .map(|(partition, _)| partition.clone())
            .collect()
    }

    /// The next time at which a batch becomes ready or expires.
    pub(super) fn next_deadline(&self, now: Duration) -> Option<Duration> {
        let mut next: Option<Duration> = None;
        let mut sooner = |time: Duration| {
            if time > now {
                next = Some(next.map_or(time, |next| next.min(time)));
            }
        };
        for queue in self.queues.values() {
            if let Some(open) = &queue.open {
                sooner(open.opened + self.config.linger);
            }
            if !queue.retries.is_empty() || !queue.full.is_empty() {
                sooner(queue.not_before);
            }
            if let Some(oldest) = queue.oldest_waiting() {
                sooner(oldest + self.config.delivery_timeout);
            }
        }
        next
    }

    /// Whether the producer waits until no batch is in flight, to start a new epoch.
    fn waits_for_epoch(&self) -> bool {
        self.queues.values().any(|queue| queue.gap)
    }

    fn can_send(&self, queue: &Queue, waits_for_epoch: bool, now: Duration) -> bool {
        let lacks_identity = self.config.idempotent && self.identity.is_none();
        if now < queue.not_before || queue.gap || lacks_identity {
            return false;
        }
        if !queue.retries.is_empty() {
            // A retried batch is sent alone, because the batches after it depend on it.
            return queue.in_flight == 0;
        }
        if waits_for_epoch {
            return false;
        }
        !queue.full.is_empty()
            || queue
                .open
                .as_ref()
                .is_some_and(|open| now >= open.opened + self.config.linger)
    }

    /// Removes and returns the next batch of a partition.
    pub(super) fn take(&mut self, partition: &TopicPartition) -> Option<Sendable> {
        let identity = self.identity;
        let queue = self.queues.get_mut(partition)?;
        if let Some(batch) = queue.retries.pop_front() {
            queue.in_flight += 1;
            return Some(Sendable::Retry(batch));
        }
        let batch = queue.full.pop_front().or_else(|| queue.open.take())?;
        queue.in_flight += 1;
        let base_sequence = queue.next_sequence;
        queue.next_sequence = add_to_sequence(base_sequence, batch.builder.record_count());
        Some(Sendable::New {
            partition: partition.clone(),
            batch,
            identity,
            base_sequence,
        })
    }

    /// Approximate size of the batch that [`Accumulator::take`] would return, in bytes.
    pub(super) fn next_len(&self, partition: &TopicPartition) -> usize {
        let Some(queue) = self.queues.get(partition) else {
            return 0;
        };
        match (queue.retries.front(), queue.full.front(), &queue.open) {
            (Some(batch), _, _) => batch.bytes.len(),
            (None, Some(batch), _) | (None, None, Some(batch)) => batch.builder.uncompressed_len(),
            (None, None, None) => 0,
        }
    }

    /// Completes a batch that was written.
    pub(super) fn succeeded(&mut self, batch: Batch, appended: Appended) {
        if let Some(queue) = self.queues.get_mut(&batch.partition) {
            queue.in_flight -= 1;
        }
        self.finish(batch.number, &batch.outcome, Ok(appended));
    }

    /// Handles a batch that was not written, or whose result is unknown: retries it after `pause`, or
    /// fails it.
    pub(super) fn failed(
        &mut self,
        mut batch: Batch,
        error: Error,
        now: Duration,
        pause: Duration,
    ) {
        batch.attempts += 1;
        let retriable = self.is_retriable(&batch, &error);
        let in_time = now + pause < batch.opened + self.config.delivery_timeout;
        let idempotent = self.config.idempotent;
        let queue = self.queues.entry(batch.partition.clone()).or_default();
        queue.in_flight -= 1;
        if retriable && in_time && batch.attempts <= self.config.retries {
            queue.not_before = queue.not_before.max(now + pause);
            if begins_epoch(&error) {
                queue.gap = true;
            }
            let position = queue
                .retries
                .partition_point(|other| precedes(other.base_sequence, batch.base_sequence));
            queue.retries.insert(position, batch);
        } else {
            queue.gap |= idempotent;
            self.finish(batch.number, &batch.outcome, Err(error));
        }
        self.start_epoch_if_due();
    }

    fn is_retriable(&self, batch: &Batch, error: &Error) -> bool {
        match error.code() {
            // It follows a batch that failed, and can be written after that one.
            Some(ErrorCode::OutOfOrderSequenceNumber) => {
                self.queues.get(&batch.partition).is_some_and(|queue| {
                    let sequence = batch.base_sequence;
                    let mut retries = queue.retries.iter();
                    queue.gap
                        || queue.in_flight > 1
                        || retries.any(|other| precedes(other.base_sequence, sequence))
                })
            }
            Some(_) if begins_epoch(error) => true,
            _ => error.is_retriable(),
        }
    }

    /// Fails the batches that are older than `delivery.timeout.ms` and not in flight.
    pub(super) fn expire(&mut self, now: Duration) {
        let limit = self.config.delivery_timeout;
        let too_old = |opened: Duration| now >= opened + limit;
        let mut expired = Vec::new();
        for queue in self.queues.values_mut() {
            while queue
                .retries
                .front()
                .is_some_and(|batch| too_old(batch.opened))
            {
                let batch = queue.retries.pop_front().expect("looked at above");
                // The batch may have been written, so its number must not be used again.
                queue.gap |= self.config.idempotent;
                expired.push((batch.number, batch.outcome));
            }
            while queue
                .full
                .front()
                .is_some_and(|batch| too_old(batch.opened))
            {
                let batch = queue.full.pop_front().expect("looked at above");
                expired.push((batch.number, batch.outcome));
            }
            if queue
                .open
                .as_ref()
                .is_some_and(|batch| too_old(batch.opened))
            {
                let batch = queue.open.take().expect("looked at above");
                expired.push((batch.number, batch.outcome));
            }
        }
        for (number, outcome) in expired {
            let error = Error::Timeout {
                what: "deliver records",
                after: limit,
                last: None,
            };
            self.finish(number, &outcome, Err(error));
        }
        self.start_epoch_if_due();
    }

    /// Fails all batches that are not in flight.
    pub(super) fn fail_all(&mut self, error: &Error) {
        let mut failed = Vec::new();
        for queue in self.queues.values_mut() {
            let open = queue.full.drain(..).chain(queue.open.take());
            failed.extend(open.map(|batch| (batch.number, batch.outcome)));
            let retries = queue.retries.drain(..);
            failed.extend(retries.map(|batch| (batch.number, batch.outcome)));
        }
        for (number, outcome) in failed {
            self.finish(number, &outcome, Err(error.clone()));
        }
    }

    fn finish(&mut self, number: u64, outcome: &Outcome, result: Result<Appended>) {
        self.unfinished.remove(&number);
        if let Err(error) = &result {
            self.failure.get_or_insert_with(|| error.clone());
        }
        outcome.set(result).expect("a batch has one outcome");
    }

    /// Starts a new epoch if a sequence number was lost and no batch is in flight.
    fn start_epoch_if_due(&mut self) {
        let Some(identity) = &mut self.identity else {
            return;
        };
        let is_idle = self
            .queues
            .values()
            .all(|queue| queue.in_flight == 0 && (queue.gap || queue.retries.is_empty()));
        if !is_idle || !self.queues.values().any(|queue| queue.gap) {
            return;
        }
        match identity.epoch.checked_add(1) {
            Some(epoch) => identity.epoch = epoch,
            // All epochs of this producer id are used: request another id.
            None => self.identity = None,
        }
        self.renumber();
    }

    /// Restarts the sequence numbers at 0 with the current producer id and epoch.
    fn renumber(&mut self) {
        let identity = self.identity;
        for queue in self.queues.values_mut() {
            queue.gap = false;
            queue.next_sequence = 0;
            for batch in &mut queue.retries {
                batch.renumber(identity, queue.next_sequence);
                queue.next_sequence = add_to_sequence(queue.next_sequence, batch.record_count);
            }
        }
    }
}

impl Queue {
    /// The creation time of the oldest batch that is not in flight.
    fn oldest_waiting(&self) -> Option<Duration> {
        let retried = self.retries.front().map(|batch| batch.opened);
        let full = self.full.front().map(|batch| batch.opened);
        let open = self.open.as_ref().map(|batch| batch.opened);
        [retried, full, open].into_iter().flatten().min()
    }
}

impl Batch {
    /// Sets another producer epoch and sequence number on an unwritten batch.
    fn renumber(&mut self, identity: Option<ProducerIdentity>, base_sequence: i32) {
        self.base_sequence = base_sequence;
        let (Some(identity), Ok(mut header)) = (identity, RecordBatchHeader::parse(&self.bytes))
        else {
            return;
        };
        header.producer_id = identity.id;
        header.producer_epoch = identity.epoch;
        header.base_sequence = base_sequence;
        header.seal(&self.bytes[HEADER_LEN..]);
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes[HEADER_LEN..]);
        self.bytes = Bytes::from(bytes);
    }

    /// The topic of the batch.
    pub(super) fn topic(&self) -> &StrBytes {
        &self.partition.topic
    }
}

/// Whether sequence number `a` precedes `b`. The numbers wrap around.
fn precedes(a: i32, b: i32) -> bool {
    let ahead = b.wrapping_sub(a) & i32::MAX;
    ahead != 0 && ahead < i32::MAX / 2
}

/// Errors after which a producer continues with a new epoch.
fn begins_epoch(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::UnknownProducerId | ErrorCode::InvalidProducerEpoch)
    )
}
