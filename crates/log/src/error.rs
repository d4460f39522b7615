//! Errors of a log, by what the caller can do about them.

use std::path::PathBuf;

use thiserror::Error;
use wire::ErrorCode;
use wire::record_batch::{RecordError, Rejection};

use crate::producer_history::MissingBatches;
use crate::producer_state::ProducerError;
use crate::segment::DamagedRange;

/// Why a log cannot be opened. Its partition is unavailable; other partitions are not affected.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A call to the disk has failed.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    /// There is no segment, although records were synced: files are missing.
    #[error(
        "{} holds no segment, but offsets below {recovery_point} were synced: files are missing. \
         Nothing was changed; restore them from a copy, or move the directory away to start the \
         partition empty",
        .dir.display()
    )]
    NoSegment {
        /// The directory.
        dir: PathBuf,
        /// Offsets below were synced.
        recovery_point: i64,
    },
}

/// Why [`Log::try_append`](crate::Log::try_append) did not append a batch.
#[derive(Debug)]
pub enum TryAppendError {
    /// Something has to be done first, which blocks on the disk. Then the caller tries again.
    NotReady(NotReady),
    /// The batch is refused.
    Refused(AppendError),
}

/// What has to be done before a batch can be appended.
#[derive(Debug)]
pub enum NotReady {
    /// The active segment has to be rolled: [`Log::begin_roll`](crate::Log::begin_roll).
    RollDue,
    /// Earlier batches of the producer have to be looked up.
    BatchesMissing(Box<MissingBatches>),
}

impl From<NotReady> for TryAppendError {
    fn from(needed: NotReady) -> Self {
        TryAppendError::NotReady(needed)
    }
}

impl From<AppendError> for TryAppendError {
    fn from(error: AppendError) -> Self {
        TryAppendError::Refused(error)
    }
}

/// Why a batch is not appended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// The bytes break a rule.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The producer's sequence, epoch or transaction is wrong.
    #[error(transparent)]
    Producer(#[from] ProducerError),
    /// The batch is larger than a segment.
    #[error("batch has {size} bytes, segment.bytes allows {segment_bytes}")]
    TooLargeForSegment {
        /// Bytes of the batch.
        size: u64,
        /// `segment.bytes`.
        segment_bytes: u64,
    },
    /// All offsets are used.
    #[error("the partition has no offsets left")]
    OffsetsExhausted,
    /// A write has failed, now or before.
    #[error(
        "{}: {message}",
        if *.for_good {
            "the log refuses writes until it is opened again"
        } else {
            "cannot write"
        }
    )]
    Storage {
        /// The error of the disk.
        message: String,
        /// Whether the log refuses all writes until it is opened again.
        for_good: bool,
    },
}

impl AppendError {
    /// The error code of the response.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            AppendError::Rejected(rejection) => rejection.kind.error_code(),
            AppendError::Producer(error) => error.error_code(),
            AppendError::TooLargeForSegment { .. } => ErrorCode::RecordListTooLarge,
            AppendError::OffsetsExhausted | AppendError::Storage { .. } => {
                ErrorCode::KafkaStorageError
            }
        }
    }

    /// The records that were rejected, if the error is about records.
    pub fn record_errors(&self) -> &[RecordError] {
        match self {
            AppendError::Rejected(rejection) => &rejection.records,
            _ => &[],
        }
    }
}

/// Why nothing can be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The offset is not in the log.
    #[error("offset is not within {log_start_offset} to {log_end_offset}")]
    OffsetOutOfRange {
        /// First offset of the log.
        log_start_offset: i64,
        /// Offset after the last one.
        log_end_offset: i64,
    },
    /// The offset is in a damaged range. Offsets after the range can be read.
    #[error("{0}")]
    Damaged(Box<DamagedRange>),
    /// A call to the disk has failed, or the bytes are no batch.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
}

impl ReadError {
    /// The error code of the response.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            ReadError::OffsetOutOfRange { .. } => ErrorCode::OffsetOutOfRange,
            ReadError::Damaged(_) => ErrorCode::CorruptMessage,
            ReadError::Disk(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                ErrorCode::CorruptMessage
            }
            ReadError::Disk(_) => ErrorCode::KafkaStorageError,
        }
    }
}
