//! The header of a batch: the 61 bytes before the records.

use super::compression::Compression;
use super::error::BatchError;

/// Size of the header of a batch with magic 2, in bytes.
pub const HEADER_LEN: usize = 61;
/// Bytes that `batch_length` does not count: base offset and the length itself.
pub const LOG_OVERHEAD: usize = 12;
/// The only supported magic.
pub const MAGIC: i8 = 2;
/// Position of the magic byte; the same in every magic.
pub const MAGIC_AT: usize = 16;
/// Position of the first byte that the checksum covers: the attributes.
pub const CRC_START: usize = 21;
/// Producer id of a batch that is not idempotent.
pub const NO_PRODUCER_ID: i64 = -1;
/// Producer epoch of a batch that is not idempotent.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// Base sequence of a batch that is not idempotent, and of control batches.
pub const NO_SEQUENCE: i32 = -1;
/// Timestamp of a record without one.
pub const NO_TIMESTAMP: i64 = -1;

const COMPRESSION_BITS: i16 = 0b0000_0111;
const LOG_APPEND_TIME_BIT: i16 = 0b0000_1000;
const TRANSACTIONAL_BIT: i16 = 0b0001_0000;
const CONTROL_BIT: i16 = 0b0010_0000;
const DELETE_HORIZON_BIT: i16 = 0b0100_0000;

/// Origin of the timestamps of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// The producer: each record has its own timestamp.
    #[default]
    CreateTime,
    /// The broker: the max timestamp of the batch counts for every record.
    LogAppendTime,
}

impl TimestampType {
    /// Kafka's number for it: 0 or 1.
    pub fn id(self) -> i32 {
        match self {
            TimestampType::CreateTime => 0,
            TimestampType::LogAppendTime => 1,
        }
    }

    /// Kafka's name for it, as in `message.timestamp.type`.
    pub fn name(self) -> &'static str {
        match self {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        }
    }
}

/// A parsed batch header. Field names are Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordBatchHeader {
    /// Offset of the first record; 0 in a produce request.
    pub base_offset: i64,
    /// Bytes after this field: the size of the batch without [`LOG_OVERHEAD`].
    pub batch_length: i32,
    /// Epoch of the leader that appended it; -1 when unknown.
    pub partition_leader_epoch: i32,
    /// Always [`MAGIC`] when parsed.
    pub magic: i8,
    /// CRC-32C from the attributes to the end.
    pub crc: u32,
    /// Compression, timestamp type, transactional, control, delete horizon.
    pub attributes: i16,
    /// Last offset relative to the base offset. Kept by compaction even if that record is gone.
    pub last_offset_delta: i32,
    /// Base of the records' timestamp deltas, in ms; the delete horizon if that bit is set.
    pub base_timestamp: i64,
    /// Largest timestamp in ms, or the append time.
    pub max_timestamp: i64,
    /// Producer id or [`NO_PRODUCER_ID`].
    pub producer_id: i64,
    /// Producer epoch or [`NO_PRODUCER_EPOCH`].
    pub producer_epoch: i16,
    /// Sequence of the first record or [`NO_SEQUENCE`].
    pub base_sequence: i32,
    /// Number of records.
    pub record_count: i32,
}

impl RecordBatchHeader {
    /// Reads a header from the start of `bytes`.
    ///
    /// # Errors
    /// [`BatchError::Partial`], [`BatchError::Magic`] or [`BatchError::Length`].
    pub fn parse(bytes: &[u8]) -> Result<RecordBatchHeader, BatchError> {
        if bytes.len() > MAGIC_AT && bytes[MAGIC_AT] as i8 != MAGIC {
            return Err(BatchError::Magic(bytes[MAGIC_AT] as i8));
        }
        let Some(b) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(BatchError::Partial {
                needed: HEADER_LEN,
                found: bytes.len(),
            });
        };
        let header = RecordBatchHeader {
            base_offset: i64_at(b, 0),
            batch_length: i32_at(b, 8),
            partition_leader_epoch: i32_at(b, 12),
            magic: b[MAGIC_AT] as i8,
            crc: i32_at(b, 17) as u32,
            attributes: i16_at(b, 21),
            last_offset_delta: i32_at(b, 23),
            base_timestamp: i64_at(b, 27),
            max_timestamp: i64_at(b, 35),
            producer_id: i64_at(b, 43),
            producer_epoch: i16_at(b, 51),
            base_sequence: i32_at(b, 53),
            record_count: i32_at(b, 57),
        };
        if header.batch_length < (HEADER_LEN - LOG_OVERHEAD) as i32 {
            return Err(BatchError::Length(header.batch_length));
        }
        Ok(header)
    }

    /// The header as bytes. The checksum is written unchanged; see [`Self::seal`].
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut b = [0; HEADER_LEN];
        b[0..8].copy_from_slice(&self.base_offset.to_be_bytes());
        b[8..12].copy_from_slice(&self.batch_length.to_be_bytes());
        b[12..16].copy_from_slice(&self.partition_leader_epoch.to_be_bytes());
        b[16] = self.magic as u8;
        b[17..21].copy_from_slice(&self.crc.to_be_bytes());
        b[21..23].copy_from_slice(&self.attributes.to_be_bytes());
        b[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        b[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        b[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        b[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        b[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        b[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        b[57..61].copy_from_slice(&self.record_count.to_be_bytes());
        b
    }

    /// Sets the checksum for this header followed by `body`.
    pub fn seal(&mut self, body: &[u8]) {
        let head = crc32c::crc32c(&self.to_bytes()[CRC_START..]);
        self.crc = crc32c::crc32c_append(head, body);
    }

    /// Size of the batch in bytes, with this header.
    pub fn total_len(&self) -> usize {
        LOG_OVERHEAD + self.batch_length as usize
    }

    /// Offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset
            .saturating_add(i64::from(self.last_offset_delta))
    }

    /// Offset of the first record after this batch.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Sequence of the last record, or [`NO_SEQUENCE`].
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence == NO_SEQUENCE {
            NO_SEQUENCE
        } else {
            add_to_sequence(self.base_sequence, self.last_offset_delta)
        }
    }

    /// How the records are compressed.
    ///
    /// # Errors
    /// [`BatchError::UnknownCompression`] for 5, 6 and 7.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        Compression::from_id((self.attributes & COMPRESSION_BITS) as u8)
    }

    /// Writes the compression into the attributes.
    pub fn set_compression(&mut self, compression: Compression) {
        self.attributes = (self.attributes & !COMPRESSION_BITS) | i16::from(compression.id());
    }

    /// The timestamp type in the attributes.
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes & LOG_APPEND_TIME_BIT == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Writes the timestamp type into the attributes.
    pub fn set_timestamp_type(&mut self, kind: TimestampType) {
        match kind {
            TimestampType::CreateTime => self.attributes &= !LOG_APPEND_TIME_BIT,
            TimestampType::LogAppendTime => self.attributes |= LOG_APPEND_TIME_BIT,
        }
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL_BIT != 0
    }

    /// Marks the batch as part of a transaction.
    pub fn set_transactional(&mut self) {
        self.attributes |= TRANSACTIONAL_BIT;
    }

    /// Whether the records are control records, not records of a producer.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL_BIT != 0
    }

    /// Marks the batch as a control batch.
    pub fn set_control(&mut self) {
        self.attributes |= CONTROL_BIT;
    }

    /// Delete horizon: when compaction may remove the tombstones of the batch, in ms, if it is
    /// set.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        (self.attributes & DELETE_HORIZON_BIT != 0).then_some(self.base_timestamp)
    }

    /// Sets the delete horizon, in ms. It replaces the base timestamp: the timestamp deltas of the
    /// records must be written again.
    pub fn set_delete_horizon_ms(&mut self, horizon_ms: i64) {
        self.attributes |= DELETE_HORIZON_BIT;
        self.base_timestamp = horizon_ms;
    }

    /// Makes it the header of a batch without records. Offsets, producer, sequence and max
    /// timestamp do not change.
    pub fn set_empty(&mut self) {
        self.attributes &= !(COMPRESSION_BITS | DELETE_HORIZON_BIT);
        self.base_timestamp = NO_TIMESTAMP;
        self.record_count = 0;
        self.batch_length = (HEADER_LEN - LOG_OVERHEAD) as i32;
        self.seal(&[]);
    }

    /// Whether an idempotent or transactional producer has written it.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id > NO_PRODUCER_ID
    }
}

/// `sequence + increment`, which wraps from `i32::MAX` to 0.
pub fn add_to_sequence(sequence: i32, increment: i32) -> i32 {
    ((i64::from(sequence) + i64::from(increment)) & i64::from(i32::MAX)) as i32
}

fn i16_at(b: &[u8; HEADER_LEN], at: usize) -> i16 {
    i16::from_be_bytes([b[at], b[at + 1]])
}

fn i32_at(b: &[u8; HEADER_LEN], at: usize) -> i32 {
    i32::from_be_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn i64_at(b: &[u8; HEADER_LEN], at: usize) -> i64 {
    (i64::from(i32_at(b, at)) << 32) | i64::from(i32_at(b, at + 4) as u32)
}
