//! Byte permits: how many bytes of requests may be in memory over all connections.
//!
//! A permit travels with its request until the answer is written. It covers what has come of the
//! request, not what the request says will come: a large one takes more as it grows, so that
//! somebody who announces much and sends little takes nothing from others.
//! Small requests (heartbeats, metadata, commits) draw on a reserve of their own, so that bulk
//! producers waiting for permits cannot starve them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests up to this size use the reserve. So much of any request is read before a permit is
/// asked for: it fits the buffer that a connection has anyway.
pub(super) const SMALL_BYTES: usize = 8 * 1024;

/// What a large request takes first; then it doubles.
const FIRST_BYTES: usize = 1024 * 1024;

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
    held: OwnedSemaphorePermit,
    /// Bytes of the request that may be in memory.
    bytes: usize,
}

impl Permit {
    /// Bytes of the request that may be in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
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

    /// Waits until a request of `length` bytes may be read: all of it, or of a large one the
    /// first part.
    pub(super) async fn take(&self, length: usize) -> Permit {
        match length {
            0..=SMALL_BYTES => Permit {
                held: acquire(&self.reserve, length).await,
                bytes: length,
            },
            _ => {
                let wanted = length.min(FIRST_BYTES).min(self.bulk_bytes);
                let held = acquire(&self.bulk, wanted).await;
                let bytes = self.allows(wanted, length);
                Permit { held, bytes }
            }
        }
    }

    /// Waits until more of a large request of `length` bytes may be read.
    pub(super) async fn grow(&self, permit: &mut Permit, length: usize) {
        let wanted = (permit.bytes * 2).min(length).min(self.bulk_bytes);
        let more = acquire(&self.bulk, wanted - permit.held.num_permits()).await;
        permit.held.merge(more);
        permit.bytes = self.allows(wanted, length);
    }

    /// Who holds all permits is alone, and may read a request that is larger than all of them.
    fn allows(&self, held: usize, length: usize) -> usize {
        if held == self.bulk_bytes {
            length
        } else {
            held
        }
    }
}

async fn acquire(pool: &Arc<Semaphore>, bytes: usize) -> OwnedSemaphorePermit {
    match Arc::clone(pool).acquire_many_owned(bytes as u32).await {
        Ok(held) => held,
        Err(_) => unreachable!("the semaphores are never closed"),
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_large_request_takes_permits_as_it_grows() {
        let permits = Permits::new(4 * FIRST_BYTES);
        let length = 3 * FIRST_BYTES;
        let mut one = permits.take(length).now_or_never().unwrap();
        let other = permits.take(length).now_or_never().unwrap();
        assert_eq!(one.bytes(), FIRST_BYTES);
        permits.grow(&mut one, length).now_or_never().unwrap();
        assert_eq!(one.bytes(), 2 * FIRST_BYTES);
        permits.grow(&mut one, length).now_or_never().unwrap();
        assert_eq!(one.bytes(), length);
        assert!(
            permits.take(length).now_or_never().is_none(),
            "all are taken"
        );
        drop((one, other));
        assert!(permits.take(length).now_or_never().is_some());
    }

    #[test]
    fn a_request_larger_than_all_permits_is_read_alone() {
        let permits = Permits::new(FIRST_BYTES / 2);
        let alone = permits.take(FIRST_BYTES).now_or_never().unwrap();
        assert_eq!(alone.bytes(), FIRST_BYTES);
        assert!(permits.take(SMALL_BYTES + 1).now_or_never().is_none());
        assert!(
            permits.take(SMALL_BYTES).now_or_never().is_some(),
            "the reserve is there"
        );
    }
}
