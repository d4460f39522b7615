//! Which part of a log can be compacted, whether compaction is due, and which segments become one.
//! Pure functions.
//!
//! ```text
//! log start        cleaner point                       end              active
//!     │ clean tail       │ dirty head                    │ not yet          │
//!     └──────────────────┴───────────────────────────────┴─────────────────┴──
//! ```
//!
//! The clean tail holds at most one record per key. The dirty head ends where the active segment
//! begins, or a segment that is not completely committed, has an open transaction, or has a record
//! that is too young.

use std::ops::Range;

use crate::config::LogConfig;
use crate::retention::{SegmentFacts, newest_ms};

/// What compaction can do in a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cleanable {
    /// Offset at which the dirty head begins.
    pub first_dirty: i64,
    /// Offset at which the dirty head ends.
    pub end: i64,
    /// Bytes below `first_dirty`.
    pub clean_bytes: u64,
    /// Bytes from there to `end`.
    pub dirty_bytes: u64,
    /// Whether a dirty record is older than `max.compaction.lag.ms`.
    pub overdue: bool,
    /// There is damage. Nothing after it is compacted.
    pub held_back: bool,
}

impl Cleanable {
    /// Share of the bytes that are dirty, from 0 to 1.
    pub fn dirty_ratio(&self) -> f64 {
        match self.clean_bytes + self.dirty_bytes {
            0 => 0.0,
            all => self.dirty_bytes as f64 / all as f64,
        }
    }

    /// Whether compaction is due.
    pub fn is_due(&self, dirty_ratio_min: f64) -> bool {
        self.dirty_bytes > 0 && (self.overdue || self.dirty_ratio() > dirty_ratio_min)
    }
}

/// Where the dirty head begins, given the cleaner point in the checkpoint.
///
/// A cleaner point outside of the log is ignored: the log was truncated or lost after it was
/// written.
pub(crate) fn first_dirty(point: Option<i64>, log_start_offset: i64, log_end_offset: i64) -> i64 {
    match point {
        Some(point) if (log_start_offset..=log_end_offset).contains(&point) => point,
        _ => log_start_offset,
    }
}

/// The closed segments that hold dirty records and may be compacted, as a range of `segments`.
///
/// `segments` are all segments of the log, the active one last. Records at `bound` and above are
/// not committed, not synced, or in an open transaction.
pub(crate) fn dirty_segments(
    segments: &[SegmentFacts],
    config: &LogConfig,
    first_dirty: i64,
    bound: i64,
    now_ms: i64,
) -> Range<usize> {
    let closed = segments.len().saturating_sub(1);
    let start = segments[..closed].partition_point(|segment| segment.next_offset <= first_dirty);
    let young = |segment: &SegmentFacts| {
        config.compaction_lag_min_ms > 0
            && now_ms.saturating_sub(newest_ms(segment, now_ms)) < config.compaction_lag_min_ms
    };
    let count = segments[start..closed]
        .iter()
        .take_while(|segment| segment.next_offset <= bound && !young(segment))
        .count();
    start..start + count
}

/// Sizes and dirty ratio of those segments. `oldest_ms` is the timestamp of their oldest record.
pub(crate) fn cleanable(
    segments: &[SegmentFacts],
    dirty: Range<usize>,
    config: &LogConfig,
    first_dirty: i64,
    oldest_ms: Option<i64>,
    now_ms: i64,
) -> Cleanable {
    let bytes = |segments: &[SegmentFacts]| segments.iter().map(|segment| segment.size).sum();
    let end = segments[dirty.clone()]
        .last()
        .map_or(first_dirty, |segment| segment.next_offset);
    let age_ms = oldest_ms.map_or(0, |oldest| now_ms.saturating_sub(oldest));
    Cleanable {
        first_dirty,
        end,
        clean_bytes: bytes(&segments[..dirty.start]),
        dirty_bytes: bytes(&segments[dirty]),
        overdue: age_ms > config.compaction_lag_max_ms,
        held_back: false,
    }
}

/// Maximum number of segments that become one: their files are renamed in one step.
const JOINED_MAX: usize = 100;

/// A new segment that is being written, or an old one that may be copied after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) base_offset: i64,
    pub(crate) next_offset: i64,
    pub(crate) size: u64,
    /// Size of its larger index, in bytes.
    pub(crate) index_size: u64,
}

/// Whether a segment may be copied after the result of `joined` others: whether it fits a segment
/// of `segment_bytes`, an index of `index_bytes`, and the range of relative offsets, even if
/// nothing more is removed.
pub(crate) fn joins(
    written: &Extent,
    joined: usize,
    next: &Extent,
    segment_bytes: u64,
    index_bytes: u64,
) -> bool {
    joined < JOINED_MAX
        && written.size.saturating_add(next.size) <= segment_bytes
        && written.index_size.saturating_add(next.index_size) <= index_bytes
        && next.next_offset.saturating_sub(written.base_offset) <= i64::from(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::tests::{NOW, four};

    fn found(config: &LogConfig, first_dirty: i64, bound: i64) -> Cleanable {
        let segments = four();
        let dirty = dirty_segments(&segments, config, first_dirty, bound, NOW);
        let oldest_ms = segments[dirty.clone()].first().map(|s| s.max_timestamp);
        cleanable(&segments, dirty, config, first_dirty, oldest_ms, NOW)
    }

    #[test]
    fn the_dirty_head_ends_before_the_active_segment_and_the_bound() {
        let config = LogConfig::default();
        let all = Cleanable {
            first_dirty: 0,
            end: 30,
            clean_bytes: 0,
            dirty_bytes: 300,
            overdue: false,
            held_back: false,
        };
        assert_eq!(found(&config, 0, 40), all);
        let half = found(&config, 10, 29);
        assert_eq!(
            (half.end, half.clean_bytes, half.dirty_bytes),
            (20, 100, 100)
        );
        assert_eq!(half.dirty_ratio(), 0.5);
        assert!(!half.is_due(0.5) && half.is_due(0.49));
        let within = found(&config, 15, 40);
        assert_eq!((within.clean_bytes, within.dirty_bytes), (100, 200));
        for (first_dirty, bound) in [(30, 40), (0, 9), (37, 40)] {
            let nothing = found(&config, first_dirty, bound);
            assert_eq!((nothing.dirty_bytes, nothing.end), (0, first_dirty));
            assert!(!nothing.is_due(0.0));
        }
    }

    #[test]
    fn young_records_wait_and_old_ones_are_due_whatever_the_ratio() {
        let young = LogConfig {
            compaction_lag_min_ms: 7500,
            ..LogConfig::default()
        };
        assert_eq!(found(&young, 0, 40).end, 20);
        let old = |lag| LogConfig {
            compaction_lag_max_ms: lag,
            ..LogConfig::default()
        };
        assert!(found(&old(6999), 20, 40).is_due(1.0));
        assert!(!found(&old(7000), 20, 40).is_due(1.0));
    }

    #[test]
    fn a_cleaner_point_outside_of_the_log_is_ignored() {
        for (point, expected) in [
            (None, 10),
            (Some(9), 10),
            (Some(10), 10),
            (Some(25), 25),
            (Some(40), 40),
            (Some(41), 10),
        ] {
            assert_eq!(first_dirty(point, 10, 40), expected, "{point:?}");
        }
    }

    #[test]
    fn adjacent_segments_are_joined_as_long_as_they_fit() {
        let extent = |base_offset, size, index_size| Extent {
            base_offset,
            next_offset: base_offset + 10,
            size,
            index_size,
        };
        let written = extent(0, 60, 16);
        let fits = |next: &Extent| joins(&written, 1, next, 100, 32);
        assert!(fits(&extent(10, 40, 16)));
        assert!(!fits(&extent(10, 41, 16)));
        assert!(!fits(&extent(10, 40, 17)));
        let far = i64::from(i32::MAX) - 10;
        assert!(fits(&extent(far, 40, 16)));
        assert!(!fits(&extent(far + 1, 40, 16)));
        assert!(!joins(&written, JOINED_MAX, &extent(10, 1, 1), 100, 32));
    }
}
