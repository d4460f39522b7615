//! Requests that wait for a partition: unacknowledged produces and long polls.
//!
//! A waiter leaves its name with each partition it waits on, and where the high watermark must
//! get to before it cares. The partition wakes it; it looks again, and either answers or waits
//! on. Leaving is O(1), so a long poll over a thousand idle partitions costs a thousand entries
//! and nothing else: no task, no timer of their own.
//!
//! What is waited for is not decided here.

use std::sync::Arc;

use tokio::sync::Notify;

/// The requests waiting on one partition.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    slots: Vec<Slot>,
    /// Head of the list of free slots.
    free: Option<usize>,
}

#[derive(Debug)]
enum Slot {
    Free { next: Option<usize> },
    Taken { from: i64, wake: Arc<Notify> },
}

/// A place among the waiters of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Waiters {
    /// Wakes `wake` when the high watermark is `from` or more, or something else happens.
    pub(crate) fn enter(&mut self, from: i64, wake: Arc<Notify>) -> Place {
        let taken = Slot::Taken { from, wake };
        match self.free {
            Some(place) => {
                if let Slot::Free { next } = std::mem::replace(&mut self.slots[place], taken) {
                    self.free = next;
                }
                Place(place)
            }
            None => {
                self.slots.push(taken);
                Place(self.slots.len() - 1)
            }
        }
    }

    /// Gives the place back.
    pub(crate) fn leave(&mut self, place: Place) {
        self.slots[place.0] = Slot::Free { next: self.free };
        self.free = Some(place.0);
    }

    /// Wakes those for whom `high_watermark` is far enough. They stay until they leave.
    pub(crate) fn wake(&self, high_watermark: i64) {
        for slot in &self.slots {
            if let Slot::Taken { from, wake } = slot
                && *from <= high_watermark
            {
                wake.notify_one();
            }
        }
    }

    /// Wakes everybody: the partition has failed, moved its log start or gone away.
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
    fn places_are_used_again() {
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
        assert_eq!(waiters.slots.len(), 2);
    }
}
