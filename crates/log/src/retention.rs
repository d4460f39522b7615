//! Retention: which segments are deleted by time, size and log start offset.
//!
//! The decisions are pure functions over [`SegmentFacts`]; the methods of [`Log`] carry them out.

use std::io::Result;

use crate::partition_log::Log;
use crate::removal::RemovedSegments;
use crate::segment::Segment;

/// The properties of a segment that retention decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Offset of its first record, which names it.
    pub base_offset: i64,
    /// Offset after its last record.
    pub next_offset: i64,
    /// Bytes of record batches.
    pub size: u64,
    /// Largest record timestamp in ms; -1 if no record has one.
    pub max_timestamp: i64,
    /// When it was last written, in ms.
    pub modified_ms: i64,
}

/// How long and how many bytes to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `retention.ms`; a negative value is unlimited.
    pub retention_ms: i64,
    /// `retention.bytes`; a negative value is unlimited.
    pub retention_bytes: i64,
}

/// Time of a segment's newest record, for retention, in ms.
///
/// The time of the last write counts if no record has a timestamp, or if the largest timestamp is
/// in the future, which would keep the segment for too long.
pub fn newest_ms(segment: &SegmentFacts, now_ms: i64) -> i64 {
    if segment.max_timestamp < 0 || segment.max_timestamp > now_ms {
        segment.modified_ms
    } else {
        segment.max_timestamp
    }
}

/// How many of the oldest segments may be deleted.
///
/// `segments` are all segments of the log, oldest first. The last one is the active one and is
/// never counted. A segment with records at or above `bound`, the high watermark, stays.
pub fn expired(
    segments: &[SegmentFacts],
    policy: Retention,
    log_start_offset: i64,
    bound: i64,
    now_ms: i64,
) -> usize {
    let Some((_, closed)) = segments.split_last() else {
        return 0;
    };
    let mut excess = if policy.retention_bytes < 0 {
        0
    } else {
        let total: u64 = segments.iter().map(|segment| segment.size).sum();
        total.saturating_sub(policy.retention_bytes as u64)
    };
    for (count, segment) in closed.iter().enumerate() {
        let before_start = segment.next_offset <= log_start_offset;
        let too_old = policy.retention_ms >= 0
            && now_ms.saturating_sub(newest_ms(segment, now_ms)) > policy.retention_ms;
        let too_much = excess > 0 && excess >= segment.size;
        if segment.next_offset > bound || !(before_start || too_old || too_much) {
            return count;
        }
        excess = excess.saturating_sub(segment.size);
    }
    closed.len()
}

/// Whether to roll the active segment so that retention can delete it.
pub fn active_expired(active: &SegmentFacts, policy: Retention, bound: i64, now_ms: i64) -> bool {
    active.size > 0
        && active.next_offset <= bound
        && policy.retention_ms >= 0
        && now_ms.saturating_sub(newest_ms(active, now_ms)) > policy.retention_ms
}

/// The next time at which retention has something to do, in ms, if nothing is written until then:
/// `now_ms`, or the time when the oldest segment expires, or `i64::MAX` for never.
pub fn due_ms(
    segments: &[SegmentFacts],
    policy: Retention,
    log_start_offset: i64,
    bound: i64,
    now_ms: i64,
) -> i64 {
    let active = segments.last();
    if active.is_some_and(|active| active_expired(active, policy, bound, now_ms))
        || expired(segments, policy, log_start_offset, bound, now_ms) > 0
    {
        return now_ms;
    }
    match segments.first() {
        Some(oldest) if oldest.size > 0 && policy.retention_ms >= 0 => newest_ms(oldest, now_ms)
            .saturating_add(policy.retention_ms)
            .saturating_add(1),
        _ => i64::MAX,
    }
}

impl Log {
    /// Deletes segments by time, size and log start offset. Returns how many were deleted. Blocks on
    /// the disk.
    ///
    /// A segment with records at or above `high_watermark` stays.
    ///
    /// # Errors
    /// Errors of renaming the files.
    pub fn apply_retention(&mut self, high_watermark: i64, now_ms: i64) -> Result<usize> {
        if self.rolls_for_retention(high_watermark, now_ms)? {
            self.roll(now_ms)?;
        }
        let expired = self.take_expired(high_watermark, now_ms)?;
        let count = expired.count();
        let (files, renamed) = expired.rename_files();
        self.note_deleted(files);
        renamed.map(|()| count)
    }

    /// Whether the active segment has to be rolled, because retention deletes all of its records.
    ///
    /// # Errors
    /// Errors of looking up its largest timestamp, which is in memory.
    pub fn rolls_for_retention(&self, high_watermark: i64, now_ms: i64) -> Result<bool> {
        let facts = self.segment_facts()?;
        let active = facts.last().expect("a log has a segment");
        let policy = self.config.retention();
        Ok(self.failure().is_none() && active_expired(active, policy, high_watermark, now_ms))
    }

    /// The first half of [`Log::apply_retention`], without the roll: takes the segments out of the log. It
    /// reads nothing after [`LogReader::load_timestamps`](crate::LogReader::load_timestamps).
    ///
    /// # Errors
    /// Errors of looking up the largest timestamps.
    pub fn take_expired(&mut self, high_watermark: i64, now_ms: i64) -> Result<RemovedSegments> {
        let policy = self.config.retention();
        let facts = self.segment_facts()?;
        let start = self.log_start_offset;
        let count = expired(&facts, policy, start, high_watermark, now_ms);
        Ok(self.take_segments(count, now_ms))
    }

    /// The next time at which retention has something to do, in ms, if nothing happens to the log
    /// until then.
    /// Segments with records at or above `high_watermark` do not count.
    ///
    /// # Errors
    /// Errors of looking up the largest timestamps.
    pub fn retention_due_ms(&self, high_watermark: i64, now_ms: i64) -> Result<i64> {
        let facts = self.segment_facts()?;
        let (policy, start) = (self.config.retention(), self.log_start_offset);
        Ok(due_ms(&facts, policy, start, high_watermark, now_ms))
    }

    pub(crate) fn segment_facts(&self) -> Result<Vec<SegmentFacts>> {
        let ends = self.segments.iter().skip(1).map(Segment::base_offset);
        self.segments
            .iter()
            .zip(ends.chain([self.log_end_offset]))
            .map(|(segment, next_offset)| {
                let largest = match segment.size() {
                    0 => None,
                    _ => segment.largest_timestamp()?,
                };
                Ok(SegmentFacts {
                    base_offset: segment.base_offset(),
                    next_offset,
                    size: segment.size(),
                    max_timestamp: largest.map_or(-1, |largest| largest.timestamp),
                    modified_ms: segment.modified_ms(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const KEEP: Retention = Retention {
        retention_ms: -1,
        retention_bytes: -1,
    };
    pub(crate) const NOW: i64 = 10_000;

    /// Four segments of ten records and 100 bytes, with timestamps 1000, 2000, 3000 and 4000.
    pub(crate) fn four() -> Vec<SegmentFacts> {
        (0..4)
            .map(|i| SegmentFacts {
                base_offset: i * 10,
                next_offset: i * 10 + 10,
                size: 100,
                max_timestamp: (i + 1) * 1000,
                modified_ms: NOW,
            })
            .collect()
    }

    fn count(policy: Retention) -> usize {
        expired(&four(), policy, 0, 40, NOW)
    }

    #[test]
    fn old_segments_are_deleted_and_the_active_one_stays() {
        assert_eq!(count(KEEP), 0);
        assert_eq!(
            count(Retention {
                retention_ms: 7500,
                ..KEEP
            }),
            2
        );
        assert_eq!(
            count(Retention {
                retention_ms: 0,
                ..KEEP
            }),
            3
        );
    }

    #[test]
    fn retention_by_size_deletes_whole_segments() {
        let kept = [(400, 0), (399, 0), (300, 1), (299, 1), (200, 2), (0, 3)];
        for (retention_bytes, expected) in kept {
            let policy = Retention {
                retention_bytes,
                ..KEEP
            };
            assert_eq!(count(policy), expected, "{retention_bytes} bytes");
        }
    }

    #[test]
    fn a_young_segment_keeps_the_segments_after_it() {
        let mut segments = four();
        segments[0].max_timestamp = 9_999;
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        assert_eq!(expired(&segments, policy, 0, 40, NOW), 0);
    }

    #[test]
    fn records_above_the_high_watermark_are_not_deleted() {
        let policy = Retention {
            retention_ms: 0,
            ..KEEP
        };
        assert_eq!(expired(&four(), policy, 0, 15, NOW), 1);
    }

    #[test]
    fn segments_below_the_log_start_are_deleted_under_any_policy() {
        assert_eq!(expired(&four(), KEEP, 20, 40, NOW), 2);
        assert_eq!(expired(&four(), KEEP, 19, 40, NOW), 1);
    }

    #[test]
    fn a_timestamp_in_the_future_does_not_keep_a_segment_for_ever() {
        let mut segments = four();
        segments[0].max_timestamp = i64::MAX;
        segments[0].modified_ms = 1000;
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        assert_eq!(expired(&segments, policy, 0, 40, NOW), 3);
    }

    #[test]
    fn retention_is_due_when_the_oldest_segment_expires() {
        let by_time = |retention_ms| Retention {
            retention_ms,
            ..KEEP
        };
        let due = |policy| due_ms(&four(), policy, 0, 40, NOW);
        assert_eq!(due(KEEP), i64::MAX);
        // The oldest segment has timestamp 1000.
        assert_eq!(due(by_time(8999)), NOW);
        assert_eq!(due(by_time(9000)), 10_001);
        assert_eq!(due(by_time(i64::MAX)), i64::MAX);
        let by_size = |retention_bytes| Retention {
            retention_bytes,
            ..KEEP
        };
        assert_eq!((due(by_size(300)), due(by_size(301))), (NOW, i64::MAX));
        assert_eq!(due_ms(&four(), KEEP, 10, 40, NOW), NOW);
        // Only the active one. Its timestamp is in the future, so the time of the last write counts.
        let active = SegmentFacts {
            max_timestamp: i64::MAX,
            modified_ms: 9000,
            ..four()[3]
        };
        let due = |retention_ms| due_ms(&[active], by_time(retention_ms), 0, 40, NOW);
        assert_eq!((due(999), due(1000)), (NOW, 10_001));
    }

    #[test]
    fn the_active_segment_is_rolled_when_all_of_it_is_old() {
        let policy = Retention {
            retention_ms: 5000,
            ..KEEP
        };
        let active = four()[3];
        assert!(active_expired(&active, policy, 40, NOW));
        assert!(!active_expired(&active, policy, 39, NOW));
        assert!(!active_expired(
            &SegmentFacts { size: 0, ..active },
            policy,
            40,
            NOW
        ));
        assert!(!active_expired(&active, KEEP, 40, NOW));
    }
}
