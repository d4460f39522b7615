//! Reading a partition up to the high watermark or the last stable offset.

use std::sync::Arc;

use io::Chunk;
use log::{AbortedTransaction, Available, ReadError, ReadLimit};
use wire::ErrorCode;

use super::Partition;

/// Which records a consumer reads: its `isolation.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// All records below the high watermark.
    ReadUncommitted,
    /// All records below the last stable offset.
    ReadCommitted,
}

/// How much to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadLimits {
    pub bytes_max: usize,
    /// Whether to read the first batch even if it is larger than `bytes_max`.
    pub at_least_one: bool,
}

/// Records of a partition, and its offsets when they were read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The batches, as ranges of files.
    pub records: Vec<Chunk>,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    /// Aborted transactions with records among `records`; empty with
    /// [`Isolation::ReadUncommitted`].
    pub aborted: Vec<AbortedTransaction>,
}

impl Partition {
    /// How many bytes a reader at `offset` may see, regardless of its limits.
    pub(crate) fn available(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
    ) -> Result<Available, ErrorCode> {
        if self.is_empty() {
            return Ok(Available::Bytes(0));
        }
        self.with_opened_log(|log, state| {
            let high_watermark = state.role.high_watermark();
            let bound = match isolation {
                Isolation::ReadUncommitted => high_watermark,
                Isolation::ReadCommitted => log.last_stable_offset(high_watermark),
            };
            log.available(offset, bound).map_err(|e| e.error_code())
        })?
    }

    /// Reads batches, from the one that contains `offset` on.
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
        self.with_opened_log(|log, state| {
            state.life.mark_used();
            let high_watermark = state.role.high_watermark();
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
                        // The damage was logged when it was found, and a consumer may repeat the
                        // request without end.
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
