//! Earlier batches of a producer, read from the log when one of them may have been sent again.
//!
//! A producer snapshot holds only the last batch of each producer, as Kafka's does. A client with
//! five batches in flight sends all five again after a restart. The batches before the one in the
//! snapshot are looked up when a sequence is out of order, once per producer: opening a log costs
//! nothing for it. Only batch headers are read, backwards, from the earliest known batch.
//!
//! [`Log::try_append`] does not look them up: it returns [`MissingBatches`], and the caller reads them
//! without the partition's lock.

use std::io::Result;

use wire::record_batch::{EndTransactionMarker, Origin, RecordBatchHeader, add_to_sequence};

use crate::error::{AppendError, NotReady, TryAppendError};
use crate::partition_log::Log;
use crate::producer_state::{BATCHES_RETAINED, ProducedBatch, ProducerError};
use crate::read::LogReader;

/// Bytes of the log whose headers are read first; each further step reads four times as many.
const FIRST_STEP_BYTES: u64 = 64 << 10;
/// Bytes of the log, before a producer's earliest known batch, whose headers are read at most. A step
/// counts as at least [`FIRST_STEP_BYTES`], because each opens the files of a segment.
const BYTES_MAX: u64 = 64 << 20;

/// Batches of a producer that a log has to know before it can append the next one, and a copy of the
/// log to read them from.
#[derive(Debug)]
pub struct MissingBatches {
    producer_id: i64,
    epoch: i16,
    earliest: ProducedBatch,
    reader: LogReader<'static>,
}

/// Batches that were looked up: for [`Log::add_batches`].
#[derive(Debug)]
pub struct EarlierBatches {
    of: MissingBatches,
    oldest_first: Vec<ProducedBatch>,
}

impl MissingBatches {
    /// Looks them up. Blocks on the disk.
    ///
    /// # Errors
    /// [`AppendError::Storage`] if they cannot be read.
    pub fn read(self) -> std::result::Result<EarlierBatches, AppendError> {
        let producer_id = self.producer_id;
        let found = self
            .reader
            .batches_before(producer_id, self.epoch, self.earliest);
        let oldest_first = found.map_err(|error| AppendError::Storage {
            message: format!("read earlier batches of producer {producer_id}: {error}"),
            for_good: false,
        })?;
        Ok(EarlierBatches {
            of: self,
            oldest_first,
        })
    }
}

impl Log {
    /// Adds batches that were looked up. Has no effect if files were renamed meanwhile, or if the
    /// producer has written since.
    pub fn add_batches(&mut self, found: &EarlierBatches) {
        let of = &found.of;
        let now = self.producers.earliest_if_incomplete(of.producer_id);
        if now == Some((of.epoch, of.earliest)) && !of.reader.is_retired() {
            self.producers
                .add_earlier(of.producer_id, &found.oldest_first);
        }
    }

    /// As [`ProducerState::check`](crate::producer_state::ProducerState::check), with all of the
    /// last five batches of the producer, also right after the log was opened.
    ///
    /// # Errors
    /// Those of the check, and [`NotReady::BatchesMissing`].
    pub(crate) fn check_producer(
        &self,
        header: &RecordBatchHeader,
        marker: Option<&EndTransactionMarker>,
        origin: Origin,
    ) -> std::result::Result<Option<ProducedBatch>, TryAppendError> {
        self.producers
            .check(header, marker, origin)
            .map_err(|error| match self.missing_batches(&error) {
                Some(missing) => NotReady::BatchesMissing(Box::new(missing)).into(),
                None => AppendError::from(error).into(),
            })
    }

    /// The batches without which `error` may be wrong; `None` if there are none. Reads nothing.
    fn missing_batches(&self, error: &ProducerError) -> Option<MissingBatches> {
        let ProducerError::OutOfOrderSequence { producer_id, .. } = *error else {
            return None;
        };
        let (epoch, earliest) = self.producers.earliest_if_incomplete(producer_id)?;
        Some(MissingBatches {
            producer_id,
            epoch,
            earliest,
            reader: self.reader().detached(self.log_start_offset),
        })
    }
}

impl LogReader<'_> {
    /// The batches of a producer that come right before `earliest` in its sequence, oldest first.
    fn batches_before(
        &self,
        producer_id: i64,
        epoch: i16,
        earliest: ProducedBatch,
    ) -> Result<Vec<ProducedBatch>> {
        let mut chain = Chain::new(epoch, earliest);
        let segments = self.segments();
        let mut at = self.segment_at(earliest.first_offset());
        let located = segments[at].locate(earliest.first_offset())?;
        let mut end = located.map_or(segments[at].size(), |batch| batch.position);
        let mut bytes_left = BYTES_MAX;
        let mut step = FIRST_STEP_BYTES;
        while bytes_left > 0 {
            if end == 0 {
                if at == 0 {
                    break;
                }
                at -= 1;
                end = segments[at].size();
                continue;
            }
            let segment = &segments[at];
            let start = segment.batch_end_before(0, end.saturating_sub(step))?;
            let mut found = Vec::new();
            segment.batches_between(start, end, |batch| {
                let header = &batch.header;
                if header.producer_id == producer_id && !header.is_control() {
                    found.push((header.producer_epoch, ProducedBatch::of(header)));
                }
            })?;
            if !found
                .into_iter()
                .rev()
                .all(|(epoch, batch)| chain.add(epoch, batch))
            {
                break;
            }
            bytes_left = bytes_left.saturating_sub(FIRST_STEP_BYTES.max(end - start));
            step = bytes_left.min(step * 4);
            end = start;
        }
        Ok(chain.oldest_first())
    }
}

/// Batches of one producer whose sequences follow one another, found newest first.
struct Chain {
    epoch: i16,
    next_sequence: i32,
    newest_first: Vec<ProducedBatch>,
}

impl Chain {
    fn new(epoch: i16, last: ProducedBatch) -> Chain {
        Chain {
            epoch,
            next_sequence: last.first_sequence(),
            newest_first: Vec::new(),
        }
    }

    /// Adds the next earlier batch of the producer, if its sequence fits; whether more are needed.
    ///
    /// It does not fit if it has another epoch, or if compaction or damage took batches away.
    fn add(&mut self, epoch: i16, batch: ProducedBatch) -> bool {
        let fits =
            epoch == self.epoch && add_to_sequence(batch.last_sequence, 1) == self.next_sequence;
        if fits {
            self.next_sequence = batch.first_sequence();
            self.newest_first.push(batch);
        }
        fits && self.newest_first.len() < BATCHES_RETAINED - 1
    }

    fn oldest_first(mut self) -> Vec<ProducedBatch> {
        self.newest_first.reverse();
        self.newest_first
    }
}
