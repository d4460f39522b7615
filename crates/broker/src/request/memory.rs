//! Permits for the memory that requests use.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The permit for the bytes of one request. It is returned when the last clone is dropped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(
    #[expect(dead_code, reason = "held, not read")] Option<Arc<OwnedSemaphorePermit>>,
);

impl Memory {
    pub(crate) fn new(permit: OwnedSemaphorePermit) -> Memory {
        Memory(Some(Arc::new(permit)))
    }
}

/// Bytes of waiting requests that each connection may have without taking from the shared pool.
const WAITING_BYTES_OF_CONNECTION: usize = 256 * 1024;

/// Bytes of waiting requests that all connections share beyond that.
const WAITING_BYTES_SHARED: usize = 64 * 1024 * 1024;

/// Bounds the memory of a connection's requests that wait for other clients, such as long polls.
///
/// Each connection has an allowance of its own, so that an ordinary consumer can always wait. A
/// request that does not fit it takes from a pool that all connections share.
#[derive(Debug)]
pub(crate) struct WaitingMemory {
    own: Arc<Semaphore>,
    shared: Arc<Semaphore>,
}

impl WaitingMemory {
    /// The pool of all connections of a server.
    pub(crate) fn shared() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(WAITING_BYTES_SHARED))
    }

    /// The allowance of a new connection.
    pub(crate) fn of_connection(shared: &Arc<Semaphore>) -> WaitingMemory {
        WaitingMemory {
            own: Arc::new(Semaphore::new(WAITING_BYTES_OF_CONNECTION)),
            shared: Arc::clone(shared),
        }
    }

    /// Takes `bytes` for a request that is about to wait. `None` if not that much is left: then the
    /// request must be answered now.
    pub(crate) fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        let take = |pool: &Arc<Semaphore>| Arc::clone(pool).try_acquire_many_owned(bytes).ok();
        take(&self.own).or_else(|| take(&self.shared))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_can_wait_even_when_others_have_used_up_the_shared_memory() {
        let shared = WaitingMemory::shared();
        let greedy = WaitingMemory::of_connection(&shared);
        let ordinary = WaitingMemory::of_connection(&shared);
        let mut held = vec![greedy.take(WAITING_BYTES_SHARED).expect("all of it")];
        held.push(greedy.take(WAITING_BYTES_OF_CONNECTION).expect("its own"));
        assert!(greedy.take(1).is_none());
        assert!(ordinary.take(1000).is_some());
        assert!(ordinary.take(WAITING_BYTES_OF_CONNECTION + 1).is_none());
        held.clear();
        assert!(greedy.take(WAITING_BYTES_SHARED).is_some());
    }
}
