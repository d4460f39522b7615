//! When the client of a connection last took bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The time of the last bytes that a client took, by the monotonic clock.
///
/// A connection is idle if no bytes went in either direction, as in Kafka: a client that reads a long
/// response slowly is not idle.
#[derive(Debug, Default)]
pub(super) struct Activity(AtomicU64);

impl Activity {
    /// The client has taken bytes.
    pub(super) fn note(&self, now: Duration) {
        self.0.store(now.as_millis() as u64, Ordering::Relaxed);
    }

    /// The time until the client has taken nothing for `idle_max`; `None` if that time has passed.
    pub(super) fn left(&self, now: Duration, idle_max: Duration) -> Option<Duration> {
        let last = Duration::from_millis(self.0.load(Ordering::Relaxed));
        let left = (last + idle_max).checked_sub(now)?;
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_idle_when_its_client_has_taken_nothing_for_long_enough() {
        let seconds = Duration::from_secs;
        let activity = Activity::default();
        activity.note(seconds(100));
        assert_eq!(activity.left(seconds(130), seconds(60)), Some(seconds(30)));
        assert_eq!(activity.left(seconds(160), seconds(60)), None);
    }
}
