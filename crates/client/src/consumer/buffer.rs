//! Fetched batches that the consumer has not returned yet.
//!
//! Decompresses one batch at a time, when its records are needed. Leaves out the records before the
//! position, control records, and, with `read_committed`, the records of aborted transactions.

use std::collections::{BTreeSet, VecDeque};

use wire::TopicPartition;
use wire::messages::fetch_response::AbortedTransaction;
use wire::record_batch::{EndTransactionMarker, Record, RecordBatch, Records};

use crate::{Error, Result};

/// Largest size of a batch after decompression, in bytes.
const UNPACKED_BATCH_MAX: usize = 128 * 1024 * 1024;

/// The data of one partition in one fetch.
#[derive(Debug)]
pub(super) struct Chunk {
    batches: VecDeque<RecordBatch>,
    bytes: usize,
    /// Aborted transactions that lie ahead, by first offset.
    aborted: VecDeque<AbortedTransaction>,
    /// Producers whose aborted transaction is open at the current batch.
    aborting: BTreeSet<i64>,
    check_crcs: bool,
}

impl Chunk {
    /// `aborted` is `None` for `read_uncommitted`.
    pub(super) fn new(
        batches: VecDeque<RecordBatch>,
        aborted: Option<Vec<AbortedTransaction>>,
        check_crcs: bool,
    ) -> Chunk {
        let mut aborted = aborted.unwrap_or_default();
        aborted.sort_by_key(|transaction| transaction.first_offset);
        Chunk {
            bytes: batches.iter().map(|batch| batch.bytes.len()).sum(),
            batches,
            aborted: aborted.into(),
            aborting: BTreeSet::new(),
            check_crcs,
        }
    }

    /// Opens the next batch with visible records, and skips the others.
    fn next_batch(&mut self, partition: &TopicPartition) -> Result<Option<OpenBatch>> {
        let Some(batch) = self.batches.pop_front() else {
            return Ok(None);
        };
        let header = &batch.header;
        let broken = |error: wire::record_batch::BatchError| Error::Records {
            partition: partition.to_string(),
            offset: header.base_offset,
            reason: error.to_string(),
        };
        if self.check_crcs {
            batch.check_crc().map_err(broken)?;
        }
        while let Some(transaction) = self.aborted.front() {
            if transaction.first_offset > header.last_offset() {
                break;
            }
            self.aborting.insert(transaction.producer_id);
            self.aborted.pop_front();
        }
        let mut open = OpenBatch {
            next_offset: header.next_offset(),
            leader_epoch: header.partition_leader_epoch,
            base_offset: header.base_offset,
            records: None,
        };
        if header.is_control() {
            let marker = batch
                .records(UNPACKED_BATCH_MAX)
                .map_err(broken)?
                .next()
                .and_then(std::result::Result::ok)
                .and_then(|record| EndTransactionMarker::of(&record));
            if marker.is_some_and(|marker| !marker.committed) {
                self.aborting.remove(&header.producer_id);
            }
        } else if !(header.is_transactional() && self.aborting.contains(&header.producer_id)) {
            open.records = Some(batch.records(UNPACKED_BATCH_MAX).map_err(broken)?);
        }
        Ok(Some(open))
    }
}

/// The batch whose records are being returned.
#[derive(Debug)]
struct OpenBatch {
    base_offset: i64,
    next_offset: i64,
    leader_epoch: i32,
    records: Option<Records>,
}

/// The fetched data of one partition that was not returned yet.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    chunks: VecDeque<Chunk>,
    open: Option<OpenBatch>,
    bytes: usize,
}

/// The position of a consumer in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Offset of the next record.
    pub(super) offset: i64,
    /// Leader epoch of the record before it; −1 if unknown.
    pub(super) leader_epoch: i32,
}

impl Buffer {
    pub(super) fn push(&mut self, chunk: Chunk) {
        self.bytes += chunk.bytes;
        self.chunks.push_back(chunk);
    }

    /// Fetched bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none() && self.chunks.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Buffer::default();
    }

    /// Returns at most `max` records, and moves the position after them.
    ///
    /// # Errors
    /// [`Error::Records`] for damaged data. The position is then that of the damaged batch, which is removed
    /// from the buffer.
    pub(super) fn take(
        &mut self,
        partition: &TopicPartition,
        position: &mut Position,
        max: usize,
    ) -> Result<Vec<Record>> {
        let mut taken = Vec::new();
        while taken.len() < max {
            let Some(open) = &mut self.open else {
                if !self.open_next(partition)? {
                    break;
                }
                continue;
            };
            match open.records.as_mut().and_then(Iterator::next) {
                Some(Ok(record)) => {
                    if record.offset >= position.offset {
                        position.offset = record.offset + 1;
                        position.leader_epoch = open.leader_epoch;
                        taken.push(record);
                    }
                }
                Some(Err(error)) => {
                    let offset = open.base_offset;
                    self.open = None;
                    return Err(Error::Records {
                        partition: partition.to_string(),
                        offset,
                        reason: error.to_string(),
                    });
                }
                None => {
                    // The position also moves past records that are not visible.
                    position.offset = position.offset.max(open.next_offset);
                    position.leader_epoch = open.leader_epoch;
                    self.open = None;
                }
            }
        }
        Ok(taken)
    }

    /// Opens the next batch. Returns whether there is one.
    fn open_next(&mut self, partition: &TopicPartition) -> Result<bool> {
        while let Some(chunk) = self.chunks.front_mut() {
            if let Some(open) = chunk.next_batch(partition)? {
                self.open = Some(open);
                return Ok(true);
            }
            self.bytes -= chunk.bytes;
            self.chunks.pop_front();
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use wire::record_batch::{BatchBuilder, Compression, batches};

    use super::*;

    fn batch(base: i64, values: &[&str], producer: Option<i64>) -> bytes::Bytes {
        let mut builder = BatchBuilder::new(Compression::Zstd).base_offset(base);
        if let Some(id) = producer {
            builder = builder.producer(id, 0, 0).transactional();
        }
        for value in values {
            builder.append(base, None, Some(value.as_bytes()), &[]);
        }
        builder.build()
    }

    fn chunk(parts: &[bytes::Bytes], aborted: &[(i64, i64)]) -> Chunk {
        let aborted = aborted
            .iter()
            .map(|&(producer_id, first_offset)| AbortedTransaction {
                producer_id,
                first_offset,
            })
            .collect();
        let all = parts.concat();
        let batches = batches(all.into())
            .map(std::result::Result::unwrap)
            .collect();
        Chunk::new(batches, Some(aborted), true)
    }

    fn values(records: &[Record]) -> Vec<&str> {
        let text = |record: &'_ Record| -> &'static str {
            // Leaks a few bytes of a test.
            let value = record.value.clone().unwrap().to_vec();
            Box::leak(String::from_utf8(value).unwrap().into_boxed_str())
        };
        records.iter().map(text).collect()
    }

    #[test]
    fn records_before_the_position_are_skipped() {
        let partition = TopicPartition::new("t", 0);
        let mut buffer = Buffer::default();
        buffer.push(chunk(
            &[batch(10, &["a", "b", "c"], None), batch(20, &["d"], None)],
            &[],
        ));
        let mut position = Position {
            offset: 11,
            leader_epoch: -1,
        };
        let taken = buffer.take(&partition, &mut position, 1).unwrap();
        assert_eq!((values(&taken), position.offset), (vec!["b"], 12));
        let taken = buffer.take(&partition, &mut position, 10).unwrap();
        assert_eq!((values(&taken), position.offset), (vec!["c", "d"], 21));
        assert!(buffer.is_empty());
        assert_eq!(buffer.bytes(), 0);
    }

    #[test]
    fn aborted_transactions_are_skipped_and_later_ones_of_the_producer_are_not() {
        let abort = EndTransactionMarker {
            committed: false,
            coordinator_epoch: 0,
        };
        let mut marker = abort.to_batch(7, 0, 0).to_vec();
        marker[..8].copy_from_slice(&2i64.to_be_bytes());
        let parts = [
            batch(0, &["lost"], Some(7)),
            batch(1, &["kept"], Some(8)),
            marker.into(),
            batch(3, &["later"], Some(7)),
        ];
        let mut buffer = Buffer::default();
        buffer.push(chunk(&parts, &[(7, 0)]));
        let mut position = Position {
            offset: 0,
            leader_epoch: -1,
        };
        let partition = TopicPartition::new("t", 0);
        let taken = buffer.take(&partition, &mut position, 10).unwrap();
        assert_eq!(
            (values(&taken), position.offset),
            (vec!["kept", "later"], 4)
        );
    }

    #[test]
    fn a_damaged_batch_is_an_error_at_its_offset() {
        let mut bytes = batch(5, &["a"], None).to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let mut buffer = Buffer::default();
        buffer.push(chunk(&[bytes.into()], &[]));
        let mut position = Position {
            offset: 5,
            leader_epoch: -1,
        };
        let partition = TopicPartition::new("t", 3);
        let error = buffer.take(&partition, &mut position, 10).unwrap_err();
        assert!(
            matches!(&error, Error::Records { partition, offset: 5, .. } if partition == "t-3")
        );
    }
}
