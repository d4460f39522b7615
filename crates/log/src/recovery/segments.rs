//! How a segment is read.

use super::Row;

/// Facts about a segment before any of its files is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadingFacts {
    pub(crate) clean_shutdown: bool,
    /// The next segment begins below the recovery point. A segment that ends exactly at the
    /// recovery point does not count: it may have been closed after the sync, and its indexes may
    /// not be on disk.
    pub(crate) ends_below_recovery_point: bool,
    /// Offset index and time index both exist.
    pub(crate) has_indexes: bool,
}

/// How much of a segment is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The batches after the last index entry.
    Tail,
    /// Every batch, with its checksum; the indexes are rebuilt.
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
    type Facts = ReadingFacts;
    const ALL: &'static [SegmentRow] = &[
        SegmentRow::CleanShutdown,
        SegmentRow::BelowRecoveryPoint,
        SegmentRow::IndexMissing,
        SegmentRow::BeyondRecoveryPoint,
    ];

    fn matches(self, facts: &ReadingFacts) -> bool {
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
                "the marker of a clean stop and both indexes exist",
                "the batches after the last index entry are read",
            ),
            SegmentRow::BelowRecoveryPoint => (
                "no marker, the next segment begins below the recovery point, both indexes exist",
                "the batches after the last index entry are read",
            ),
            SegmentRow::IndexMissing => (
                "the marker exists or the next segment begins below the recovery point; an index is \
                 missing",
                "every batch is read and checked, indexes are rebuilt",
            ),
            SegmentRow::BeyondRecoveryPoint => (
                "no marker, and the segment reaches the recovery point",
                "every batch is read and checked, indexes are rebuilt",
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
        let combinations: Vec<ReadingFacts> = (0..8)
            .map(|bits| ReadingFacts {
                clean_shutdown: bits & 1 > 0,
                ends_below_recovery_point: bits & 2 > 0,
                has_indexes: bits & 4 > 0,
            })
            .collect();
        assert_one_row_each::<SegmentRow>(&combinations);
    }
}
