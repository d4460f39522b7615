//! What is done with the first fault that was found when a segment was read.

use super::Row;

/// The first fault that was found in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing: batches up to the end, and the next segment begins where they end.
    Sound,
    /// Bytes that are no batch, a batch with a wrong checksum, or offsets that are not possible.
    Damage,
    /// The next segment begins at a later offset than this one ends.
    Gap,
}

/// Facts about a segment that was read, and about the first thing that is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FindingFacts {
    pub(crate) finding: Finding,
    /// Every batch was read, not only the tail. So the index is not what is wrong.
    pub(crate) is_whole: bool,
    pub(crate) clean_shutdown: bool,
    /// No segment follows.
    pub(crate) is_active: bool,
    /// The wrong offset is below the recovery point, or below the offset up to which the redo
    /// log says that the log was synced.
    pub(crate) is_below_promise: bool,
    /// A batch with a right checksum begins exactly where the damaged one claims to end.
    pub(crate) good_batch_after: bool,
    /// A later segment holds a batch with a right checksum.
    pub(crate) good_segment_after: bool,
    /// Each batch was synced before the next was written.
    pub(crate) synced_batch_by_batch: bool,
    /// Records were readable before they were synced (`flush.messages` above 1).
    pub(crate) is_relaxed: bool,
    /// Compaction may have removed offsets.
    pub(crate) is_compacted: bool,
}

impl FindingFacts {
    /// Whether the fault is kept and reported, not cut off.
    ///
    /// After a clean stop everything was synced, and a closed segment is complete. A torn tail is
    /// the end of what was written; if a good batch follows, it is not torn. But if each record was
    /// synced before it was readable, only the promised offsets count: no consumer has read the
    /// others, and their producers send all of them again.
    fn is_kept(&self) -> bool {
        let is_good_after = self.good_batch_after || self.good_segment_after && !self.is_active;
        let is_evidence = self.clean_shutdown || self.synced_batch_by_batch || self.is_relaxed;
        self.is_below_promise
            || self.clean_shutdown && !self.is_active
            || is_good_after && is_evidence
    }
}

/// What is done with a fault: one row of the table in `docs/recovery.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingRow {
    Sound,
    IndexMismatch,
    CompactedGap,
    MissingOffsets,
    DamagedBatch,
    TornTail,
}

impl Row for FindingRow {
    type Facts = FindingFacts;
    const ALL: &'static [FindingRow] = &[
        FindingRow::Sound,
        FindingRow::IndexMismatch,
        FindingRow::CompactedGap,
        FindingRow::MissingOffsets,
        FindingRow::DamagedBatch,
        FindingRow::TornTail,
    ];

    fn matches(self, facts: &FindingFacts) -> bool {
        let is_gap = facts.finding == Finding::Gap;
        let is_damage = facts.finding == Finding::Damage && facts.is_whole;
        let is_kept = facts.is_kept();
        match self {
            FindingRow::Sound => facts.finding == Finding::Sound,
            FindingRow::IndexMismatch => facts.finding == Finding::Damage && !facts.is_whole,
            FindingRow::CompactedGap => is_gap && is_kept && facts.is_compacted,
            FindingRow::MissingOffsets => is_gap && is_kept && !facts.is_compacted,
            FindingRow::DamagedBatch => is_damage && is_kept,
            FindingRow::TornTail => (is_damage || is_gap) && !is_kept,
        }
    }

    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str) {
        match self {
            FindingRow::Sound => ("batches to the end, where the next segment begins", "used"),
            FindingRow::IndexMismatch => (
                "the batches after the last index entry do not fit it",
                "every batch is read and checked, indexes are rebuilt; then this table again",
            ),
            FindingRow::CompactedGap => (
                "*kept* offsets are in no segment, and compaction may have removed them",
                "used",
            ),
            FindingRow::MissingOffsets => (
                "*kept* offsets are in no segment",
                "reported; reading them is an error, all others are served",
            ),
            FindingRow::DamagedBatch => (
                "a batch at a *kept* offset is damaged",
                "reported; reading continues at the next good batch, to which this table applies \
                 again; the offsets up to there are answered with an error",
            ),
            FindingRow::TornTail => (
                "a batch at an offset that is not *kept* is damaged, or is missing before the \
                 next segment",
                "cut after the last good batch; the segments after it are removed",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_one_row_each;
    use super::*;

    fn combinations() -> Vec<FindingFacts> {
        let mut combinations = Vec::new();
        for finding in [Finding::Sound, Finding::Damage, Finding::Gap] {
            for bits in 0..512 {
                combinations.push(FindingFacts {
                    finding,
                    is_whole: bits & 1 > 0,
                    clean_shutdown: bits & 2 > 0,
                    is_active: bits & 4 > 0,
                    is_below_promise: bits & 8 > 0,
                    good_batch_after: bits & 16 > 0,
                    synced_batch_by_batch: bits & 32 > 0,
                    is_compacted: bits & 64 > 0,
                    good_segment_after: bits & 128 > 0,
                    is_relaxed: bits & 256 > 0,
                });
            }
        }
        combinations
    }

    #[test]
    fn every_finding_has_its_row() {
        assert_one_row_each::<FindingRow>(&combinations());
    }

    #[test]
    fn nothing_promised_and_nothing_readable_is_ever_cut() {
        for facts in combinations() {
            let is_torn = FindingRow::of(&facts) == FindingRow::TornTail;
            let removes_good_segment = facts.good_segment_after
                && !facts.is_active
                && (facts.is_relaxed || facts.synced_batch_by_batch);
            assert!(
                !is_torn || !facts.is_below_promise && !removes_good_segment,
                "{facts:?}"
            );
        }
    }
}
