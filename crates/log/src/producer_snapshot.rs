//! The snapshot of producer state at an offset, as bytes: Kafka's schema version 1.
//!
//! Version (2 bytes), CRC-32C of the bytes after it (4), number of producers (4), 46 bytes per
//! producer.
//! Holds only the last batch of each producer, as Kafka's does. The batches before it are read from
//! the log when they are needed ([`producer_history`](crate::producer_history)).

use std::collections::VecDeque;

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
    out.extend_from_slice(&VERSION.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(producers.len() as i32).to_be_bytes());
    for (id, producer) in producers {
        let last = producer.batches.back();
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&producer.epoch.to_be_bytes());
        out.extend_from_slice(&producer.last_sequence().to_be_bytes());
        out.extend_from_slice(&last.map_or(-1, |batch| batch.last_offset).to_be_bytes());
        out.extend_from_slice(&last.map_or(0, |batch| batch.offset_delta).to_be_bytes());
        out.extend_from_slice(&producer.last_timestamp.to_be_bytes());
        out.extend_from_slice(&producer.coordinator_epoch.to_be_bytes());
        out.extend_from_slice(&producer.transaction_start.unwrap_or(-1).to_be_bytes());
    }
    let crc = crc32c::crc32c(&out[HEADER_LEN..]);
    out[2..HEADER_LEN].copy_from_slice(&crc.to_be_bytes());
    out
}

/// Reads a snapshot.
///
/// # Errors
/// See [`SnapshotError`]. The caller uses an older snapshot, or none.
pub fn decode(bytes: &[u8]) -> Result<ProducerState, SnapshotError> {
    let (header, body) = bytes
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(SnapshotError::Length)?;
    let version = i16::from_be_bytes([header[0], header[1]]);
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    if u32::from_be_bytes([header[2], header[3], header[4], header[5]]) != crc32c::crc32c(body) {
        return Err(SnapshotError::Crc);
    }
    let (count, entries) = body.split_first_chunk::<4>().ok_or(SnapshotError::Length)?;
    let (chunks, rest) = entries.as_chunks::<ENTRY_LEN>();
    if i64::from(i32::from_be_bytes(*count)) != chunks.len() as i64 || !rest.is_empty() {
        return Err(SnapshotError::Length);
    }
    let mut state = ProducerState::default();
    for entry in chunks {
        let (id, producer) = decode_entry(entry);
        state.restore(id, producer);
    }
    Ok(state)
}

fn decode_entry(entry: &[u8; ENTRY_LEN]) -> (i64, Producer) {
    let word = |from: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&entry[from..from + 8]);
        i64::from_be_bytes(bytes)
    };
    let half = |from: usize| {
        i32::from_be_bytes([
            entry[from],
            entry[from + 1],
            entry[from + 2],
            entry[from + 3],
        ])
    };
    let last_timestamp = word(26);
    let batch = ProducedBatch {
        last_sequence: half(10),
        last_offset: word(14),
        offset_delta: half(22),
        timestamp: last_timestamp,
    };
    let producer = Producer {
        epoch: i16::from_be_bytes([entry[8], entry[9]]),
        coordinator_epoch: half(34),
        last_timestamp,
        transaction_start: Some(word(38)).filter(|offset| *offset >= 0),
        batches: VecDeque::from_iter((batch.last_offset >= 0).then_some(batch)),
    };
    (word(0), producer)
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
