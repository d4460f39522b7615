//! The timers of a shard.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use coordinator::group::Timer;

/// Running timers. Times are of the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Timers {
    by_name: BTreeMap<Timer, Duration>,
    by_time: BTreeSet<(Duration, Timer)>,
}

impl Timers {
    /// Starts a timer. If it is running, only its time changes.
    pub(super) fn start(&mut self, timer: Timer, at: Duration) {
        self.cancel(&timer);
        self.by_time.insert((at, timer.clone()));
        self.by_name.insert(timer, at);
    }

    pub(super) fn cancel(&mut self, timer: &Timer) {
        if let Some((timer, at)) = self.by_name.remove_entry(timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// The time of the next timer.
    pub(super) fn next(&self) -> Option<Duration> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Removes and returns the next timer if its time has come.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.by_time.pop_first()?;
        self.by_name.remove(&timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_a_running_timer_again_changes_its_time() {
        let (join, sync) = (
            Timer::Join { group: "g".into() },
            Timer::Sync { group: "g".into() },
        );
        let at = Duration::from_secs;
        let mut timers = Timers::default();
        timers.start(join.clone(), at(1));
        timers.start(sync.clone(), at(2));
        timers.start(join.clone(), at(3));
        assert_eq!(timers.take_due(at(1)), None);
        assert_eq!(timers.take_due(at(9)), Some(sync.clone()));
        timers.cancel(&join);
        assert_eq!((timers.next(), timers.take_due(at(9))), (None, None));
    }
}
