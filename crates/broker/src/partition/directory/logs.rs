//! The partition directories in a log directory: opens their logs, and renames those of deleted and
//! unknown topics.

use std::path::PathBuf;

use log::compaction::Progress;
use log::removal::FilesInUse;
use log::{Log, LogConfig, OpenError, RecoveryFacts, file_name, partition_metadata, retention};
use metadata::topic_name;
use wire::{TopicPartition, Uuid};

use super::Directory;
use super::checkpoints::CheckpointFile;
use crate::partition::deletion::RenamedDirectory;

impl Directory {
    /// Whether there is a directory of this partition. If the disk does not say it, the log directory
    /// goes offline: the partition must not count as empty.
    pub(crate) fn holds(&self, id: &TopicPartition) -> bool {
        let path = self.log_dir.partition_dir(id);
        let found = self.io.disk.try_exists(&path);
        found
            .inspect_err(|e| self.fail(&e.to_string()))
            .is_ok_and(|found| found)
    }

    /// Whether there is a directory of this partition for the topic with this id. If the id cannot be
    /// read, the directory counts as one.
    pub(in crate::partition) fn holds_of(&self, id: &TopicPartition, topic_id: Uuid) -> bool {
        match self.topic_id_of(id) {
            Ok(found) => found == Some(topic_id),
            Err(e) => {
                // Opening the log meets the error again, and the directory is not taken for another
                // topic's meanwhile.
                tracing::warn!("cannot read the topic id of partition {id}: {e}");
                true
            }
        }
    }

    /// Whether there is a directory of this partition, or a checkpoint that says that there was one.
    pub(in crate::partition) fn knows(&self, id: &TopicPartition) -> bool {
        self.holds(id) || self.recovery_point_of(id).is_some()
    }

    /// Opens the log of a partition. Creates its directory if there is none; one of an earlier topic of
    /// the same name is renamed first. Blocks on the disk.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub(in crate::partition) fn open_log(
        &self,
        id: &TopicPartition,
        topic_id: Uuid,
        config: &LogConfig,
    ) -> Result<Log, OpenError> {
        let path = self.log_dir.partition_dir(id);
        let found = partition_metadata::read(&self.io.disk, &path)?;
        if let Some(other) = found.filter(|found| *found != topic_id) {
            self.rename_stray(id, &format!("the topic with id {other}"))?;
        }
        // A failed attempt may have changed names that it has not synced.
        let is_retry = self.checkpoints.note_opening(id);
        if found != Some(topic_id) {
            self.log_dir.create_partition(id, topic_id)?;
        }
        let found_is_synced = self.crash_sync.is_done() && !is_retry;
        let known = self.checkpoints.known(id);
        let facts = RecoveryFacts {
            clean_shutdown: known.closed_here || self.was_cleanly_shut_down(),
            topic_id,
            recovery_point: known.recovery_point,
            locally_synced: known.locally_synced,
            log_start_offset: known.log_start,
            compacted_below: known.compacted_below,
            found_is_synced,
            ..RecoveryFacts::default()
        };
        let (id, now_ms) = (id.clone(), self.io.clock.now_ms());
        let log = Log::open(&self.io, &path, id.clone(), config.clone(), facts, now_ms)?;
        self.checkpoints.note_opened(&id);
        Ok(log)
    }

    /// Whether the log of a partition was closed cleanly, by this process or the last one.
    pub(in crate::partition) fn was_closed(&self, id: &TopicPartition) -> bool {
        self.was_cleanly_shut_down() || self.checkpoints.was_closed(id)
    }

    /// When retention of a closed log is due, in ms since 1970. It is estimated from the names and
    /// times of its files: records count as old as their file. Blocks on the disk.
    pub(in crate::partition) fn retention_due_ms(
        &self,
        id: &TopicPartition,
        config: &LogConfig,
        now_ms: i64,
    ) -> i64 {
        match self.log_dir.listed_segments(id) {
            Ok(Some(facts)) => {
                let (policy, start) = (config.retention(), self.log_start(id));
                retention::due_ms(&facts, policy, start, i64::MAX, now_ms)
            }
            // Opening the log reports the error.
            Ok(None) | Err(_) => now_ms,
        }
    }

    /// How far a closed log is compacted, estimated from its files. Blocks on the disk.
    pub(in crate::partition) fn compaction_progress(
        &self,
        id: &TopicPartition,
    ) -> std::io::Result<Progress> {
        let dir = self.log_dir.partition_dir(id);
        let cleaner_point = self.cleaner_point(id);
        Progress::of(&self.io.disk, &dir, cleaner_point, self.log_start(id))
    }

    fn log_start(&self, id: &TopicPartition) -> i64 {
        let log_start = self.checkpoints.offset(CheckpointFile::LogStarts, id);
        log_start.unwrap_or(0)
    }

    /// Renames the directories of deleted partitions to Kafka's `-delete` names. Each checkpoint file
    /// is written once for all of them. Blocks on the disk.
    pub(in crate::partition) fn rename_deleted(
        &self,
        ids: &[TopicPartition],
    ) -> std::io::Result<Vec<(TopicPartition, RenamedDirectory)>> {
        let paths = self
            .forget(ids)
            .and_then(|()| self.log_dir.delete_partitions(ids, || self.io.rng.uuid()))
            .inspect_err(|e| self.fail_on_device_error(e))?;
        let renamed = paths
            .into_iter()
            .map(|(partition, path)| (partition, self.renamed(path)));
        Ok(renamed.collect())
    }

    /// The directories that [`Directory::rename_deleted`] has renamed and whose files an earlier
    /// process has not removed. Blocks on the disk.
    pub(in crate::partition) fn renamed_before(&self) -> std::io::Result<Vec<RenamedDirectory>> {
        let paths = self.log_dir.deleted_directories()?;
        Ok(paths.into_iter().map(|path| self.renamed(path)).collect())
    }

    fn renamed(&self, path: PathBuf) -> RenamedDirectory {
        RenamedDirectory {
            disk: self.io.disk.clone(),
            path,
            in_use: FilesInUse::default(),
        }
    }

    /// Removes partitions from the checkpoint files before their directories are renamed. After a
    /// crash, these offsets must not be applied to new partitions of the same names. The high
    /// watermarks are written with the next checkpoint: no start decides by them.
    fn forget(&self, ids: &[TopicPartition]) -> std::io::Result<()> {
        self.checkpoints.forget(ids);
        for file in [
            CheckpointFile::CleanerPoints,
            CheckpointFile::LogStarts,
            CheckpointFile::RecoveryPoints,
        ] {
            self.checkpoints.write(&self.log_dir, file)?;
        }
        Ok(())
    }

    /// Renames the directory of a partition that is not of this cluster to a Kafka `-stray` name. Its
    /// files are kept, because an operator may want the records.
    pub(in crate::partition) fn rename_stray(
        &self,
        id: &TopicPartition,
        owner: &str,
    ) -> std::io::Result<()> {
        self.forget(std::slice::from_ref(id))?;
        let from = self.log_dir.partition_dir(id);
        let to = self
            .path()
            .join(file_name::stray_dir(id, self.io.rng.u64()));
        self.io.disk.rename(&from, &to)?;
        self.io.disk.sync_dir(self.path())?;
        tracing::warn!(
            "{} belongs to {owner}: renamed to {}",
            from.display(),
            to.display()
        );
        Ok(())
    }

    /// The partitions that have a directory here, except the metadata log.
    pub(in crate::partition) fn partitions(&self) -> std::io::Result<Vec<TopicPartition>> {
        let mut found = self.log_dir.partitions()?;
        found.retain(|id| &*id.topic != topic_name::CLUSTER_METADATA);
        Ok(found)
    }

    /// The topic id in the directory of a partition; `None` if there is no id.
    ///
    /// # Errors
    /// As [`partition_metadata::read`].
    pub(in crate::partition) fn topic_id_of(
        &self,
        id: &TopicPartition,
    ) -> std::io::Result<Option<Uuid>> {
        let path = self.log_dir.partition_dir(id);
        partition_metadata::read(&self.io.disk, &path)
    }
}
