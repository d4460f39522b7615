//! Decides what a start does with the files it finds, as tables. Pure functions.
//!
//! A table is an enum of named rows. Exactly one row matches any combination of facts, and that
//! row is the decision; log lines name it (`row=`). There are four tables: the names in a log
//! directory ([`DirectoryRow`]), the names in a partition's directory ([`FileRow`]), a segment
//! before it is read ([`SegmentRow`]), and what was found in it ([`FindingRow`]).
//! `docs/recovery.md` shows them; a test compares it with the code.
//!
//! Does not read the disk: [`open`](crate::open) and [`LogDir`](crate::LogDir) do.

mod directories;
mod files;
mod findings;
mod plan;
mod segments;

use wire::Uuid;

pub(crate) use directories::{DirectoryFacts, DirectoryRow};
pub(crate) use files::{FileFacts, FileRow};
pub(crate) use findings::{Finding, FindingFacts, FindingRow};
pub(crate) use plan::{FoundSegment, Plan, UnfinishedSwap, plan, replaced, unfinished_swaps};
pub(crate) use segments::{Reading, ReadingFacts, SegmentRow};

/// Facts about a log that do not come from its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RecoveryFacts {
    /// The last process that wrote the log has stopped cleanly.
    pub clean_shutdown: bool,
    /// The id of the topic that the directory belongs to.
    pub topic_id: Uuid,
    /// The recovery point: offsets below are in synced segments.
    pub recovery_point: i64,
    /// Offsets below were synced on this broker, according to the redo log.
    pub locally_synced: i64,
    /// Offsets below were deleted.
    pub log_start_offset: i64,
    /// Offsets below were compacted, whatever `cleanup.policy` is now. Gaps in them are no damage.
    pub compacted_below: i64,
    /// Everything in the directory, also the names, was synced after the last change.
    pub found_is_synced: bool,
    /// Each batch was synced before the next was written. Then only the last one can be torn.
    pub synced_batch_by_batch: bool,
}

impl RecoveryFacts {
    /// Offsets below were synced: damage to them is not a torn tail.
    pub(crate) fn promised(&self) -> i64 {
        self.recovery_point.max(self.locally_synced)
    }
}

/// A table. Exactly one of its rows matches any facts.
pub(crate) trait Row: Copy + std::fmt::Debug + PartialEq + 'static {
    /// The facts that select a row.
    type Facts;
    /// The rows, in reading order.
    const ALL: &'static [Self];

    /// Whether this row matches the facts.
    fn matches(self, facts: &Self::Facts) -> bool;

    /// When the row matches, and what follows, for the documentation.
    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str);

    /// The row that matches the facts.
    fn of(facts: &Self::Facts) -> Self {
        let row = Self::ALL.iter().find(|row| row.matches(facts));
        *row.expect("a test shows that one row matches any facts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each combination of facts matches one row, and each row some combination.
    pub(super) fn assert_one_row_each<R: Row>(combinations: &[R::Facts])
    where
        R::Facts: std::fmt::Debug,
    {
        let mut met = Vec::new();
        for facts in combinations {
            let matching: Vec<&R> = R::ALL.iter().filter(|row| row.matches(facts)).collect();
            assert_eq!(matching.len(), 1, "{facts:?} matches {matching:?}");
            met.push(*matching[0]);
        }
        for row in R::ALL {
            assert!(met.contains(row), "nothing matches {row:?}");
        }
    }

    fn table<R: Row>() -> String {
        let mut text = "| row | when | then |\n| --- | --- | --- |\n".to_string();
        for row in R::ALL {
            let (when, then) = row.text();
            text.push_str(&format!("| `{row:?}` | {when} | {then} |\n"));
        }
        text
    }

    #[test]
    fn the_document_holds_the_tables() {
        let document = include_str!("../../../../docs/recovery.md");
        let tables = [
            table::<DirectoryRow>(),
            table::<FileRow>(),
            table::<SegmentRow>(),
            table::<FindingRow>(),
        ];
        let absent: Vec<String> = tables
            .into_iter()
            .filter(|table| !document.contains(table))
            .collect();
        assert!(
            absent.is_empty(),
            "docs/recovery.md must contain\n\n{}",
            absent.join("\n")
        );
    }
}
