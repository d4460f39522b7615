//! Where a partition begins and ends, and where a time lies in it.

use std::sync::Arc;

use wire::ErrorCode;

use super::Partition;
use super::read::Isolation;

/// What a client may ask the offset of. Kafka writes all of them as a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Where reading ends: the high watermark or the last stable offset.
    Latest,
    /// Where the partition begins, on any storage.
    Earliest,
    /// The record with the largest timestamp.
    MaxTimestamp,
    /// The last record on remote storage, of which there is none.
    Tiered,
    /// The first record whose timestamp is this or later, in milliseconds.
    Time(i64),
}

impl Wish {
    /// Reads Kafka's numbers.
    pub(crate) fn of_timestamp(timestamp: i64) -> Result<Wish, ErrorCode> {
        match timestamp {
            -1 => Ok(Wish::Latest),
            -2 | -4 => Ok(Wish::Earliest),
            -3 => Ok(Wish::MaxTimestamp),
            -5 | -6 => Ok(Wish::Tiered),
            0.. => Ok(Wish::Time(timestamp)),
            _ => Err(ErrorCode::InvalidRequest),
        }
    }
}

/// An offset found; all −1 when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The offset.
    pub offset: i64,
    /// Timestamp of the record there, in milliseconds; −1 when asked for an end.
    pub timestamp_ms: i64,
    /// Leader epoch of the record there.
    pub leader_epoch: i32,
}

const NOTHING: Found = Found {
    offset: -1,
    timestamp_ms: -1,
    leader_epoch: -1,
};

/// The bounds of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// First offset.
    pub log_start: i64,
    /// What consumers may read to.
    pub high_watermark: i64,
    /// What has been appended.
    pub log_end: i64,
}

impl Partition {
    /// Looks `wish` up.
    pub(crate) fn look_up(
        self: &Arc<Self>,
        wish: Wish,
        isolation: Isolation,
    ) -> Result<Found, ErrorCode> {
        if self.is_empty() {
            return Ok(match wish {
                Wish::Latest | Wish::Earliest => Found {
                    offset: 0,
                    timestamp_ms: -1,
                    leader_epoch: self.leader_epoch,
                },
                Wish::MaxTimestamp | Wish::Tiered | Wish::Time(_) => NOTHING,
            });
        }
        self.with_log(|log, watch| {
            *watch.used = true;
            let bound = match isolation {
                Isolation::ReadUncommitted => *watch.high_watermark,
                Isolation::ReadCommitted => log.last_stable_offset(*watch.high_watermark),
            };
            let end = |offset| Found {
                offset,
                timestamp_ms: -1,
                leader_epoch: self.leader_epoch,
            };
            let found = match wish {
                Wish::Latest => return Ok(end(bound)),
                Wish::Earliest => return Ok(end(log.log_start_offset())),
                Wish::Tiered => return Ok(NOTHING),
                Wish::MaxTimestamp => log.offset_of_max_timestamp(),
                Wish::Time(time) => log.offset_for_timestamp(time),
            };
            match found {
                Ok(Some(at)) if at.offset < bound => Ok(Found {
                    offset: at.offset,
                    timestamp_ms: at.timestamp,
                    leader_epoch: at.leader_epoch,
                }),
                Ok(_) => Ok(NOTHING),
                Err(e) => {
                    tracing::error!("partition {}: cannot look a time up: {e}", self.id);
                    Err(ErrorCode::KafkaStorageError)
                }
            }
        })?
    }

    /// The largest leader epoch not above `epoch` that has records, and where it ends; −1 and −1
    /// if that cannot be said.
    pub(crate) fn end_of_epoch(self: &Arc<Self>, epoch: i32) -> Result<(i32, i64), ErrorCode> {
        if self.is_empty() {
            return Ok((-1, -1));
        }
        self.with_log(|log, watch| {
            *watch.used = true;
            let end = log.leader_epochs().end_offset(epoch, log.log_end_offset());
            end.unwrap_or((-1, -1))
        })
    }

    /// The bounds as of now.
    pub(crate) fn bounds(self: &Arc<Self>) -> Result<Bounds, ErrorCode> {
        self.with_log(|log, watch| Bounds {
            log_start: log.log_start_offset(),
            high_watermark: *watch.high_watermark,
            log_end: log.log_end_offset(),
        })
    }
}
