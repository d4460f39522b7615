//! Reading a partition below what its readers may see.

use std::sync::Arc;

use io::Chunk;
use log::{AbortedTransaction, Available, ReadError, ReadLimit};
use wire::ErrorCode;

use super::Partition;

/// Which records a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// All up to the high watermark.
    ReadUncommitted,
    /// Those before the first open transaction.
    ReadCommitted,
}

/// How much to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadLimits {
    /// At most so many bytes,
    pub bytes_max: usize,
    /// but one whole batch whatever its size, if there is one.
    pub at_least_one: bool,
}

/// What was read, and how far the partition was then.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The batches, as ranges of files.
    pub records: Vec<Chunk>,
    /// The high watermark.
    pub high_watermark: i64,
    /// The last stable offset.
    pub last_stable_offset: i64,
    /// The first offset of the partition.
    pub log_start_offset: i64,
    /// Transactions whose records are among those that were read, and which were aborted; asked
    /// for by readers of committed records only.
    pub aborted: Vec<AbortedTransaction>,
}

impl Partition {
    /// How much a reader at `offset` can see, however little it may read at once.
    pub(crate) fn available(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
    ) -> Result<Available, ErrorCode> {
        if self.is_empty() {
            return Ok(Available::Bytes(0));
        }
        self.with_log(|log, watch| {
            let high_watermark = *watch.high_watermark;
            let bound = match isolation {
                Isolation::ReadUncommitted => high_watermark,
                Isolation::ReadCommitted => log.last_stable_offset(high_watermark),
            };
            log.available(offset, bound).map_err(|e| e.error_code())
        })?
    }

    /// Reads from `offset` on.
    pub(crate) fn read(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
        limits: ReadLimits,
    ) -> Result<Read, ErrorCode> {
        if self.is_empty() {
            return match offset {
                0 => Ok(Read::default()),
                _ => Err(ErrorCode::OffsetOutOfRange),
            };
        }
        self.with_log(|log, watch| {
            *watch.used = true;
            let high_watermark = *watch.high_watermark;
            let last_stable_offset = log.last_stable_offset(high_watermark);
            let bound = match isolation {
                Isolation::ReadUncommitted => high_watermark,
                Isolation::ReadCommitted => last_stable_offset,
            };
            let limit = ReadLimit {
                max_bytes: limits.bytes_max as u64,
                min_one: limits.at_least_one,
                upper_bound: bound,
            };
            let read = log.read(offset, limit).and_then(|plan| {
                let aborted = match isolation {
                    Isolation::ReadUncommitted => Vec::new(),
                    Isolation::ReadCommitted => log.aborted_in(&plan)?,
                };
                Ok((plan.pieces, aborted))
            });
            let (records, aborted) = match read {
                Ok(read) => read,
                Err(e) => {
                    let id = &self.id;
                    match &e {
                        ReadError::Disk(_) => {
                            tracing::error!("partition {id}: cannot read at {offset}: {e}");
                        }
                        // Said when it was found; a consumer may ask again and again.
                        ReadError::Damaged(_) => {
                            tracing::debug!("partition {id}: cannot read at {offset}: {e}");
                        }
                        ReadError::OffsetOutOfRange { .. } => {}
                    }
                    return Err(e.error_code());
                }
            };
            Ok(Read {
                records,
                high_watermark,
                last_stable_offset,
                log_start_offset: log.log_start_offset(),
                aborted,
            })
        })?
    }
}
