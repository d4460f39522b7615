//! What a log asks to be synced, and what it is told afterwards.

use std::path::{Path, PathBuf};

use io::{Disk, File};
use wire::{TopicPartition, Uuid};

use crate::file_name::FileKind;
use crate::group_sync::SyncError;
use crate::partition_log::{Failure, Log};

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

impl Log {
    /// What has to be synced for everything appended so far to be durable; `None` if it is.
    pub fn unsynced(&self) -> Option<SyncTicket> {
        (self.change != self.synced_change).then(|| self.ticket())
    }

    /// What has to be synced for everything appended so far to be on disk in the segments
    /// themselves, whatever is in the redo log; `None` if it is.
    pub fn unflushed(&self) -> Option<SyncTicket> {
        (self.change != self.flushed_change).then(|| self.ticket())
    }

    fn ticket(&self) -> SyncTicket {
        let active = self.active();
        let active_file = (
            FileId::At(active.base_offset(), FileKind::Log),
            active.file().clone(),
        );
        let mut files: Vec<(FileId, File)> = self
            .unflushed_files
            .iter()
            .map(|(_, id, file)| (*id, file.clone()))
            .collect();
        files.push(active_file.clone());
        let mut dirs = Vec::new();
        let mut new_files = Vec::new();
        if self.names_changed > self.synced_change {
            new_files.push(active_file);
            let metadata = files
                .iter()
                .filter(|(id, _)| *id == FileId::PartitionMetadata);
            new_files.extend(metadata.cloned());
            dirs.push(self.dir.clone());
            // A new log's own name has to last too.
            if self.synced_change == 0 {
                dirs.extend(self.dir.parent().map(Path::to_path_buf));
            }
        }
        SyncTicket {
            log: self.id,
            files,
            dirs,
            synced: Synced {
                log: self.id,
                change: self.change,
                position: self.end_position(),
                in_segments: true,
            },
            partition: self.partition.clone(),
            topic_id: self.topic_id,
            pieces: self.unsynced_pieces(),
            new_files,
        }
    }

    fn unsynced_pieces(&self) -> Vec<Piece> {
        let behind = self
            .segments
            .iter()
            .rev()
            .take_while(|segment| segment.base_offset() >= self.synced.segment);
        let mut pieces = Vec::new();
        for segment in behind {
            let from = match segment.base_offset() == self.synced.segment {
                true => self.synced.position,
                false => 0,
            };
            if segment.size() > from {
                pieces.push(Piece {
                    segment: segment.base_offset(),
                    file: segment.file().clone(),
                    from,
                    to: segment.size(),
                });
            }
        }
        pieces.reverse();
        pieces
    }

    /// Whether what was appended has to be synced now, by `flush.messages` and `flush.ms`.
    pub fn sync_is_due(&self, now_ms: i64) -> bool {
        if self.change == self.synced_change {
            return false;
        }
        let unsynced = self.log_end_offset - self.synced.offset;
        let age = self
            .unsynced_since_ms
            .map_or(0, |since| now_ms.saturating_sub(since));
        unsynced >= self.config.flush_messages || age >= self.config.flush_ms
    }

    /// Notes that what a ticket asked for is durable. What was closed and opened again since
    /// counts anew.
    pub fn mark_synced(&mut self, synced: &Synced) {
        if synced.log != self.id {
            return;
        }
        if synced.in_segments && synced.change > self.flushed_change {
            self.flushed_change = synced.change;
            self.flushed_offset = synced.position.offset.min(self.log_end_offset);
            self.unflushed_files
                .retain(|(change, _, _)| *change > synced.change);
        }
        if synced.change <= self.synced_change {
            return;
        }
        self.synced_change = synced.change;
        // A truncation may have taken back what was synced.
        if synced.position.offset <= self.log_end_offset {
            self.synced = synced.position;
        }
        if self.change == synced.change {
            self.unsynced_since_ms = None;
        }
    }

    /// Notes that a sync failed. What was written since the one before may be lost whatever is
    /// tried now, so the log takes no more writes until it is opened, and checked, again.
    pub fn mark_sync_failed(&mut self, error: &SyncError) {
        self.refuse_writes(Failure {
            message: format!("sync failed: {error}"),
            device_failed: error.device_failed(),
        });
    }
}
