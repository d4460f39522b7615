//! Byte permits: how many bytes of requests may be in memory over all connections.
//!
//! A permit is taken before a request is read and travels with it until its answer is written.
//! Small requests (heartbeats, metadata, commits) draw on a reserve of their own, so that bulk
//! producers waiting for permits cannot starve them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests up to this size use the reserve.
const SMALL_BYTES: usize = 8 * 1024;

/// Size of the reserve.
const RESERVE_BYTES: usize = 16 * 1024 * 1024;

/// The bytes that may still be taken.
#[derive(Debug)]
pub(super) struct Permits {
    bulk: Arc<Semaphore>,
    bulk_bytes: usize,
    reserve: Arc<Semaphore>,
}

/// Held while a request is in memory.
#[derive(Debug)]
pub(super) struct Permit {
    _held: OwnedSemaphorePermit,
}

impl Permits {
    /// `bytes` for large requests, and the reserve.
    pub(super) fn new(bytes: usize) -> Permits {
        let bulk_bytes = bytes.clamp(SMALL_BYTES, u32::MAX as usize);
        Permits {
            bulk: Arc::new(Semaphore::new(bulk_bytes)),
            bulk_bytes,
            reserve: Arc::new(Semaphore::new(RESERVE_BYTES)),
        }
    }

    /// Waits until a request of `bytes` may be read. One that is larger than all permits
    /// together waits until it is alone.
    pub(super) async fn take(&self, bytes: usize) -> Permit {
        let (pool, bytes) = match bytes {
            0..=SMALL_BYTES => (&self.reserve, bytes),
            _ => (&self.bulk, bytes.min(self.bulk_bytes)),
        };
        match Arc::clone(pool).acquire_many_owned(bytes as u32).await {
            Ok(held) => Permit { _held: held },
            Err(_) => unreachable!("the semaphores are never closed"),
        }
    }
}
