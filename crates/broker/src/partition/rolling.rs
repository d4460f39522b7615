//! Rolling the active segment: its files are written without the partition's lock.
//!
//! A segment that is due is rolled before the append, when a request is prepared. Appends of other
//! requests that were prepared before wait for it. An append that was not prepared rolls by itself.

use std::sync::Arc;

use log::{Log, Roll};
use wire::ErrorCode;

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
        let Ok(begun) = self.when_in_place(begin) else {
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

    /// As [`Partition::with_opened_log`], for appends: waits until no segment is being rolled.
    ///
    /// # Errors
    /// Those of [`Partition::on_open`].
    pub(super) fn with_appendable_log<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> Result<T, ErrorCode> {
        let mut locked = self.locked.lock();
        while locked.state.life.is_rolling() {
            self.job_ended.wait(&mut locked);
        }
        self.on_open(locked, act)
    }
}
