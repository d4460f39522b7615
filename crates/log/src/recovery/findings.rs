//! What reading a segment has found.

use super::Row;

/// What reading a segment has come upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Batches up to the end, and the next segment begins where they end.
    Sound,
    /// Something that is no batch, has another checksum than it says, or offsets that cannot be.
    Damage,
    /// The next segment begins at a later offset than this one ends.
    Gap,
}

/// What is known of a segment that was read, about the first thing that is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FindingFacts {
    pub(crate) finding: Finding,
    /// Every batch was read, not only the tail: what is wrong is not the index.
    pub(crate) is_whole: bool,
    pub(crate) clean_shutdown: bool,
    /// No segment follows.
    pub(crate) is_active: bool,
    /// The offset at which it goes wrong lies below the recovery point, or below what the redo
    /// log says was acknowledged.
    pub(crate) is_below_promise: bool,
    /// A batch with a good checksum begins right where the damaged one claims to end.
    pub(crate) good_batch_behind: bool,
    /// Each batch was synced before the next was written.
    pub(crate) synced_batch_by_batch: bool,
    /// The topic is compacted, or was up to here: that takes offsets away.
    pub(crate) is_compacted: bool,
}

impl FindingFacts {
    /// Whether what is wrong was promised to be there. After a clean stop everything was synced,
    /// and a closed segment is whole.
    fn is_promised(&self) -> bool {
        self.is_below_promise
            || self.clean_shutdown && (!self.is_active || self.good_batch_behind)
            || self.synced_batch_by_batch && self.good_batch_behind
    }
}

/// What follows from what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingRow {
    Sound,
    IndexInsane,
    CompactedGap,
    LostBelowPromise,
    RotBelowPromise,
    TornTail,
}

impl Row for FindingRow {
    type Facts = FindingFacts;
    const ALL: &'static [FindingRow] = &[
        FindingRow::Sound,
        FindingRow::IndexInsane,
        FindingRow::CompactedGap,
        FindingRow::LostBelowPromise,
        FindingRow::RotBelowPromise,
        FindingRow::TornTail,
    ];

    fn matches(self, facts: &FindingFacts) -> bool {
        let is_gap = facts.finding == Finding::Gap;
        let is_damage = facts.finding == Finding::Damage && facts.is_whole;
        let is_promised = facts.is_promised();
        match self {
            FindingRow::Sound => facts.finding == Finding::Sound,
            FindingRow::IndexInsane => facts.finding == Finding::Damage && !facts.is_whole,
            FindingRow::CompactedGap => is_gap && is_promised && facts.is_compacted,
            FindingRow::LostBelowPromise => is_gap && is_promised && !facts.is_compacted,
            FindingRow::RotBelowPromise => is_damage && is_promised,
            FindingRow::TornTail => (is_damage || is_gap) && !is_promised,
        }
    }

    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str) {
        match self {
            FindingRow::Sound => ("batches to the end, where the next segment begins", "used"),
            FindingRow::IndexInsane => (
                "what lies behind the last index entry does not fit it",
                "every batch is read and checked, indexes are built anew; then this table again",
            ),
            FindingRow::CompactedGap => (
                "promised offsets are in no segment, and compaction may have taken them",
                "used",
            ),
            FindingRow::LostBelowPromise => (
                "promised offsets are in no segment",
                "reported; reading them is an error, all others are served",
            ),
            FindingRow::RotBelowPromise => (
                "a batch at a promised offset is damaged",
                "reported; reading goes on at the next good batch, to which this table applies again; the offsets up to there are answered by an error",
            ),
            FindingRow::TornTail => (
                "a batch that was not promised is damaged, or is in no segment while the next \
                 segment is there",
                "cut behind the last good batch; the segments behind are removed",
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
            for bits in 0..128 {
                combinations.push(FindingFacts {
                    finding,
                    is_whole: bits & 1 > 0,
                    clean_shutdown: bits & 2 > 0,
                    is_active: bits & 4 > 0,
                    is_below_promise: bits & 8 > 0,
                    good_batch_behind: bits & 16 > 0,
                    synced_batch_by_batch: bits & 32 > 0,
                    is_compacted: bits & 64 > 0,
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
    fn nothing_below_the_promise_is_ever_cut() {
        for facts in combinations() {
            let row = FindingRow::of(&facts);
            assert!(
                row != FindingRow::TornTail || !facts.is_below_promise,
                "{facts:?}"
            );
        }
    }
}
