//! A number that only grows, and tasks that wait until it has reached a value.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

/// See the module's description. Waiters wake in the order in which they began to wait, so that a
/// simulated run repeats exactly (a `watch` channel has an order of its own).
#[derive(Debug)]
pub(crate) struct Progress {
    reached: AtomicI64,
    moved: Notify,
}

impl Progress {
    /// Starts at `reached`.
    pub(crate) fn new(reached: i64) -> Progress {
        Progress {
            reached: AtomicI64::new(reached),
            moved: Notify::new(),
        }
    }

    /// Moves to `value`, unless it is there or further.
    pub(crate) fn advance(&self, value: i64) {
        if self.reached.fetch_max(value, Ordering::AcqRel) < value {
            self.moved.notify_waiters();
        }
    }

    /// The value reached so far.
    pub(crate) fn reached(&self) -> i64 {
        self.reached.load(Ordering::Acquire)
    }

    /// Waits until `value` is reached.
    pub(crate) async fn wait_for(&self, value: i64) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Enter the queue before the check, so that no move is missed in between.
            moved.as_mut().enable();
            if self.reached() >= value {
                return;
            }
            moved.await;
        }
    }
}
