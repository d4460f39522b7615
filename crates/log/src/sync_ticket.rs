//! A sync ticket: the files of a log that a sync has to cover, and its result.

use std::path::{Path, PathBuf};

use io::{Disk, File};
use wire::{TopicPartition, Uuid};

use crate::durability::{Failure, Names};
use crate::file_name::FileKind;
use crate::group_sync::SyncError;
use crate::partition_log::Log;
use crate::segment::Segment;

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

impl LogPosition {
    /// The end of a log whose last segment is `active`.
    pub(crate) fn at_end_of(active: &Segment, log_end_offset: i64) -> LogPosition {
        LogPosition {
            offset: log_end_offset,
            segment: active.base_offset(),
            position: active.size(),
        }
    }
}

/// A file of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileId {
    /// The file of this kind at this offset.
    At(i64, FileKind),
    /// The file that holds the topic's id.
    PartitionMetadata,
    /// The file that holds the leader epochs.
    LeaderEpochs,
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

/// Files to sync, and how far the log is durable afterwards.
///
/// Instead of the files, the new bytes of the log can be written to the redo log.
#[derive(Clone, Debug)]
pub struct SyncTicket {
    /// The log, as a number unique in the process.
    pub log: u64,
    /// The files.
    pub files: Vec<(FileId, File)>,
    /// Directories to sync: names in them have changed.
    pub dirs: Vec<PathBuf>,
    /// The result to report to the log afterwards.
    pub synced: Synced,
    pub(crate) partition: TopicPartition,
    pub(crate) topic_id: Uuid,
    /// Bytes that were appended since the last sync.
    pub(crate) pieces: Vec<Piece>,
    /// Files that are synced even if the bytes go to the redo log: new ones, whose names it uses.
    pub(crate) new_files: Vec<(FileId, File)>,
}

impl SyncTicket {
    /// Number of bytes that are not durable yet.
    pub fn bytes(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Syncs the files. Blocks on the disk.
    ///
    /// # Errors
    /// The error of the first sync that fails. Report it with [`Log::mark_sync_failed`].
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
    /// Number of the last change that the sync covers.
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
    /// What has to be synced for everything appended so far to be durable. `None` if it is
    /// durable, or the log has failed.
    pub fn unsynced(&self) -> Option<SyncTicket> {
        self.durability.is_unsynced().then(|| self.ticket())
    }

    /// What has to be synced for everything appended so far to be durable in the segments
    /// themselves, without the redo log. `None` if it is, or the log has failed.
    pub fn unflushed(&self) -> Option<SyncTicket> {
        self.durability.is_unflushed().then(|| self.ticket())
    }

    fn ticket(&self) -> SyncTicket {
        let active = self.active();
        let active_file = (
            FileId::At(active.base_offset(), FileKind::Log),
            active.file().clone(),
        );
        let mut files: Vec<(FileId, File)> = self.durability.unflushed_files().collect();
        files.push(active_file.clone());
        let mut dirs = Vec::new();
        let mut new_files = Vec::new();
        let names = self.durability.names();
        if names != Names::Unchanged {
            dirs.push(self.dir.clone());
        }
        if matches!(names, Names::InDirectory | Names::NewDirectory) {
            new_files.push(active_file);
            let small = files.iter().filter(|(id, _)| !matches!(id, FileId::At(..)));
            new_files.extend(small.cloned());
        }
        if names == Names::NewDirectory {
            dirs.extend(self.dir.parent().map(Path::to_path_buf));
        }
        SyncTicket {
            log: self.id,
            files,
            dirs,
            synced: Synced {
                log: self.id,
                change: self.durability.change(),
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
        let synced = self.durability.synced_position();
        let behind = self
            .segments
            .iter()
            .rev()
            .take_while(|segment| segment.base_offset() >= synced.segment);
        let mut pieces = Vec::new();
        for segment in behind {
            let from = match segment.base_offset() == synced.segment {
                true => synced.position,
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

    /// Whether a sync is due: by `flush.messages` and `flush.ms`, or since a segment was closed.
    pub fn sync_is_due(&self, now_ms: i64) -> bool {
        self.durability.is_due(
            self.log_end_offset,
            self.config.flush_messages,
            self.config.flush_ms,
            now_ms,
        )
    }

    /// Notes that everything a ticket covers is durable. Has no effect after a failed sync, nor
    /// if the log was closed and opened again since.
    pub fn mark_synced(&mut self, synced: &Synced) {
        if synced.log != self.id {
            return;
        }
        match synced.in_segments {
            true => self.durability.flushed(synced.change, synced.position),
            false => self.durability.synced(synced.change, synced.position),
        }
    }

    /// Notes that a sync failed. The log then refuses writes until it is opened again: the bytes that
    /// were not synced may be lost, and a later sync that succeeds would not say so.
    ///
    /// A sync that found no free descriptor has not begun. It has no effect.
    pub fn mark_sync_failed(&mut self, error: &SyncError) {
        if !error.has_not_begun() {
            self.refuse_writes(Failure {
                message: format!("sync failed: {error}"),
                device_failed: error.device_failed(),
            });
        }
    }
}
