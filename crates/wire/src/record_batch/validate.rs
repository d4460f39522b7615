//! Validates a batch before the broker appends it, and rewrites it where the topic requires that
//! (Kafka's `LogValidator`).
//!
//! For an uncompressed batch, this computes the checksum and reads the fields of the records once;
//! nothing is allocated, and the bytes are not changed. A compressed batch is unpacked through a
//! window for that. It is unpacked completely, up to a budget, only if it must be recompressed.
//! The result is a new header and the bytes of the records. The log writes offset and leader epoch
//! into the new header; the received bytes are never changed.

use bytes::Bytes;

use super::RecordBatch;
use super::builder::BatchBuilder;
use super::compression::{Compression, decompress};
use super::error::BatchError;
use super::header::{
    HEADER_LEN, LOG_OVERHEAD, MAGIC, MAGIC_AT, NO_TIMESTAMP, RecordBatchHeader, TimestampType,
};
use super::record::{RecordFrame, Records};
use super::unpacked::Unpacked;
use super::varint::{ByteReader, Cursor};
use crate::ErrorCode;

/// Maximum number of records that a rejection lists.
const RECORD_ERRORS_MAX: usize = 100;

/// The creator of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A producer: everything is checked.
    Client,
    /// A coordinator of this broker: no sequences; control batches are allowed.
    Coordinator,
}

/// The topic's `compression.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CompressionPolicy {
    /// `producer`: unchanged.
    #[default]
    AsProduced,
    /// One codec, with its default level or this one. Other batches are recompressed.
    Always(Compression, Option<i32>),
}

/// Rules of a topic for batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendRules {
    /// `max.message.bytes`, for the received batch and for the written one.
    pub batch_bytes_max: usize,
    /// Maximum unpacked size of a compressed batch, in bytes. It is unpacked at once only if it is
    /// recompressed.
    pub unpacked_bytes_max: usize,
    /// Whether `cleanup.policy` has `compact`: then each record needs a key.
    pub compacted: bool,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `compression.type`.
    pub compression: CompressionPolicy,
}

impl Default for AppendRules {
    /// Kafka's defaults for a topic; unpacked size up to 128 MiB.
    fn default() -> AppendRules {
        AppendRules {
            batch_bytes_max: 1_048_588,
            unpacked_bytes_max: 128 << 20,
            compacted: false,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            compression: CompressionPolicy::AsProduced,
        }
    }
}

/// A batch that may be appended: header and records.
#[derive(Clone, Debug)]
pub struct ValidBatch {
    /// The header. Base offset and leader epoch are still to be set. Its checksum is right.
    pub header: RecordBatchHeader,
    /// The bytes of the records: a slice of the received batch, or recompressed.
    pub body: Bytes,
}

/// One record that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Position in the batch, from 0.
    pub batch_index: i32,
    /// Why, for users.
    pub message: String,
}

/// Kafka's error for a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// `CORRUPT_MESSAGE`.
    Corrupt,
    /// `INVALID_RECORD`.
    InvalidRecord,
    /// `INVALID_TIMESTAMP`.
    InvalidTimestamp,
    /// `MESSAGE_TOO_LARGE`.
    TooLarge,
}

impl RejectionKind {
    /// The error code of the response.
    pub fn error_code(self) -> ErrorCode {
        match self {
            RejectionKind::Corrupt => ErrorCode::CorruptMessage,
            RejectionKind::InvalidRecord => ErrorCode::InvalidRecord,
            RejectionKind::InvalidTimestamp => ErrorCode::InvalidTimestamp,
            RejectionKind::TooLarge => ErrorCode::MessageTooLarge,
        }
    }
}

/// Why a batch is not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// The error to answer.
    pub kind: RejectionKind,
    /// Why, for users.
    pub message: String,
    /// The refused records, if single records are the reason.
    pub records: Vec<RecordError>,
}

impl Rejection {
    fn new(kind: RejectionKind, message: impl Into<String>) -> Rejection {
        Rejection {
            kind,
            message: message.into(),
            records: Vec::new(),
        }
    }

    fn invalid(message: impl Into<String>) -> Rejection {
        Rejection::new(RejectionKind::InvalidRecord, message)
    }
}

/// Reads the one batch that a produce request (version 3 and later) has for a partition.
///
/// # Errors
/// `INVALID_RECORD` for no or several batches, and for magic 0 and 1; `CORRUPT_MESSAGE` for an
/// unknown magic and for an impossible length.
pub fn split_produce(records: &Bytes) -> Result<RecordBatch, Rejection> {
    if let Some(&magic) = records.get(MAGIC_AT) {
        let magic = magic as i8;
        if magic == 0 || magic == 1 {
            return Err(Rejection::invalid(format!(
                "batch has magic {magic}; this version of Produce carries magic {MAGIC} only"
            )));
        }
        if magic != MAGIC {
            return Err(Rejection::new(
                RejectionKind::Corrupt,
                format!("magic {magic} is unknown"),
            ));
        }
    }
    let batch = RecordBatch::first(records).map_err(|error| match error {
        BatchError::Partial { .. } => Rejection::invalid("there is no whole record batch"),
        error => Rejection::new(RejectionKind::Corrupt, error.to_string()),
    })?;
    // Bytes that are too short for a batch are ignored, as in Kafka.
    let rest = records.len() - batch.bytes.len();
    if rest >= LOG_OVERHEAD && RecordBatch::first(&records.slice(batch.bytes.len()..)).is_ok() {
        return Err(Rejection::invalid(
            "there is more than one record batch for the partition",
        ));
    }
    Ok(batch)
}

/// Validates one batch and rewrites it where the topic requires that: timestamp type, compression,
/// a wrong max timestamp, offset deltas with gaps.
///
/// # Errors
/// A [`Rejection`] with Kafka's error for the case.
pub fn validate_for_append(
    batch: &RecordBatch,
    rules: &AppendRules,
    origin: Origin,
    now_ms: i64,
) -> Result<ValidBatch, Rejection> {
    let mut header = batch.header;
    if origin == Origin::Client && header.base_offset != 0 {
        return Err(Rejection::invalid(format!(
            "base offset of a produced batch is {}, not 0",
            header.base_offset
        )));
    }
    check_size(batch.bytes.len(), rules)?;
    batch
        .check_crc()
        .map_err(|error| Rejection::new(RejectionKind::Corrupt, error.to_string()))?;
    check_header(&header, origin)?;
    let claims_append_time = header.timestamp_type() == TimestampType::LogAppendTime;
    if rules.timestamp_type == TimestampType::CreateTime {
        header.set_timestamp_type(TimestampType::CreateTime);
    }
    let header = &header;

    let compression = header.compression().map_err(unreadable)?;
    let body = batch.body();
    let unpack = || match compression {
        Compression::None => Ok(body.clone()),
        packed => decompress(packed, &body, rules.unpacked_bytes_max).map_err(unreadable),
    };
    let repack = match rules.compression {
        CompressionPolicy::Always(target, level)
            if target != compression && !header.is_control() =>
        {
            Some((target, level))
        }
        _ => None,
    };
    let checks = RecordChecks {
        rules,
        claims_append_time,
        now_ms,
    };
    let scan;
    let mut valid;
    if let Some((target, level)) = repack {
        let unpacked = unpack()?;
        scan = scan_records(header, &mut Cursor::new(&unpacked, 0), &checks)?;
        if target == Compression::None {
            // Checked here already, because rebuilding the batch costs another copy.
            check_size(HEADER_LEN + unpacked.len(), rules)?;
        }
        valid = rebuild(header, unpacked, target, level)?;
    } else {
        scan = scan_body(header, compression, &body, &checks)?;
        valid = if scan.deltas_count_up {
            ValidBatch {
                header: *header,
                body: body.clone(),
            }
        } else {
            rebuild(header, unpack()?, compression, None)?
        };
    }
    let max_timestamp = match rules.timestamp_type {
        TimestampType::CreateTime => scan.max_timestamp,
        TimestampType::LogAppendTime => now_ms,
    };
    if valid.header.max_timestamp != max_timestamp
        || valid.header.timestamp_type() != rules.timestamp_type
        || claims_append_time
    {
        valid.header.set_timestamp_type(rules.timestamp_type);
        valid.header.max_timestamp = max_timestamp;
        valid.header.seal(&valid.body);
    }
    check_size(HEADER_LEN + valid.body.len(), rules)?;
    Ok(valid)
}

fn check_size(len: usize, rules: &AppendRules) -> Result<(), Rejection> {
    if len <= rules.batch_bytes_max {
        return Ok(());
    }
    Err(Rejection::new(
        RejectionKind::TooLarge,
        format!(
            "batch has {len} bytes, max.message.bytes allows {}",
            rules.batch_bytes_max
        ),
    ))
}

fn check_header(header: &RecordBatchHeader, origin: Origin) -> Result<(), Rejection> {
    let span = i64::from(header.last_offset_delta) + 1;
    if span <= 0 || header.record_count <= 0 {
        return Err(Rejection::invalid(format!(
            "batch claims {} records and last offset delta {}",
            header.record_count, header.last_offset_delta
        )));
    }
    if span != i64::from(header.record_count) {
        return Err(Rejection::invalid(format!(
            "batch spans {span} offsets and claims {} records",
            header.record_count
        )));
    }
    if origin == Origin::Client {
        if header.is_control() {
            return Err(Rejection::invalid("clients may not write control records"));
        }
        if header.has_producer_id() && header.base_sequence < 0 {
            return Err(Rejection::invalid(format!(
                "batch of producer {} has sequence {}",
                header.producer_id, header.base_sequence
            )));
        }
    }
    Ok(())
}

fn unreadable(error: BatchError) -> Rejection {
    match error {
        BatchError::OverBudget { .. } => Rejection::new(RejectionKind::TooLarge, error.to_string()),
        // Not CORRUPT_MESSAGE: clients retry after that, and the bytes will be the same.
        error => Rejection::invalid(error.to_string()),
    }
}

/// What each record is checked against.
struct RecordChecks<'a> {
    rules: &'a AppendRules,
    /// The producer set the timestamp type of the batch to append time.
    claims_append_time: bool,
    now_ms: i64,
}

/// The result of reading all records once.
struct Scan {
    max_timestamp: i64,
    deltas_count_up: bool,
}

/// Reads the fields of all records once; the records may be compressed.
fn scan_body(
    header: &RecordBatchHeader,
    compression: Compression,
    body: &[u8],
    checks: &RecordChecks<'_>,
) -> Result<Scan, Rejection> {
    if compression == Compression::None {
        return scan_records(header, &mut Cursor::new(body, 0), checks);
    }
    let budget = checks.rules.unpacked_bytes_max;
    let mut unpacked = Unpacked::new(compression, body, budget).map_err(unreadable)?;
    let scan = scan_records(header, &mut unpacked, checks);
    // A batch that unpacks to too many bytes is always TooLarge, and a damaged stream is always
    // reported as damaged, whatever its first records are.
    unpacked.finish().map_err(unreadable)?;
    scan
}

/// Reads the fields of all records once.
fn scan_records(
    header: &RecordBatchHeader,
    reader: &mut impl ByteReader,
    checks: &RecordChecks<'_>,
) -> Result<Scan, Rejection> {
    let RecordChecks { rules, now_ms, .. } = *checks;
    let mut scan = Scan {
        max_timestamp: NO_TIMESTAMP,
        deltas_count_up: true,
    };
    let mut refused = Refused::default();
    for index in 0..header.record_count {
        let frame = RecordFrame::read(reader)
            .map_err(|what| Rejection::invalid(format!("record {index}: {what}")))?;
        let timestamp = header.base_timestamp.saturating_add(frame.timestamp_delta);
        scan.max_timestamp = scan.max_timestamp.max(timestamp);
        scan.deltas_count_up &= frame.offset_delta == index;
        if rules.compacted && frame.key.is_none() {
            refused.add(index, RejectionKind::InvalidRecord, || {
                "a record of a compacted topic needs a key".to_string()
            });
        } else if rules.timestamp_type == TimestampType::CreateTime && timestamp != NO_TIMESTAMP {
            let age = now_ms.saturating_sub(timestamp);
            if age > rules.timestamp_before_max_ms
                || age.saturating_neg() > rules.timestamp_after_max_ms
            {
                refused.add(index, RejectionKind::InvalidTimestamp, || {
                    format!(
                        "timestamp {timestamp} is not within [{}, {}]",
                        now_ms.saturating_sub(rules.timestamp_before_max_ms),
                        now_ms.saturating_add(rules.timestamp_after_max_ms)
                    )
                });
            }
        } else if checks.claims_append_time {
            // As in Kafka's LogValidator, only a record without a timestamp of its own gets here.
            refused.add(index, RejectionKind::InvalidTimestamp, || {
                "a producer may not set the timestamp type to append time".to_string()
            });
        }
    }
    if !reader.is_at_end() {
        return Err(Rejection::invalid(
            "bytes are left over after the last record",
        ));
    }
    refused.into_result()?;
    Ok(scan)
}

#[derive(Default)]
/// Records that were refused so far.
struct Refused {
    records: Vec<RecordError>,
    count: usize,
    timestamp: bool,
}

impl Refused {
    fn add(&mut self, index: i32, kind: RejectionKind, message: impl FnOnce() -> String) {
        self.count += 1;
        self.timestamp |= kind == RejectionKind::InvalidTimestamp;
        if self.records.len() < RECORD_ERRORS_MAX {
            self.records.push(RecordError {
                batch_index: index,
                message: message(),
            });
        }
    }

    fn into_result(self) -> Result<(), Rejection> {
        let Some(first) = self.records.first() else {
            return Ok(());
        };
        let kind = if self.timestamp {
            RejectionKind::InvalidTimestamp
        } else {
            RejectionKind::InvalidRecord
        };
        let message = format!(
            "{} of the batch's records are refused; record {}: {}",
            self.count, first.batch_index, first.message
        );
        Err(Rejection {
            kind,
            message,
            records: self.records,
        })
    }
}

/// Recompresses the records, with offset deltas from 0 without gaps.
fn rebuild(
    header: &RecordBatchHeader,
    unpacked: Bytes,
    compression: Compression,
    level: Option<i32>,
) -> Result<ValidBatch, Rejection> {
    let mut builder = BatchBuilder::new(compression).leader_epoch(header.partition_leader_epoch);
    if header.has_producer_id() {
        builder = builder.producer(
            header.producer_id,
            header.producer_epoch,
            header.base_sequence,
        );
    }
    if header.is_transactional() {
        builder = builder.transactional();
    }
    if let Some(level) = level {
        builder = builder.level(level);
    }
    for record in Records::new(header, unpacked) {
        let record = record.map_err(unreadable)?;
        let headers: Vec<(&[u8], Option<&[u8]>)> = record
            .headers
            .iter()
            .map(|h| (&h.key[..], h.value.as_deref()))
            .collect();
        builder.append(
            record.timestamp,
            record.key.as_deref(),
            record.value.as_deref(),
            &headers,
        );
    }
    let bytes = builder.build();
    let header = RecordBatchHeader::parse(&bytes).map_err(unreadable)?;
    Ok(ValidBatch {
        header,
        body: bytes.slice(HEADER_LEN..),
    })
}
