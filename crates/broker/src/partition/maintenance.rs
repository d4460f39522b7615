//! What happens to a partition without anybody asking: retention, delayed syncs, checkpoints,
//! closing, deletion.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use io::{Io, Pool};
use log::removal;
use wire::ErrorCode;

use super::compaction::Cleaning;
use super::directory::Checkpoint;
use super::{Hosted, Partition};

/// Between two steps of removing a large file.
const REMOVAL_PAUSE: Duration = Duration::from_millis(20);

/// Removes files little by little: nobody shall feel it.
pub(super) async fn remove_files(io: &Io, paths: Vec<PathBuf>) {
    for path in paths {
        loop {
            let (disk, file) = (io.disk.clone(), path.clone());
            let shrinking = move || removal::shrink(&disk, &file);
            match io.tasks.blocking(Pool::Background, shrinking).await {
                Ok(true) => break,
                Ok(false) => io.clock.sleep(REMOVAL_PAUSE).await,
                Err(e) => {
                    // Opening the log tries again.
                    tracing::warn!("cannot remove {}: {e}", path.display());
                    break;
                }
            }
        }
    }
}

impl Partition {
    /// Opens the log if a crash may have left it unfinished and nobody has asked for it yet; whether
    /// it did. Blocks on the disk.
    pub(crate) fn recover(self: &Arc<Self>) -> bool {
        let is_idle = matches!(self.state.lock().hosted, Hosted::Idle);
        is_idle && !self.directory.was_closed(&self.id) && self.with_log(|_, _| ()).is_ok()
    }

    /// Deletes what retention allows, and what was deleted long enough ago. A log that nobody
    /// has used since the last time is closed afterwards; one that is closed is opened only if
    /// there is something to do.
    pub(crate) async fn clean_up(self: &Arc<Self>, now_ms: i64) {
        let io = self.directory.io();
        let partition = Arc::clone(self);
        let deleted = move || match partition.retention_is_due(now_ms) {
            true => partition.retain(now_ms),
            false => Vec::new(),
        };
        let deleted = io.tasks.blocking(Pool::Background, deleted).await;
        remove_files(io, deleted).await;
    }

    /// Whether retention may have something to do. What is not known since the log was closed is
    /// told by its directory.
    fn retention_is_due(&self, now_ms: i64) -> bool {
        let config = {
            let state = self.state.lock();
            match (&state.hosted, state.retention_due_ms) {
                (Hosted::Open(_), _) => return true,
                (Hosted::Idle, Some(due_ms)) => return now_ms >= due_ms,
                (Hosted::Idle, None) => state.settings.log.clone(),
                (Hosted::Empty | Hosted::Failed | Hosted::Deleted, _) => return false,
            }
        };
        let due_ms = self.directory.retention_due_ms(&self.id, &config, now_ms);
        self.state.lock().retention_due_ms = Some(due_ms);
        now_ms >= due_ms
    }

    /// As [`Partition::clean_up`], but for the files, which the caller is to remove. Blocks on
    /// the disk.
    fn retain(self: &Arc<Self>, now_ms: i64) -> Vec<PathBuf> {
        let was_used = std::mem::take(&mut self.state.lock().used);
        let cleaned = self.with_log(|log, watch| {
            let before = log.log_start_offset();
            let cleaned = log.apply_retention(*watch.high_watermark, now_ms);
            log.expire_producers(now_ms);
            log.release();
            if log.log_start_offset() != before {
                watch.waiters.wake_all();
            }
            self.settle(log, watch, now_ms);
            (cleaned, log.take_deleted_files(now_ms))
        });
        let Ok((cleaned, deleted)) = cleaned else {
            return Vec::new();
        };
        if let Err(e) = cleaned {
            self.directory.heed(&e);
            tracing::warn!("partition {}: retention failed: {e}", self.id());
        }
        self.look_for_compaction();
        if !was_used {
            self.park(now_ms);
        }
        deleted
    }

    /// Closes a log that nobody has used since that was last asked, so that it holds no
    /// descriptors and no memory. `now_ms` is the time retention goes by. Blocks on the disk.
    pub(crate) fn park(&self, now_ms: i64) {
        if self.directory.settle().is_err() {
            return;
        }
        let state = &mut *self.state.lock();
        // The result of a sync under way is for the log that asked for it, and so is a compaction's.
        if state.used || state.sync_wanted || state.cleaning == Cleaning::Running {
            return;
        }
        let Hosted::Open(log) = &mut state.hosted else {
            return;
        };
        // A failed one must go on refusing. What is known of damage would be forgotten, and met and
        // reported anew.
        let is_damaged = !log.damaged().is_empty();
        if log.failure().is_some() || log.has_deleted_files() || is_damaged {
            return;
        }
        let due_ms = log
            .retention_due_ms(state.high_watermark, now_ms)
            .unwrap_or(now_ms);
        state.retention_due_ms = Some(due_ms);
        // Under the lock, but nobody wants it.
        match log
            .close()
            .and_then(|end| log.keep_open_for_others().map(|()| end))
        {
            Ok(end) => {
                let checkpoint = Checkpoint {
                    recovery_point: end,
                    log_start: log.log_start_offset(),
                    high_watermark: end,
                };
                self.directory.note_closed(&self.id, checkpoint);
                state.hosted = Hosted::Idle;
                state.high_watermark = end;
                state.waiters.wake(end);
            }
            Err(e) => {
                self.directory.heed(&e);
                tracing::warn!("partition {} cannot be closed: {e}", self.id);
            }
        }
    }

    /// Asks for a sync if `flush.ms` has passed. Nothing happens to a log that is not open.
    pub(crate) fn sync_if_due(self: &Arc<Self>, now_ms: i64) {
        if self.is_open() {
            let _ = self.with_log(|log, watch| self.settle(log, watch, now_ms));
        }
    }

    /// Notes where the partition stands, for the checkpoint files.
    pub(crate) fn note_checkpoint(&self) {
        let state = self.state.lock();
        if let Hosted::Open(log) = &state.hosted {
            let checkpoint = Checkpoint {
                recovery_point: log.flushed_offset(),
                log_start: log.log_start_offset(),
                high_watermark: state.high_watermark,
            };
            self.directory.note(&self.id, checkpoint);
        }
    }

    /// Moves the log start to `offset`, or to the high watermark for −1; where it is now. It is
    /// to last only after the directory's checkpoints are written.
    pub(crate) fn delete_records_before(self: &Arc<Self>, offset: i64) -> Result<i64, ErrorCode> {
        let low_watermark = self.with_log(|log, watch| {
            let moved = log
                .delete_records(offset, *watch.high_watermark)
                .map_err(|e| e.error_code());
            watch.waiters.wake_all();
            moved
        })??;
        self.note_checkpoint();
        Ok(low_watermark)
    }

    /// Makes everything durable, so that the next start has nothing to recover; whether that
    /// worked. Blocks on the disk.
    pub(crate) fn close(&self) -> bool {
        let closed = {
            let mut state = self.state.lock();
            match &mut state.hosted {
                Hosted::Open(log) => log.close().map(|_| ()),
                Hosted::Idle if !self.directory.was_closed(&self.id) => return false,
                Hosted::Idle | Hosted::Empty | Hosted::Deleted => Ok(()),
                Hosted::Failed => return false,
            }
        };
        match closed {
            Ok(()) => {
                self.note_checkpoint();
                true
            }
            Err(e) => {
                tracing::error!("partition {} cannot be closed: {e}", self.id);
                false
            }
        }
    }

    /// Takes no more requests: the topic is deleted.
    pub(crate) fn retire(&self) {
        let mut state = self.state.lock();
        if let Hosted::Open(log) = &state.hosted
            && let Err(e) = log.keep_open_for_others()
        {
            tracing::warn!("partition {}: who reads it will not finish: {e}", self.id);
        }
        state.hosted = Hosted::Deleted;
        state.waiters.wake_all();
    }
}
