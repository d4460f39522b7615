//! The log directories of this node: whose they are, and which partition lies in which.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use io::Io;
use log::{LogDir, LogDirError, MetaProperties, meta_properties};
use metadata::topic_name;
use parking_lot::Mutex;
use wire::{TopicPartition, Uuid};

use super::directory::Directory;
use crate::config::BrokerConfig;

/// The directory of the cluster's facts.
const FACTS_DIR: &str = "__cluster_metadata-0";

/// Why the log directories cannot be used.
#[derive(Debug)]
pub(crate) enum DirectoryError {
    /// The directory itself.
    LogDir(LogDirError),
    /// A file in it.
    Disk(std::io::Error),
    /// A checkpoint file that is not what was written.
    Checkpoint(std::io::Error),
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

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryError::LogDir(e) => e.fmt(f),
            DirectoryError::Disk(e) => e.fmt(f),
            DirectoryError::Checkpoint(e) => {
                write!(f, "{e}; restore the file, or delete it to start without it")
            }
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
    /// Held, and not for partitions, if the cluster's facts have a directory of their own.
    metadata_only: Option<LogDir>,
    /// Where the cluster's facts are.
    facts_in: PathBuf,
    cluster_id: String,
    /// How many partitions each holds.
    counts: Mutex<Vec<usize>>,
}

impl Directories {
    /// Takes the directories of the configuration; makes those that are missing.
    pub(crate) fn open(io: &Io, config: &BrokerConfig) -> Result<Directories, DirectoryError> {
        let mut log_dirs = Vec::new();
        for path in &config.log_dirs {
            log_dirs.push(LogDir::open(&io.disk, path)?);
        }
        let mut metadata_only = None;
        if !config.log_dirs.contains(&config.metadata_log_dir) {
            metadata_only = Some(LogDir::open(&io.disk, &config.metadata_log_dir)?);
        }
        let mut found = Vec::new();
        for log_dir in metadata_only.iter().chain(&log_dirs) {
            found.push((
                log_dir.path(),
                meta_properties::read(&io.disk, log_dir.path())?,
            ));
        }
        let known = found.iter().find_map(|(_, properties)| properties.as_ref());
        let cluster_id = match known {
            Some(properties) => properties.cluster_id.clone(),
            None => Uuid(io.rng.uuid()).to_string(),
        };
        let mut ids = BTreeMap::new();
        for (path, properties) in found {
            let properties = match properties {
                Some(properties) => {
                    check_ours(path, &properties, &cluster_id, config.node_id)?;
                    properties
                }
                None => {
                    let new = MetaProperties {
                        cluster_id: cluster_id.clone(),
                        node_id: config.node_id,
                        directory_id: Uuid(io.rng.uuid()),
                    };
                    if io.disk.exists(&path.join(FACTS_DIR)) {
                        tracing::warn!(
                            "{} was missing and is written anew: the cluster's id is {cluster_id} \
                             from now on",
                            path.join(meta_properties::FILE_NAME).display()
                        );
                    }
                    meta_properties::write(&io.disk, path, &new)?;
                    new
                }
            };
            ids.insert(path.to_owned(), properties.directory_id);
        }
        let mut all = Vec::new();
        for log_dir in log_dirs {
            let id = ids[log_dir.path()];
            all.push(Arc::new(Directory::open(io, log_dir, id, config)?));
        }
        let counts = Mutex::new(vec![0; all.len()]);
        Ok(Directories {
            all,
            metadata_only,
            facts_in: config.metadata_log_dir.clone(),
            cluster_id,
            counts,
        })
    }

    /// All that hold partitions.
    pub(crate) fn all(&self) -> &[Arc<Directory>] {
        &self.all
    }

    /// The cluster's id.
    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The directory the cluster's facts share with partitions; none if they have one of their own.
    pub(crate) fn with_facts(&self) -> Option<&Arc<Directory>> {
        let with_facts = |directory: &&Arc<Directory>| directory.path() == self.facts_in;
        self.all.iter().find(with_facts)
    }

    /// Below which the cluster's facts were synced, as far as that was written down.
    pub(crate) fn facts_recovery_point(&self) -> i64 {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        self.with_facts()
            .map_or(0, |directory| directory.recovery_point(&id))
    }

    /// Whether the cluster's facts were closed in peace.
    pub(crate) fn metadata_was_cleanly_shut_down(&self) -> bool {
        match &self.metadata_only {
            Some(log_dir) => log_dir.was_cleanly_shut_down(),
            None => self
                .all
                .iter()
                .all(|directory| directory.was_cleanly_shut_down()),
        }
    }

    /// Says that the cluster's facts are closed, where they have a directory of their own.
    pub(crate) fn mark_metadata_clean(&self, broker_epoch: i64) -> std::io::Result<()> {
        match &self.metadata_only {
            Some(log_dir) => log_dir.mark_clean_shutdown(broker_epoch),
            None => Ok(()),
        }
    }

    /// The directory a partition lies in, or, for a new one, the emptiest.
    pub(crate) fn place(&self, id: &TopicPartition) -> Arc<Directory> {
        let mut counts = self.counts.lock();
        let place = match self.all.len() {
            1 => 0,
            _ => self
                .all
                .iter()
                .position(|directory| directory.holds(id))
                .unwrap_or_else(|| {
                    let emptiest = counts.iter().enumerate().min_by_key(|(_, count)| **count);
                    emptiest.map_or(0, |(place, _)| place)
                }),
        };
        counts[place] += 1;
        Arc::clone(&self.all[place])
    }
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
