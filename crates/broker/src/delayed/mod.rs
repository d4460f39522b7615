//! Requests that wait for a partition: Produce with `acks=all`, long polls.
//!
//! A waiter registers with each partition it waits for, with the high watermark that it needs. The
//! partition wakes it; the waiter then checks its condition, and is answered or keeps waiting.
//! Leaving is O(1), and a long poll over a thousand idle partitions costs a thousand entries, but no
//! tasks and no timers.
//!
//! The condition itself is not checked here.

use std::sync::Arc;

use slab::Slab;
use tokio::sync::Notify;

/// The requests that wait for one partition.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Slab<Waiter>);

#[derive(Debug)]
struct Waiter {
    /// It is woken when the high watermark is this or more.
    from: i64,
    wake: Arc<Notify>,
}

/// The key of one waiter of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaiterKey(usize);

impl Waiters {
    /// Adds a waiter. `wake` is notified when the high watermark is `from` or more, and on
    /// [`Waiters::wake_all`].
    pub(crate) fn enter(&mut self, from: i64, wake: Arc<Notify>) -> WaiterKey {
        WaiterKey(self.0.insert(Waiter { from, wake }))
    }

    /// Removes a waiter.
    pub(crate) fn leave(&mut self, key: WaiterKey) {
        self.0.remove(key.0);
    }

    /// Wakes the waiters that need no more than `high_watermark`. They stay registered until they
    /// leave.
    pub(crate) fn wake(&self, high_watermark: i64) {
        for (_, waiter) in &self.0 {
            if waiter.from <= high_watermark {
                waiter.wake.notify_one();
            }
        }
    }

    /// Wakes all waiters: the partition has failed, was deleted, or its log start has moved.
    pub(crate) fn wake_all(&self) {
        self.wake(i64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn woken(wake: &Notify) -> bool {
        wake.notified().now_or_never().is_some()
    }

    #[test]
    fn waiters_are_woken_when_the_high_watermark_reaches_them() {
        let mut waiters = Waiters::default();
        let (near, far) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        waiters.enter(5, Arc::clone(&near));
        waiters.enter(9, Arc::clone(&far));
        waiters.wake(4);
        assert!(!woken(&near) && !woken(&far));
        waiters.wake(5);
        assert!(woken(&near) && !woken(&far));
        waiters.wake_all();
        assert!(woken(&near) && woken(&far));
    }

    #[test]
    fn waiters_that_left_are_not_woken_and_their_keys_are_used_again() {
        let mut waiters = Waiters::default();
        let wake = Arc::new(Notify::new());
        let first = waiters.enter(0, Arc::clone(&wake));
        let second = waiters.enter(0, Arc::clone(&wake));
        waiters.leave(first);
        waiters.leave(second);
        waiters.wake_all();
        assert!(!woken(&wake));
        assert_eq!(waiters.enter(0, Arc::clone(&wake)), second);
        assert_eq!(waiters.enter(0, Arc::clone(&wake)), first);
    }
}
