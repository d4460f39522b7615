//! The log directories of this node: their identity, their failures, and which partition is in which.
//!
//! A directory without `meta.properties` is formatted by the first start that uses it, as
//! `kafka-storage format` does it. All directories of a node have the same cluster id and node id.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use io::Io;
use log::{LogDir, LogDirError, MetaProperties, meta_properties};
use metadata::log_directories::{self, DeletedTopics, Holder, LogDirectory};
use metadata::{MetadataRecord, topic_name};
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{TopicPartition, Uuid};

use super::Partition;
use super::deletion::RenamedDirectory;
use super::directory::Directory;
use crate::config::BrokerConfig;

/// The directory of the metadata log.
const METADATA_DIR: &str = "__cluster_metadata-0";

/// Why log directories cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    /// The directory is in use or cannot be read.
    #[error(transparent)]
    LogDir(#[from] LogDirError),
    /// A file in it cannot be read or written.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    /// A checkpoint file is malformed.
    #[error("{0}; restore the file, or delete it to start without it")]
    Checkpoint(std::io::Error),
    /// None of several directories can be used. The reason for each was logged.
    #[error("no log directory can be used")]
    AllOffline,
    /// The directory belongs to another node or cluster.
    #[error(
        "{} belongs to {found}, but this is {expected}; correct node.id or log.dirs",
        path.display()
    )]
    WrongOwner {
        path: PathBuf,
        /// Node and cluster in its `meta.properties`.
        found: String,
        /// This node and cluster.
        expected: String,
    },
}

impl DirectoryError {
    /// Whether the directory has failed; otherwise the configuration is wrong.
    fn is_failure(&self) -> bool {
        matches!(
            self,
            DirectoryError::LogDir(LogDirError::Disk(_))
                | DirectoryError::Disk(_)
                | DirectoryError::Checkpoint(_)
        )
    }
}

/// The log directories of this node.
#[derive(Debug)]
pub(crate) struct Directories {
    all: Vec<Arc<Directory>>,
    /// Stands for the directory of partitions that are in none of `log.dirs`.
    missing: Arc<Directory>,
    /// `metadata.log.dir`, if it is not one of `log.dirs`.
    metadata_only: Option<LogDir>,
    /// The directory that contains the metadata log.
    metadata_dir: PathBuf,
    /// Why the metadata log takes no more writes; empty while it takes them.
    metadata_failure: OnceLock<String>,
    /// Notified when a directory or the metadata log has failed.
    failures: Arc<Notify>,
    cluster_id: String,
    /// Number of partitions in each of `all`.
    counts: Mutex<Vec<usize>>,
}

/// A directory as it was found, before its identity is checked.
struct Candidate {
    log_dir: LogDir,
    /// `None` if the directory is not formatted.
    properties: Option<MetaProperties>,
}

fn find(io: &Io, path: &Path) -> Result<Candidate, DirectoryError> {
    let log_dir = LogDir::open(&io.disk, path)?;
    let properties = meta_properties::read(&io.disk, path)?;
    Ok(Candidate {
        log_dir,
        properties,
    })
}

impl Directories {
    /// Opens the configured directories; creates and formats those that are new. If there are
    /// several, one that cannot be used is offline. Blocks on the disk.
    ///
    /// # Errors
    /// If the directory of the metadata log cannot be used, or none at all; if one is in use by
    /// another process or belongs to another node or cluster.
    pub(crate) fn open(io: &Io, config: &BrokerConfig) -> Result<Directories, DirectoryError> {
        let metadata_dir = &config.metadata_log_dir;
        let mut metadata_only = None;
        if !config.log_dirs.contains(metadata_dir) {
            metadata_only = Some(find(io, metadata_dir)?);
        }
        let found: Vec<_> = config.log_dirs.iter().map(|path| find(io, path)).collect();
        let identity = Identity {
            cluster_id: cluster_id(metadata_only.iter().chain(found.iter().flatten()))
                .unwrap_or_else(|| Uuid(io.rng.uuid()).to_string()),
            node_id: config.node_id,
        };
        if let Some(found) = &metadata_only {
            identity.check_or_format(io, found)?;
        }
        let failures = Arc::default();
        let mut all = Vec::new();
        for (path, found) in config.log_dirs.iter().zip(found) {
            let opened = found.and_then(|found| {
                let id = identity.check_or_format(io, &found)?;
                Directory::open(io, found.log_dir, id, config, &failures)
            });
            all.push(Arc::new(match opened {
                Ok(directory) => directory,
                Err(e) if path != metadata_dir && e.is_failure() => {
                    tracing::error!("log directory {} is offline: {e}", path.display());
                    Directory::unusable(io, path, e.to_string())
                }
                Err(e) => return Err(e),
            }));
        }
        if all.iter().all(|directory| directory.is_offline()) {
            return Err(DirectoryError::AllOffline);
        }
        let not_configured = "it is not one of log.dirs".to_owned();
        Ok(Directories {
            counts: Mutex::new(vec![0; all.len()]),
            all,
            missing: Arc::new(Directory::unusable(
                io,
                Path::new("(unknown)"),
                not_configured,
            )),
            metadata_only: metadata_only.map(|found| found.log_dir),
            metadata_dir: metadata_dir.clone(),
            metadata_failure: OnceLock::new(),
            failures,
            cluster_id: identity.cluster_id,
        })
    }

    /// Every directory of `log.dirs`.
    pub(crate) fn all(&self) -> &[Arc<Directory>] {
        &self.all
    }

    /// The directories that are not offline.
    pub(crate) fn live(&self) -> Vec<Arc<Directory>> {
        let live = self.all.iter().filter(|directory| !directory.is_offline());
        live.cloned().collect()
    }

    /// The cluster's id.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The directory that contains the metadata log, if it is one of `log.dirs`.
    pub(crate) fn with_metadata(&self) -> Option<&Arc<Directory>> {
        let with_metadata = |directory: &&Arc<Directory>| directory.path() == self.metadata_dir;
        self.all.iter().find(with_metadata)
    }

    /// The checkpointed recovery point of the metadata log.
    pub(crate) fn metadata_recovery_point(&self) -> i64 {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        self.with_metadata()
            .map_or(0, |directory| directory.recovery_point(&id))
    }

    /// Whether the metadata log was closed cleanly.
    pub(crate) fn metadata_was_cleanly_shut_down(&self) -> bool {
        match (&self.metadata_only, self.with_metadata()) {
            (Some(log_dir), _) => log_dir.was_cleanly_shut_down(),
            (None, with_metadata) => {
                with_metadata.is_some_and(|directory| directory.was_cleanly_shut_down())
            }
        }
    }

    /// Marks the directory of the metadata log as cleanly shut down, if it is none of `log.dirs`.
    pub(crate) fn mark_metadata_clean(&self, broker_epoch: i64) -> std::io::Result<()> {
        match &self.metadata_only {
            Some(log_dir) => log_dir.mark_clean_shutdown(broker_epoch),
            None => Ok(()),
        }
    }

    /// Records that the metadata log takes no more writes.
    pub(crate) fn metadata_failed(&self, why: String) {
        if self.metadata_failure.set(why).is_ok() {
            self.failures.notify_one();
        }
    }

    /// Waits for the next failure of a directory or of the metadata log.
    pub(crate) async fn failed(&self) {
        self.failures.notified().await;
    }

    /// Why this node cannot continue: the metadata log or every directory has failed. `None` if it
    /// can.
    pub(crate) fn fatal_failure(&self) -> Option<String> {
        let path = self.metadata_dir.display();
        if let Some(why) = self.metadata_failure.get() {
            return Some(format!("the metadata log in {path} has failed: {why}"));
        }
        let with_metadata = self.with_metadata();
        if let Some(why) = with_metadata.and_then(|directory| directory.offline_because()) {
            return Some(format!(
                "log directory {path}, which contains the metadata log, has failed: {why}"
            ));
        }
        let all_failed = self.all.iter().all(|directory| directory.is_offline());
        all_failed.then(|| "every log directory has failed".to_owned())
    }

    /// Sets a directory in the record of each new partition on `node_id` that has none yet.
    pub(crate) fn assign(&self, node_id: i32, records: &mut [MetadataRecord]) {
        log_directories::assign(records, node_id, &self.summary());
    }

    fn summary(&self) -> Vec<LogDirectory> {
        let counts = self.counts.lock();
        let directories = self.all.iter().zip(&*counts);
        let summary = directories.map(|(directory, count)| LogDirectory {
            id: directory.id(),
            is_online: !directory.is_offline(),
            partitions: *count,
        });
        summary.collect()
    }

    /// The directory that contains the files of a partition of this topic; if it has no files, the
    /// one it is assigned to. It may be offline.
    pub(crate) fn place(
        &self,
        id: &TopicPartition,
        topic_id: Uuid,
        assigned: Option<Uuid>,
    ) -> Arc<Directory> {
        let position = match &*self.all {
            [_] => Some(0),
            _ => log_directories::locate(assigned, &self.holders(id, topic_id), &self.summary()),
        };
        let Some(position) = position else {
            let assigned = assigned.unwrap_or_default();
            tracing::error!(
                "partition {id} is offline: it is in the log directory with the id {assigned}, \
                 which is not one of log.dirs; add that directory to log.dirs, or delete the topic"
            );
            return Arc::clone(&self.missing);
        };
        self.counts.lock()[position] += 1;
        Arc::clone(&self.all[position])
    }

    /// Notes that these partitions are no longer on this node: their directories have room for others.
    pub(crate) fn note_removed(&self, partitions: &[Arc<Partition>]) {
        let mut counts = self.counts.lock();
        for partition in partitions {
            let is_its = |directory: &Arc<Directory>| Arc::ptr_eq(directory, partition.directory());
            // None if the partition is in no directory of `log.dirs`.
            if let Some(position) = self.all.iter().position(is_its) {
                counts[position] -= 1;
            }
        }
    }

    /// The online directories that have files of the partition. Blocks on the disk.
    fn holders(&self, id: &TopicPartition, topic_id: Uuid) -> Vec<Holder> {
        let holds =
            |position: &usize| !self.all[*position].is_offline() && self.all[*position].holds(id);
        let positions: Vec<usize> = (0..self.all.len()).filter(holds).collect();
        let only_one = positions.len() == 1;
        let holders = positions.into_iter().map(|position| Holder {
            position,
            // The topic id is read only if there is a choice.
            is_same_topic: only_one || self.all[position].holds_of(id, topic_id),
        });
        holders.collect()
    }

    /// Renames the directories of deleted topics that a crash left in place. Returns all renamed
    /// directories, whose files the caller removes. Call it before partitions are hosted. Blocks on
    /// the disk.
    pub(crate) fn finish_deletions(&self, deleted: &DeletedTopics) -> Vec<RenamedDirectory> {
        let mut renamed = Vec::new();
        for directory in self.live() {
            match directory.renamed_before() {
                Ok(before) => renamed.extend(before),
                Err(e) => tracing::warn!(
                    "cannot look for directories of deleted partitions in {}: {e}",
                    directory.path().display()
                ),
            }
            let is_deleted = |id: &TopicPartition| match directory.topic_id_of(id) {
                Ok(topic_id) => topic_id.is_some_and(|topic_id| deleted.contains(topic_id)),
                Err(e) => {
                    tracing::warn!("cannot read the topic id of partition {id}: {e}");
                    false
                }
            };
            let finished = directory.partitions().and_then(|mut ids| {
                ids.retain(|id| deleted.has_name(&id.topic) && is_deleted(id));
                match ids.is_empty() {
                    true => Ok(Vec::new()),
                    false => directory.rename_deleted(&ids),
                }
            });
            match finished {
                Ok(new) => {
                    if !new.is_empty() {
                        tracing::info!(
                            "finishing the deletion of {} partitions in {}",
                            new.len(),
                            directory.path().display()
                        );
                    }
                    renamed.extend(new.into_iter().map(|(_, renamed)| renamed));
                }
                Err(e) => tracing::warn!(
                    "cannot finish the deletion of partitions in {}: {e}",
                    directory.path().display()
                ),
            }
        }
        renamed
    }

    /// Renames the directories of partitions that are not hosted (Kafka's `-stray`). Call it once
    /// the metadata is complete and all partitions are hosted. Blocks on the disk.
    pub(crate) fn rename_strays(
        &self,
        is_hosted: impl Fn(&TopicPartition, &Arc<Directory>) -> bool,
    ) {
        for directory in self.live() {
            let found = match directory.partitions() {
                Ok(found) => found,
                Err(e) => {
                    tracing::warn!("cannot look for stray partitions: {e}");
                    continue;
                }
            };
            for id in found {
                if is_hosted(&id, &directory) {
                    continue;
                }
                if let Err(e) = directory.rename_stray(&id, "no topic of this cluster") {
                    tracing::warn!("cannot rename the directory of stray partition {id}: {e}");
                }
            }
        }
    }
}

/// The cluster id of the first directory that is formatted.
fn cluster_id<'a>(found: impl IntoIterator<Item = &'a Candidate>) -> Option<String> {
    let mut formatted = found
        .into_iter()
        .filter_map(|found| found.properties.as_ref());
    formatted.next().map(|first| first.cluster_id.clone())
}

/// The cluster and node that every directory must belong to.
struct Identity {
    cluster_id: String,
    node_id: i32,
}

impl Identity {
    /// Formats a new directory, checks any other. Returns the directory's id.
    fn check_or_format(&self, io: &Io, found: &Candidate) -> Result<Uuid, DirectoryError> {
        let path = found.log_dir.path();
        match &found.properties {
            Some(properties) => {
                self.check(path, properties)?;
                Ok(properties.directory_id)
            }
            None => Ok(self.format(io, path)?),
        }
    }

    /// Writes `meta.properties` with a new directory id.
    fn format(&self, io: &Io, path: &Path) -> std::io::Result<Uuid> {
        let properties = MetaProperties {
            cluster_id: self.cluster_id.clone(),
            node_id: self.node_id,
            directory_id: Uuid(io.rng.uuid()),
        };
        if io.disk.try_exists(&path.join(METADATA_DIR))? {
            tracing::warn!(
                "{} was missing and is created: the cluster id is {}",
                path.join(meta_properties::FILE_NAME).display(),
                self.cluster_id
            );
        }
        meta_properties::write(&io.disk, path, &properties)?;
        Ok(properties.directory_id)
    }

    fn check(&self, path: &Path, found: &MetaProperties) -> Result<(), DirectoryError> {
        if found.cluster_id == self.cluster_id && found.node_id == self.node_id {
            return Ok(());
        }
        Err(DirectoryError::WrongOwner {
            path: path.to_owned(),
            found: format!("node {} of cluster {}", found.node_id, found.cluster_id),
            expected: format!("node {} of cluster {}", self.node_id, self.cluster_id),
        })
    }
}
