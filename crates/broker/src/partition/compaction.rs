//! What the cleaner needs from a partition: whether its log should be compacted, and the steps of a
//! pass that change the log.
//!
//! The cleaner reads and writes records, and renames files, without the partition's lock. It takes the
//! lock only to plan and to exchange segments. The log is not closed meanwhile.

use std::io::ErrorKind;
use std::sync::Arc;

use io::Io;
use log::{
    Cleanable, CleanedSegment, Compacted, Compaction, CompactionLimits, Log, Suspect, SyncError,
};

use super::Partition;
use super::life::{Cleaner, CompactionCheck, Phase};

/// The state of a compacted partition at the last check.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct CompactionStatus {
    /// Whether the log has to be compacted now.
    pub is_due: bool,
    /// Whether damage keeps records from being compacted.
    pub is_uncleanable: bool,
    /// Bytes that could be compacted.
    pub dirty_bytes: u64,
    /// The share of `dirty_bytes` in the log, from 0 to 1.
    pub dirty_ratio: f64,
}

/// A partition that is reserved for one cleaner, until this is dropped.
#[derive(Debug)]
pub(crate) struct Claim(Arc<Partition>);

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.locked.lock().state.life.end_compaction();
    }
}

impl Partition {
    /// What compaction would do, if it is due. A closed log is opened only if compaction was due at
    /// the last check, or may be due by the sizes of its files. Blocks on the disk.
    pub(crate) fn compaction_due(self: &Arc<Self>) -> Option<Cleanable> {
        let now = self.directory.io().clock.elapsed();
        let settings = {
            let state = &mut self.locked.lock().state;
            if !state.settings.log.rules.compacted {
                return None;
            }
            match state.life.compaction_check(now, state.compaction.is_due) {
                CompactionCheck::Skip => return None,
                CompactionCheck::ReadLog => None,
                CompactionCheck::ReadDirectory => {
                    state.life.compaction_checked(now);
                    Some(Arc::clone(&state.settings))
                }
            }
        };
        // Opening the log reports errors of its directory.
        if let Some(settings) = settings
            && let Ok(progress) = self.directory.compaction_progress(&self.id)
            && !progress.may_be_due(&settings.log)
        {
            let status = &mut self.locked.lock().state.compaction;
            status.dirty_bytes = progress.dirty_bytes;
            status.dirty_ratio = progress.dirty_ratio();
            return None;
        }
        self.check_compaction()
    }

    /// Checks whether compaction is due, and keeps the result for when the log is closed.
    pub(super) fn check_compaction(self: &Arc<Self>) -> Option<Cleanable> {
        let now_ms = self.directory.io().clock.now_ms();
        let mut rolled = Ok(());
        if self.locked.lock().state.settings.log.rules.compacted {
            self.load_timestamps();
            rolled = self.roll_if(|log, state| {
                log.rolls_for_compaction(state.role.high_watermark(), now_ms)
            });
        }
        let checked = self.with_log(|log, state| {
            if !log.config().rules.compacted || log.failure().is_some() {
                return Ok(None);
            }
            // Beginning a pass syncs the records that are not synced yet.
            let high_watermark = state.role.high_watermark();
            self.cleanable(log, high_watermark, now_ms).map(Some)
        });
        let checked = checked.ok()?;
        let found = rolled.and(checked).unwrap_or_else(|e| {
            self.compaction_failed(&e);
            None
        });
        let state = &mut self.locked.lock().state;
        let ratio_min = state.settings.log.dirty_ratio_min;
        state.compaction = found.map_or(CompactionStatus::default(), |found| CompactionStatus {
            is_due: found.is_due(ratio_min),
            is_uncleanable: found.held_back,
            dirty_bytes: found.dirty_bytes,
            dirty_ratio: found.dirty_ratio(),
        });
        let now = self.directory.io().clock.elapsed();
        state.life.compaction_checked(now);
        found.filter(|_| state.compaction.is_due)
    }

    /// The result of the last check; `None` if the topic is not compacted.
    pub(crate) fn compaction_status(&self) -> Option<CompactionStatus> {
        let state = &self.locked.lock().state;
        let is_given_up = state.life.cleaner() == Cleaner::GivenUp;
        let is_compacted = state.settings.log.rules.compacted;
        is_compacted.then_some(CompactionStatus {
            is_uncleanable: state.compaction.is_uncleanable || is_given_up,
            ..state.compaction
        })
    }

    /// What can be compacted below `bound`.
    fn cleanable(&self, log: &mut Log, bound: i64, now_ms: i64) -> std::io::Result<Cleanable> {
        let cleaner_point = self.directory.cleaner_point(&self.id);
        log.cleanable(cleaner_point, bound, now_ms)
    }

    /// Reserves the partition for one cleaner; `None` if another cleaner has it.
    pub(crate) fn claim(self: &Arc<Self>) -> Option<Claim> {
        let is_ours = self.locked.lock().state.life.start_compaction();
        is_ours.then(|| Claim(Arc::clone(self)))
    }

    /// Logs why the partition was not compacted. A log with bytes that are not record batches is not
    /// compacted before the next start, because another pass would find the same bytes.
    pub(crate) fn compaction_failed(&self, why: &std::io::Error) {
        let id = &self.id;
        match why.kind() {
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                tracing::error!(
                    "partition {id} is not compacted again before the next start: {why}"
                );
                self.locked.lock().state.life.give_up_compaction();
            }
            // The topic or a segment was deleted meanwhile.
            ErrorKind::NotFound => tracing::debug!("partition {id}: compaction was ended: {why}"),
            _ => tracing::warn!("partition {id}: compaction failed: {why}"),
        }
    }
}

impl Claim {
    pub(crate) fn partition(&self) -> &Arc<Partition> {
        &self.0
    }

    fn io(&self) -> &Io {
        self.0.directory.io()
    }

    /// Begins a pass; `None` if there is nothing left to compact. Blocks on the disk.
    pub(crate) fn begin(&self, limits: CompactionLimits) -> std::io::Result<Option<Compaction>> {
        let recovery_point = self.0.flush()?;
        self.0.load_timestamps();
        let now_ms = self.io().clock.now_ms();
        let begun = self.0.with_log(|log, state| {
            let bound = recovery_point.min(state.role.high_watermark());
            let found = self.0.cleanable(log, bound, now_ms)?;
            if found.dirty_bytes == 0 {
                return Ok(None);
            }
            log.compact(&found, limits, now_ms).map(Some)
        });
        // The log has failed or was deleted meanwhile.
        begun.unwrap_or(Ok(None))
    }

    /// Records in the log the damage that a pass has found. Blocks on the disk, without the lock of the
    /// partition.
    ///
    /// # Errors
    /// Errors of reading; `InvalidData` if the log does not find the same damage.
    pub(crate) fn confirm_damage(&self, suspect: &Suspect) -> std::io::Result<()> {
        let reader = self
            .0
            .with_log(|log, _| log.reader().detached(suspect.base_offset()));
        let Ok(reader) = reader else {
            // The log has failed or was deleted meanwhile.
            return Ok(());
        };
        match reader.confirm_damage(suspect)? {
            true => Ok(()),
            false => Err(suspect.into()),
        }
    }

    /// Replaces segments by a compacted one; `false` if they no longer exist. The files are renamed
    /// without the partition's lock. Blocks on the disk.
    pub(crate) fn put_in_place(&self, segment: CleanedSegment) -> std::io::Result<bool> {
        let partition = &self.0;
        let replacement = partition.with_log_without_job(|log, state| {
            let replacement = log.begin_replacement(segment)?;
            state.life.renaming_started();
            Some((replacement, log.dir().to_path_buf()))
        });
        // The segments no longer exist, or the log has failed or was deleted meanwhile.
        let Ok(Some((replacement, dir))) = replacement else {
            return Ok(false);
        };
        let replaced = replacement.rename_files();
        let now_ms = self.io().clock.now_ms();
        {
            let mut locked = partition.locked.lock();
            locked.state.life.renaming_ended();
            let put = locked
                .open()
                .map(|(log, _)| log.end_replacement(replaced, now_ms));
            partition.end_job(&locked);
            // The log has failed meanwhile.
            let Some(put) = put else {
                return Ok(false);
            };
            put.inspect_err(|e| partition.directory.fail_on_device_error(e))?;
        }
        if let Err(e) = self.io().disk.sync_dir(&dir) {
            let _ = partition.with_open_log(|log, state| {
                log.mark_sync_failed(&SyncError::from(&e));
                state.waiters.wake_all();
            });
            return Err(e);
        }
        Ok(true)
    }

    /// Checkpoints the cleaner point of a pass after all its segments were put in place. Blocks on
    /// the disk.
    pub(crate) fn checkpoint(&self, done: &Compacted) -> std::io::Result<()> {
        let partition = &self.0;
        {
            // Under the lock, so that a deletion of the topic, which removes its checkpoints, comes
            // wholly before or after this. So a new topic of the same name never gets this offset.
            let locked = partition.locked.lock();
            if locked.state.life.phase() == Phase::Deleted {
                return Ok(());
            }
            let directory = &partition.directory;
            directory.note_cleaner_point(&partition.id, done.cleaner_point);
        }
        partition.directory.write_cleaner_points()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use io::sim::Sim;
    use log::{LogConfig, LogDir};

    use super::super::testing;
    use super::*;

    #[test]
    fn the_cleaner_point_of_a_deleted_topic_is_not_given_to_a_topic_created_again() {
        let mut sim = Sim::new(1);
        let io = sim.io();
        {
            let directory = testing::directory(&io);
            let create = |topic_id| testing::partition(&directory, topic_id, LogConfig::default());
            let deleted = create(1);
            let id = deleted.id.clone();
            deleted.open().unwrap();
            let claim = deleted.claim().unwrap();
            let done = Compacted {
                cleaner_point: 5,
                ..Compacted::default()
            };
            claim.checkpoint(&done).unwrap();
            assert_eq!(directory.cleaner_point(&id), Some(5));
            // The topic is deleted and created again while the cleaner finishes a pass.
            deleted.retire();
            directory.rename_deleted(std::slice::from_ref(&id)).unwrap();
            create(2).open().unwrap();
            claim.checkpoint(&done).unwrap();
            assert_eq!(directory.cleaner_point(&id), None);
        }
        sim.kill();
        let log_dir = LogDir::open(&io.disk, Path::new("/data")).unwrap();
        assert_eq!(log_dir.cleaner_points().unwrap(), BTreeMap::new());
    }
}
