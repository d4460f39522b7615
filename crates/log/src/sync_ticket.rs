//! What a log asks to be synced, and what it is told afterwards.

use std::path::PathBuf;

use io::{Disk, File};
use wire::{TopicPartition, Uuid};

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

/// Bytes of a segment that are not durable yet.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Base offset of the segment.
    pub(crate) segment: i64,
    pub(crate) file: File,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Piece {
    pub(crate) fn len(&self) -> u64 {
        self.to - self.from
    }
}

/// Files to be synced, and how far the log is durable once they are.
///
/// Instead of its files, its new bytes may be made durable in the redo log.
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
    pub(crate) partition: TopicPartition,
    pub(crate) topic_id: Uuid,
    /// What was appended since the last sync.
    pub(crate) pieces: Vec<Piece>,
    /// Files that are new, by themselves: the redo log speaks of them by name.
    pub(crate) new_files: Vec<(FileId, File)>,
}

impl SyncTicket {
    /// How many bytes are not durable yet.
    pub fn bytes(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

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
    /// The log, while it is open.
    pub(crate) log: u64,
    /// The last change that is covered.
    pub(crate) change: u64,
    /// Where the log ended.
    pub(crate) position: LogPosition,
    pub(crate) in_segments: bool,
}

impl Synced {
    /// Offsets below are durable.
    pub fn offset(&self) -> i64 {
        self.position.offset
    }

    /// Whether the segments themselves are durable, rather than their bytes in the redo log.
    pub fn is_in_segments(&self) -> bool {
        self.in_segments
    }
}
