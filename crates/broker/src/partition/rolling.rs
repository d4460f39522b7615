//! Rolling the active segment: its files are written without the partition's lock.
//!
//! The append that finds a roll due starts it; all appends wait until it has ended, see
//! [`super::append`]. Retention and compaction roll segments, too.

use std::sync::Arc;

use log::{Log, Roll};
use tokio::sync::Notify;

use super::guard::AbortOnPanic;
use super::{Partition, State};

impl Partition {
    /// Rolls the active segment if `is_due`. Does not open a closed log. Blocks on the disk, and while
    /// another job has the log.
    ///
    /// # Errors
    /// Errors of `is_due` and of writing.
    pub(super) fn roll_if(
        self: &Arc<Self>,
        is_due: impl FnOnce(&Log, &State) -> std::io::Result<bool>,
    ) -> std::io::Result<()> {
        let now_ms = self.directory.io().clock.now_ms();
        let begin = |log: &mut Log, state: &mut State| -> std::io::Result<Option<Roll>> {
            if log.failure().is_some() || !is_due(log, state)? {
                return Ok(None);
            }
            let roll = log.begin_roll(now_ms)?;
            state.life.roll_started();
            Ok(Some(roll))
        };
        // There is nothing to roll in a log that is not open.
        let Ok(begun) = self.with_log_without_job(begin) else {
            return Ok(());
        };
        let Some(roll) = begun? else {
            return Ok(());
        };
        let _guard = AbortOnPanic;
        let rolled = roll.write();
        let mut locked = self.locked.lock();
        locked.state.life.roll_ended();
        // The topic was deleted or the directory has failed meanwhile.
        let ended = locked.open().map_or(Ok(()), |(log, state)| {
            let ended = log.end_roll(rolled);
            self.log_changed(log, state, now_ms);
            ended
        });
        self.end_job(&locked);
        ended.inspect_err(|e| self.directory.fail_on_device_error(e))
    }

    /// Rolls the segment for the append that has queued the roll. Blocks on the disk, and while another
    /// job has the log.
    ///
    /// # Errors
    /// Errors of writing.
    pub(super) fn roll_queued_segment(self: &Arc<Self>) -> std::io::Result<()> {
        // Retention or compaction may have rolled it meanwhile.
        let rolled = self.roll_if(|log, _| Ok(log.active_has_records()));
        let state = &mut self.locked.lock().state;
        state.life.roll_dequeued();
        state.waiters.wake_all();
        rolled
    }

    /// Waits until no job has the log, and no roll is queued.
    pub(super) async fn jobs_ended(self: &Arc<Self>) {
        let wake = Arc::new(Notify::new());
        let _waiting = self.wait(i64::MAX, &wake);
        let has_job = || {
            let life = &self.locked.lock().state.life;
            life.has_job() || life.is_roll_pending()
        };
        while has_job() {
            wake.notified().await;
        }
    }
}
