//! What to do with the files found in a partition's directory: pure planning.
//!
//! | segment | shutdown was | indexes | then |
//! | --- | --- | --- | --- |
//! | ends below the recovery point | any | both there | trusted |
//! | any | clean | both there | trusted |
//! | any | any | one missing | scanned |
//! | ends at the recovery point or above | not clean | any | scanned |
//!
//! To scan is to check every batch and to build the indexes anew. What was found wrong is cut if
//! it lies behind the recovery point, where nothing was promised, and an error if below it. Behind
//! the recovery point a segment goes on exactly where the one before it ends; whoever takes
//! records out of the middle leaves the last batch of a segment in its place, or has to write the
//! recovery point first.
//!
//! Before that, what compaction was putting in place goes the way it was going:
//!
//! | file | beside it | then |
//! | --- | --- | --- |
//! | `N.log.swap` | any | the segments up to its last offset are removed, and it and its indexes get their names |
//! | `N.index.swap` and the like | no `N.log.swap` | removed |
//! | `.cleaned` | any | removed |
//! | `.deleted` | any | removed |

use std::collections::{BTreeMap, BTreeSet};

use io::DirEntry;
use wire::Uuid;

use crate::file_name::{self, FileKind, Name};

/// What is known of a log apart from its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RecoveryFacts {
    /// Whether the last process to write it said that it had finished.
    pub clean_shutdown: bool,
    /// The topic the directory belongs to.
    pub topic_id: Uuid,
    /// Offsets below are in synced segments.
    pub recovery_point: i64,
    /// Offsets below were acknowledged, as far as the redo log says.
    pub acknowledged: i64,
    /// Offsets below were deleted.
    pub log_start_offset: i64,
    /// Whether the caller syncs the whole file system before it shows anything of the log, and so
    /// opening it need not.
    pub synced_by_caller: bool,
    /// Whether each batch was synced before the next was written: then only the last can be torn.
    pub synced_batch_by_batch: bool,
}

impl RecoveryFacts {
    /// Offsets below were promised to be there: what is damaged in them is not a torn tail.
    pub(crate) fn promised(&self) -> i64 {
        self.recovery_point.max(self.acknowledged)
    }
}

/// What to do before a log can be used.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// Files that are not part of the log, to be removed.
    pub(crate) remove: Vec<String>,
    /// The segments, oldest first.
    pub(crate) segments: Vec<FoundSegment>,
    /// Offsets of producer snapshots, oldest first.
    pub(crate) snapshots: Vec<i64>,
}

/// A compacted segment that was being put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnfinishedSwap {
    pub(crate) base_offset: i64,
    /// Its indexes that have not got their names yet.
    pub(crate) indexes: Vec<FileKind>,
}

/// The compacted segments that count already, oldest first: those whose batches are `.swap`.
pub(crate) fn unfinished_swaps(entries: &[DirEntry]) -> Vec<UnfinishedSwap> {
    let mut by_offset: BTreeMap<i64, Vec<FileKind>> = BTreeMap::new();
    for entry in entries {
        if let Name::Swap(kind, offset) = file_name::parse(&entry.name) {
            by_offset.entry(offset).or_default().push(kind);
        }
    }
    let counts = |(base_offset, mut kinds): (i64, Vec<FileKind>)| {
        let has_batches = kinds.contains(&FileKind::Log);
        kinds.retain(|kind| *kind != FileKind::Log);
        has_batches.then_some(UnfinishedSwap {
            base_offset,
            indexes: kinds,
        })
    };
    by_offset.into_iter().filter_map(counts).collect()
}

/// The files of the segments behind the first that a compacted one has replaced, which begins at
/// `base_offset` and ends at `next_offset`.
pub(crate) fn replaced(entries: &[DirEntry], base_offset: i64, next_offset: i64) -> Vec<String> {
    let is_replaced = |entry: &&DirEntry| match file_name::parse(&entry.name) {
        Name::File(_, offset) => base_offset < offset && offset < next_offset,
        _ => false,
    };
    entries
        .iter()
        .filter(is_replaced)
        .map(|entry| entry.name.clone())
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundSegment {
    pub(crate) base_offset: i64,
    pub(crate) size: u64,
    pub(crate) modified_ms: i64,
    pub(crate) trust: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Taken as it is.
    Trusted,
    /// Scanned, since an index is missing.
    IndexMissing,
    /// Scanned, since it may hold what was not synced.
    Unsynced,
}

pub(crate) fn plan(entries: &[DirEntry], facts: &RecoveryFacts) -> Plan {
    let mut plan = Plan::default();
    let mut offset_indexes = BTreeSet::new();
    let mut time_indexes = BTreeSet::new();
    let mut logs = Vec::new();
    let mut attached = Vec::new();
    let mut snapshots = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.is_dir) {
        match file_name::parse(&entry.name) {
            Name::Leftover | Name::Swap(..) => plan.remove.push(entry.name.clone()),
            Name::Other => {}
            Name::File(FileKind::Log, base_offset) => logs.push((base_offset, entry)),
            Name::File(FileKind::Snapshot, offset) => snapshots.push((offset, entry)),
            Name::File(kind, base_offset) => {
                match kind {
                    FileKind::Index => offset_indexes.insert(base_offset),
                    FileKind::TimeIndex => time_indexes.insert(base_offset),
                    _ => true,
                };
                attached.push((base_offset, entry));
            }
        }
    }
    logs.sort_by_key(|(base_offset, _)| *base_offset);
    let bases: BTreeSet<i64> = logs.iter().map(|(base_offset, _)| *base_offset).collect();
    snapshots.sort_by_key(|(offset, _)| *offset);
    let newest = snapshots.last().map(|(offset, _)| *offset);
    for (offset, entry) in snapshots {
        // Those of earlier clean stops have done their duty.
        if bases.contains(&offset) || Some(offset) == newest {
            plan.snapshots.push(offset);
        } else {
            plan.remove.push(entry.name.clone());
        }
    }
    plan.remove.extend(
        attached
            .iter()
            .filter(|(base_offset, _)| !bases.contains(base_offset))
            .map(|(_, entry)| entry.name.clone()),
    );
    for (at, (base_offset, entry)) in logs.iter().enumerate() {
        let next_base = logs.get(at + 1).map_or(i64::MAX, |(next, _)| *next);
        let has_indexes =
            offset_indexes.contains(base_offset) && time_indexes.contains(base_offset);
        // Ending right at the recovery point, it may have been closed after the sync: its batches
        // are on disk then, but its indexes may not be.
        let trust = if !facts.clean_shutdown && next_base >= facts.recovery_point {
            Trust::Unsynced
        } else if !has_indexes {
            Trust::IndexMissing
        } else {
            Trust::Trusted
        };
        plan.segments.push(FoundSegment {
            base_offset: *base_offset,
            size: entry.len,
            modified_ms: entry.modified_ms,
            trust,
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

    fn trust(plan: &Plan) -> Vec<Trust> {
        plan.segments.iter().map(|segment| segment.trust).collect()
    }

    #[test]
    fn after_a_clean_shutdown_all_is_trusted() {
        assert_eq!(
            trust(&planned(&TWO, true, 0)),
            [Trust::Trusted, Trust::Trusted]
        );
    }

    #[test]
    fn after_a_crash_what_may_not_be_synced_is_scanned() {
        for (recovery_point, expected) in [
            (0, [Trust::Unsynced, Trust::Unsynced]),
            (9, [Trust::Unsynced, Trust::Unsynced]),
            (10, [Trust::Unsynced, Trust::Unsynced]),
            (11, [Trust::Trusted, Trust::Unsynced]),
            (99, [Trust::Trusted, Trust::Unsynced]),
        ] {
            assert_eq!(
                trust(&planned(&TWO, false, recovery_point)),
                expected,
                "{recovery_point}"
            );
        }
    }

    #[test]
    fn a_missing_index_costs_a_scan_even_after_a_clean_shutdown() {
        assert_eq!(
            trust(&planned(&TWO[1..], true, 20)),
            [Trust::IndexMissing, Trust::Trusted]
        );
    }

    #[test]
    fn leftovers_and_orphans_are_removed_and_strangers_stay() {
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
        assert_eq!(plan.remove, [names[0], names[5], names[2], names[1]]);
        assert_eq!(plan.snapshots, [9]);
        assert_eq!(plan.segments, []);
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
        };
        assert_eq!(swaps, [expected]);
        assert_eq!(replaced(&entries(&names), 20, 40), names[5..7]);
        let undone = planned(&names[..2], true, 0);
        assert_eq!(
            (undone.remove, undone.segments),
            (names[..2].iter().map(|n| n.to_string()).collect(), vec![])
        );
    }
}
