//! A number that only grows, and tasks that wait until it has reached a value.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

/// A number that only grows; tasks can wait until it reaches a value.
///
/// Waiters wake in the order in which they began to wait, so that a simulated run can be repeated
/// exactly; a `watch` channel does not keep that order.
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

    /// Raises the number to `value`, unless it is that or more already.
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
            // Registered before the check, so that no change is missed in between.
            moved.as_mut().enable();
            if self.reached() >= value {
                return;
            }
            moved.await;
        }
    }
}
