//! Byte permits: how many bytes of requests may be in memory over all connections.
//!
//! A permit covers the bytes of a request that have arrived, not those that it announces: a large
//! request takes more permits as it grows, so that a client that announces much and sends little
//! takes nothing from others. The permit is held for as long as the bytes are needed: until the
//! request is handled, or, if it waits for this broker's disk (produce, commits, changes of
//! metadata), until its response is ready. A request that waits for other clients (a long poll,
//! JoinGroup, SyncGroup) holds none: see [`crate::request::WaitingMemory`].
//!
//! Small requests (heartbeats, metadata, commits) draw on a reserve of their own, so that
//! producers waiting for permits cannot starve them. Produce requests of any size do not.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::ApiKey;

use crate::request::Memory;

/// Requests up to this size use the reserve. That many bytes of any request are read before its
/// permit is taken, because they fit the buffer that a connection has anyway.
pub(super) const SMALL_BYTES: usize = 8 * 1024;

/// Bytes of the first permit of a large request. Each time it needs more, the permit doubles.
const FIRST_BYTES: usize = 1024 * 1024;

/// Size of the reserve.
const RESERVE_BYTES: usize = 16 * 1024 * 1024;

/// The pools that requests take their bytes from.
#[derive(Debug)]
pub(super) struct Permits {
    bulk: Arc<Semaphore>,
    bulk_bytes: usize,
    reserve: Arc<Semaphore>,
}

/// The permit of a request that is arriving.
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

    /// The permit as the request carries it, once all of it is in memory.
    pub(super) fn into_memory(self) -> Memory {
        Memory::new(self.held)
    }
}

impl Permits {
    /// Pools with `bytes` for large requests, and the reserve.
    pub(super) fn new(bytes: usize) -> Permits {
        let bulk_bytes = bytes.clamp(SMALL_BYTES, u32::MAX as usize);
        Permits {
            bulk: Arc::new(Semaphore::new(bulk_bytes)),
            bulk_bytes,
            reserve: Arc::new(Semaphore::new(RESERVE_BYTES)),
        }
    }

    /// Waits until a request of `length` bytes may be read: all of it, or the first part of a
    /// large one.
    pub(super) async fn take(&self, api_key: Option<i16>, length: usize) -> Permit {
        let is_produce = api_key == Some(ApiKey::Produce as i16);
        if length <= SMALL_BYTES && !is_produce {
            return Permit {
                held: acquire(&self.reserve, length).await,
                bytes: length,
            };
        }
        let wanted = length.min(FIRST_BYTES).min(self.bulk_bytes);
        let held = acquire(&self.bulk, wanted).await;
        let bytes = self.allows(wanted, length);
        Permit { held, bytes }
    }

    /// Waits until more of a large request of `length` bytes may be read.
    pub(super) async fn grow(&self, permit: &mut Permit, length: usize) {
        let wanted = (permit.bytes * 2).min(length).min(self.bulk_bytes);
        let more = acquire(&self.bulk, wanted - permit.held.num_permits()).await;
        permit.held.merge(more);
        permit.bytes = self.allows(wanted, length);
    }

    /// How many bytes of a request of `length` bytes may be in memory if it holds `held` permits. One
    /// that holds all permits may exceed them: no other large request is in memory then.
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
        let mut one = permits.take(None, length).now_or_never().unwrap();
        let other = permits.take(None, length).now_or_never().unwrap();
        assert_eq!(one.bytes(), FIRST_BYTES);
        permits.grow(&mut one, length).now_or_never().unwrap();
        assert_eq!(one.bytes(), 2 * FIRST_BYTES);
        permits.grow(&mut one, length).now_or_never().unwrap();
        assert_eq!(one.bytes(), length);
        assert!(
            permits.take(None, length).now_or_never().is_none(),
            "all are taken"
        );
        drop((one, other));
        assert!(permits.take(None, length).now_or_never().is_some());
    }

    #[test]
    fn small_requests_do_not_wait_for_produce_requests_of_any_size() {
        let permits = Permits::new(SMALL_BYTES);
        let produce = Some(ApiKey::Produce as i16);
        let produced = permits.take(produce, SMALL_BYTES).now_or_never().unwrap();
        assert!(permits.take(produce, 1).now_or_never().is_none());
        let heartbeat = Some(ApiKey::Heartbeat as i16);
        assert!(permits.take(heartbeat, 100).now_or_never().is_some());
        drop(produced.into_memory());
        assert!(permits.take(produce, 1).now_or_never().is_some());
    }

    #[test]
    fn a_request_larger_than_all_permits_is_read_alone() {
        let permits = Permits::new(FIRST_BYTES / 2);
        let alone = permits.take(None, FIRST_BYTES).now_or_never().unwrap();
        assert_eq!(alone.bytes(), FIRST_BYTES);
        assert!(permits.take(None, SMALL_BYTES + 1).now_or_never().is_none());
        assert!(
            permits.take(None, SMALL_BYTES).now_or_never().is_some(),
            "the reserve is there"
        );
    }
}
