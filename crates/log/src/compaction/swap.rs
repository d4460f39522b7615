//! Puts a compacted segment in the place of the segments it was made of, and completes that after
//! a crash.

use std::io::Result;
use std::path::Path;

use io::{DirEntry, Disk, OpenMode};

use super::CleanedSegment;
use crate::batch_scan::{BatchScan, SCAN_PIECE, Step};
use crate::file_name::{CLEANED, FileKind, SWAP, file_name, with_suffix};
use crate::partition_log::Log;
use crate::recovery::{self, UnfinishedSwap};
use crate::removal::{DeletedFile, DeletedFiles, Snapshot, rename_away};
use crate::segment::Segment;

/// The files besides the batches that a compacted segment may have.
const INDEXES: [FileKind; 3] = [
    FileKind::Index,
    FileKind::TimeIndex,
    FileKind::TransactionIndex,
];

/// A compacted segment that is to be put in the place of the segments it was made of.
#[derive(Debug)]
#[must_use = "the files have to be renamed"]
pub struct Replacement {
    disk: Disk,
    cleaned: CleanedSegment,
    segment: Segment,
    old: Vec<Segment>,
}

/// The result of renaming the files of a [`Replacement`].
#[derive(Debug)]
#[must_use = "the log has to know it"]
pub struct Replaced {
    segment: Segment,
    count: usize,
    old_files: Vec<DeletedFile>,
    /// Whether the compacted segment counts: its `.log` has the `.swap` name.
    is_begun: bool,
    result: Result<()>,
}

impl Replacement {
    /// Renames the files. Does not need the log, which must not be closed and opened again meanwhile, and
    /// from which no segment must be removed. Blocks on the disk.
    ///
    /// Reads in progress continue with the old files.
    pub fn rename_files(self) -> Replaced {
        let mut replaced = Replaced {
            segment: self.segment,
            count: self.old.len(),
            old_files: Vec::new(),
            is_begun: false,
            result: Ok(()),
        };
        replaced.result = replaced.rename(&self.disk, &self.old, self.cleaned);
        replaced
    }
}

impl Replaced {
    fn rename(&mut self, disk: &Disk, old: &[Segment], mut cleaned: CleanedSegment) -> Result<()> {
        let segment = &self.segment;
        let move_on = |kind: FileKind, from: &str, to: &str| {
            let path = segment.path(kind);
            disk.rename(&with_suffix(&path, from), &with_suffix(&path, to))
        };
        let mut kinds = Vec::new();
        for kind in INDEXES {
            if disk.try_exists(&with_suffix(&segment.path(kind), CLEANED))? {
                kinds.push(kind);
            }
        }
        for kind in &kinds {
            move_on(*kind, CLEANED, SWAP)?;
        }
        move_on(FileKind::Log, CLEANED, SWAP)?;
        cleaned.files.in_place = true;
        self.is_begun = true;

        for old in old {
            let snapshot = match old.base_offset() == segment.base_offset() {
                true => Snapshot::Kept,
                false => Snapshot::Removed,
            };
            rename_away(disk, old, snapshot, &mut self.old_files)?;
        }
        for kind in &kinds {
            move_on(*kind, SWAP, "")?;
        }
        move_on(FileKind::Log, SWAP, "")
    }
}

impl Log {
    /// Begins to put a compacted segment in place. `None` if some of the segments it was made of no
    /// longer exist. Does not use the disk.
    ///
    /// The caller renames the files with [`Replacement::rename_files`], and reports the result with
    /// [`Log::end_replacement`]. The new names are durable once the directory is synced, which must
    /// happen before the cleaner point is checkpointed.
    pub fn begin_replacement(&self, cleaned: CleanedSegment) -> Option<Replacement> {
        let start = self.segment_at(cleaned.base_offset);
        let end = start + cleaned.replaces.len();
        let is_same = cleaned.log == self.id
            && end < self.segments.len()
            && self.segments[start..end]
                .iter()
                .map(Segment::base_offset)
                .eq(cleaned.replaces.iter().copied());
        if !is_same || self.failure().is_some() {
            return None;
        }
        let mut segment = Segment::existing(
            &self.io.disk,
            &self.dir,
            cleaned.base_offset,
            cleaned.size,
            cleaned.modified_ms,
            self.config.index_interval_bytes,
        );
        segment.set_end_offset(self.segments[end].base_offset());
        segment.set_verified();
        let old = self.segments[start..end].iter();
        Some(Replacement {
            disk: self.io.disk.clone(),
            cleaned,
            segment,
            old: old.map(Segment::for_reading).collect(),
        })
    }

    /// Puts the segment in place whose files were renamed. Does not use the disk.
    ///
    /// # Errors
    /// The error of renaming. If it came after the compacted segment counts, the log refuses writes.
    pub fn end_replacement(&mut self, replaced: Replaced, now_ms: i64) -> Result<()> {
        let due_ms = now_ms.saturating_add(self.config.file_delete_delay_ms);
        self.note_deleted(DeletedFiles {
            files: replaced.old_files,
            due_ms,
        });
        if let Err(error) = replaced.result {
            if replaced.is_begun {
                self.fail("cannot put a compacted segment in place", &error);
            }
            return Err(error);
        }
        let start = self.segment_at(replaced.segment.base_offset());
        let end = start + replaced.count;
        self.segments.splice(start..end, [replaced.segment]);
        Ok(())
    }

    /// Puts a compacted segment in place: [`Log::begin_replacement`] to [`Log::end_replacement`].
    /// Returns `false`, and changes nothing, if some of the segments it was made of no longer exist.
    /// Blocks on the disk.
    ///
    /// # Errors
    /// As [`Log::end_replacement`].
    pub fn replace_segments(&mut self, cleaned: CleanedSegment, now_ms: i64) -> Result<bool> {
        let Some(replacement) = self.begin_replacement(cleaned) else {
            return Ok(false);
        };
        let replaced = replacement.rename_files();
        self.end_replacement(replaced, now_ms).map(|()| true)
    }
}

/// Completes a [`Log::replace_segments`] that a crash has interrupted; or undoes it, if the new
/// segment is damaged and all segments it replaces are there. Returns the base offsets of damaged
/// segments that are in place now.
///
/// # Errors
/// Errors of reading, removing and renaming.
pub(crate) fn finish_swaps(
    disk: &Disk,
    dir: &Path,
    swaps: &[UnfinishedSwap],
    entries: &[DirEntry],
) -> Result<Vec<i64>> {
    let mut damaged = Vec::new();
    for swap in swaps {
        let base_offset = swap.base_offset;
        let path = dir.join(file_name(base_offset, FileKind::Log));
        let swap_path = with_suffix(&path, SWAP);
        let (next_offset, wrong) = check_swap(disk, &swap_path, base_offset)?;
        let wrong = wrong.or_else(|| swap.too_short_error(next_offset));
        let row = swap.row(wrong.is_some());
        match &wrong {
            None => {
                tracing::info!(
                    ?row,
                    "{}: completing the compaction of offsets {base_offset} to {next_offset} after a crash",
                    dir.display()
                );
                for name in recovery::replaced(entries, base_offset, next_offset) {
                    disk.remove_file(&dir.join(name))?;
                }
            }
            Some(wrong) if row.removes() => {
                tracing::error!(
                    ?row,
                    "the compacted segment {} is damaged: {wrong}. It is removed, and the segments \
                     that it should replace are kept",
                    swap_path.display()
                );
                // Without the `.log` its indexes are leftovers.
                disk.remove_file(&swap_path)?;
                continue;
            }
            Some(wrong) => {
                tracing::error!(
                    ?row,
                    "the compacted segment {} is damaged: {wrong}. It is used nevertheless, because \
                     some of the segments that it replaces no longer exist; the others are kept",
                    swap_path.display()
                );
                damaged.push(base_offset);
            }
        }
        // The batches last: until then the next start finds the same state.
        for kind in swap.indexes.iter().chain([&FileKind::Log]) {
            let path = dir.join(file_name(base_offset, *kind));
            disk.rename(&with_suffix(&path, SWAP), &path)?;
        }
    }
    disk.sync_dir(dir)?;
    Ok(damaged)
}

/// Checks each batch of a `.swap`. Returns the offset after the last batch, or after the last one
/// before damage, and what is wrong.
fn check_swap(disk: &Disk, path: &Path, base_offset: i64) -> Result<(i64, Option<String>)> {
    let file = disk.open(path, OpenMode::Read)?;
    let mut scan = BatchScan::new(&file, 0, file.len()?, SCAN_PIECE);
    let mut next_offset = base_offset;
    loop {
        let position = scan.position();
        let wrong = match scan.next()? {
            Step::End => return Ok((next_offset, None)),
            Step::Batch(batch) if batch.header.base_offset < next_offset => {
                "offsets go back".to_string()
            }
            Step::Batch(batch) => match scan.check_crc(&batch)? {
                Ok(()) => {
                    next_offset = batch.header.next_offset();
                    continue;
                }
                Err(error) => error.to_string(),
            },
            Step::Bad(error) => error.to_string(),
        };
        return Ok((next_offset, Some(format!("at byte {position}, {wrong}"))));
    }
}
