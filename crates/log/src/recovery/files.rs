//! The file names in a partition's directory.

use super::Row;
use crate::file_name::{FileKind, Name};

/// Facts about a file in a partition's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileFacts {
    pub(crate) name: Name,
    /// A `.log` with the same offset exists.
    pub(crate) has_log: bool,
    /// A `.log.swap` with the same offset exists.
    pub(crate) has_log_swap: bool,
    /// That `.log.swap` is damaged or too short.
    pub(crate) is_swap_damaged: bool,
    /// It belongs to a segment that a `.log.swap` replaces. Does not include the index files of
    /// the first such segment: the new ones may have taken their place already.
    pub(crate) is_replaced: bool,
    /// No snapshot has a higher offset.
    pub(crate) is_newest_snapshot: bool,
}

/// What is done with a file in a partition's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRow {
    Segment,
    IndexOfSegment,
    OrphanIndex,
    SnapshotInUse,
    OldSnapshot,
    SwapComplete,
    SwapDamaged,
    SwapIncomplete,
    ReplacedBySwap,
    CleanedLeftover,
    DeletedLeftover,
    TemporaryLeftover,
    NotOfTheLog,
}

impl FileRow {
    /// Whether the file is removed.
    pub(crate) fn removes(self) -> bool {
        match self {
            FileRow::OrphanIndex
            | FileRow::OldSnapshot
            | FileRow::SwapDamaged
            | FileRow::SwapIncomplete
            | FileRow::ReplacedBySwap
            | FileRow::CleanedLeftover
            | FileRow::DeletedLeftover
            | FileRow::TemporaryLeftover => true,
            FileRow::Segment
            | FileRow::IndexOfSegment
            | FileRow::SnapshotInUse
            | FileRow::SwapComplete
            | FileRow::NotOfTheLog => false,
        }
    }
}

impl Row for FileRow {
    type Facts = FileFacts;
    const ALL: &'static [FileRow] = &[
        FileRow::Segment,
        FileRow::IndexOfSegment,
        FileRow::OrphanIndex,
        FileRow::SnapshotInUse,
        FileRow::OldSnapshot,
        FileRow::SwapComplete,
        FileRow::SwapDamaged,
        FileRow::SwapIncomplete,
        FileRow::ReplacedBySwap,
        FileRow::CleanedLeftover,
        FileRow::DeletedLeftover,
        FileRow::TemporaryLeftover,
        FileRow::NotOfTheLog,
    ];

    fn matches(self, facts: &FileFacts) -> bool {
        let kind = match facts.name {
            Name::File(kind, _) => Some(kind),
            _ => None,
        };
        let is_index = kind.is_some_and(|kind| kind.is_index());
        let is_snapshot = kind == Some(FileKind::Snapshot);
        let is_used = facts.has_log || facts.is_newest_snapshot;
        let is_swap = matches!(facts.name, Name::Swap(..));
        // The first segment is removed first: while it exists, all of them do.
        let is_needless = facts.is_swap_damaged && facts.has_log;
        match self {
            FileRow::Segment => kind == Some(FileKind::Log) && !facts.is_replaced,
            FileRow::IndexOfSegment => is_index && facts.has_log && !facts.is_replaced,
            FileRow::OrphanIndex => is_index && !facts.has_log && !facts.is_replaced,
            FileRow::SnapshotInUse => is_snapshot && is_used && !facts.is_replaced,
            FileRow::OldSnapshot => is_snapshot && !is_used && !facts.is_replaced,
            FileRow::SwapComplete => is_swap && facts.has_log_swap && !is_needless,
            FileRow::SwapDamaged => is_swap && facts.has_log_swap && is_needless,
            FileRow::SwapIncomplete => is_swap && !facts.has_log_swap,
            FileRow::ReplacedBySwap => kind.is_some() && facts.is_replaced,
            FileRow::CleanedLeftover => facts.name == Name::Cleaned,
            FileRow::DeletedLeftover => facts.name == Name::Deleted,
            FileRow::TemporaryLeftover => facts.name == Name::Temporary,
            FileRow::NotOfTheLog => facts.name == Name::Other,
        }
    }

    #[cfg(test)]
    fn text(self) -> (&'static str, &'static str) {
        match self {
            FileRow::Segment => ("`N.log`", "a segment: see the next table"),
            FileRow::IndexOfSegment => (
                "`N.index`, `N.timeindex`, `N.txnindex`, and `N.log` exists",
                "kept",
            ),
            FileRow::OrphanIndex => ("the same, and `N.log` does not exist", "removed"),
            FileRow::SnapshotInUse => (
                "`N.snapshot`, and `N.log` exists or no snapshot is newer",
                "kept",
            ),
            FileRow::OldSnapshot => ("`N.snapshot` otherwise", "removed"),
            FileRow::SwapComplete => (
                "`N.….swap`, and `N.log.swap` exists; it is sound, or `N.log` does not exist",
                "gets its final name; the `.log` last",
            ),
            FileRow::SwapDamaged => (
                "the same, but it is damaged, or ends where no segment begins, and `N.log` exists: no \
                 file that it replaces was removed",
                "removed; the `.log` first",
            ),
            FileRow::SwapIncomplete => ("`N.….swap`, and `N.log.swap` does not exist", "removed"),
            FileRow::ReplacedBySwap => (
                "`N.log`, and all files with an offset after `N` and before the end of a sound \
                 `N.log.swap`",
                "removed; `N.log` first",
            ),
            FileRow::CleanedLeftover => ("`….cleaned`", "removed"),
            FileRow::DeletedLeftover => ("`….deleted`", "removed"),
            FileRow::TemporaryLeftover => ("`….tmp`", "removed"),
            FileRow::NotOfTheLog => ("anything else", "kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_one_row_each;
    use super::*;

    #[test]
    fn every_file_of_a_partition_has_its_row() {
        let kinds = FileKind::ALL;
        let mut names = vec![Name::Cleaned, Name::Deleted, Name::Temporary, Name::Other];
        names.extend(kinds.map(|kind| Name::File(kind, 7)));
        names.extend(kinds.map(|kind| Name::Swap(kind, 7)));
        let mut combinations = Vec::new();
        for name in names {
            for bits in 0..32 {
                combinations.push(FileFacts {
                    name,
                    has_log: bits & 1 > 0,
                    has_log_swap: bits & 2 > 0,
                    is_swap_damaged: bits & 4 > 0,
                    is_replaced: bits & 8 > 0,
                    is_newest_snapshot: bits & 16 > 0,
                });
            }
        }
        assert_one_row_each::<FileRow>(&combinations);
    }
}
