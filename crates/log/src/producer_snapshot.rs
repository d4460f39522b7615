//! The snapshot of producer state at an offset, as bytes: Kafka's schema version 1.
//!
//! Version (2 bytes), CRC-32C of the bytes after it (4), number of producers (4), 46 bytes per
//! producer.
//! Holds only the last batch of each producer, as Kafka's does. The batches before it are read from
//! the log when they are needed ([`producer_history`](crate::producer_history)).

use std::collections::VecDeque;

use bytes::{Buf as _, BufMut as _};

use crate::producer_state::{ProducedBatch, Producer, ProducerState};

const VERSION: i16 = 1;
const HEADER_LEN: usize = 6;
const ENTRY_LEN: usize = 46;

/// Why bytes are not a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A version other than 1.
    #[error("unknown version {0}")]
    Version(i16),
    /// The checksum differs.
    #[error("checksum differs")]
    Crc,
    /// Too short, or longer than the count says.
    #[error("length does not match the count")]
    Length,
}

/// Writes a snapshot.
pub fn encode(state: &ProducerState) -> Vec<u8> {
    let producers = state.producers();
    let mut out = Vec::with_capacity(HEADER_LEN + 4 + producers.len() * ENTRY_LEN);
    out.put_i16(VERSION);
    out.put_u32(0);
    out.put_i32(producers.len() as i32);
    for (id, producer) in producers {
        let last = producer.batches.back();
        out.put_i64(*id);
        out.put_i16(producer.epoch);
        out.put_i32(producer.last_sequence());
        out.put_i64(last.map_or(-1, |batch| batch.last_offset));
        out.put_i32(last.map_or(0, |batch| batch.offset_delta));
        out.put_i64(producer.last_timestamp);
        out.put_i32(producer.coordinator_epoch);
        out.put_i64(producer.transaction_start.unwrap_or(-1));
    }
    let crc = crc32c::crc32c(&out[HEADER_LEN..]);
    out[2..HEADER_LEN].copy_from_slice(&crc.to_be_bytes());
    out
}

/// Reads a snapshot.
///
/// # Errors
/// See [`SnapshotError`]. The caller uses an older snapshot, or none.
pub fn decode(mut bytes: &[u8]) -> Result<ProducerState, SnapshotError> {
    if bytes.len() < HEADER_LEN {
        return Err(SnapshotError::Length);
    }
    let version = bytes.get_i16();
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    if bytes.get_u32() != crc32c::crc32c(bytes) {
        return Err(SnapshotError::Crc);
    }
    let count = bytes.try_get_i32().map_err(|_| SnapshotError::Length)?;
    let (entries, rest) = bytes.as_chunks::<ENTRY_LEN>();
    if i64::from(count) != entries.len() as i64 || !rest.is_empty() {
        return Err(SnapshotError::Length);
    }
    let mut state = ProducerState::default();
    for entry in entries {
        let (id, producer) = decode_entry(entry);
        state.restore(id, producer);
    }
    Ok(state)
}

fn decode_entry(mut entry: &[u8]) -> (i64, Producer) {
    let id = entry.get_i64();
    let epoch = entry.get_i16();
    let last_sequence = entry.get_i32();
    let last_offset = entry.get_i64();
    let offset_delta = entry.get_i32();
    let last_timestamp = entry.get_i64();
    let coordinator_epoch = entry.get_i32();
    let transaction_start = entry.get_i64();
    let batch = ProducedBatch {
        last_sequence,
        last_offset,
        offset_delta,
        timestamp: last_timestamp,
    };
    let producer = Producer {
        epoch,
        coordinator_epoch,
        last_timestamp,
        transaction_start: Some(transaction_start).filter(|offset| *offset >= 0),
        batches: VecDeque::from_iter((last_offset >= 0).then_some(batch)),
    };
    (id, producer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> ProducerState {
        let mut state = ProducerState::default();
        let batch = ProducedBatch {
            last_sequence: 9,
            last_offset: 109,
            offset_delta: 4,
            timestamp: 5000,
        };
        state.restore(
            7,
            Producer {
                epoch: 2,
                coordinator_epoch: 3,
                last_timestamp: 5000,
                transaction_start: Some(101),
                batches: VecDeque::from([batch]),
            },
        );
        state.restore(
            8,
            Producer {
                epoch: 0,
                coordinator_epoch: -1,
                last_timestamp: 6000,
                transaction_start: None,
                batches: VecDeque::new(),
            },
        );
        state
    }

    #[test]
    fn a_snapshot_is_read_back() {
        let bytes = encode(&state());
        assert_eq!(bytes.len(), 10 + 2 * 46);
        assert_eq!(decode(&bytes), Ok(state()));
        assert_eq!(
            decode(&bytes).unwrap().first_unstable_offset(i64::MAX),
            Some(101)
        );
    }

    #[test]
    fn any_flipped_bit_or_cut_is_noticed() {
        let bytes = encode(&state());
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&broken).is_err(), "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
