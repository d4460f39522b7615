//! Record batches of a shard.

use bytes::Bytes;
use coordinator::Record;
use wire::record_batch::{BatchBuilder, Compression};

/// Bytes of a batch without its records.
const BATCH_OVERHEAD_BYTES: usize = 61;

/// Bytes of a record without key and value, at most.
const RECORD_OVERHEAD_BYTES: usize = 32;

/// Encodes records as batches of at most `batch_bytes_max`, as few as possible. A record that is larger
/// gets a batch of its own.
pub(super) fn to_batches(records: &[Record], batch_bytes_max: usize, now_ms: i64) -> Vec<Bytes> {
    let mut done = Vec::new();
    let mut batch = BatchBuilder::new(Compression::None);
    let mut batch_bytes = BATCH_OVERHEAD_BYTES;
    for record in records {
        let bytes = record.size() + RECORD_OVERHEAD_BYTES;
        if batch_bytes + bytes > batch_bytes_max && batch_bytes > BATCH_OVERHEAD_BYTES {
            let full = std::mem::replace(&mut batch, BatchBuilder::new(Compression::None));
            done.push(full.build());
            batch_bytes = BATCH_OVERHEAD_BYTES;
        }
        batch.append(now_ms, Some(&record.key), record.value.as_deref(), &[]);
        batch_bytes += bytes;
    }
    done.push(batch.build());
    done
}

#[cfg(test)]
mod tests {
    use wire::record_batch::RecordBatch;

    use super::*;

    #[test]
    fn no_batch_is_larger_than_the_limit() {
        let record = |length: usize| Record {
            key: Bytes::from_static(b"key"),
            value: Some(Bytes::from(vec![7; length])),
        };
        let records: Vec<Record> = (0..50).map(|place| record(place * 10)).collect();
        let mut count = 0;
        for bytes in to_batches(&records, 1000, 0) {
            assert!(bytes.len() <= 1000, "{} bytes", bytes.len());
            let batch = RecordBatch::first(&bytes).expect("built above");
            assert_eq!(batch.bytes, bytes);
            count += batch.header.record_count;
        }
        assert_eq!(count, 50);
    }
}
