//! Producer state: which sequence numbers each idempotent producer has written, and which
//! transactions are open.
//!
//! It lets the log append a retried batch only once, fence a producer that was replaced, and find
//! the last stable offset. It is rebuilt from the newest snapshot and the batches after it; losing
//! a snapshot costs time, not correctness.
//!
//! Invariant: the sequences of the retained batches of a producer are contiguous. Does not expire
//! producers by itself: the caller passes `now`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wire::ErrorCode;
use wire::record_batch::{
    EndTransactionMarker, NO_PRODUCER_EPOCH, NO_SEQUENCE, Origin, RecordBatchHeader,
    add_to_sequence,
};

use crate::transaction_index::AbortedTransaction;

/// Batches remembered per producer: as many as a client may have in flight (Kafka's
/// `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
pub const BATCHES_RETAINED: usize = 5;

/// One appended batch of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducedBatch {
    /// Sequence of its last record.
    pub last_sequence: i32,
    /// Offset of its last record.
    pub last_offset: i64,
    /// Number of records in it, less one.
    pub offset_delta: i32,
    /// Its max timestamp in ms.
    pub timestamp: i64,
}

impl ProducedBatch {
    /// The batch with this header.
    pub(crate) fn of(header: &RecordBatchHeader) -> ProducedBatch {
        ProducedBatch {
            last_sequence: header.last_sequence(),
            last_offset: header.last_offset(),
            offset_delta: header.last_offset_delta,
            timestamp: header.max_timestamp,
        }
    }

    /// Offset of its first record.
    pub fn first_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    pub(crate) fn first_sequence(&self) -> i32 {
        add_to_sequence(self.last_sequence, -self.offset_delta)
    }
}

/// State of one producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// Its current epoch.
    pub epoch: i16,
    /// Epoch of the transaction coordinator that wrote its last marker; -1 if none has.
    pub coordinator_epoch: i32,
    /// Timestamp of its last batch or marker, in ms.
    pub last_timestamp: i64,
    /// First offset of its open transaction, if it has one.
    pub transaction_start: Option<i64>,
    /// Its last batches of the current epoch, oldest first.
    pub batches: VecDeque<ProducedBatch>,
}

impl Producer {
    fn empty() -> Producer {
        Producer {
            epoch: NO_PRODUCER_EPOCH,
            coordinator_epoch: -1,
            last_timestamp: -1,
            transaction_start: None,
            batches: VecDeque::new(),
        }
    }

    /// Sequence of the last record it wrote in this epoch, or -1.
    pub fn last_sequence(&self) -> i32 {
        self.batches
            .back()
            .map_or(NO_SEQUENCE, |batch| batch.last_sequence)
    }

    fn set_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }
}

/// Why a producer's batch is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProducerError {
    /// There is a gap, or an old batch was sent again after it was forgotten.
    #[error("producer {producer_id} sent sequence {found}, expected {expected}")]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// The next sequence.
        expected: i32,
        /// Sequence of the batch.
        found: i32,
    },
    /// A newer producer with this id has written.
    #[error("producer {producer_id} has epoch {found}, the current one is {current}")]
    InvalidEpoch {
        /// The producer.
        producer_id: i64,
        /// Epoch that has written.
        current: i16,
        /// Epoch of the batch.
        found: i16,
    },
    /// A batch outside of a transaction came while one was open.
    #[error("producer {producer_id} wrote outside of its transaction while it was open")]
    InvalidTransactionState {
        /// The producer.
        producer_id: i64,
    },
    /// A marker came from a coordinator that was replaced.
    #[error(
        "marker for producer {producer_id} is of coordinator epoch {found}, the current one is \
         {current}"
    )]
    CoordinatorFenced {
        /// The producer.
        producer_id: i64,
        /// Epoch that has written.
        current: i32,
        /// Epoch of the marker.
        found: i32,
    },
}

impl ProducerError {
    /// The code to answer.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            ProducerError::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
            ProducerError::InvalidEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            ProducerError::InvalidTransactionState { .. } => ErrorCode::InvalidTxnState,
            ProducerError::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
        }
    }
}

/// A transaction that a marker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedTransaction {
    /// The producer.
    pub producer_id: i64,
    /// Offset of its first record.
    pub first_offset: i64,
    /// Offset of the marker.
    pub last_offset: i64,
    /// Whether it was committed. Otherwise it was aborted.
    pub committed: bool,
}

/// The first batch of an unknown producer, which could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unwritten {
    epoch: i16,
    sequence: i32,
    /// Its max timestamp in ms.
    timestamp: i64,
}

/// The producers of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProducerState {
    producers: BTreeMap<i64, Producer>,
    /// Open transactions: first offset to producer.
    open: BTreeMap<i64, i64>,
    /// Ended transactions whose marker is not committed yet: first offset to marker's offset.
    ended: BTreeMap<i64, i64>,
    /// Unknown producers whose first batch could not be written. Until it is written, their other
    /// batches are refused.
    unwritten: BTreeMap<i64, Unwritten>,
    /// Producers from a snapshot, which holds only their last batch. The batches before it are in
    /// the log.
    incomplete: BTreeSet<i64>,
}

impl ProducerState {
    /// The producers, by id.
    pub fn producers(&self) -> &BTreeMap<i64, Producer> {
        &self.producers
    }

    /// Adds a producer from a snapshot.
    pub fn restore(&mut self, producer_id: i64, producer: Producer) {
        if let Some(start) = producer.transaction_start {
            self.open.insert(start, producer_id);
        }
        self.producers.insert(producer_id, producer);
        self.incomplete.insert(producer_id);
    }

    /// The earliest remembered batch of a producer, and its epoch, if batches before it can be
    /// added with [`add_earlier`](ProducerState::add_earlier).
    pub(crate) fn earliest_if_incomplete(&self, producer_id: i64) -> Option<(i16, ProducedBatch)> {
        let producer = self.producers.get(&producer_id)?;
        let is_full = producer.batches.len() == BATCHES_RETAINED;
        let is_incomplete = !is_full && self.incomplete.contains(&producer_id);
        let earliest = producer.batches.front().filter(|_| is_incomplete)?;
        Some((producer.epoch, *earliest))
    }

    /// Adds the batches before the earliest remembered one of a producer, oldest first. Nothing
    /// is added after that.
    pub(crate) fn add_earlier(&mut self, producer_id: i64, earlier: &[ProducedBatch]) {
        self.incomplete.remove(&producer_id);
        if let Some(producer) = self.producers.get_mut(&producer_id) {
            for batch in earlier.iter().rev() {
                if producer.batches.len() < BATCHES_RETAINED {
                    producer.batches.push_front(*batch);
                }
            }
        }
    }

    /// The open transactions: first offset and producer id.
    pub fn open_transactions(&self) -> Vec<(i64, i64)> {
        self.open.iter().map(|(start, id)| (*start, *id)).collect()
    }

    /// Removes the open transaction of a producer.
    pub fn forget_transaction(&mut self, producer_id: i64) {
        if let Some(producer) = self.producers.get_mut(&producer_id)
            && let Some(start) = producer.transaction_start.take()
        {
            self.open.remove(&start);
        }
    }

    /// Checks whether `batch` may be appended next. Returns the earlier batch if it is a
    /// duplicate: then it must not be appended.
    ///
    /// `marker` is the content of a control batch.
    ///
    /// # Errors
    /// See [`ProducerError`]. Sequences are checked only for batches of clients.
    pub fn check(
        &self,
        batch: &RecordBatchHeader,
        marker: Option<&EndTransactionMarker>,
        origin: Origin,
    ) -> Result<Option<ProducedBatch>, ProducerError> {
        let producer_id = batch.producer_id;
        let Some(known) = self
            .producers
            .get(&producer_id)
            .filter(|_| batch.has_producer_id())
        else {
            // A producer that is unknown, or whose records were all deleted, may begin with any
            // sequence.
            return self.check_unwritten(batch, origin).map(|()| None);
        };
        if batch.producer_epoch == known.epoch && origin == Origin::Client {
            let (first, last) = (batch.base_sequence, batch.last_sequence());
            let same =
                |old: &&ProducedBatch| old.first_sequence() == first && old.last_sequence == last;
            if let Some(duplicate) = known.batches.iter().find(same) {
                return Ok(Some(*duplicate));
            }
        }
        if batch.producer_epoch < known.epoch {
            return Err(ProducerError::InvalidEpoch {
                producer_id,
                current: known.epoch,
                found: batch.producer_epoch,
            });
        }
        if let Some(marker) = marker {
            if marker.coordinator_epoch < known.coordinator_epoch {
                return Err(ProducerError::CoordinatorFenced {
                    producer_id,
                    current: known.coordinator_epoch,
                    found: marker.coordinator_epoch,
                });
            }
            return Ok(None);
        }
        if origin == Origin::Client {
            let expected = if batch.producer_epoch == known.epoch {
                add_to_sequence(known.last_sequence(), 1)
            } else {
                0
            };
            if batch.base_sequence != expected {
                let found = batch.base_sequence;
                return Err(ProducerError::OutOfOrderSequence {
                    producer_id,
                    expected,
                    found,
                });
            }
        }
        if known.transaction_start.is_some() && !batch.is_transactional() {
            return Err(ProducerError::InvalidTransactionState { producer_id });
        }
        Ok(None)
    }

    /// After the first batch of an unknown producer could not be written, only that batch may come
    /// next: a client that has several in flight sends it again after the others.
    fn check_unwritten(
        &self,
        batch: &RecordBatchHeader,
        origin: Origin,
    ) -> Result<(), ProducerError> {
        let (producer_id, found) = (batch.producer_id, batch.base_sequence);
        match self.unwritten.get(&producer_id) {
            Some(first)
                if origin == Origin::Client
                    && first.epoch == batch.producer_epoch
                    && first.sequence != found =>
            {
                Err(ProducerError::OutOfOrderSequence {
                    producer_id,
                    expected: first.sequence,
                    found,
                })
            }
            _ => Ok(()),
        }
    }

    /// Notes a batch that could not be written. The first one of an epoch counts.
    pub(crate) fn note_unwritten(&mut self, batch: &RecordBatchHeader) {
        if !batch.has_producer_id() || self.producers.contains_key(&batch.producer_id) {
            return;
        }
        let unwritten = Unwritten {
            epoch: batch.producer_epoch,
            sequence: batch.base_sequence,
            timestamp: batch.max_timestamp,
        };
        let known = self.unwritten.get(&batch.producer_id);
        if known.is_none_or(|known| known.epoch != unwritten.epoch) {
            self.unwritten.insert(batch.producer_id, unwritten);
        }
    }

    /// Whether a producer's first batch could not be written.
    pub(crate) fn waits_for_first_batches(&self) -> bool {
        !self.unwritten.is_empty()
    }

    /// Adds an appended batch. Returns the transaction that it ended, if any.
    ///
    /// `batch` has its final offsets; `marker` is the content of a control batch.
    pub fn append(
        &mut self,
        batch: &RecordBatchHeader,
        marker: Option<&EndTransactionMarker>,
    ) -> Option<CompletedTransaction> {
        if !batch.has_producer_id() || (batch.is_control() && marker.is_none()) {
            return None;
        }
        self.unwritten.remove(&batch.producer_id);
        let producer = self
            .producers
            .entry(batch.producer_id)
            .or_insert_with(Producer::empty);
        producer.set_epoch(batch.producer_epoch);
        producer.last_timestamp = batch.max_timestamp;
        if let Some(marker) = marker {
            producer.coordinator_epoch = marker.coordinator_epoch;
            let first_offset = producer.transaction_start.take()?;
            self.open.remove(&first_offset);
            self.ended.insert(first_offset, batch.base_offset);
            return Some(CompletedTransaction {
                producer_id: batch.producer_id,
                first_offset,
                last_offset: batch.base_offset,
                committed: marker.committed,
            });
        }
        if producer.batches.len() == BATCHES_RETAINED {
            producer.batches.pop_front();
        }
        producer.batches.push_back(ProducedBatch::of(batch));
        if batch.is_transactional() && producer.transaction_start.is_none() {
            producer.transaction_start = Some(batch.base_offset);
            self.open.insert(batch.base_offset, batch.producer_id);
        }
        None
    }

    /// The entry of the transaction index for `completed`, which has just been aborted.
    pub(crate) fn aborted(&self, completed: &CompletedTransaction) -> AbortedTransaction {
        let first_open = self.open.keys().next().copied();
        AbortedTransaction {
            producer_id: completed.producer_id,
            first_offset: completed.first_offset,
            last_offset: completed.last_offset,
            last_stable_offset: first_open.unwrap_or(completed.last_offset + 1),
        }
    }

    /// First offset of the oldest transaction that is open, or whose marker is not below
    /// `high_watermark` yet.
    pub fn first_unstable_offset(&self, high_watermark: i64) -> Option<i64> {
        let open = self.open.keys().next().copied();
        let mut ended = self.ended.iter();
        let ended = ended.find_map(|(first, marker)| (*marker >= high_watermark).then_some(*first));
        open.into_iter().chain(ended).min()
    }

    /// Forgets completed transactions whose marker is below `high_watermark`.
    pub fn on_high_watermark(&mut self, high_watermark: i64) {
        if !self.ended.is_empty() {
            self.ended.retain(|_, marker| *marker >= high_watermark);
        }
    }

    /// Forgets producers that were idle for `expiration_ms` (ms) and have no open transaction.
    pub fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.producers.retain(|_, producer| {
            producer.transaction_start.is_some()
                || now_ms.saturating_sub(producer.last_timestamp) < expiration_ms
        });
        self.unwritten
            .retain(|_, first| now_ms.saturating_sub(first.timestamp) < expiration_ms);
        self.incomplete
            .retain(|producer_id| self.producers.contains_key(producer_id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::record_batch::{BatchBuilder, Compression};

    fn batch(id: i64, epoch: i16, sequence: i32, count: i32, offset: i64) -> RecordBatchHeader {
        let mut builder = BatchBuilder::new(Compression::None)
            .base_offset(offset)
            .producer(id, epoch, sequence);
        for _ in 0..count {
            builder.append(1000 + offset, None, Some(b"x"), &[]);
        }
        RecordBatchHeader::parse(&builder.build()).unwrap()
    }

    fn transactional(mut header: RecordBatchHeader) -> RecordBatchHeader {
        header.set_transactional();
        header
    }

    /// Appends as the log does: only if the check passes and the batch is not a duplicate.
    fn send(
        state: &mut ProducerState,
        header: &RecordBatchHeader,
    ) -> Result<Option<ProducedBatch>, ProducerError> {
        let duplicate = state.check(header, None, Origin::Client)?;
        if duplicate.is_none() {
            state.append(header, None);
        }
        Ok(duplicate)
    }

    fn end(
        state: &mut ProducerState,
        id: i64,
        offset: i64,
        committed: bool,
    ) -> CompletedTransaction {
        let marker = EndTransactionMarker {
            committed,
            coordinator_epoch: 1,
        };
        let mut header = transactional(batch(id, 0, 0, 1, offset));
        header.set_control();
        header.base_sequence = NO_SEQUENCE;
        assert_eq!(
            state.check(&header, Some(&marker), Origin::Coordinator),
            Ok(None)
        );
        state.append(&header, Some(&marker)).unwrap()
    }

    #[test]
    fn a_retried_batch_is_found_among_the_last_five() {
        let mut state = ProducerState::default();
        for i in 0..7 {
            assert_eq!(
                send(&mut state, &batch(9, 0, i * 10, 10, i64::from(i) * 10)),
                Ok(None)
            );
        }
        let duplicate = send(&mut state, &batch(9, 0, 20, 10, 999))
            .unwrap()
            .unwrap();
        assert_eq!((duplicate.first_offset(), duplicate.last_offset), (20, 29));
        let forgotten = send(&mut state, &batch(9, 0, 10, 10, 999));
        let refused = ProducerError::OutOfOrderSequence {
            producer_id: 9,
            expected: 70,
            found: 10,
        };
        assert_eq!(forgotten, Err(refused));
    }

    #[test]
    fn a_gap_is_refused_and_a_new_producer_may_begin_at_any_sequence() {
        let mut state = ProducerState::default();
        assert_eq!(send(&mut state, &batch(9, 0, 5, 1, 0)), Ok(None));
        let gap = send(&mut state, &batch(9, 0, 7, 1, 1)).unwrap_err();
        assert_eq!(gap.error_code(), ErrorCode::OutOfOrderSequenceNumber);
    }

    #[test]
    fn sequences_wrap_around_after_the_largest() {
        let mut state = ProducerState::default();
        assert_eq!(send(&mut state, &batch(9, 0, i32::MAX - 1, 3, 0)), Ok(None));
        assert_eq!(send(&mut state, &batch(9, 0, 1, 1, 3)), Ok(None));
        let duplicate = send(&mut state, &batch(9, 0, i32::MAX - 1, 3, 99)).unwrap();
        assert_eq!(duplicate.unwrap().first_offset(), 0);
    }

    #[test]
    fn a_new_epoch_begins_at_zero_and_fences_the_old() {
        let mut state = ProducerState::default();
        send(&mut state, &batch(9, 3, 0, 5, 0)).unwrap();
        assert!(send(&mut state, &batch(9, 4, 5, 1, 5)).is_err());
        send(&mut state, &batch(9, 4, 0, 1, 5)).unwrap();
        let fenced = send(&mut state, &batch(9, 3, 5, 1, 6)).unwrap_err();
        assert_eq!(fenced.error_code(), ErrorCode::InvalidProducerEpoch);
    }

    #[test]
    fn the_last_stable_offset_waits_for_open_and_for_uncommitted_transactions() {
        let mut state = ProducerState::default();
        state.append(&transactional(batch(1, 0, 0, 2, 10)), None);
        state.append(&transactional(batch(2, 0, 0, 2, 12)), None);
        assert_eq!(state.first_unstable_offset(14), Some(10));
        let outside = state
            .check(&batch(1, 0, 2, 1, 14), None, Origin::Client)
            .unwrap_err();
        assert_eq!(outside.error_code(), ErrorCode::InvalidTxnState);

        let first = end(&mut state, 1, 14, false);
        assert_eq!(
            (first.first_offset, first.last_offset, first.committed),
            (10, 14, false)
        );
        assert_eq!(state.aborted(&first).last_stable_offset, 12);
        assert_eq!(state.first_unstable_offset(14), Some(10));
        assert_eq!(state.first_unstable_offset(15), Some(12));
        state.on_high_watermark(14);
        assert_eq!(state.first_unstable_offset(14), Some(10));
        state.on_high_watermark(15);
        assert_eq!(state.first_unstable_offset(15), Some(12));
        let second = end(&mut state, 2, 15, true);
        assert_eq!(state.aborted(&second).last_stable_offset, 16);
        assert_eq!(state.first_unstable_offset(15), Some(12));
        assert_eq!(state.first_unstable_offset(16), None);
    }

    #[test]
    fn idle_producers_are_removed_unless_in_a_transaction() {
        let mut state = ProducerState::default();
        state.append(&batch(1, 0, 0, 1, 0), None);
        state.append(&transactional(batch(2, 0, 0, 1, 1)), None);
        state.append(&batch(3, 0, 0, 1, 500), None);
        state.expire(1510, 500);
        assert_eq!(state.producers().keys().collect::<Vec<_>>(), [&2, &3]);
    }
}
