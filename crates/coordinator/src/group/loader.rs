//! Loading a shard from the records of its partition (Kafka's `CoordinatorLoader`).
//!
//! Offsets that were committed in a transaction become visible with the transaction's commit marker,
//! and never if it was aborted.

use wire::record_batch::{BatchError, EndTransactionMarker, RecordBatch};

use super::record::ReplayError;
use super::transactions::PendingTransactions;
use super::{GroupConfig, GroupShard};
use crate::Record;

/// A shard that is being loaded.
#[derive(Debug)]
pub struct Loader {
    shard: GroupShard,
    transactions: PendingTransactions,
    skipped: Option<Skipped>,
}

/// Records that this version does not understand, for example those of other kinds of groups.
#[derive(Debug)]
pub struct Skipped {
    /// Number of the records.
    pub count: usize,
    /// The reason for the first one.
    pub first: ReplayError,
}

/// The result of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The shard. The caller calls [`GroupShard::on_loaded`] next.
    pub shard: GroupShard,
    /// Producers with a transaction that has no end marker. Its offsets are not in the shard.
    pub open_transactions: Vec<i64>,
    /// Records that were skipped, if any.
    pub skipped: Option<Skipped>,
}

impl Loader {
    /// A loader before the first batch.
    pub fn new(config: GroupConfig) -> Self {
        Loader {
            shard: GroupShard::new(config),
            transactions: PendingTransactions::default(),
            skipped: None,
        }
    }

    /// Replay the next batch of the partition, which may decompress to `bytes_max` bytes.
    ///
    /// # Errors
    /// The batch is damaged or decompresses to more. The loader cannot be used any more.
    pub fn replay(&mut self, batch: &RecordBatch, bytes_max: usize) -> Result<(), BatchError> {
        batch.check_crc()?;
        let producer_id = batch.header.producer_id;
        for record in batch.records(bytes_max)? {
            let record = record?;
            if batch.header.is_control() {
                if let Some(marker) = EndTransactionMarker::of(&record) {
                    for record in self.transactions.end(producer_id, marker.committed) {
                        self.replay_record(&record);
                    }
                }
                continue;
            }
            let Some(key) = record.key else { continue };
            let (offset, value) = (record.offset, record.value);
            let record = Record { key, value };
            if batch.header.is_transactional() {
                self.transactions.add(producer_id, offset, record);
            } else {
                self.transactions.on_replayed(offset, &record.key);
                self.replay_record(&record);
            }
        }
        Ok(())
    }

    fn replay_record(&mut self, record: &Record) {
        if let Err(first) = self.shard.replay(record) {
            self.skipped
                .get_or_insert(Skipped { count: 0, first })
                .count += 1;
        }
    }

    /// The last batch was replayed.
    pub fn finish(self) -> Loaded {
        Loaded {
            shard: self.shard,
            open_transactions: self.transactions.producer_ids().collect(),
            skipped: self.skipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wire::StrBytes;
    use wire::record_batch::{BatchBuilder, Compression, batches};
    use wire::records::group::{Key, OffsetCommitKey, OffsetCommitValue, Value};

    use super::*;
    use crate::group::record::encode;

    fn commit(partition: i32, offset: i64) -> Record {
        let key = Key::OffsetCommit(OffsetCommitKey {
            group: "g".into(),
            topic: "t".into(),
            partition,
        });
        let value = Value::OffsetCommit(OffsetCommitValue {
            offset,
            metadata: StrBytes::EMPTY,
            ..Default::default()
        });
        encode(&key, Some(&value))
    }

    fn batch(builder: BatchBuilder, record: &Record) -> Bytes {
        let mut builder = builder;
        builder.append(0, Some(&record.key), record.value.as_deref(), &[]);
        builder.build()
    }

    fn load(log: &[Bytes]) -> Loaded {
        let mut loader = Loader::new(GroupConfig::default());
        for bytes in log {
            for batch in batches(bytes.clone()) {
                let batch = batch.expect("built above");
                loader.replay(&batch, 1 << 20).expect("built above");
            }
        }
        loader.finish()
    }

    fn committed(loaded: &Loaded, partition: i32) -> Option<i64> {
        loaded.shard.committed_offset("g", "t", partition)
    }

    #[test]
    fn offsets_of_a_transaction_count_only_after_its_commit_marker() {
        let plain = || BatchBuilder::new(Compression::None);
        let transaction = |producer| plain().producer(producer, 0, 0).transactional();
        let marker = |producer, committed| {
            let marker = EndTransactionMarker {
                committed,
                coordinator_epoch: 0,
            };
            marker.to_batch(producer, 0, 0)
        };
        let mut log = vec![
            batch(plain(), &commit(0, 1)),
            batch(transaction(7), &commit(0, 2)),
            batch(transaction(8), &commit(1, 3)),
            batch(transaction(9), &commit(2, 4)),
        ];
        let loaded = load(&log);
        assert_eq!(committed(&loaded, 0), Some(1));
        assert_eq!(loaded.open_transactions, [7, 8, 9]);
        log.extend([marker(7, true), marker(8, false)]);
        let loaded = load(&log);
        let offsets = [0, 1, 2].map(|partition| committed(&loaded, partition));
        assert_eq!(offsets, [Some(2), None, None]);
        assert_eq!(loaded.open_transactions, [9]);
    }

    #[test]
    fn records_of_an_unknown_kind_are_skipped_and_counted() {
        let unknown = Record {
            // The key of a consumer group of KIP-848.
            key: Bytes::from_static(&[0, 3, 0, 1, b'g']),
            value: None,
        };
        let plain = || BatchBuilder::new(Compression::None);
        let loaded = load(&[
            batch(plain(), &unknown),
            batch(plain(), &commit(0, 1)),
            batch(plain(), &unknown),
        ]);
        assert_eq!(committed(&loaded, 0), Some(1));
        assert_eq!(loaded.skipped.map(|skipped| skipped.count), Some(2));
    }

    #[test]
    fn a_batch_that_decompresses_to_too_much_is_an_error() {
        let large = Record {
            key: Bytes::from_static(b"k"),
            value: Some(Bytes::from(vec![0; 100_000])),
        };
        let bytes = batch(BatchBuilder::new(Compression::Zstd), &large);
        let mut loader = Loader::new(GroupConfig::default());
        for batch in batches(bytes) {
            assert!(loader.replay(&batch.expect("built above"), 1000).is_err());
        }
    }
}
