//! What a log asks to be synced, and what it is told afterwards.

use std::path::PathBuf;

use io::{Disk, File};

use crate::file_name::FileKind;

/// A place between two batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// Offset of the batch that begins here.
    pub offset: i64,
    /// Base offset of the segment.
    pub segment: i64,
    /// Position in its file.
    pub position: u64,
}

/// A file of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileId {
    /// The file of this kind at this offset.
    At(i64, FileKind),
    /// The file that holds the topic's id.
    PartitionMetadata,
}

/// Files to be synced, and how far the log is durable once they are.
#[derive(Clone, Debug)]
pub struct SyncTicket {
    /// The log, as a number unique in the process.
    pub log: u64,
    /// The files.
    pub files: Vec<(FileId, File)>,
    /// The directories in which names have to last too.
    pub dirs: Vec<PathBuf>,
    /// What to report to the log afterwards.
    pub synced: Synced,
}

impl SyncTicket {
    /// Syncs the files, here and now. Blocks on the disk.
    ///
    /// # Errors
    /// The first sync that fails; the log is to be told, and is of no more use for writing.
    pub fn sync(&self, disk: &Disk) -> std::io::Result<()> {
        self.files
            .iter()
            .try_for_each(|(_, file)| file.sync_data())?;
        self.dirs.iter().try_for_each(|dir| disk.sync_dir(dir))
    }
}

/// How far a log is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// The last change that is covered.
    pub(crate) change: u64,
    /// Where the log ended.
    pub(crate) position: LogPosition,
}

impl Synced {
    /// Offsets below are durable.
    pub fn offset(&self) -> i64 {
        self.position.offset
    }
}
