//! A log directory: the partitions in it and the files about all of them.
//!
//! One process at a time: the `.lock` file is held as long as the value lives. A marker says
//! whether the last process had finished; it is taken away on opening, so that a crash from then
//! on is noticed.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::{Disk, FileLock};
use wire::{TopicPartition, Uuid};

use crate::checkpoint;
use crate::file_name::{self, FileKind, Name};
use crate::recovery::{DirectoryFacts, DirectoryRow, Row as _};
use crate::retention::SegmentFacts;

const LOCK: &str = ".lock";
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
const LOG_STARTS: &str = "log-start-offset-checkpoint";
const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
const CLEANER_POINTS: &str = "cleaner-offset-checkpoint";

/// One offset per partition.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// A directory that holds partitions. See the module's description.
#[derive(Debug)]
pub struct LogDir {
    disk: Disk,
    path: PathBuf,
    clean_shutdown: bool,
    /// None where the directory is only a name.
    _lock: Option<FileLock>,
}

/// Why a log directory cannot be used.
#[derive(Debug)]
pub enum LogDirError {
    /// Another process uses it.
    InUse(PathBuf),
    /// The disk does not answer.
    Disk(std::io::Error),
}

impl fmt::Display for LogDirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogDirError::InUse(path) => write!(
                f,
                "{} is in use by another process; stop it, or choose another directory in log.dirs",
                path.display()
            ),
            LogDirError::Disk(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for LogDirError {}

impl From<std::io::Error> for LogDirError {
    fn from(error: std::io::Error) -> LogDirError {
        LogDirError::Disk(error)
    }
}

impl LogDir {
    /// Opens a log directory, which is made if missing, and removes what was being deleted.
    ///
    /// # Errors
    /// [`LogDirError::InUse`] if another process has it open.
    pub fn open(disk: &Disk, path: &Path) -> std::result::Result<LogDir, LogDirError> {
        disk.create_dir_all(path)?;
        let lock = lock(disk, path)?;
        let marker = path.join(CLEAN_SHUTDOWN);
        let clean_shutdown = disk.exists(&marker);
        if clean_shutdown {
            disk.remove_file(&marker)?;
        }
        for entry in disk.read_dir(path)? {
            let row = DirectoryRow::of(&DirectoryFacts::of(&entry));
            let leftover = path.join(&entry.name);
            match row {
                DirectoryRow::DeleteDirectory => {
                    tracing::info!(?row, "removing {}", leftover.display());
                    disk.remove_dir_all(&leftover)?;
                }
                DirectoryRow::FutureDirectory | DirectoryRow::StrayDirectory => {
                    tracing::info!(?row, "leaving {} alone", leftover.display());
                }
                DirectoryRow::PartitionDirectory | DirectoryRow::NotAPartition => {}
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

    /// Takes the directory of a server that is stopped, for as long as the value lives. Nothing in
    /// it is changed.
    ///
    /// # Errors
    /// [`LogDirError::InUse`] if a process has it open; `NotFound` if it is not there.
    pub fn open_stopped(disk: &Disk, path: &Path) -> std::result::Result<LogDir, LogDirError> {
        disk.read_dir(path)?;
        let lock = lock(disk, path)?;
        Ok(LogDir {
            disk: disk.clone(),
            path: path.to_path_buf(),
            clean_shutdown: disk.exists(&path.join(CLEAN_SHUTDOWN)),
            _lock: Some(lock),
        })
    }

    /// Stands for a directory that cannot be opened. There is nothing to recover in it, and it is
    /// not to be touched.
    pub fn unusable(disk: &Disk, path: &Path) -> LogDir {
        LogDir {
            disk: disk.clone(),
            path: path.to_path_buf(),
            clean_shutdown: true,
            _lock: None,
        }
    }

    /// Has at most `max` of the partitions' files held open, besides those in use at the moment.
    ///
    /// # Errors
    /// What opening the directory fails with.
    pub fn hold_open_at_most(self, max: usize) -> Result<LogDir> {
        let disk = self.disk.bounded(&self.path, max)?;
        Ok(LogDir { disk, ..self })
    }

    /// The disk, as it is to be used for what is in the directory.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the last process that used it had finished.
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
    /// What listing fails with.
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

    /// What the names and times of a partition's files say of its segments, without opening any;
    /// `None` if files are left there that opening the log removes.
    ///
    /// # Errors
    /// What listing fails with.
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

    /// Makes a partition's directory with its topic's id. Both last once its first batch does.
    ///
    /// # Errors
    /// What the steps fail with.
    pub fn create_partition(&self, partition: &TopicPartition, topic_id: Uuid) -> Result<PathBuf> {
        let dir = self.partition_dir(partition);
        crate::partition_metadata::write(&self.disk, &dir, topic_id)?;
        Ok(dir)
    }

    /// Renames the directories of partitions to Kafka's `-delete` names and syncs the names once for
    /// all of them. The files are removed later with [`LogDir::remove_deleted_partition`], or by the
    /// next start. Returns the new paths; a partition without a directory is left out.
    ///
    /// `unique` returns random bytes for each name.
    ///
    /// # Errors
    /// The first failed rename, after all others were tried; or the sync.
    pub fn delete_partitions<'a>(
        &self,
        partitions: impl IntoIterator<Item = &'a TopicPartition>,
        mut unique: impl FnMut() -> [u8; 16],
    ) -> Result<Vec<PathBuf>> {
        let mut renamed = Vec::new();
        let mut failure = None;
        for partition in partitions {
            let name = file_name::deleted_dir(partition, unique());
            let to = self.path.join(name);
            match self.disk.rename(&self.partition_dir(partition), &to) {
                Ok(()) => renamed.push(to),
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

    /// Removes a directory that [`LogDir::delete_partitions`] renamed.
    ///
    /// # Errors
    /// What removing fails with.
    pub fn remove_deleted_partition(&self, renamed: &Path) -> Result<()> {
        self.disk.remove_dir_all(renamed)
    }

    /// Offsets below which each partition was synced.
    ///
    /// # Errors
    /// `InvalidData` if the file is malformed.
    pub fn recovery_points(&self) -> Result<Offsets> {
        checkpoint::read_offsets(&self.disk, &self.path.join(RECOVERY_POINTS))
    }

    /// Replaces the recovery points.
    ///
    /// # Errors
    /// What writing fails with.
    pub fn write_recovery_points(&self, offsets: &Offsets) -> Result<()> {
        checkpoint::write_offsets(&self.disk, &self.path.join(RECOVERY_POINTS), offsets)
    }

    /// Offsets below which records were deleted on request.
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

    /// High watermarks as they were last written.
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

    /// Offsets below which each partition was compacted.
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

    /// Takes away what says that every log was closed, to be put back; what it says.
    pub(crate) fn take_clean_marker(&self) -> Result<Bytes> {
        let marker = self.path.join(CLEAN_SHUTDOWN);
        let content = self.disk.read(&marker)?;
        self.disk.remove_file(&marker)?;
        self.disk.sync_dir(&self.path)?;
        Ok(content)
    }

    /// Puts it back, once what was closed meanwhile is on disk.
    pub(crate) fn put_clean_marker_back(&self, content: &[u8]) -> Result<()> {
        self.disk.sync_file_system(&self.path)?;
        self.disk
            .write_atomic(&self.path.join(CLEAN_SHUTDOWN), content)
    }

    /// Makes what the logs in the directory wrote when they were closed last, and says that all of
    /// them were. The last thing a process does here. Blocks on the disk.
    ///
    /// # Errors
    /// What syncing and writing fails with; the next start then looks at the logs as after a crash.
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
