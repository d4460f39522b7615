//! Compaction of a partition's log, as far as the partition has to do with it.
//!
//! The work is done without the partition's lock; under it are only planning and, for each new
//! segment, a few renames. While it goes on the log is not parked.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use io::Io;
use log::{
    Cleanable, CleanedSegment, Compacted, Compaction, CompactionLimits, Log, Suspect, SyncError,
};

use super::{Hosted, Partition};

/// How often a log that is closed is looked at: records come of age.
const LOOK_INTERVAL: Duration = Duration::from_secs(3600);

/// How a partition stands with the cleaner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Cleaning {
    /// Nobody is at it.
    #[default]
    Idle,
    /// A cleaner is.
    Running,
    /// It has bytes that cannot be compacted, and is left alone until the next start.
    GivenUp,
}

/// How a compacted partition stands, as of the last look.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Standing {
    /// Whether it is to be compacted now.
    pub is_due: bool,
    /// Whether damage keeps it, or what lies behind the damage, from being compacted.
    pub is_uncleanable: bool,
    /// Bytes that could be compacted.
    pub dirty_bytes: u64,
    /// Their share of the log, from 0 to 1.
    pub dirty_ratio: f64,
}

/// The right to compact a partition, which one cleaner at a time has. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim(Arc<Partition>);

impl Drop for Claim {
    fn drop(&mut self) {
        let cleaning = &mut self.0.state.lock().cleaning;
        if *cleaning == Cleaning::Running {
            *cleaning = Cleaning::Idle;
        }
    }
}

impl Partition {
    /// What compaction would find, if it is due. A log that is not open is opened for that only if
    /// it was due when it last was, or its directory says that it may be. Blocks on the disk.
    pub(crate) fn compaction_due(self: &Arc<Self>) -> Option<Cleanable> {
        let now = self.directory.io().clock.elapsed();
        let settings = {
            let mut state = self.state.lock();
            if !state.settings.log.rules.compacted || state.cleaning != Cleaning::Idle {
                return None;
            }
            match state.hosted {
                Hosted::Open(_) => None,
                Hosted::Idle if state.compaction.is_due => None,
                Hosted::Idle if now >= state.compaction_look_at => {
                    state.compaction_look_at = now.saturating_add(LOOK_INTERVAL);
                    Some(Arc::clone(&state.settings))
                }
                Hosted::Idle | Hosted::Empty | Hosted::Failed | Hosted::Deleted => return None,
            }
        };
        // Opening the log says what is wrong with its directory.
        if let Some(settings) = settings
            && let Ok(progress) = self.directory.compaction_progress(&self.id)
            && !progress.may_be_due(&settings.log)
        {
            let standing = &mut self.state.lock().compaction;
            standing.dirty_bytes = progress.dirty_bytes;
            standing.dirty_ratio = progress.dirty_ratio();
            return None;
        }
        self.look_for_compaction()
    }

    /// Looks whether compaction is due, and remembers it for when the log is closed.
    pub(super) fn look_for_compaction(self: &Arc<Self>) -> Option<Cleanable> {
        let now_ms = self.directory.io().clock.now_ms();
        let looked = self.with_log(|log, watch| {
            if !log.config().rules.compacted || log.failure().is_some() {
                return Ok(None);
            }
            log.roll_for_compaction(*watch.high_watermark, now_ms)?;
            // What is not synced yet is by the time a pass begins.
            self.cleanable(log, *watch.high_watermark, now_ms).map(Some)
        });
        let found = looked.ok()?.unwrap_or_else(|e| {
            self.compaction_failed(&e);
            None
        });
        let mut state = self.state.lock();
        let ratio_min = state.settings.log.dirty_ratio_min;
        state.compaction = found.map_or(Standing::default(), |found| Standing {
            is_due: found.is_due(ratio_min),
            is_uncleanable: found.held_back,
            dirty_bytes: found.dirty_bytes,
            dirty_ratio: found.dirty_ratio(),
        });
        let now = self.directory.io().clock.elapsed();
        state.compaction_look_at = now.saturating_add(LOOK_INTERVAL);
        found.filter(|_| state.compaction.is_due)
    }

    /// How it stands with the cleaner; `None` if its topic is not compacted.
    pub(crate) fn compaction_standing(&self) -> Option<Standing> {
        let state = self.state.lock();
        state.settings.log.rules.compacted.then(|| Standing {
            is_uncleanable: state.compaction.is_uncleanable || state.cleaning == Cleaning::GivenUp,
            ..state.compaction
        })
    }

    fn cleanable(&self, log: &mut Log, bound: i64, now_ms: i64) -> std::io::Result<Cleanable> {
        let cleaner_point = self.directory.cleaner_point(&self.id);
        log.cleanable(cleaner_point, bound, now_ms)
    }

    /// Takes the partition for compaction; `None` if another cleaner has it.
    pub(crate) fn claim(self: &Arc<Self>) -> Option<Claim> {
        let cleaning = &mut self.state.lock().cleaning;
        if *cleaning != Cleaning::Idle {
            return None;
        }
        *cleaning = Cleaning::Running;
        Some(Claim(Arc::clone(self)))
    }

    /// Says why this log was not compacted. One with bytes that cannot be read as batches is left
    /// alone from now on: they will be the same the next time.
    pub(crate) fn compaction_failed(&self, why: &std::io::Error) {
        let id = &self.id;
        match why.kind() {
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                tracing::error!(
                    "partition {id} cannot be compacted, and is left as it is until the next \
                     start: {why}"
                );
                self.state.lock().cleaning = Cleaning::GivenUp;
            }
            // Deleted meanwhile, the whole partition or a segment.
            ErrorKind::NotFound => tracing::debug!("partition {id}: compaction ends: {why}"),
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

    /// Begins a pass. `None` if there is nothing to compact any more. Blocks on the disk.
    pub(crate) fn begin(&self, limits: CompactionLimits) -> std::io::Result<Option<Compaction>> {
        let recovery_point = self.0.write_down_recovery_point()?;
        let now_ms = self.io().clock.now_ms();
        let begun = self.0.with_log(|log, watch| {
            let bound = recovery_point.min(*watch.high_watermark);
            let found = self.0.cleanable(log, bound, now_ms)?;
            if found.dirty_bytes == 0 {
                return Ok(None);
            }
            log.compact(&found, limits, now_ms).map(Some)
        });
        // Failed or deleted meanwhile.
        begun.unwrap_or(Ok(None))
    }

    /// Has the log take note of damage that a pass has met. Blocks on the disk.
    ///
    /// # Errors
    /// What reading fails with; `InvalidData` if only the pass has found it damaged.
    pub(crate) fn contain(&self, suspect: &Suspect) -> std::io::Result<()> {
        match self.0.with_log(|log, _| log.contain(suspect)) {
            Ok(Ok(false)) => Err(suspect.into()),
            Ok(contained) => contained.map(|_| ()),
            // Failed or deleted meanwhile.
            Err(_) => Ok(()),
        }
    }

    /// Puts a segment in place; `false` if what it replaces is gone. Blocks on the disk.
    pub(crate) fn put_in_place(&self, segment: CleanedSegment) -> std::io::Result<bool> {
        let now_ms = self.io().clock.now_ms();
        let replaced = self.0.with_log(|log, _| {
            let replaced = log.replace_segments(segment, now_ms);
            (replaced, log.dir().to_path_buf())
        });
        // Failed or deleted meanwhile.
        let Ok((replaced, dir)) = replaced else {
            return Ok(false);
        };
        if !replaced? {
            return Ok(false);
        }
        if let Err(e) = self.io().disk.sync_dir(&dir) {
            let _ = self.0.with_log(|log, watch| {
                log.mark_sync_failed(&SyncError::from(&e));
                watch.waiters.wake_all();
            });
            return Err(e);
        }
        Ok(true)
    }

    /// Writes down how far a pass has come, all of whose segments are in place. Blocks on the
    /// disk.
    pub(crate) fn note(&self, done: &Compacted) -> std::io::Result<()> {
        let partition = &self.0;
        // Another topic of this name begins anew.
        if matches!(partition.state.lock().hosted, Hosted::Deleted) {
            return Ok(());
        }
        partition
            .directory
            .write_cleaner_point(&partition.id, done.cleaner_point)
    }
}
