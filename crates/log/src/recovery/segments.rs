//! A segment before it is read.

use super::Row;

/// What is known of a segment before any of its files is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentFacts {
    pub(crate) clean_shutdown: bool,
    /// The next segment begins below the recovery point. Ending right at it, a segment may have
    /// been closed after the sync: its batches are on disk then, but its indexes may not be.
    pub(crate) ends_below_recovery_point: bool,
    /// Offset and time index are both there.
    pub(crate) has_indexes: bool,
}

/// How much of a segment is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// What lies behind the last index entry.
    Tail,
    /// Every batch, with its checksum; the indexes are built anew.
    Whole,
}

/// How a segment is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentRow {
    CleanShutdown,
    BelowRecoveryPoint,
    IndexMissing,
    BeyondRecoveryPoint,
}

impl SegmentRow {
    pub(crate) fn reading(self) -> Reading {
        match self {
            SegmentRow::CleanShutdown | SegmentRow::BelowRecoveryPoint => Reading::Tail,
            SegmentRow::IndexMissing | SegmentRow::BeyondRecoveryPoint => Reading::Whole,
        }
    }
}

impl Row for SegmentRow {
    type Facts = SegmentFacts;
    const ALL: &'static [SegmentRow] = &[
        SegmentRow::CleanShutdown,
        SegmentRow::BelowRecoveryPoint,
        SegmentRow::IndexMissing,
        SegmentRow::BeyondRecoveryPoint,
    ];

    fn matches(self, facts: &SegmentFacts) -> bool {
        let below = facts.ends_below_recovery_point;
        let is_synced = facts.clean_shutdown || below;
        match self {
            SegmentRow::CleanShutdown => facts.clean_shutdown && facts.has_indexes,
            SegmentRow::BelowRecoveryPoint => !facts.clean_shutdown && below && facts.has_indexes,
            SegmentRow::IndexMissing => is_synced && !facts.has_indexes,
            SegmentRow::BeyondRecoveryPoint => !is_synced,
        }
    }

    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str) {
        match self {
            SegmentRow::CleanShutdown => (
                "the marker of a clean stop is there, and so are both indexes",
                "what lies behind the last index entry is read",
            ),
            SegmentRow::BelowRecoveryPoint => (
                "no marker, the next segment begins below the recovery point, both indexes are \
                 there",
                "what lies behind the last index entry is read",
            ),
            SegmentRow::IndexMissing => (
                "the marker is there or the next segment begins below the recovery point; an \
                 index is missing",
                "every batch is read and checked, indexes are built anew",
            ),
            SegmentRow::BeyondRecoveryPoint => (
                "no marker, and the segment reaches to the recovery point or beyond",
                "every batch is read and checked, indexes are built anew",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_one_row_each;
    use super::*;

    #[test]
    fn every_segment_has_its_row() {
        let combinations: Vec<SegmentFacts> = (0..8)
            .map(|bits| SegmentFacts {
                clean_shutdown: bits & 1 > 0,
                ends_below_recovery_point: bits & 2 > 0,
                has_indexes: bits & 4 > 0,
            })
            .collect();
        assert_one_row_each::<SegmentRow>(&combinations);
    }
}
