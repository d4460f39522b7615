//! Records on their way into batches, and batches on their way to brokers.
//!
//! Decides what is sent next and what becomes of what came back; sends nothing itself, and has
//! no clock: `now` is monotonic time.
//!
//! Invariants, for an idempotent producer: the batches of a partition are sent in the order of
//! their sequence numbers, and a number is given once. A batch that was sent and failed for good
//! leaves a gap that the broker would refuse to jump, so everybody waits until what is under way
//! has settled; then a new producer epoch begins, with numbers from 0.

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

/// What became of a batch.
pub(super) type Outcome = SetOnce<Result<Appended>>;

/// Where a batch was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appended {
    /// Offset of its first record; `None` if the broker does not say.
    pub(super) base_offset: Option<i64>,
    /// Its append time, if the topic's records have that for timestamps.
    pub(super) append_time_ms: Option<i64>,
}

/// Id and epoch of an idempotent producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProducerIdentity {
    pub(super) id: i64,
    pub(super) epoch: i16,
}

#[derive(Debug)]
pub(super) struct Accumulator {
    config: ProducerConfig,
    queues: BTreeMap<TopicPartition, Queue>,
    identity: Option<ProducerIdentity>,
    next_batch: u64,
    /// Batches that have no outcome yet.
    unfinished: BTreeMap<u64, Arc<Outcome>>,
    /// The first failure since somebody asked.
    failure: Option<Error>,
    closed: bool,
}

/// One partition's batches, oldest last: being filled, full, to be sent again.
#[derive(Debug, Default)]
struct Queue {
    open: Option<OpenBatch>,
    full: VecDeque<OpenBatch>,
    /// Sent once and failed for now; in the order of their sequence numbers.
    again: VecDeque<Batch>,
    in_flight: usize,
    next_sequence: i32,
    /// No attempt before this time.
    not_before: Duration,
    /// A number was given to a batch that will not be written.
    gap: bool,
}

/// A batch that has no sequence number yet.
#[derive(Debug)]
pub(super) struct OpenBatch {
    number: u64,
    builder: BatchBuilder,
    opened: Duration,
    memory: OwnedSemaphorePermit,
    outcome: Arc<Outcome>,
}

/// A batch as it is sent.
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
    /// Given back when the batch is dropped.
    _memory: OwnedSemaphorePermit,
}

/// A batch to be sent: sealed outside of the lock that the accumulator is under.
#[derive(Debug)]
pub(super) enum Sendable {
    New {
        partition: TopicPartition,
        batch: OpenBatch,
        identity: Option<ProducerIdentity>,
        base_sequence: i32,
    },
    Again(Batch),
}

impl Sendable {
    /// Compresses a new batch and writes its header.
    pub(super) fn seal(self) -> Batch {
        match self {
            Sendable::Again(batch) => batch,
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
    /// Bytes of the buffer that it holds; at most.
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

    /// Adds a record; returns its batch's outcome, its place in the batch, and whether the
    /// sender has something new to look at.
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

    /// Lets nobody wait for linger any more; returns what is to be waited for.
    pub(super) fn flush(&mut self) -> Vec<Arc<Outcome>> {
        for queue in self.queues.values_mut() {
            queue.full.extend(queue.open.take());
        }
        self.unfinished.values().cloned().collect()
    }

    /// The first failure since this was last asked.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// From now on, nothing is accepted.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.flush();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether every batch has its outcome.
    pub(super) fn is_idle(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// Whether a producer id is needed before anything can be sent.
    pub(super) fn needs_identity(&self) -> bool {
        self.config.idempotent && self.identity.is_none() && !self.unfinished.is_empty()
    }

    pub(super) fn set_identity(&mut self, identity: ProducerIdentity) {
        self.identity = Some(identity);
        self.renumber();
    }

    /// The partitions that have something to send now.
    pub(super) fn sendable(&self, now: Duration) -> Vec<TopicPartition> {
        let settling = self.is_settling();
        self.queues
            .iter()
            .filter(|(_, queue)| self.can_send(queue, settling, now))
            .map(|(partition, _)| partition.clone())
            .collect()
    }

    /// When something may be sent, or is too old, that is not so now.
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
            if !queue.again.is_empty() || !queue.full.is_empty() {
                sooner(queue.not_before);
            }
            if let Some(oldest) = queue.oldest_waiting() {
                sooner(oldest + self.config.delivery_timeout);
            }
        }
        next
    }

    fn is_settling(&self) -> bool {
        self.queues.values().any(|queue| queue.gap)
    }

    fn can_send(&self, queue: &Queue, settling: bool, now: Duration) -> bool {
        let nameless = self.config.idempotent && self.identity.is_none();
        if now < queue.not_before || queue.gap || nameless {
            return false;
        }
        if !queue.again.is_empty() {
            // One at a time until it is through: what follows depends on it.
            return queue.in_flight == 0;
        }
        if settling {
            return false;
        }
        !queue.full.is_empty()
            || queue
                .open
                .as_ref()
                .is_some_and(|open| now >= open.opened + self.config.linger)
    }

    /// Takes a partition's next batch, to be sent.
    pub(super) fn take(&mut self, partition: &TopicPartition) -> Option<Sendable> {
        let identity = self.identity;
        let queue = self.queues.get_mut(partition)?;
        if let Some(batch) = queue.again.pop_front() {
            queue.in_flight += 1;
            return Some(Sendable::Again(batch));
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

    /// About how many bytes [`Accumulator::take`] would give.
    pub(super) fn next_len(&self, partition: &TopicPartition) -> usize {
        let Some(queue) = self.queues.get(partition) else {
            return 0;
        };
        match (queue.again.front(), queue.full.front(), &queue.open) {
            (Some(batch), _, _) => batch.bytes.len(),
            (None, Some(batch), _) | (None, None, Some(batch)) => batch.builder.uncompressed_len(),
            (None, None, None) => 0,
        }
    }

    /// A batch was written.
    pub(super) fn succeeded(&mut self, batch: Batch, appended: Appended) {
        if let Some(queue) = self.queues.get_mut(&batch.partition) {
            queue.in_flight -= 1;
        }
        self.finish(batch.number, &batch.outcome, Ok(appended));
    }

    /// A batch was not written, or nobody knows. Puts it in line again after `pause`, or gives
    /// it up.
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
            let place = queue
                .again
                .partition_point(|other| precedes(other.base_sequence, batch.base_sequence));
            queue.again.insert(place, batch);
        } else {
            queue.gap |= idempotent;
            self.finish(batch.number, &batch.outcome, Err(error));
        }
        self.settle();
    }

    fn is_retriable(&self, batch: &Batch, error: &Error) -> bool {
        match error.code() {
            // It followed one that failed: once that is written, so can be this one.
            Some(ErrorCode::OutOfOrderSequenceNumber) => {
                self.queues.get(&batch.partition).is_some_and(|queue| {
                    let sequence = batch.base_sequence;
                    let mut again = queue.again.iter();
                    queue.gap
                        || queue.in_flight > 1
                        || again.any(|other| precedes(other.base_sequence, sequence))
                })
            }
            Some(_) if begins_epoch(error) => true,
            _ => error.is_retriable(),
        }
    }

    /// Gives up the batches that have waited too long, none of which is under way.
    pub(super) fn expire(&mut self, now: Duration) {
        let limit = self.config.delivery_timeout;
        let too_old = |opened: Duration| now >= opened + limit;
        let mut expired = Vec::new();
        for queue in self.queues.values_mut() {
            while queue
                .again
                .front()
                .is_some_and(|batch| too_old(batch.opened))
            {
                let batch = queue.again.pop_front().expect("looked at above");
                // It may have been written: its number must not be used for another.
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
        self.settle();
    }

    /// Gives up everything that is not under way.
    pub(super) fn fail_all(&mut self, error: &Error) {
        let mut failed = Vec::new();
        for queue in self.queues.values_mut() {
            let open = queue.full.drain(..).chain(queue.open.take());
            failed.extend(open.map(|batch| (batch.number, batch.outcome)));
            let again = queue.again.drain(..);
            failed.extend(again.map(|batch| (batch.number, batch.outcome)));
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

    /// Begins a new epoch if a number was lost and nothing with an old one can still be written.
    fn settle(&mut self) {
        let Some(identity) = &mut self.identity else {
            return;
        };
        let settled = self
            .queues
            .values()
            .all(|queue| queue.in_flight == 0 && (queue.gap || queue.again.is_empty()));
        if !settled || !self.queues.values().any(|queue| queue.gap) {
            return;
        }
        match identity.epoch.checked_add(1) {
            Some(epoch) => identity.epoch = epoch,
            // All epochs of this id are used up: ask for another.
            None => self.identity = None,
        }
        self.renumber();
    }

    /// Numbers begin at 0 under the identity there is now.
    fn renumber(&mut self) {
        let identity = self.identity;
        for queue in self.queues.values_mut() {
            queue.gap = false;
            queue.next_sequence = 0;
            for batch in &mut queue.again {
                batch.renumber(identity, queue.next_sequence);
                queue.next_sequence = add_to_sequence(queue.next_sequence, batch.record_count);
            }
        }
    }
}

impl Queue {
    /// When the oldest batch that is not under way was opened.
    fn oldest_waiting(&self) -> Option<Duration> {
        let again = self.again.front().map(|batch| batch.opened);
        let full = self.full.front().map(|batch| batch.opened);
        let open = self.open.as_ref().map(|batch| batch.opened);
        [again, full, open].into_iter().flatten().min()
    }
}

impl Batch {
    /// Gives an unwritten batch another producer epoch and number.
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

    /// The topic it is for.
    pub(super) fn topic(&self) -> &StrBytes {
        &self.partition.topic
    }
}

/// Whether sequence number `a` was given before `b`; they wrap around.
fn precedes(a: i32, b: i32) -> bool {
    let ahead = b.wrapping_sub(a) & i32::MAX;
    ahead != 0 && ahead < i32::MAX / 2
}

/// Errors after which a producer goes on under a new epoch.
fn begins_epoch(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::UnknownProducerId | ErrorCode::InvalidProducerEpoch)
    )
}
