//! The log directories of this node: whose they are, and which partition lies in which.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use io::Io;
use log::{LogDir, LogDirError, MetaProperties, meta_properties};
use metadata::log_directories::{self, DeletedTopics, Holder, LogDirectory};
use metadata::{MetadataRecord, topic_name};
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{TopicPartition, Uuid};

use super::deletion::RenamedDirectory;
use super::directory::Directory;
use crate::config::BrokerConfig;

/// The directory of the cluster's facts.
const METADATA_DIR: &str = "__cluster_metadata-0";

/// Why the log directories cannot be used.
#[derive(Debug)]
pub(crate) enum DirectoryError {
    /// The directory itself.
    LogDir(LogDirError),
    /// A file in it.
    Disk(std::io::Error),
    /// A checkpoint file that is not what was written.
    Checkpoint(std::io::Error),
    /// Not one of several can be used; what is wrong with each was said.
    AllOffline,
    /// The directory belongs to another node or cluster.
    NotOurs {
        /// Which directory.
        path: PathBuf,
        /// What its `meta.properties` says.
        found: String,
        /// What it should say.
        expected: String,
    },
}

impl DirectoryError {
    /// Whether the directory has failed, rather than the one who has configured it.
    fn is_failure(&self) -> bool {
        matches!(
            self,
            DirectoryError::LogDir(LogDirError::Disk(_))
                | DirectoryError::Disk(_)
                | DirectoryError::Checkpoint(_)
        )
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryError::LogDir(e) => e.fmt(f),
            DirectoryError::Disk(e) => e.fmt(f),
            DirectoryError::Checkpoint(e) => {
                write!(f, "{e}; restore the file, or delete it to start without it")
            }
            DirectoryError::AllOffline => f.write_str("no log directory can be used"),
            DirectoryError::NotOurs {
                path,
                found,
                expected,
            } => write!(
                f,
                "{} belongs to {found}, but this is {expected}; set node.id or log.dirs right",
                path.display()
            ),
        }
    }
}

impl From<LogDirError> for DirectoryError {
    fn from(error: LogDirError) -> Self {
        DirectoryError::LogDir(error)
    }
}

impl From<std::io::Error> for DirectoryError {
    fn from(error: std::io::Error) -> Self {
        DirectoryError::Disk(error)
    }
}

/// The log directories of this node.
#[derive(Debug)]
pub(crate) struct Directories {
    all: Vec<Arc<Directory>>,
    /// Stands for directories that partitions were assigned to and that are none of ours.
    missing: Arc<Directory>,
    /// Held, and not for partitions, if the cluster's facts have a directory of their own.
    metadata_only: Option<LogDir>,
    /// Where the cluster's facts are.
    metadata_dir: PathBuf,
    /// Why they cannot be changed any more, if so.
    metadata_failure: OnceLock<String>,
    /// Told when a directory has failed.
    failures: Arc<Notify>,
    cluster_id: String,
    /// How many partitions each holds.
    counts: Mutex<Vec<usize>>,
}

/// A directory before it is known to be ours.
struct Found {
    log_dir: LogDir,
    properties: Option<MetaProperties>,
}

fn find(io: &Io, path: &Path) -> Result<Found, DirectoryError> {
    let log_dir = LogDir::open(&io.disk, path)?;
    let properties = meta_properties::read(&io.disk, path)?;
    Ok(Found {
        log_dir,
        properties,
    })
}

impl Directories {
    /// Takes the directories of the configuration; makes those that are missing. Of several, one
    /// that cannot be used is offline.
    ///
    /// # Errors
    /// When the directory of the cluster's facts, or none at all, can be used; when one is in use
    /// or another node's.
    pub(crate) fn open(io: &Io, config: &BrokerConfig) -> Result<Directories, DirectoryError> {
        let metadata_dir = &config.metadata_log_dir;
        let mut metadata_only = None;
        if !config.log_dirs.contains(metadata_dir) {
            metadata_only = Some(find(io, metadata_dir)?);
        }
        let found: Vec<_> = config.log_dirs.iter().map(|path| find(io, path)).collect();
        let readable = metadata_only.iter().chain(found.iter().flatten());
        let mut known = readable.filter_map(|found| found.properties.as_ref());
        let cluster_id = match known.next() {
            Some(properties) => properties.cluster_id.clone(),
            None => Uuid(io.rng.uuid()).to_string(),
        };
        if let Some(found) = &metadata_only {
            identify(io, found, &cluster_id, config.node_id)?;
        }
        let failures = Arc::default();
        let mut all = Vec::new();
        for (path, found) in config.log_dirs.iter().zip(found) {
            let opened = found.and_then(|found| {
                let id = identify(io, &found, &cluster_id, config.node_id)?;
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
        let not_ours = "it is none of log.dirs".to_owned();
        Ok(Directories {
            counts: Mutex::new(vec![0; all.len()]),
            all,
            missing: Arc::new(Directory::unusable(io, Path::new("(unknown)"), not_ours)),
            metadata_only: metadata_only.map(|found| found.log_dir),
            metadata_dir: metadata_dir.clone(),
            metadata_failure: OnceLock::new(),
            failures,
            cluster_id,
        })
    }

    /// All that hold partitions.
    pub(crate) fn all(&self) -> &[Arc<Directory>] {
        &self.all
    }

    /// Those that are not offline.
    pub(crate) fn live(&self) -> Vec<Arc<Directory>> {
        let live = self.all.iter().filter(|directory| !directory.is_offline());
        live.cloned().collect()
    }

    /// The cluster's id.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The directory the cluster's facts share with partitions; none if they have one of their own.
    pub(crate) fn with_metadata(&self) -> Option<&Arc<Directory>> {
        let with_metadata = |directory: &&Arc<Directory>| directory.path() == self.metadata_dir;
        self.all.iter().find(with_metadata)
    }

    /// Below which the cluster's facts were synced, as far as that was written down.
    pub(crate) fn metadata_recovery_point(&self) -> i64 {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        self.with_metadata()
            .map_or(0, |directory| directory.recovery_point(&id))
    }

    /// Whether the cluster's facts were closed in peace.
    pub(crate) fn metadata_was_cleanly_shut_down(&self) -> bool {
        match (&self.metadata_only, self.with_metadata()) {
            (Some(log_dir), _) => log_dir.was_cleanly_shut_down(),
            (None, with_metadata) => {
                with_metadata.is_some_and(|directory| directory.was_cleanly_shut_down())
            }
        }
    }

    /// Says that the cluster's facts are closed, where they have a directory of their own.
    pub(crate) fn mark_metadata_clean(&self, broker_epoch: i64) -> std::io::Result<()> {
        match &self.metadata_only {
            Some(log_dir) => log_dir.mark_clean_shutdown(broker_epoch),
            None => Ok(()),
        }
    }

    /// Takes note that the cluster's facts cannot be changed any more.
    pub(crate) fn metadata_failed(&self, why: String) {
        if self.metadata_failure.set(why).is_ok() {
            self.failures.notify_one();
        }
    }

    /// Waits until something has failed that had not when this was last called.
    pub(crate) async fn failed(&self) {
        self.failures.notified().await;
    }

    /// Why this node cannot go on, if so: without the cluster's facts, or without any directory.
    pub(crate) fn hopeless(&self) -> Option<String> {
        let path = self.metadata_dir.display();
        if let Some(why) = self.metadata_failure.get() {
            return Some(format!("the cluster's facts in {path} have failed: {why}"));
        }
        let with_metadata = self.with_metadata();
        if let Some(why) = with_metadata.and_then(|directory| directory.offline_because()) {
            return Some(format!(
                "log directory {path}, with the cluster's facts, has failed: {why}"
            ));
        }
        let all_failed = self.all.iter().all(|directory| directory.is_offline());
        all_failed.then(|| "every log directory has failed".to_owned())
    }

    /// Assigns a directory to each new partition on `node_id` that has none yet.
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

    /// The directory a partition of this topic is in or, without files, is assigned to. It may be
    /// offline.
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
                 which none of log.dirs has; add that directory to log.dirs, or delete the topic"
            );
            return Arc::clone(&self.missing);
        };
        self.counts.lock()[position] += 1;
        Arc::clone(&self.all[position])
    }

    /// The online directories that have files of the partition. Blocks on the disk.
    fn holders(&self, id: &TopicPartition, topic_id: Uuid) -> Vec<Holder> {
        let holds =
            |position: &usize| !self.all[*position].is_offline() && self.all[*position].holds(id);
        let positions: Vec<usize> = (0..self.all.len()).filter(holds).collect();
        let only_one = positions.len() == 1;
        let holders = positions.into_iter().map(|position| Holder {
            position,
            // The id matters only where there is a choice.
            is_same_topic: only_one || self.all[position].holds_of(id, topic_id),
        });
        holders.collect()
    }

    /// Renames the directories of deleted topics that a crash left in place; their files are to be
    /// removed. Call it before partitions are hosted. Blocks on the disk.
    pub(crate) fn finish_deletions(&self, deleted: &DeletedTopics) -> Vec<RenamedDirectory> {
        let mut renamed = Vec::new();
        for directory in self.live() {
            let finished = directory.partitions().and_then(|mut ids| {
                ids.retain(|id| {
                    let topic_id = || directory.topic_id_of(id);
                    deleted.has_name(&id.topic)
                        && topic_id().is_some_and(|topic_id| deleted.contains(topic_id))
                });
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
                    renamed.extend(new);
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
    /// the metadata has caught up and all partitions are hosted. Blocks on the disk.
    pub(crate) fn set_strays_aside(
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
                if let Err(e) = directory.set_aside(&id, "no topic of this cluster") {
                    tracing::warn!("cannot set stray partition {id} aside: {e}");
                }
            }
        }
    }
}

/// The id of a directory, which is written into one that has none.
fn identify(
    io: &Io,
    found: &Found,
    cluster_id: &str,
    node_id: i32,
) -> Result<Uuid, DirectoryError> {
    let path = found.log_dir.path();
    if let Some(properties) = &found.properties {
        check_ours(path, properties, cluster_id, node_id)?;
        return Ok(properties.directory_id);
    }
    let new = MetaProperties {
        cluster_id: cluster_id.to_owned(),
        node_id,
        directory_id: Uuid(io.rng.uuid()),
    };
    if io.disk.exists(&path.join(METADATA_DIR)) {
        tracing::warn!(
            "{} was missing and is written anew: the cluster's id is {cluster_id} from now on",
            path.join(meta_properties::FILE_NAME).display()
        );
    }
    meta_properties::write(&io.disk, path, &new)?;
    Ok(new.directory_id)
}

fn check_ours(
    path: &Path,
    found: &MetaProperties,
    cluster_id: &str,
    node_id: i32,
) -> Result<(), DirectoryError> {
    if found.cluster_id == cluster_id && found.node_id == node_id {
        return Ok(());
    }
    Err(DirectoryError::NotOurs {
        path: path.to_owned(),
        found: format!("node {} of cluster {}", found.node_id, found.cluster_id),
        expected: format!("node {node_id} of cluster {cluster_id}"),
    })
}
