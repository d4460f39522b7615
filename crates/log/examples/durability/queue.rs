//! Producers that wait for a round.

use parking_lot::{Condvar, Mutex};

/// Partitions that wait for a round, and the producers that wait for them.
#[derive(Default)]
pub struct Queue {
    state: Mutex<QueueState>,
    wake: Condvar,
    /// One for rounds with an even number, one for those with an odd number.
    done: [Condvar; 2],
}

#[derive(Default)]
struct QueueState {
    touched: Vec<usize>,
    /// Number of rounds that have begun, and that have ended.
    begun: u64,
    ended: u64,
    is_closed: bool,
}

impl Queue {
    /// Waits until the appended bytes of a partition are durable. `false` if rounds have stopped.
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

    /// Begins a round and returns its partitions. `None` if rounds have stopped.
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

    /// Ends the round and wakes the producers that waited for it.
    pub fn end(&self) {
        let mut state = self.state.lock();
        self.done[state.ended as usize % 2].notify_all();
        state.ended += 1;
    }

    /// Begins no more rounds, and wakes all waiting producers.
    pub fn close(&self) {
        self.state.lock().is_closed = true;
        self.wake.notify_all();
        self.done.iter().for_each(|done| _ = done.notify_all());
    }
}
