//! Group sync: a thread per log directory has what was appended made durable, round after round.
//!
//! A partition with unsynced records is queued once. A round takes all that are queued, syncs
//! their files and tells them; what is appended meanwhile waits for the next round together. So
//! the busier the broker is, the more appends share a sync.

use std::sync::Arc;

use io::Io;
use log::{SyncError, SyncTicket, Synced};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Partition;

/// Partitions of one log directory that want a sync.
#[derive(Debug, Default)]
pub(crate) struct SyncQueue {
    queued: Mutex<Vec<Arc<Partition>>>,
    wake: Notify,
}

impl SyncQueue {
    /// Has `partition` synced in the next round.
    pub(super) fn submit(&self, partition: &Arc<Partition>) {
        self.queued.lock().push(Arc::clone(partition));
        self.wake.notify_one();
    }

    /// Runs rounds for ever. Blocks: it belongs on a thread of its own.
    pub(crate) async fn run(self: Arc<Self>, io: Io) {
        loop {
            self.wake.notified().await;
            self.round(&io).await;
        }
    }

    /// Syncs everything queued.
    async fn round(&self, io: &Io) {
        let queued = std::mem::take(&mut *self.queued.lock());
        let mut partitions = Vec::with_capacity(queued.len());
        let mut tickets = Vec::with_capacity(queued.len());
        for partition in queued {
            if let Some(ticket) = partition.sync_ticket() {
                partitions.push(partition);
                tickets.push(ticket);
            }
        }
        let results = log::sync_together(io, tickets).await;
        for (partition, result) in partitions.iter().zip(results) {
            partition.synced(result);
        }
    }
}

impl Partition {
    /// What is to be synced now; what is appended from here on is the next round's.
    fn sync_ticket(self: &Arc<Self>) -> Option<SyncTicket> {
        let ticket = self.with_log(|log, watch| {
            let ticket = log.unsynced();
            *watch.sync_wanted = matches!(ticket, Ok(Some(_)));
            if let Err(e) = &ticket {
                log.mark_sync_failed(&e.to_string());
                watch.waiters.wake_all();
            }
            ticket
        });
        ticket.ok()?.ok()?
    }

    /// Takes the result of a sync.
    fn synced(self: &Arc<Self>, result: Result<Synced, SyncError>) {
        let now_ms = self.directory.io().clock.now_ms();
        // Deleted meanwhile: nobody is left to tell.
        let _ = self.with_log(|log, watch| {
            *watch.sync_wanted = false;
            match result {
                Ok(synced) => {
                    log.mark_synced(&synced);
                    self.settle(log, watch, now_ms);
                }
                Err(e) => {
                    log.mark_sync_failed(&e.to_string());
                    watch.waiters.wake_all();
                }
            }
        });
    }
}
