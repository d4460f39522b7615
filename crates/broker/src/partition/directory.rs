//! One log directory: what was written down about partitions that nobody has opened yet, what the
//! redo log knows, and whether there is room.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use io::Io;
use log::compaction::Progress;
use log::file_name::STRAY_DIR;
use log::redo::{self, RedoLog, Replayed};
use log::{
    Log, LogConfig, LogDir, Offsets, OpenError, RecoveryFacts, partition_metadata, retention,
};
use metadata::topic_name;
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{ErrorCode, TopicPartition, Uuid};

use super::Settings;
use super::deletion::RenamedDirectory;
use super::directories::DirectoryError;
use super::sync::SyncQueue;
use crate::config::BrokerConfig;
use crate::request::Refusal;

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
    /// Whether what a crash has left is synced.
    is_settled: AtomicBool,
    /// Why it cannot be; locked while that is being done.
    settling: Mutex<Option<String>>,
    /// Whether fewer bytes were free when that was last looked at.
    is_low: AtomicBool,
    /// Why it is offline, if it is.
    pub(super) offline: OnceLock<String>,
    /// Whom to tell when it goes offline.
    pub(super) failures: Arc<Notify>,
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
    /// Takes a directory that is ours. What a crash has left in the redo log is put back.
    pub(super) fn open(
        io: &Io,
        log_dir: LogDir,
        id: Uuid,
        config: &BrokerConfig,
        failures: &Arc<Notify>,
    ) -> Result<Directory, DirectoryError> {
        let log_dir = log_dir.hold_open_at_most(config.open_files_max)?;
        let io = Io {
            disk: log_dir.disk().clone(),
            ..io.clone()
        };
        let recovery_points = checkpointed(log_dir.recovery_points())?;
        let replayed = match log_dir.was_cleanly_shut_down() {
            true => Replayed::default(),
            false => redo::replay(&io.disk, log_dir.path(), &recovery_points)?,
        };
        if replayed.frames > 0 {
            tracing::info!(
                directory = %log_dir.path().display(),
                frames = replayed.frames,
                bytes = replayed.bytes,
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
        Ok(Directory {
            io,
            id,
            is_settled: AtomicBool::new(log_dir.was_cleanly_shut_down()),
            settling: Mutex::default(),
            log_dir,
            sync_queue: Arc::default(),
            redo_next: replayed.next,
            redo_bytes: config.redo_bytes,
            free_bytes_min: config.free_bytes_min,
            is_low: AtomicBool::new(false),
            offline: OnceLock::new(),
            failures: Arc::clone(failures),
            written_down: Mutex::new(written_down),
        })
    }

    /// A directory that cannot be used, in name only.
    pub(super) fn unusable(io: &Io, path: &Path, why: String) -> Directory {
        Directory {
            io: io.clone(),
            id: Uuid::ZERO,
            log_dir: LogDir::unusable(&io.disk, path),
            sync_queue: Arc::default(),
            redo_next: redo::Next::default(),
            redo_bytes: 0,
            free_bytes_min: 0,
            is_settled: AtomicBool::new(true),
            settling: Mutex::default(),
            is_low: AtomicBool::new(false),
            offline: OnceLock::from(why),
            failures: Arc::default(),
            written_down: Mutex::default(),
        }
    }

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

    /// The redo log of this process. What the one before has left in it is needed until
    /// [`Directory::settle`].
    pub(super) fn begin_redo(&self) -> RedoLog {
        RedoLog::begin(&self.io.disk, self.path(), self.redo_next, self.redo_bytes)
    }

    /// Makes what a crash has left durable, with one sync for all partitions, and writes down the
    /// recovery points that say so. Does it once, whoever asks first; the others wait for that.
    /// Blocks on the disk.
    ///
    /// # Errors
    /// If it cannot be done; then it never is.
    pub(crate) fn settle(&self) -> std::io::Result<()> {
        let mut failure = self.settling.lock();
        if self.is_settled() {
            return Ok(());
        }
        if let Some(failure) = &*failure {
            return Err(std::io::Error::other(failure.clone()));
        }
        let settled = self
            .io
            .disk
            .sync_file_system(self.path())
            .and_then(|()| self.write_down_acknowledged());
        match &settled {
            Ok(()) => self.is_settled.store(true, Ordering::Release),
            Err(e) => {
                tracing::error!("what a crash has left cannot be made durable: {e}");
                self.heed(e);
                *failure = Some(e.to_string());
            }
        }
        settled
    }

    fn is_settled(&self) -> bool {
        self.is_settled.load(Ordering::Acquire)
    }

    /// Whether a partition's log was closed in peace, by this process or the one before.
    pub(super) fn was_closed(&self, id: &TopicPartition) -> bool {
        self.was_cleanly_shut_down() || self.written_down.lock().closed.contains(id)
    }

    /// Looks how much room there is. Blocks on the disk.
    pub(crate) fn look_at_space(&self) {
        let free = match self.io.disk.free_space(self.path()) {
            Ok(free) => free,
            Err(e) => {
                self.heed(&e);
                return tracing::warn!("cannot tell how much room is left: {e}");
            }
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
        if let Some(why) = self.offline_because() {
            let message = format!("log directory {} is offline: {why}", self.path().display());
            return Some(Refusal::new(ErrorCode::KafkaStorageError, message));
        }
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

    /// Whether the directory of this partition is that of a topic with this id.
    pub(super) fn holds_of(&self, id: &TopicPartition, topic_id: Uuid) -> bool {
        self.topic_id_of(id) == Some(topic_id)
    }

    /// Whether the partition has a directory.
    pub(crate) fn holds(&self, id: &TopicPartition) -> bool {
        self.io.disk.exists(&self.log_dir.partition_dir(id))
    }

    /// Below which the partition was synced, as far as that was written down.
    pub(super) fn recovery_point(&self, id: &TopicPartition) -> i64 {
        let written_down = self.written_down.lock();
        written_down.recovery_points.get(id).copied().unwrap_or(0)
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
        let found_is_synced = self.is_settled();
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
                compacted_below: offset(&written_down.cleaner_points),
                found_is_synced,
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

    /// Renames the directories of deleted partitions to Kafka's `-delete` names; the new paths. Each
    /// checkpoint file is written once for all of them. Blocks on the disk.
    pub(super) fn rename_deleted(
        &self,
        ids: &[TopicPartition],
    ) -> std::io::Result<Vec<RenamedDirectory>> {
        let paths = self
            .forget(ids)
            .and_then(|()| self.log_dir.delete_partitions(ids, || self.io.rng.uuid()))
            .inspect_err(|e| self.heed(e))?;
        let renamed = paths.into_iter().map(|path| RenamedDirectory {
            disk: self.io.disk.clone(),
            path,
        });
        Ok(renamed.collect())
    }

    /// Removes partitions from the checkpoint files before their directories are renamed. After a
    /// crash, these offsets must not be applied to new partitions of the same names.
    fn forget(&self, ids: &[TopicPartition]) -> std::io::Result<()> {
        let written_down = &mut *self.written_down.lock();
        let (mut cleaner_points, mut log_starts, mut recovery_points) = (false, false, false);
        for id in ids {
            written_down.high_watermarks.remove(id);
            written_down.acknowledged.remove(id);
            written_down.closed.remove(id);
            cleaner_points |= written_down.cleaner_points.remove(id).is_some();
            log_starts |= written_down.log_starts.remove(id).is_some();
            recovery_points |= written_down.recovery_points.remove(id).is_some();
        }
        if cleaner_points {
            self.log_dir
                .write_cleaner_points(&written_down.cleaner_points)?;
        }
        if log_starts {
            self.log_dir.write_log_starts(&written_down.log_starts)?;
        }
        if recovery_points {
            self.log_dir
                .write_recovery_points(&written_down.recovery_points)?;
        }
        Ok(())
    }

    /// Renames the directory of a partition that is not ours, so that it is in nobody's way and
    /// still there for whoever wants to look.
    pub(super) fn set_aside(&self, id: &TopicPartition, owner: &str) -> std::io::Result<()> {
        self.forget(std::slice::from_ref(id))?;
        let from = self.log_dir.partition_dir(id);
        let to = self
            .path()
            .join(format!("{id}.{:016x}{STRAY_DIR}", self.io.rng.u64()));
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

    /// Takes note of offsets; they are on disk after [`Directory::write_down`].
    pub(super) fn note(&self, id: &TopicPartition, checkpoint: Checkpoint) {
        let mut written_down = self.written_down.lock();
        // A log that was opened before all was settled does not know of that.
        let settled = match self.is_settled() {
            true => written_down.acknowledged.get(id).copied().unwrap_or(0),
            false => 0,
        };
        written_down
            .recovery_points
            .insert(id.clone(), checkpoint.recovery_point.max(settled));
        written_down
            .high_watermarks
            .insert(id.clone(), checkpoint.high_watermark);
        if checkpoint.log_start > 0 {
            written_down
                .log_starts
                .insert(id.clone(), checkpoint.log_start);
        }
    }

    /// When retention has something to do with a partition whose log is not open, in ms, as far as
    /// its directory tells: the records are taken to be as old as the files. Blocks on the disk.
    pub(super) fn retention_due_ms(
        &self,
        id: &TopicPartition,
        config: &LogConfig,
        now_ms: i64,
    ) -> i64 {
        let log_start = self.written_down.lock().log_starts.get(id).copied();
        match self.log_dir.listed_segments(id) {
            Ok(Some(facts)) => {
                let (policy, start) = (config.retention(), log_start.unwrap_or(0));
                retention::due_ms(&facts, policy, start, i64::MAX, now_ms)
            }
            // Opening the log says what is wrong.
            Ok(None) | Err(_) => now_ms,
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

    /// How far a partition whose log is not open is compacted, as its directory tells. Blocks on
    /// the disk.
    pub(super) fn compaction_progress(&self, id: &TopicPartition) -> std::io::Result<Progress> {
        let log_start = self.written_down.lock().log_starts.get(id).copied();
        let dir = self.log_dir.partition_dir(id);
        let cleaner_point = self.cleaner_point(id);
        Progress::of(&self.io.disk, &dir, cleaner_point, log_start.unwrap_or(0))
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
            .inspect_err(|e| self.heed(e))
    }

    /// Writes down the recovery points only. Blocks on the disk.
    pub(super) fn write_down_recovery_points(&self) -> std::io::Result<()> {
        let written_down = self.written_down.lock();
        self.log_dir
            .write_recovery_points(&written_down.recovery_points)
            .inspect_err(|e| self.heed(e))
    }

    /// Writes the checkpoint files. Blocks on the disk.
    pub(crate) fn write_down(&self) -> std::io::Result<()> {
        let log_dir = &self.log_dir;
        let written_down = self.written_down.lock();
        // Log starts first: a recovery point below one is only cautious.
        log_dir
            .write_log_starts(&written_down.log_starts)
            .and_then(|()| log_dir.write_recovery_points(&written_down.recovery_points))
            .and_then(|()| log_dir.write_high_watermarks(&written_down.high_watermarks))
            .inspect_err(|e| self.heed(e))
    }

    /// Writes down what the redo log knew, before it is written over: also of logs that nobody has
    /// opened yet or that cannot be, so that what is lost in them is not taken for a torn tail the next time.
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

    /// The partitions that have a directory here, but for the metadata log.
    pub(super) fn partitions(&self) -> std::io::Result<Vec<TopicPartition>> {
        let mut found = self.log_dir.partitions()?;
        found.retain(|id| &*id.topic != topic_name::CLUSTER_METADATA);
        Ok(found)
    }

    /// The topic id in a partition's directory; `None` if it cannot be read.
    pub(super) fn topic_id_of(&self, id: &TopicPartition) -> Option<Uuid> {
        let path = self.log_dir.partition_dir(id);
        partition_metadata::read(&self.io.disk, &path)
            .ok()
            .flatten()
    }
}

fn checkpointed(read: std::io::Result<Offsets>) -> Result<Offsets, DirectoryError> {
    read.map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => DirectoryError::Checkpoint(e),
        _ => DirectoryError::Disk(e),
    })
}
