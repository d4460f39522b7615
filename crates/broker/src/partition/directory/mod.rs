//! One log directory: its partition directories, its checkpoint files, its redo log, and whether it
//! can be written to.

mod checkpoints;
mod compactions;
mod crash;
mod logs;
mod offline;
mod space;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use io::Io;
use log::LogDir;
use log::redo::{self, RedoLog, ReplayReport};
use metadata::topic_name;
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{TopicPartition, Uuid};

pub(super) use self::checkpoints::Checkpoint;
use self::checkpoints::{CheckpointFile, Checkpoints};
pub(crate) use self::compactions::CompactionCounts;
use self::crash::CrashSync;
use self::space::FreeSpace;
use super::directories::DirectoryError;
use super::sync::SyncQueue;
use crate::config::BrokerConfig;

/// One log directory.
#[derive(Debug)]
pub(crate) struct Directory {
    io: Io,
    log_dir: LogDir,
    id: Uuid,
    sync_queue: Arc<SyncQueue>,
    /// Where the redo log of this process begins.
    redo_next: redo::Next,
    redo_bytes: u64,
    checkpoints: Checkpoints,
    crash_sync: CrashSync,
    free_space: FreeSpace,
    compactions: Mutex<CompactionCounts>,
    /// Why the directory is offline, if it is.
    offline: OnceLock<String>,
    /// Notified when the directory goes offline.
    failures: Arc<Notify>,
}

impl Directory {
    /// Opens a directory of this node, and replays its redo log after a crash.
    pub(super) fn open(
        io: &Io,
        log_dir: LogDir,
        id: Uuid,
        config: &BrokerConfig,
        failures: &Arc<Notify>,
    ) -> Result<Directory, DirectoryError> {
        let log_dir = log_dir.limit_open_files(config.open_files_max)?;
        let io = Io {
            disk: log_dir.disk().clone(),
            ..io.clone()
        };
        let is_clean = log_dir.was_cleanly_shut_down();
        let replayed = match is_clean {
            true => ReplayReport::default(),
            false => {
                let recovery_points = log_dir.recovery_points().map_err(checkpoint_error)?;
                redo::replay(&io, log_dir.path(), recovery_points)?
            }
        };
        if replayed.frames > 0 {
            tracing::info!(
                directory = %log_dir.path().display(),
                frames = replayed.frames,
                bytes = replayed.bytes,
                "replayed the redo log"
            );
        }
        // Replay may have lowered recovery points in their file.
        let synced = replayed.locally_synced;
        let checkpoints = Checkpoints::read(&log_dir, synced).map_err(checkpoint_error)?;
        Ok(Directory {
            io,
            log_dir,
            id,
            sync_queue: Arc::default(),
            redo_next: replayed.next,
            redo_bytes: config.redo_bytes,
            checkpoints,
            crash_sync: CrashSync::new(is_clean),
            free_space: FreeSpace::new(config.free_bytes_min),
            compactions: Mutex::default(),
            offline: OnceLock::new(),
            failures: Arc::clone(failures),
        })
    }

    /// A directory that cannot be used, and is offline.
    pub(super) fn unusable(io: &Io, path: &Path, why: String) -> Directory {
        Directory {
            io: io.clone(),
            log_dir: LogDir::unusable(&io.disk, path),
            id: Uuid::ZERO,
            sync_queue: Arc::default(),
            redo_next: redo::Next::default(),
            redo_bytes: 0,
            checkpoints: Checkpoints::default(),
            crash_sync: CrashSync::new(true),
            free_space: FreeSpace::new(0),
            compactions: Mutex::default(),
            offline: OnceLock::from(why),
            failures: Arc::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.log_dir.path()
    }

    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// The broker's `Io`, with the disk as this directory uses it.
    pub(crate) fn io(&self) -> &Io {
        &self.io
    }

    /// The queue of the directory's sync thread.
    pub(crate) fn sync_queue(&self) -> &Arc<SyncQueue> {
        &self.sync_queue
    }

    /// Begins the redo log of this process. The redo log of the last process is needed until
    /// [`Directory::sync_recovered_files`] has succeeded.
    pub(super) fn begin_redo(&self) -> RedoLog {
        RedoLog::begin(&self.io, self.path(), self.redo_next, self.redo_bytes)
    }

    /// Whether the last process that used the directory was shut down cleanly.
    pub(crate) fn was_cleanly_shut_down(&self) -> bool {
        self.log_dir.was_cleanly_shut_down()
    }

    /// The recovery point of a partition; 0 if none is known.
    pub(super) fn recovery_point(&self, id: &TopicPartition) -> i64 {
        self.recovery_point_of(id).unwrap_or(0)
    }

    fn recovery_point_of(&self, id: &TopicPartition) -> Option<i64> {
        self.checkpoints.offset(CheckpointFile::RecoveryPoints, id)
    }

    /// The cleaner point: offsets below were compacted; `None` if the partition never was.
    pub(super) fn cleaner_point(&self, id: &TopicPartition) -> Option<i64> {
        self.checkpoints.offset(CheckpointFile::CleanerPoints, id)
    }

    /// Notes the recovery point of the cluster metadata.
    pub(crate) fn note_metadata(&self, recovery_point: i64) {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        let file = CheckpointFile::RecoveryPoints;
        self.checkpoints.note_offset(file, &id, recovery_point);
    }

    /// Notes the offsets of a partition; [`Directory::write_checkpoints`] writes them.
    pub(super) fn note(&self, id: &TopicPartition, checkpoint: Checkpoint) {
        let are_files_synced = self.crash_sync.is_done();
        self.checkpoints.note(id, checkpoint, are_files_synced);
    }

    /// Notes that a log was closed, and its offsets.
    pub(super) fn note_closed(&self, id: &TopicPartition, checkpoint: Checkpoint) {
        self.note(id, checkpoint);
        self.checkpoints.note_closed(id);
    }

    /// Notes the cleaner point of a partition; [`Directory::write_cleaner_points`] writes it.
    pub(super) fn note_cleaner_point(&self, id: &TopicPartition, offset: i64) {
        let file = CheckpointFile::CleanerPoints;
        self.checkpoints.note_offset(file, id, offset);
    }

    /// Writes the noted cleaner points. Blocks on the disk.
    pub(super) fn write_cleaner_points(&self) -> std::io::Result<()> {
        self.write(&[CheckpointFile::CleanerPoints])
    }

    /// Writes the noted recovery points. Blocks on the disk.
    pub(super) fn write_recovery_points(&self) -> std::io::Result<()> {
        self.write(&[CheckpointFile::RecoveryPoints])
    }

    /// Writes the noted log start offsets. Blocks on the disk.
    pub(crate) fn write_log_starts(&self) -> std::io::Result<()> {
        self.write(&[CheckpointFile::LogStarts])
    }

    /// Writes the noted log start offsets, recovery points and high watermarks. Blocks on the disk.
    pub(crate) fn write_checkpoints(&self) -> std::io::Result<()> {
        // Log starts first: a recovery point below a log start does no harm.
        self.write(&[
            CheckpointFile::LogStarts,
            CheckpointFile::RecoveryPoints,
            CheckpointFile::HighWatermarks,
        ])
    }

    fn write(&self, files: &[CheckpointFile]) -> std::io::Result<()> {
        files
            .iter()
            .try_for_each(|file| self.checkpoints.write(&self.log_dir, *file))
            .inspect_err(|e| self.fail_on_device_error(e))
    }

    /// Notes on disk that every log in the directory is closed. Blocks on the disk.
    pub(crate) fn mark_clean_shutdown(&self, broker_epoch: i64) -> std::io::Result<()> {
        redo::remove(&self.io.disk, self.path())?;
        self.log_dir.mark_clean_shutdown(broker_epoch)
    }
}

fn checkpoint_error(error: std::io::Error) -> DirectoryError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => DirectoryError::Checkpoint(error),
        _ => DirectoryError::Disk(error),
    }
}
