//! Background work on a partition (retention, delayed syncs, checkpoints, recovery after a crash), its
//! end when its log directory has failed, and deletion.

use std::sync::Arc;
use std::time::Duration;

use io::{Io, Pool};
use log::Log;
use log::removal::{self, DeletedFile, FilesInUse, RemovedSegments};
use tokio::sync::mpsc;
use wire::ErrorCode;

use super::Partition;
use super::directory::Checkpoint;
use super::life::{Event, Phase, RetentionCheck};

/// The pause between two steps of removing a large file.
const REMOVAL_PAUSE: Duration = Duration::from_millis(20);

/// Removes the files that it receives, one after another, in a task of its own: a large file takes
/// long, and retention goes on meanwhile.
pub(crate) async fn remove_received(io: Io, mut files: mpsc::UnboundedReceiver<Vec<DeletedFile>>) {
    while let Some(files) = files.recv().await {
        remove_files(&io, files).await;
    }
}

/// Removes files in small steps, so that it does not delay requests.
pub(super) async fn remove_files(io: &Io, files: Vec<DeletedFile>) {
    for file in files {
        loop {
            let (disk, part) = (io.disk.clone(), file.clone());
            let shrinking = move || removal::shrink(&disk, &part);
            match io.tasks.blocking(Pool::Background, shrinking).await {
                Ok(true) => break,
                Ok(false) => io.clock.sleep(REMOVAL_PAUSE).await,
                Err(e) => {
                    // The next time the log is opened, the file is removed again.
                    tracing::warn!("cannot remove {}: {e}", file.path().display());
                    break;
                }
            }
        }
    }
}

impl Partition {
    /// Opens the log if it may need recovery after a crash and no request has opened it. Returns
    /// whether it was opened. Blocks on the disk.
    pub(crate) fn recover(self: &Arc<Self>) -> bool {
        let phase = self.locked.lock().state.life.phase();
        phase == Phase::Closed && !self.directory.was_closed(&self.id) && self.open().is_ok()
    }

    /// Deletes the segments that retention allows. Returns the files of segments that were deleted
    /// `file.delete.delay.ms` ago; the caller removes them. A log that no request has used since the
    /// last call is closed afterwards. A closed log is opened only if something is due.
    pub(crate) async fn apply_retention(self: &Arc<Self>, now_ms: i64) -> Vec<DeletedFile> {
        let io = self.directory.io();
        let partition = Arc::clone(self);
        let deleted = move || match partition.retention_is_due(now_ms) {
            true => partition.delete_segments(now_ms),
            false => Vec::new(),
        };
        io.tasks.blocking(Pool::Background, deleted).await
    }

    /// Whether retention may have something to do. Blocks on the disk.
    fn retention_is_due(&self, now_ms: i64) -> bool {
        let config = {
            let state = &self.locked.lock().state;
            match state.life.retention_check(now_ms) {
                RetentionCheck::Run => return true,
                RetentionCheck::Skip => return false,
                RetentionCheck::ReadDirectory => state.settings.log.clone(),
            }
        };
        let due_ms = self.directory.retention_due_ms(&self.id, &config, now_ms);
        let life = &mut self.locked.lock().state.life;
        life.set_retention_due(due_ms);
        now_ms >= due_ms
    }

    /// As [`Partition::apply_retention`], if something is due. Blocks on the disk, without the lock of
    /// the partition.
    fn delete_segments(self: &Arc<Self>, now_ms: i64) -> Vec<DeletedFile> {
        let was_used = self.locked.lock().state.life.take_used();
        self.load_timestamps();
        let rolled =
            self.roll_if(|log, state| log.rolls_for_retention(state.role.high_watermark(), now_ms));
        let taken = self.with_log(|log, state| {
            // A compaction renames files, or a read needs them. Retention is applied the next time.
            if !state.life.may_rename() {
                return None;
            }
            let before = log.log_start_offset();
            let expired = log.take_expired(state.role.high_watermark(), now_ms);
            log.expire_producers(now_ms);
            log.release();
            if log.log_start_offset() != before {
                state.waiters.wake_all();
            }
            if expired.is_ok() {
                state.life.renaming_started();
            }
            self.log_changed(log, state, now_ms);
            Some((expired, log.take_deleted_files(now_ms)))
        });
        let Ok(Some((expired, deleted))) = taken else {
            return Vec::new();
        };
        let renamed = expired.and_then(|expired| self.rename_files(expired));
        for e in [rolled, renamed].into_iter().filter_map(Result::err) {
            self.directory.fail_on_device_error(&e);
            tracing::warn!("partition {}: retention failed: {e}", self.id);
        }
        self.check_compaction();
        if !was_used {
            self.close_if_unused(now_ms);
        }
        deleted
    }

    /// Looks up the timestamps of the segments that retention and compaction need, so that nothing is
    /// read under the lock of the partition. Opens a closed log. Blocks on the disk.
    pub(super) fn load_timestamps(self: &Arc<Self>) {
        let read = self.with_log(|log, _| {
            let config = log.config();
            let has_lag = config.rules.compacted && config.compaction_lag_max_ms < i64::MAX;
            (log.reader().detached(0), has_lag)
        });
        if let Ok((reader, has_lag)) = read {
            // What cannot be read is read again later, and the error is reported then.
            let _ = reader.load_timestamps();
            if has_lag {
                let _ = reader.load_first_timestamps();
            }
        }
    }

    /// Renames the files of segments that retention has removed. Blocks on the disk.
    fn rename_files(&self, expired: RemovedSegments) -> std::io::Result<()> {
        let (files, renamed) = expired.rename_files();
        let mut locked = self.locked.lock();
        locked.state.life.renaming_ended();
        // If the log cannot be used any more, the next start removes the files.
        if let Some(log) = &mut locked.log {
            log.note_deleted(files);
        }
        self.end_job(&locked);
        renamed
    }

    /// Queues the log for a sync if `flush.ms` has passed. Does not open a closed log.
    pub(crate) fn sync_if_due(self: &Arc<Self>, now_ms: i64) {
        let _ = self.with_open_log(|log, state| self.log_changed(log, state, now_ms));
    }

    /// Notes the offsets of an open log for the checkpoint files.
    pub(crate) fn note_checkpoint(&self) {
        let mut locked = self.locked.lock();
        if let Some((log, state)) = locked.open() {
            let checkpoint = Checkpoint {
                recovery_point: log.flushed_offset(),
                log_start: log.log_start_offset(),
                high_watermark: state.role.high_watermark(),
            };
            self.directory.note(&self.id, checkpoint);
        }
    }

    /// Moves the log start offset to `offset`, or to the high watermark for −1. Returns the log start
    /// offset afterwards, which is durable once the directory's log starts are checkpointed.
    ///
    /// # Errors
    /// `POLICY_VIOLATION` if `cleanup.policy` of the topic does not have `delete`.
    pub(crate) fn delete_records_before(self: &Arc<Self>, offset: i64) -> Result<i64, ErrorCode> {
        let low_watermark = self.with_open_log(|log, state| {
            if !state.settings.log.cleanup_delete {
                return Err(ErrorCode::PolicyViolation);
            }
            let moved = log.delete_records(offset, state.role.high_watermark());
            let moved = moved.map_err(|e| e.error_code());
            state.waiters.wake_all();
            moved
        })??;
        self.note_checkpoint();
        Ok(low_watermark)
    }

    /// Fails all requests, also those that wait, if the log directory is offline. Returns the log, if
    /// it was open. The caller drops it where it may block, because that closes its files.
    pub(crate) fn fail_if_directory_offline(&self) -> Option<Box<Log>> {
        if !self.directory.is_offline() {
            return None;
        }
        let mut locked = self.locked.lock();
        locked.state.life.on(Event::DirectoryFailed);
        locked.state.waiters.wake_all();
        match locked.state.life.phase() {
            Phase::Failed => locked.log.take(),
            _ => None,
        }
    }

    /// Refuses all requests from now on, because the topic is deleted, and closes the log. Returns the
    /// files that others still read or sync. Blocks on the disk, and while a job has the log.
    pub(crate) fn retire(&self) -> FilesInUse {
        {
            let state = &mut self.locked.lock().state;
            state.life.on(Event::TopicDeleted);
            state.waiters.wake_all();
        }
        let log = self.lock_without_job().log.take();
        let in_use = log.map(|log| log.keep_open_for_others()).transpose();
        in_use.map(Option::unwrap_or_default).unwrap_or_else(|e| {
            tracing::warn!(
                "partition {}: fetches that are being sent will fail: {e}",
                self.id
            );
            FilesInUse::default()
        })
    }
}
