//! The log directories of this node: whose they are, which partition lies in which, and what was
//! written down about partitions that nobody has opened yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use io::Io;
use log::redo::{self, RedoLog, Replayed};
use log::{
    Log, LogDir, LogDirError, MetaProperties, Offsets, OpenError, RecoveryFacts, meta_properties,
    partition_metadata,
};
use metadata::topic_name;
use parking_lot::Mutex;
use wire::{ErrorCode, TopicPartition, Uuid};

use super::Settings;
use super::sync::SyncQueue;
use crate::config::BrokerConfig;
use crate::handler::Refusal;

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

/// One log directory.
#[derive(Debug)]
pub(crate) struct Directory {
    io: Io,
    log_dir: LogDir,
    id: Uuid,
    sync_queue: Arc<SyncQueue>,
    /// Where the redo log goes on.
    redo_next: redo::Next,
    redo_bytes: u64,
    free_bytes_min: u64,
    /// Whether logs are opened that a crash may have left unsynced, and all are synced together.
    is_recovering: AtomicBool,
    /// Whether fewer bytes were free when that was last looked at.
    is_low: AtomicBool,
    written_down: Mutex<WrittenDown>,
}

/// What the checkpoint files say, brought up to date as partitions are used.
#[derive(Debug, Default)]
struct WrittenDown {
    recovery_points: Offsets,
    log_starts: Offsets,
    high_watermarks: Offsets,
    cleaner_points: Offsets,
    /// What the redo log says was acknowledged.
    acknowledged: Offsets,
    /// Logs that this process has closed and not opened again.
    closed: BTreeSet<TopicPartition>,
}

/// Offsets of one partition worth writing down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint {
    /// Offsets below are synced.
    pub recovery_point: i64,
    /// Offsets below are deleted.
    pub log_start: i64,
    /// Offsets below are committed.
    pub high_watermark: i64,
}

impl Directory {
    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        self.log_dir.path()
    }

    /// Its id.
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// The outside world.
    pub(crate) fn io(&self) -> &Io {
        &self.io
    }

    /// Where to ask for a sync.
    pub(crate) fn sync_queue(&self) -> &Arc<SyncQueue> {
        &self.sync_queue
    }

    /// The redo log of this process; every log is recovered by now. Blocks on the disk.
    pub(super) fn begin_redo(&self) -> RedoLog {
        let mut redo = RedoLog::begin(&self.io.disk, self.path(), self.redo_next, self.redo_bytes);
        if let Err(e) = self.write_down_acknowledged() {
            tracing::error!("cannot write checkpoints, syncing segments from now on: {e}");
            redo.give_up();
        }
        redo
    }

    /// From here on, logs are opened without syncing what a crash has left in them, until
    /// [`Directory::end_recovery`].
    pub(crate) fn begin_recovery(&self) {
        self.is_recovering.store(true, Ordering::Relaxed);
    }

    /// Syncs the logs that were opened, all at once. Nothing of them may be shown before. Blocks on
    /// the disk.
    pub(crate) fn end_recovery(&self) -> std::io::Result<()> {
        self.is_recovering.store(false, Ordering::Relaxed);
        self.io.disk.sync_file_system(self.path())
    }

    /// Looks how much room there is. Blocks on the disk.
    pub(crate) fn look_at_space(&self) {
        let free = match self.io.disk.free_space(self.path()) {
            Ok(free) => free,
            Err(e) => return tracing::warn!("cannot tell how much room is left: {e}"),
        };
        let is_low = free < self.free_bytes_min;
        let (path, min) = (self.path().display(), self.free_bytes_min);
        match (self.is_low.swap(is_low, Ordering::Relaxed), is_low) {
            (false, true) => tracing::error!(
                "{path} has {free} bytes free, below vltava.log.dir.min.free.bytes={min}: it takes \
                 no more records from clients until there is room"
            ),
            (true, false) => tracing::info!("{path} takes records again: {free} bytes are free"),
            _ => {}
        }
    }

    /// Why no records are taken from clients, if so.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.is_low.load(Ordering::Relaxed).then(|| {
            let (path, min) = (self.path().display(), self.free_bytes_min);
            let message = format!(
                "{path} has fewer than {min} bytes free (vltava.log.dir.min.free.bytes); delete \
                 records or make room"
            );
            Refusal::new(ErrorCode::KafkaStorageError, message)
        })
    }

    /// Whether the last process that used it came to its end in peace.
    pub(crate) fn was_cleanly_shut_down(&self) -> bool {
        self.log_dir.was_cleanly_shut_down()
    }

    /// Whether the partition has a directory.
    pub(crate) fn holds(&self, id: &TopicPartition) -> bool {
        self.io.disk.exists(&self.log_dir.partition_dir(id))
    }

    /// Whether the partition has a directory, or should have one.
    pub(super) fn knows(&self, id: &TopicPartition) -> bool {
        self.holds(id) || self.written_down.lock().recovery_points.contains_key(id)
    }

    /// Opens a partition's log; makes its directory if there is none. What an earlier topic of
    /// the same name has left is put out of the way.
    pub(super) fn open_log(
        &self,
        id: &TopicPartition,
        topic_id: Uuid,
        settings: &Settings,
    ) -> Result<Log, OpenError> {
        let path = self.log_dir.partition_dir(id);
        match partition_metadata::read(&self.io.disk, &path)? {
            Some(found) if found == topic_id => {}
            Some(found) => {
                self.set_aside(id, &format!("the topic with id {found}"))?;
                self.log_dir.create_partition(id, topic_id)?;
            }
            None => {
                self.log_dir.create_partition(id, topic_id)?;
            }
        }
        let facts = {
            let mut written_down = self.written_down.lock();
            let closed_here = written_down.closed.remove(id);
            let offset = |offsets: &Offsets| offsets.get(id).copied().unwrap_or(0);
            RecoveryFacts {
                clean_shutdown: closed_here || self.was_cleanly_shut_down(),
                topic_id,
                recovery_point: offset(&written_down.recovery_points),
                acknowledged: offset(&written_down.acknowledged),
                log_start_offset: offset(&written_down.log_starts),
                synced_by_caller: self.is_recovering.load(Ordering::Relaxed),
                ..RecoveryFacts::default()
            }
        };
        let now_ms = self.io.clock.now_ms();
        Log::open(
            &self.io,
            &path,
            id.clone(),
            settings.log.clone(),
            facts,
            now_ms,
        )
    }

    /// Renames a partition's directory so that it counts as deleted; the new path, if there was
    /// such a directory.
    pub(super) fn rename_deleted(&self, id: &TopicPartition) -> std::io::Result<Option<PathBuf>> {
        self.forget(id)?;
        self.log_dir.delete_partition(id, self.io.rng.uuid())
    }

    /// Forgets the offsets of a partition whose directory is about to go: after a crash, they
    /// must not be held against a new one of its name.
    fn forget(&self, id: &TopicPartition) -> std::io::Result<()> {
        let mut written_down = self.written_down.lock();
        written_down.high_watermarks.remove(id);
        written_down.acknowledged.remove(id);
        written_down.closed.remove(id);
        if written_down.cleaner_points.remove(id).is_some() {
            self.log_dir
                .write_cleaner_points(&written_down.cleaner_points)?;
        }
        if written_down.log_starts.remove(id).is_some() {
            self.log_dir.write_log_starts(&written_down.log_starts)?;
        }
        if written_down.recovery_points.remove(id).is_some() {
            self.log_dir
                .write_recovery_points(&written_down.recovery_points)?;
        }
        Ok(())
    }

    /// Renames the directory of a partition that is not ours, so that it is in nobody's way and
    /// still there for whoever wants to look.
    fn set_aside(&self, id: &TopicPartition, owner: &str) -> std::io::Result<()> {
        self.forget(id)?;
        let from = self.log_dir.partition_dir(id);
        let to = self
            .path()
            .join(format!("{id}.{:016x}-stray", self.io.rng.u64()));
        self.io.disk.rename(&from, &to)?;
        self.io.disk.sync_dir(self.path())?;
        tracing::warn!(
            "{} belongs to {owner}: set aside as {}",
            from.display(),
            to.display()
        );
        Ok(())
    }

    /// Takes note of how far the cluster's facts are synced.
    pub(crate) fn note_facts(&self, recovery_point: i64) {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        let mut written_down = self.written_down.lock();
        written_down.recovery_points.insert(id, recovery_point);
    }

    /// Removes what [`Directory::rename_deleted`] has renamed.
    pub(super) fn remove_deleted(&self, renamed: &Path) -> std::io::Result<()> {
        self.log_dir.remove_deleted_partition(renamed)
    }

    /// Takes note of offsets; they are on disk after [`Directory::write_down`].
    pub(super) fn note(&self, id: &TopicPartition, checkpoint: Checkpoint) {
        let mut written_down = self.written_down.lock();
        written_down
            .recovery_points
            .insert(id.clone(), checkpoint.recovery_point);
        written_down
            .high_watermarks
            .insert(id.clone(), checkpoint.high_watermark);
        if checkpoint.log_start > 0 {
            written_down
                .log_starts
                .insert(id.clone(), checkpoint.log_start);
        }
    }

    /// Takes note that a log was closed: opening it again has nothing to recover.
    pub(super) fn note_closed(&self, id: &TopicPartition, checkpoint: Checkpoint) {
        self.note(id, checkpoint);
        self.written_down.lock().closed.insert(id.clone());
    }

    /// Below which the partition was compacted, if it ever was.
    pub(super) fn cleaner_point(&self, id: &TopicPartition) -> Option<i64> {
        self.written_down.lock().cleaner_points.get(id).copied()
    }

    /// Writes down below which the partition was compacted. Blocks on the disk.
    pub(super) fn write_cleaner_point(
        &self,
        id: &TopicPartition,
        offset: i64,
    ) -> std::io::Result<()> {
        let mut written_down = self.written_down.lock();
        written_down.cleaner_points.insert(id.clone(), offset);
        self.log_dir
            .write_cleaner_points(&written_down.cleaner_points)
    }

    /// Writes the checkpoint files. Blocks on the disk.
    pub(crate) fn write_down(&self) -> std::io::Result<()> {
        let written_down = self.written_down.lock();
        // Log starts first: a recovery point below one is only cautious.
        self.log_dir.write_log_starts(&written_down.log_starts)?;
        self.log_dir
            .write_recovery_points(&written_down.recovery_points)?;
        self.log_dir
            .write_high_watermarks(&written_down.high_watermarks)
    }

    /// Writes down what the redo log knew, before it is written over: also of logs that cannot
    /// be opened, so that what is lost in them is not taken for a torn tail the next time.
    fn write_down_acknowledged(&self) -> std::io::Result<()> {
        {
            let written_down = &mut *self.written_down.lock();
            if written_down.acknowledged.is_empty() {
                return Ok(());
            }
            for (id, acknowledged) in &written_down.acknowledged {
                let recovery_point = written_down.recovery_points.entry(id.clone()).or_default();
                *recovery_point = (*recovery_point).max(*acknowledged);
            }
        }
        self.write_down()
    }

    /// Says that every log in here is closed.
    pub(crate) fn mark_clean_shutdown(&self, broker_epoch: i64) -> std::io::Result<()> {
        redo::remove(&self.io.disk, self.path())?;
        self.log_dir.mark_clean_shutdown(broker_epoch)
    }

    /// Sets aside the directories of partitions nobody knows.
    pub(crate) fn set_strays_aside(&self, known: impl Fn(&TopicPartition) -> bool) {
        let found = match self.log_dir.partitions() {
            Ok(found) => found,
            Err(e) => return tracing::warn!("cannot look for stray partitions: {e}"),
        };
        for id in found {
            if &*id.topic == topic_name::CLUSTER_METADATA || known(&id) {
                continue;
            }
            if let Err(e) = self.set_aside(&id, "no topic of this cluster") {
                tracing::warn!("cannot set stray partition {id} aside: {e}");
            }
        }
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
            let recovery_points = checkpointed(log_dir.recovery_points())?;
            let replayed = match log_dir.was_cleanly_shut_down() {
                true => Replayed::default(),
                false => redo::replay(&io.disk, log_dir.path(), &recovery_points)?,
            };
            if replayed.frames > 0 {
                tracing::info!(
                    directory = %log_dir.path().display(),
                    frames = replayed.frames,
                    restored_bytes = replayed.restored_bytes,
                    "replayed the redo log"
                );
            }
            let written_down = WrittenDown {
                recovery_points,
                acknowledged: replayed.acknowledged,
                log_starts: checkpointed(log_dir.log_starts())?,
                high_watermarks: checkpointed(log_dir.high_watermarks())?,
                cleaner_points: checkpointed(log_dir.cleaner_points())?,
                closed: BTreeSet::new(),
            };
            all.push(Arc::new(Directory {
                io: io.clone(),
                id: ids[log_dir.path()],
                log_dir,
                sync_queue: Arc::default(),
                redo_next: replayed.next,
                redo_bytes: config.redo_bytes,
                free_bytes_min: config.free_bytes_min,
                is_recovering: AtomicBool::new(false),
                is_low: AtomicBool::new(false),
                written_down: Mutex::new(written_down),
            }));
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
        let of = |directory: &Arc<Directory>| {
            let written_down = directory.written_down.lock();
            written_down.recovery_points.get(&id).copied()
        };
        self.with_facts().and_then(of).unwrap_or(0)
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

fn checkpointed(read: std::io::Result<Offsets>) -> Result<Offsets, DirectoryError> {
    read.map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => DirectoryError::Checkpoint(e),
        _ => DirectoryError::Disk(e),
    })
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
