//! A log directory: its partitions, and the files about all of them.
//!
//! One process at a time uses it: the `.lock` file is held as long as the value lives. A marker
//! file says whether the last process stopped cleanly. Opening removes the marker, so that a later
//! crash is noticed.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::{Disk, FileLock};
use thiserror::Error;
use wire::{TopicPartition, Uuid};

use crate::checkpoint::{self, CLEANER_POINTS, HIGH_WATERMARKS, LOG_STARTS, RECOVERY_POINTS};
use crate::file_name::{self, FileKind, Name};
use crate::recovery::{DirectoryFacts, DirectoryRow, Row as _};
use crate::retention::SegmentFacts;

const LOCK: &str = ".lock";
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";

/// One offset per partition.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// A directory that holds partitions. See the module's description.
#[derive(Debug)]
pub struct LogDir {
    disk: Disk,
    path: PathBuf,
    clean_shutdown: bool,
    /// `None` for a directory that cannot be used.
    _lock: Option<FileLock>,
}

/// Why a log directory cannot be used.
#[derive(Debug, Error)]
pub enum LogDirError {
    /// Another process uses it.
    #[error(
        "{} is in use by another process; stop it, or choose another directory in log.dirs",
        .0.display()
    )]
    InUse(PathBuf),
    /// A call to the disk has failed.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
}

impl LogDir {
    /// Opens a log directory, which is created if it is missing.
    ///
    /// # Errors
    /// [`LogDirError::InUse`] if another process has it open.
    pub fn open(disk: &Disk, path: &Path) -> std::result::Result<LogDir, LogDirError> {
        disk.create_dir_all(path)?;
        let lock = lock(disk, path)?;
        let marker = path.join(CLEAN_SHUTDOWN);
        let clean_shutdown = disk.try_exists(&marker)?;
        if clean_shutdown {
            disk.remove_file(&marker)?;
        }
        for entry in disk.read_dir(path)? {
            let row = DirectoryRow::of(&DirectoryFacts::of(&entry));
            let leftover = path.join(&entry.name);
            match row {
                DirectoryRow::FutureDirectory | DirectoryRow::StrayDirectory => {
                    tracing::info!(?row, "keeping {}, which is not used", leftover.display());
                }
                DirectoryRow::PartitionDirectory
                | DirectoryRow::DeleteDirectory
                | DirectoryRow::NotAPartition => {}
            }
        }
        disk.sync_dir(path)?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            disk.sync_dir(parent)?;
        }
        Ok(LogDir {
            disk: disk.clone(),
            path: path.to_path_buf(),
            clean_shutdown,
            _lock: Some(lock),
        })
    }

    /// Locks the directory of a stopped server, for as long as the value lives. Changes nothing in
    /// it.
    ///
    /// # Errors
    /// [`LogDirError::InUse`] if a process has it open; `NotFound` if it is missing.
    pub fn open_stopped(disk: &Disk, path: &Path) -> std::result::Result<LogDir, LogDirError> {
        disk.read_dir(path)?;
        let lock = lock(disk, path)?;
        Ok(LogDir {
            disk: disk.clone(),
            path: path.to_path_buf(),
            clean_shutdown: disk.try_exists(&path.join(CLEAN_SHUTDOWN))?,
            _lock: Some(lock),
        })
    }

    /// A placeholder for a directory that cannot be opened. It needs no recovery and must not be
    /// used.
    pub fn unusable(disk: &Disk, path: &Path) -> LogDir {
        LogDir {
            disk: disk.clone(),
            path: path.to_path_buf(),
            clean_shutdown: true,
            _lock: None,
        }
    }

    /// Limits the open files of partitions to `max`, besides those in use at the moment.
    ///
    /// # Errors
    /// Errors of opening the directory.
    pub fn limit_open_files(self, max: usize) -> Result<LogDir> {
        let disk = self.disk.bounded(&self.path, max)?;
        Ok(LogDir { disk, ..self })
    }

    /// The disk to use for files in the directory.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the last process that used it stopped cleanly.
    pub fn was_cleanly_shut_down(&self) -> bool {
        self.clean_shutdown
    }

    /// The directory of a partition, whether it exists or not.
    pub fn partition_dir(&self, partition: &TopicPartition) -> PathBuf {
        self.path.join(file_name::partition_dir(partition))
    }

    /// The partitions that have a directory, sorted.
    ///
    /// # Errors
    /// Errors of listing.
    pub fn partitions(&self) -> Result<Vec<TopicPartition>> {
        let mut partitions: Vec<TopicPartition> = self
            .disk
            .read_dir(&self.path)?
            .iter()
            .filter(|entry| {
                DirectoryRow::of(&DirectoryFacts::of(entry)) == DirectoryRow::PartitionDirectory
            })
            .filter_map(|entry| file_name::parse_partition_dir(&entry.name))
            .collect();
        partitions.sort();
        Ok(partitions)
    }

    /// The directories of deleted partitions that are still there, under their `-delete` names.
    ///
    /// # Errors
    /// Errors of listing.
    pub fn deleted_directories(&self) -> Result<Vec<PathBuf>> {
        let mut entries = self.disk.read_dir(&self.path)?;
        entries.retain(|entry| {
            DirectoryRow::of(&DirectoryFacts::of(entry)) == DirectoryRow::DeleteDirectory
        });
        let paths = entries.iter().map(|entry| self.path.join(&entry.name));
        Ok(paths.collect())
    }

    /// The properties of a partition's segments as far as the names and times of the files tell
    /// them. `None` if there are leftover files that opening the log removes.
    ///
    /// # Errors
    /// Errors of listing.
    pub fn listed_segments(&self, partition: &TopicPartition) -> Result<Option<Vec<SegmentFacts>>> {
        let mut segments: Vec<SegmentFacts> = Vec::new();
        for entry in self.disk.read_dir(&self.partition_dir(partition))? {
            match file_name::parse(&entry.name) {
                Name::File(FileKind::Log, base_offset) => {
                    if let Some(before) = segments.last_mut() {
                        before.next_offset = base_offset;
                    }
                    segments.push(SegmentFacts {
                        base_offset,
                        // Not known of the last one.
                        next_offset: i64::MAX,
                        size: entry.len,
                        max_timestamp: -1,
                        modified_ms: entry.modified_ms,
                    });
                }
                Name::Deleted | Name::Cleaned | Name::Temporary | Name::Swap(..) => {
                    return Ok(None);
                }
                Name::File(..) | Name::Other => {}
            }
        }
        Ok(Some(segments))
    }

    /// Creates a partition's directory with the topic's id. Both are durable once the first batch
    /// is.
    ///
    /// # Errors
    /// Errors of the steps.
    pub fn create_partition(&self, partition: &TopicPartition, topic_id: Uuid) -> Result<PathBuf> {
        let dir = self.partition_dir(partition);
        crate::partition_metadata::write(&self.disk, &dir, topic_id)?;
        Ok(dir)
    }

    /// Renames the directories of partitions to Kafka's `-delete` names and syncs the names once for
    /// all of them. The caller removes the directories later; after a restart,
    /// [`LogDir::deleted_directories`] finds them. Returns the new paths; a partition without a directory has none.
    ///
    /// `unique` returns random bytes for each name.
    ///
    /// # Errors
    /// The first failed rename, after all others were tried; or the sync.
    pub fn delete_partitions<'a>(
        &self,
        partitions: impl IntoIterator<Item = &'a TopicPartition>,
        mut unique: impl FnMut() -> [u8; 16],
    ) -> Result<Vec<(TopicPartition, PathBuf)>> {
        let mut renamed = Vec::new();
        let mut failure = None;
        for partition in partitions {
            let name = file_name::deleted_dir(partition, unique());
            let to = self.path.join(name);
            match self.disk.rename(&self.partition_dir(partition), &to) {
                Ok(()) => renamed.push((partition.clone(), to)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        if !renamed.is_empty() {
            self.disk.sync_dir(&self.path)?;
        }
        failure.map_or(Ok(renamed), Err)
    }

    /// The recovery points: offsets below are synced in the segments.
    ///
    /// # Errors
    /// `InvalidData` if the file is malformed.
    pub fn recovery_points(&self) -> Result<Offsets> {
        checkpoint::read_offsets(&self.disk, &self.path.join(RECOVERY_POINTS))
    }

    /// Replaces the recovery points.
    ///
    /// # Errors
    /// Errors of writing.
    pub fn write_recovery_points(&self, offsets: &Offsets) -> Result<()> {
        checkpoint::write_offsets(&self.disk, &self.path.join(RECOVERY_POINTS), offsets)
    }

    /// The log start offsets that DeleteRecords has set.
    ///
    /// # Errors
    /// As [`LogDir::recovery_points`].
    pub fn log_starts(&self) -> Result<Offsets> {
        checkpoint::read_offsets(&self.disk, &self.path.join(LOG_STARTS))
    }

    /// Replaces the log starts.
    ///
    /// # Errors
    /// As [`LogDir::write_recovery_points`].
    pub fn write_log_starts(&self, offsets: &Offsets) -> Result<()> {
        checkpoint::write_offsets(&self.disk, &self.path.join(LOG_STARTS), offsets)
    }

    /// The high watermarks as they were last written.
    ///
    /// # Errors
    /// As [`LogDir::recovery_points`].
    pub fn high_watermarks(&self) -> Result<Offsets> {
        checkpoint::read_offsets(&self.disk, &self.path.join(HIGH_WATERMARKS))
    }

    /// Replaces the high watermarks.
    ///
    /// # Errors
    /// As [`LogDir::write_recovery_points`].
    pub fn write_high_watermarks(&self, offsets: &Offsets) -> Result<()> {
        checkpoint::write_offsets(&self.disk, &self.path.join(HIGH_WATERMARKS), offsets)
    }

    /// The cleaner points: offsets below are compacted.
    ///
    /// # Errors
    /// As [`LogDir::recovery_points`].
    pub fn cleaner_points(&self) -> Result<Offsets> {
        checkpoint::read_offsets(&self.disk, &self.path.join(CLEANER_POINTS))
    }

    /// Replaces the cleaner points.
    ///
    /// # Errors
    /// As [`LogDir::write_recovery_points`].
    pub fn write_cleaner_points(&self, offsets: &Offsets) -> Result<()> {
        checkpoint::write_offsets(&self.disk, &self.path.join(CLEANER_POINTS), offsets)
    }

    /// Removes the marker of a clean shutdown. Returns its content, to restore it later.
    pub(crate) fn take_clean_marker(&self) -> Result<Bytes> {
        let marker = self.path.join(CLEAN_SHUTDOWN);
        let content = self.disk.read(&marker)?;
        self.disk.remove_file(&marker)?;
        self.disk.sync_dir(&self.path)?;
        Ok(content)
    }

    /// Restores the marker of a clean shutdown, after syncing everything that was written
    /// meanwhile.
    pub(crate) fn put_clean_marker_back(&self, content: &[u8]) -> Result<()> {
        self.disk.sync_file_system(&self.path)?;
        self.disk
            .write_atomic(&self.path.join(CLEAN_SHUTDOWN), content)
    }

    /// Syncs everything that closing the logs has written, and writes the marker of a clean
    /// shutdown. This is the last thing a process does here. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of syncing and writing. The next start then treats the logs as after a crash.
    pub fn mark_clean_shutdown(&self, broker_epoch: i64) -> Result<()> {
        self.disk.sync_file_system(&self.path)?;
        let content = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
        self.disk
            .write_atomic(&self.path.join(CLEAN_SHUTDOWN), content.as_bytes())
    }
}

fn lock(disk: &Disk, path: &Path) -> std::result::Result<FileLock, LogDirError> {
    match disk.lock(&path.join(LOCK)) {
        Ok(lock) => Ok(lock),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(LogDirError::InUse(path.to_path_buf()))
        }
        Err(error) => Err(error.into()),
    }
}
