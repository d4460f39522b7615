//! Files of deleted segments: they are renamed at once, and removed after `file.delete.delay.ms`.
//!
//! A large file is removed in steps, since a file system may block other calls while it frees all
//! blocks of a file at once. A file that somebody still reads or syncs is not cut: it is removed in
//! one step, and the system frees it when the last reader has finished.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, File, FileWatch, OpenMode};

use crate::file_name::{self, DELETED, FileKind};
use crate::partition_log::Log;
use crate::segment::Segment;

/// Bytes that one step frees.
pub const STEP_BYTES: u64 = 16 << 20;

/// A file that is no longer needed.
#[derive(Clone, Debug)]
pub struct DeletedFile {
    path: PathBuf,
    watch: Option<FileWatch>,
}

impl DeletedFile {
    /// A file that nobody has open.
    pub fn unused(path: PathBuf) -> DeletedFile {
        DeletedFile { path, watch: None }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn is_in_use(&self) -> bool {
        self.watch.as_ref().is_some_and(FileWatch::is_in_use)
    }
}

/// Files of a closed or deleted log that others may still read or sync.
#[derive(Clone, Debug, Default)]
pub struct FilesInUse(BTreeMap<String, FileWatch>);

impl FilesInUse {
    pub(crate) fn insert(&mut self, name: String, file: &File) {
        self.0.insert(name, file.watch());
    }

    /// The file `name` of the log, whose directory is `dir` by now.
    pub fn deleted_file(&self, dir: &Path, name: &str) -> DeletedFile {
        DeletedFile {
            path: dir.join(name),
            watch: self.0.get(name).cloned(),
        }
    }
}

/// Removes the last [`STEP_BYTES`] of a file, or the file if it is not longer, or if others use it.
/// Returns whether the file is gone. The caller pauses between two steps. Blocks on the disk.
///
/// # Errors
/// Errors of cutting and removing. It is no error if the file is gone already.
pub fn shrink(disk: &Disk, file: &DeletedFile) -> Result<bool> {
    let path = &file.path;
    let shrunk = disk.metadata(path).and_then(|facts| {
        if facts.len <= STEP_BYTES || file.is_in_use() {
            return disk.remove_file(path).map(|()| true);
        }
        let file = disk.open(path, OpenMode::ReadWrite)?;
        file.set_len(facts.len - STEP_BYTES).map(|()| false)
    });
    match shrunk {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        other => other,
    }
}

/// Segments that were taken out of a log. Their files still have their names.
#[derive(Debug)]
#[must_use = "the files have to be renamed"]
pub struct RemovedSegments {
    disk: Disk,
    segments: Vec<Segment>,
    due_ms: i64,
}

impl RemovedSegments {
    /// How many segments were removed.
    pub fn count(&self) -> usize {
        self.segments.len()
    }

    /// Renames the files, so that the next open removes them. Does not need the log, which must not be
    /// closed and opened again meanwhile. Blocks on the disk. Returns the renamed files, for
    /// [`Log::note_deleted`], and the error that kept others from being renamed.
    pub fn rename_files(self) -> (DeletedFiles, Result<()>) {
        let mut files = Vec::new();
        let renamed = self.segments.iter().try_for_each(|segment| {
            rename_away(&self.disk, segment, Snapshot::Removed, &mut files)
        });
        let due_ms = self.due_ms;
        (DeletedFiles { files, due_ms }, renamed)
    }
}

/// Files that were renamed, and when to remove them.
#[derive(Clone, Debug)]
pub struct DeletedFiles {
    pub(crate) files: Vec<DeletedFile>,
    pub(crate) due_ms: i64,
}

/// What happens to the producer snapshot at the base offset of a removed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snapshot {
    /// It is removed, too.
    Removed,
    /// It is kept: another segment begins at this offset and needs it.
    Kept,
}

impl Log {
    /// Takes the oldest `count` segments out of the log. Does not use the disk.
    pub(crate) fn take_segments(&mut self, count: usize, now_ms: i64) -> RemovedSegments {
        if count > 0 {
            let next_base = self.segments[count].base_offset();
            tracing::info!(
                partition = %self.partition, segments = count, log_start_offset = next_base,
                "deleting segments"
            );
            self.raise_log_start(next_base);
        }
        let segments: Vec<Segment> = self.segments.drain(..count).collect();
        segments.iter().for_each(Segment::retire);
        RemovedSegments {
            disk: self.io.disk.clone(),
            segments,
            due_ms: now_ms.saturating_add(self.config.file_delete_delay_ms),
        }
    }

    /// Notes files of segments that were removed: [`Log::take_deleted_files`] returns them later.
    pub fn note_deleted(&mut self, files: DeletedFiles) {
        if !files.files.is_empty() {
            self.deleted.push(files);
        }
    }

    /// Files of segments that were deleted `file.delete.delay.ms` ago. The caller removes them with
    /// [`shrink`].
    pub fn take_deleted_files(&mut self, now_ms: i64) -> Vec<DeletedFile> {
        let (due, later): (Vec<_>, _) = std::mem::take(&mut self.deleted)
            .into_iter()
            .partition(|files: &DeletedFiles| files.due_ms <= now_ms);
        self.deleted = later;
        due.into_iter().flat_map(|files| files.files).collect()
    }

    /// Whether files wait for their removal.
    pub fn has_deleted_files(&self) -> bool {
        !self.deleted.is_empty()
    }
}

/// Renames the files of a segment that is no longer part of the log.
///
/// The batches go first: a crash in between leaves indexes without a log.
pub(crate) fn rename_away(
    disk: &Disk,
    segment: &Segment,
    snapshot: Snapshot,
    files: &mut Vec<DeletedFile>,
) -> Result<()> {
    segment.retire();
    for kind in FileKind::ALL {
        let path = segment.path(kind);
        let stays = kind == FileKind::Snapshot && snapshot == Snapshot::Kept;
        if stays || !disk.try_exists(&path)? {
            continue;
        }
        let mut watch = None;
        if kind == FileKind::Log {
            // Others may read or sync it until they have finished.
            segment.file().keep_open()?;
            watch = Some(segment.file().watch());
        }
        let renamed = file_name::with_suffix(&path, DELETED);
        disk.rename(&path, &renamed)?;
        files.push(DeletedFile {
            path: renamed,
            watch,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of_steps(disk: &Disk, path: &str) -> File {
        let file = disk.open_cached(Path::new(path), OpenMode::Create).unwrap();
        file.set_len(2 * STEP_BYTES + 1).unwrap();
        file
    }

    #[test]
    fn a_file_is_removed_in_steps() {
        let sim = io::sim::Sim::new(1);
        let disk = sim.io().disk;
        drop(file_of_steps(&disk, "/f.deleted"));
        let deleted = DeletedFile::unused(PathBuf::from("/f.deleted"));
        let mut sizes = Vec::new();
        while !shrink(&disk, &deleted).unwrap() {
            sizes.push(disk.metadata(deleted.path()).unwrap().len);
        }
        assert_eq!(sizes, [STEP_BYTES + 1, 1]);
        assert!(!disk.exists(deleted.path()));
        assert!(shrink(&disk, &deleted).unwrap());
    }

    #[test]
    fn a_file_that_is_being_read_is_not_cut() {
        let sim = io::sim::Sim::new(1);
        let disk = sim.io().disk;
        let reader = file_of_steps(&disk, "/f");
        let deleted = DeletedFile {
            path: PathBuf::from("/f"),
            watch: Some(reader.watch()),
        };
        assert!(shrink(&disk, &deleted).unwrap());
        assert!(!disk.exists(deleted.path()));
        assert_eq!(reader.len().unwrap(), 2 * STEP_BYTES + 1);

        let reader = file_of_steps(&disk, "/g");
        let deleted = DeletedFile {
            path: PathBuf::from("/g"),
            watch: Some(reader.watch()),
        };
        drop(reader);
        assert!(!shrink(&disk, &deleted).unwrap());
    }
}
