//! Applies the tables to a partition's directory: what is done with each file, and how each
//! segment is read.

use std::collections::{BTreeMap, BTreeSet};

use io::DirEntry;

use super::{FileFacts, FileRow, ReadingFacts, RecoveryFacts, Row as _, SegmentRow};
use crate::file_name::{self, FileKind, Name};

/// What to do before a log can be used.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Files to remove, and why.
    pub(crate) remove: Vec<(FileRow, String)>,
    /// The segments, oldest first.
    pub(crate) segments: Vec<FoundSegment>,
    /// Offsets of the producer snapshots, oldest first.
    pub(crate) snapshots: Vec<i64>,
}

/// A compacted segment whose swap is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnfinishedSwap {
    pub(crate) base_offset: i64,
    /// Its indexes that do not have their final names yet.
    pub(crate) indexes: Vec<FileKind>,
    /// The first segment that it replaces still exists.
    pub(crate) has_log: bool,
    /// Base offsets of later segments, including other unfinished ones.
    pub(crate) later_bases: BTreeSet<i64>,
}

impl UnfinishedSwap {
    /// What is done with it.
    pub(crate) fn row(&self, is_damaged: bool) -> FileRow {
        FileRow::of(&FileFacts {
            name: Name::Swap(FileKind::Log, self.base_offset),
            has_log: self.has_log,
            has_log_swap: true,
            is_swap_damaged: is_damaged,
            is_replaced: false,
            is_newest_snapshot: false,
        })
    }

    /// What is wrong if its batches end at `next_offset`. Compaction keeps the last batch of a
    /// segment. Kafka's may not; if replaced segments are gone, that is accepted.
    pub(crate) fn too_short_error(&self, next_offset: i64) -> Option<String> {
        let is_too_short = self.has_log && !self.later_bases.contains(&next_offset);
        is_too_short.then(|| format!("it ends at offset {next_offset}, where no segment begins"))
    }
}

/// Facts about a directory as a whole.
struct Directory {
    logs: BTreeSet<i64>,
    log_swaps: BTreeSet<i64>,
    newest_snapshot: Option<i64>,
}

impl Directory {
    fn of(entries: &[DirEntry]) -> Directory {
        let mut directory = Directory {
            logs: BTreeSet::new(),
            log_swaps: BTreeSet::new(),
            newest_snapshot: None,
        };
        for entry in entries {
            match file_name::parse(&entry.name) {
                Name::File(FileKind::Log, offset) => {
                    directory.logs.insert(offset);
                }
                Name::Swap(FileKind::Log, offset) => {
                    directory.log_swaps.insert(offset);
                }
                Name::File(FileKind::Snapshot, offset) => {
                    directory.newest_snapshot = directory.newest_snapshot.max(Some(offset));
                }
                _ => {}
            }
        }
        directory
    }

    /// Facts about a file that no compacted segment replaces.
    fn facts(&self, name: Name) -> FileFacts {
        let offset = match name {
            Name::File(_, offset) | Name::Swap(_, offset) => Some(offset),
            _ => None,
        };
        let is_among = |offsets: &BTreeSet<i64>| offset.is_some_and(|at| offsets.contains(&at));
        FileFacts {
            name,
            has_log: is_among(&self.logs),
            has_log_swap: is_among(&self.log_swaps),
            is_swap_damaged: false,
            is_replaced: false,
            is_newest_snapshot: offset.is_some() && offset == self.newest_snapshot,
        }
    }
}

/// Compacted segments whose swap is not complete, oldest first: those with a `.log.swap`.
pub(crate) fn unfinished_swaps(entries: &[DirEntry]) -> Vec<UnfinishedSwap> {
    let directory = Directory::of(entries);
    let mut by_offset: BTreeMap<i64, Vec<FileKind>> = BTreeMap::new();
    for entry in entries {
        let name = file_name::parse(&entry.name);
        if FileRow::of(&directory.facts(name)) == FileRow::SwapComplete
            && let Name::Swap(kind, offset) = name
        {
            let indexes = by_offset.entry(offset).or_default();
            indexes.extend((kind != FileKind::Log).then_some(kind));
        }
    }
    let begins: BTreeSet<i64> = &directory.logs | &directory.log_swaps;
    by_offset
        .into_iter()
        .map(|(base_offset, indexes)| UnfinishedSwap {
            base_offset,
            indexes,
            has_log: directory.logs.contains(&base_offset),
            later_bases: begins.range(base_offset + 1..).copied().collect(),
        })
        .collect()
}

/// Files of the segments that a compacted segment from `base_offset` to `next_offset` replaces:
/// the `.log` of the first one, and all files of the others.
pub(crate) fn replaced(entries: &[DirEntry], base_offset: i64, next_offset: i64) -> Vec<String> {
    let directory = Directory::of(entries);
    let is_replaced = |entry: &&DirEntry| {
        let name = file_name::parse(&entry.name);
        let mut facts = directory.facts(name);
        facts.is_replaced = matches!(
            name,
            Name::File(kind, offset) if offset < next_offset
                && (base_offset < offset || base_offset == offset && kind == FileKind::Log)
        );
        FileRow::of(&facts) == FileRow::ReplacedBySwap
    };
    let mut replaced: Vec<String> = entries
        .iter()
        .filter(is_replaced)
        .map(|entry| entry.name.clone())
        .collect();
    replaced.sort_by_key(|name| *name != file_name::file_name(base_offset, FileKind::Log));
    replaced
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundSegment {
    pub(crate) base_offset: i64,
    pub(crate) size: u64,
    pub(crate) modified_ms: i64,
    pub(crate) row: SegmentRow,
}

/// What to do with the files of a directory without an unfinished swap.
pub(crate) fn plan(entries: &[DirEntry], facts: &RecoveryFacts) -> Plan {
    let directory = Directory::of(entries);
    let mut plan = Plan::default();
    let mut indexes = BTreeSet::new();
    let mut logs = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.is_dir) {
        let name = file_name::parse(&entry.name);
        let row = FileRow::of(&directory.facts(name));
        if row.removes() {
            plan.remove.push((row, entry.name.clone()));
        }
        match (row, name) {
            (FileRow::Segment, Name::File(_, offset)) => logs.push((offset, entry)),
            (FileRow::SnapshotInUse, Name::File(_, offset)) => plan.snapshots.push(offset),
            (FileRow::IndexOfSegment, Name::File(kind, offset)) => {
                indexes.insert((offset, kind));
            }
            _ => {}
        }
    }
    plan.snapshots.sort_unstable();
    logs.sort_by_key(|(base_offset, _)| *base_offset);
    for (at, (base_offset, entry)) in logs.iter().enumerate() {
        let next_base = logs.get(at + 1).map_or(i64::MAX, |(next, _)| *next);
        let has = |kind| indexes.contains(&(*base_offset, kind));
        let row = SegmentRow::of(&ReadingFacts {
            clean_shutdown: facts.clean_shutdown,
            ends_below_recovery_point: next_base < facts.recovery_point,
            has_indexes: has(FileKind::Index) && has(FileKind::TimeIndex),
        });
        plan.segments.push(FoundSegment {
            base_offset: *base_offset,
            size: entry.len,
            modified_ms: entry.modified_ms,
            row,
        });
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(names: &[&str]) -> Vec<DirEntry> {
        let entry = |name: &&str| DirEntry {
            name: (*name).to_string(),
            is_dir: false,
            len: 1,
            modified_ms: 0,
        };
        names.iter().map(entry).collect()
    }

    fn planned(names: &[&str], clean_shutdown: bool, recovery_point: i64) -> Plan {
        plan(
            &entries(names),
            &RecoveryFacts {
                clean_shutdown,
                recovery_point,
                ..RecoveryFacts::default()
            },
        )
    }

    const TWO: [&str; 6] = [
        "00000000000000000000.index",
        "00000000000000000000.log",
        "00000000000000000000.timeindex",
        "00000000000000000010.index",
        "00000000000000000010.log",
        "00000000000000000010.timeindex",
    ];

    fn rows(plan: &Plan) -> Vec<SegmentRow> {
        plan.segments.iter().map(|segment| segment.row).collect()
    }

    #[test]
    fn after_a_clean_shutdown_all_is_trusted() {
        assert_eq!(
            rows(&planned(&TWO, true, 0)),
            [SegmentRow::CleanShutdown; 2]
        );
    }

    #[test]
    fn after_a_crash_what_may_not_be_synced_is_scanned() {
        for (recovery_point, expected) in [
            (0, [SegmentRow::BeyondRecoveryPoint; 2]),
            (9, [SegmentRow::BeyondRecoveryPoint; 2]),
            (10, [SegmentRow::BeyondRecoveryPoint; 2]),
            (
                11,
                [
                    SegmentRow::BelowRecoveryPoint,
                    SegmentRow::BeyondRecoveryPoint,
                ],
            ),
            (
                99,
                [
                    SegmentRow::BelowRecoveryPoint,
                    SegmentRow::BeyondRecoveryPoint,
                ],
            ),
        ] {
            assert_eq!(
                rows(&planned(&TWO, false, recovery_point)),
                expected,
                "{recovery_point}"
            );
        }
    }

    #[test]
    fn a_missing_index_costs_a_scan_even_after_a_clean_shutdown() {
        assert_eq!(
            rows(&planned(&TWO[1..], true, 20)),
            [SegmentRow::IndexMissing, SegmentRow::CleanShutdown]
        );
    }

    #[test]
    fn leftovers_and_orphans_are_removed_and_unknown_files_are_kept() {
        let names = [
            "00000000000000000000.log.deleted",
            "00000000000000000005.index",
            "00000000000000000007.snapshot",
            "00000000000000000009.snapshot",
            "leader-epoch-checkpoint",
            "leader-epoch-checkpoint.tmp",
            "notes.txt",
        ];
        let plan = planned(&names, true, 0);
        let expected = [
            (FileRow::DeletedLeftover, names[0]),
            (FileRow::OrphanIndex, names[1]),
            (FileRow::OldSnapshot, names[2]),
            (FileRow::TemporaryLeftover, names[5]),
        ];
        assert_eq!(plan.remove, expected.map(|(row, name)| (row, name.into())));
        assert_eq!(plan.snapshots, [9]);
        assert_eq!(plan.segments, []);
    }

    #[test]
    fn a_damaged_swap_counts_only_where_something_it_replaces_is_gone() {
        let names = [
            "00000000000000000020.log.swap",
            "00000000000000000020.log",
            "00000000000000000030.log",
        ];
        let swap = |names: &[&str]| unfinished_swaps(&entries(names)).remove(0);
        assert_eq!(swap(&names).row(false), FileRow::SwapComplete);
        assert_eq!(swap(&names).row(true), FileRow::SwapDamaged);
        assert_eq!(swap(&names).too_short_error(30), None);
        assert!(swap(&names).too_short_error(29).is_some());
        assert!(swap(&names).too_short_error(20).is_some());
        let begun = [names[0], names[2]];
        assert_eq!(swap(&begun).row(true), FileRow::SwapComplete);
        assert_eq!(swap(&begun).too_short_error(29), None);
    }

    #[test]
    fn a_swap_counts_from_the_batches_on() {
        let names = [
            "00000000000000000000.index.swap",
            "00000000000000000000.log.cleaned",
            "00000000000000000020.log.swap",
            "00000000000000000020.timeindex.swap",
            "00000000000000000020.txnindex",
            "00000000000000000030.log",
            "00000000000000000030.snapshot",
            "00000000000000000040.log",
        ];
        let swaps = unfinished_swaps(&entries(&names));
        let expected = UnfinishedSwap {
            base_offset: 20,
            indexes: vec![FileKind::TimeIndex],
            has_log: false,
            later_bases: BTreeSet::from([30, 40]),
        };
        assert_eq!(swaps, [expected]);
        assert_eq!(replaced(&entries(&names), 20, 40), names[5..7]);
        let with_first = ["00000000000000000030.index", "00000000000000000020.log"];
        let with_first = [&with_first[..], &names].concat();
        let expected = [with_first[1], with_first[0], names[5], names[6]];
        assert_eq!(replaced(&entries(&with_first), 20, 40), expected);
        let undone = planned(&names[..2], true, 0);
        let expected = [
            (FileRow::SwapIncomplete, names[0]),
            (FileRow::CleanedLeftover, names[1]),
        ];
        assert_eq!(
            undone.remove,
            expected.map(|(row, name)| (row, name.into()))
        );
        assert_eq!(undone.segments, []);
    }
}
