//! Who waits for a round.

use parking_lot::{Condvar, Mutex};

/// Partitions that wait for a round, and who waits with them.
#[derive(Default)]
pub struct Queue {
    state: Mutex<QueueState>,
    wake: Condvar,
    /// For rounds of even and of odd number.
    done: [Condvar; 2],
}

#[derive(Default)]
struct QueueState {
    touched: Vec<usize>,
    /// How many rounds have begun and how many have ended.
    begun: u64,
    ended: u64,
    is_closed: bool,
}

impl Queue {
    /// Waits until what was appended to a partition is durable; `false` if it never will be.
    pub fn wait_for_round(&self, partition: usize) -> bool {
        let mut state = self.state.lock();
        state.touched.push(partition);
        let round = state.begun;
        self.wake.notify_one();
        while state.ended <= round && !state.is_closed {
            self.done[round as usize % 2].wait(&mut state);
        }
        state.ended > round
    }

    /// Begins a round; the partitions it is about. `None` when there are no more.
    pub fn begin(&self) -> Option<Vec<usize>> {
        let mut state = self.state.lock();
        while state.touched.is_empty() {
            if state.is_closed {
                return None;
            }
            self.wake.wait(&mut state);
        }
        state.begun += 1;
        Some(std::mem::take(&mut state.touched))
    }

    /// Ends the round and wakes who waited for it.
    pub fn end(&self) {
        let mut state = self.state.lock();
        self.done[state.ended as usize % 2].notify_all();
        state.ended += 1;
    }

    /// Begins no more rounds; who waits for one goes away empty-handed.
    pub fn close(&self) {
        self.state.lock().is_closed = true;
        self.wake.notify_all();
        self.done.iter().for_each(|done| _ = done.notify_all());
    }
}
