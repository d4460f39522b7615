//! What can go wrong with a log, by what the caller can do about it.

use std::fmt;
use std::path::PathBuf;

use wire::ErrorCode;
use wire::record_batch::{RecordError, Rejection};

use crate::producer_state::ProducerError;
use crate::segment::DamagedRange;

/// Why a log cannot be opened. Its partition is unavailable; others are not concerned.
#[derive(Debug)]
pub enum OpenError {
    /// The disk does not answer.
    Disk(std::io::Error),
    /// There is no segment at all, though there was one: the files are missing.
    Short {
        /// The directory.
        dir: PathBuf,
        /// Where it should end at least.
        recovery_point: i64,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Disk(error) => write!(f, "{error}"),
            OpenError::Short {
                dir,
                recovery_point,
            } => write!(
                f,
                "{} holds no segment, but offsets below {recovery_point} were synced: files are \
                 missing. Nothing was changed; restore them from a copy, or move the directory \
                 away to start the partition empty",
                dir.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<std::io::Error> for OpenError {
    fn from(error: std::io::Error) -> OpenError {
        OpenError::Disk(error)
    }
}

/// Why batches are not appended. None of them is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// The bytes break a rule.
    Rejected(Rejection),
    /// The producer's sequence, epoch or transaction does not fit.
    Producer(ProducerError),
    /// The batches are larger than a segment.
    TooLargeForSegment {
        /// Bytes of the batch.
        size: u64,
        /// `segment.bytes`.
        segment_bytes: u64,
    },
    /// Offsets are used up.
    OffsetsExhausted,
    /// The disk refused, now or before; the log takes no more writes if `for_good`.
    Storage {
        /// What the disk said.
        message: String,
        /// Whether only opening the log again helps.
        for_good: bool,
    },
}

impl AppendError {
    /// The code to answer.
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

    /// The records at fault, if it is about records.
    pub fn record_errors(&self) -> &[RecordError] {
        match self {
            AppendError::Rejected(rejection) => &rejection.records,
            _ => &[],
        }
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::Rejected(rejection) => write!(f, "{rejection}"),
            AppendError::Producer(error) => write!(f, "{error}"),
            AppendError::TooLargeForSegment {
                size,
                segment_bytes,
            } => {
                write!(
                    f,
                    "batch has {size} bytes, segment.bytes allows {segment_bytes}"
                )
            }
            AppendError::OffsetsExhausted => f.write_str("the partition has no offsets left"),
            AppendError::Storage {
                message,
                for_good: false,
            } => {
                write!(f, "cannot write: {message}")
            }
            AppendError::Storage {
                message,
                for_good: true,
            } => {
                write!(
                    f,
                    "the log takes no writes until it is opened again: {message}"
                )
            }
        }
    }
}

impl std::error::Error for AppendError {}

impl From<Rejection> for AppendError {
    fn from(rejection: Rejection) -> AppendError {
        AppendError::Rejected(rejection)
    }
}

impl From<ProducerError> for AppendError {
    fn from(error: ProducerError) -> AppendError {
        AppendError::Producer(error)
    }
}

/// Why nothing can be read.
#[derive(Debug)]
pub enum ReadError {
    /// The offset is not in the log.
    OffsetOutOfRange {
        /// First offset there is.
        log_start_offset: i64,
        /// Offset after the last.
        log_end_offset: i64,
    },
    /// The offset lies in a damaged range; those behind it can be read.
    Damaged(Box<DamagedRange>),
    /// The disk does not answer, or what it says is no batch.
    Disk(std::io::Error),
}

impl ReadError {
    /// The code to answer.
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

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::OffsetOutOfRange {
                log_start_offset,
                log_end_offset,
            } => {
                write!(
                    f,
                    "offset is not within {log_start_offset} to {log_end_offset}"
                )
            }
            ReadError::Damaged(range) => write!(f, "{range}"),
            ReadError::Disk(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> ReadError {
        ReadError::Disk(error)
    }
}
