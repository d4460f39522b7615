//! The first and last offset of a partition, and the offset for a timestamp.

use std::sync::Arc;

use log::{Log, LogReader, ReadError, TimestampAndOffset};
use wire::ErrorCode;

use super::read::Isolation;
use super::{Partition, State};

/// Which offset a client wants (Kafka's `OffsetSpec`). The protocol encodes it as a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetSpec {
    /// The high watermark, or the last stable offset for `read_committed`.
    Latest,
    /// The log start offset, local or remote.
    Earliest,
    /// The record with the largest timestamp.
    MaxTimestamp,
    /// The last offset in remote storage, which does not exist here.
    Tiered,
    /// The first record with this timestamp or a later one, in ms since 1970.
    Time(i64),
}

impl OffsetSpec {
    /// Decodes the timestamp of a ListOffsets request of this version.
    ///
    /// # Errors
    /// `UNSUPPORTED_VERSION` for a special value that the version does not have, as in Kafka's
    /// `ReplicaManager.isListOffsetsTimestampUnsupported`.
    pub(crate) fn of_timestamp(timestamp: i64, version: i16) -> Result<OffsetSpec, ErrorCode> {
        let (spec, since) = match timestamp {
            0.. => (OffsetSpec::Time(timestamp), 1),
            -1 => (OffsetSpec::Latest, 1),
            -2 => (OffsetSpec::Earliest, 1),
            -3 => (OffsetSpec::MaxTimestamp, 7),
            -4 => (OffsetSpec::Earliest, 8),
            -5 => (OffsetSpec::Tiered, 9),
            -6 => (OffsetSpec::Tiered, 11),
            _ => return Err(ErrorCode::UnsupportedVersion),
        };
        match version >= since {
            true => Ok(spec),
            false => Err(ErrorCode::UnsupportedVersion),
        }
    }

    /// Whether [`Partition::look_up`] may read segments for it, which blocks on the disk.
    pub(crate) fn is_search(self) -> bool {
        matches!(self, OffsetSpec::MaxTimestamp | OffsetSpec::Time(_))
    }
}

/// The result of a look-up; all −1 if no record matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub offset: i64,
    /// Timestamp of the record in ms; −1 for `Latest` and `Earliest`.
    pub timestamp_ms: i64,
    /// Leader epoch of the record.
    pub leader_epoch: i32,
}

/// No record matches.
pub(crate) const NOTHING: Found = Found {
    offset: -1,
    timestamp_ms: -1,
    leader_epoch: -1,
};

/// The offsets of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub log_start: i64,
    pub high_watermark: i64,
    pub last_stable: i64,
    pub log_end: i64,
}

impl Partition {
    /// Finds the offset for `spec`. A search ([`OffsetSpec::is_search`]) reads without the lock of the
    /// partition.
    pub(crate) fn look_up(
        self: &Arc<Self>,
        spec: OffsetSpec,
        isolation: Isolation,
    ) -> Result<Found, ErrorCode> {
        if self.is_empty() {
            return Ok(match spec {
                OffsetSpec::Latest | OffsetSpec::Earliest => Found {
                    offset: 0,
                    timestamp_ms: -1,
                    leader_epoch: self.leader_epoch(),
                },
                OffsetSpec::MaxTimestamp | OffsetSpec::Tiered | OffsetSpec::Time(_) => NOTHING,
            });
        }
        let begin = |log: &mut Log, state: &mut State| {
            let (bound, known) = end_offsets(log, state, spec, isolation);
            match known {
                Some(known) => Err(known),
                None => Ok((bound, log.reader().detached(log.log_start_offset()))),
            }
        };
        let (bound, reader) = match self.with_open_log(begin)? {
            Ok(begun) => begun,
            Err(known) => return Ok(known),
        };
        let found = search(&reader, spec);
        if !reader.is_retired() {
            return self.visible(found, bound);
        }
        self.read_in_place(begin, |begun| match begun {
            Ok((bound, reader)) => self.visible(search(&reader, spec), bound),
            Err(known) => Ok(known),
        })?
    }

    /// A record that was found, if it lies below `bound`.
    fn visible(
        &self,
        found: Result<Option<TimestampAndOffset>, ReadError>,
        bound: i64,
    ) -> Result<Found, ErrorCode> {
        match found {
            Ok(Some(at)) if at.offset < bound => Ok(Found {
                offset: at.offset,
                timestamp_ms: at.timestamp,
                leader_epoch: at.leader_epoch,
            }),
            Ok(_) => Ok(NOTHING),
            Err(e) => {
                let id = &self.id;
                tracing::error!("partition {id}: cannot find the offset for a timestamp: {e}");
                Err(ErrorCode::KafkaStorageError)
            }
        }
    }

    /// The largest leader epoch with records that is not above `epoch`, and its end offset. If all
    /// records are of later epochs, `epoch` and the offset of the first of them. −1 for both if there
    /// are no records, or `epoch` is above the newest or negative.
    pub(crate) fn end_of_epoch(self: &Arc<Self>, epoch: i32) -> Result<(i32, i64), ErrorCode> {
        if self.is_empty() {
            return Ok((-1, -1));
        }
        self.with_open_log(|log, state| {
            state.life.mark_used();
            let end = log.leader_epochs().end_offset(epoch, log.log_end_offset());
            end.unwrap_or((-1, -1))
        })
    }

    /// The current offsets.
    pub(crate) fn bounds(self: &Arc<Self>) -> Result<Bounds, ErrorCode> {
        self.with_open_log(|log, state| {
            let high_watermark = state.role.high_watermark();
            Bounds {
                log_start: log.log_start_offset(),
                high_watermark,
                last_stable: log.last_stable_offset(high_watermark),
                log_end: log.log_end_offset(),
            }
        })
    }
}

/// The offset below which a reader sees records, and the result of a look-up that reads no segment.
fn end_offsets(
    log: &Log,
    state: &mut State,
    spec: OffsetSpec,
    isolation: Isolation,
) -> (i64, Option<Found>) {
    state.life.mark_used();
    let high_watermark = state.role.high_watermark();
    let bound = isolation.bound(log, high_watermark);
    let known = |offset| Found {
        offset,
        timestamp_ms: -1,
        leader_epoch: state.role.leader_epoch(),
    };
    let known = match spec {
        OffsetSpec::Latest => Some(known(bound)),
        OffsetSpec::Earliest => Some(known(log.log_start_offset())),
        OffsetSpec::Tiered => Some(NOTHING),
        OffsetSpec::MaxTimestamp | OffsetSpec::Time(_) => None,
    };
    (bound, known)
}

/// Looks a record up in the segments.
fn search(
    reader: &LogReader<'_>,
    spec: OffsetSpec,
) -> Result<Option<TimestampAndOffset>, ReadError> {
    match spec {
        OffsetSpec::Time(timestamp) => reader.offset_for_timestamp(timestamp),
        _ => reader.offset_of_max_timestamp(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_timestamps_are_refused_before_the_version_that_has_them() {
        let unsupported = Err(ErrorCode::UnsupportedVersion);
        for (timestamp, since) in [(-1, 1), (-2, 1), (-3, 7), (-4, 8), (-5, 9), (-6, 11)] {
            assert!(
                OffsetSpec::of_timestamp(timestamp, since).is_ok(),
                "{timestamp}"
            );
            assert_eq!(OffsetSpec::of_timestamp(timestamp, since - 1), unsupported);
        }
        assert_eq!(OffsetSpec::of_timestamp(-7, 11), unsupported);
        assert_eq!(OffsetSpec::of_timestamp(5, 1), Ok(OffsetSpec::Time(5)));
    }
}
