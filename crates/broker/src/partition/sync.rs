//! Group sync: a thread per log directory has what was appended made durable, round after round.
//!
//! A partition with unsynced records is queued once. A round takes all that are queued, makes
//! their records durable and tells them; what is appended meanwhile waits for the next round
//! together. So the busier the broker is, the more appends share a sync.
//!
//! A round syncs the redo log rather than the segments. When one of its files is full enough, the
//! segments are synced behind it, while rounds go on in the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{self, BoxFuture, FutureExt};
use io::Pool;
use log::redo::RedoLog;
use log::{SyncError, SyncTicket, Synced};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Partition;
use super::directory::Directory;

/// So many bytes for each partition in it, and at least so many, are written to a file of the
/// redo log before the segments behind it are synced. Fewer cost more syncs; more, and syncing
/// them is felt by whoever waits for a round meanwhile.
const TURN_BYTES_PER_PARTITION: u64 = 512 << 10;
const TURN_BYTES_MIN: u64 = 4 << 20;

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

    fn take(&self) -> Vec<Arc<Partition>> {
        std::mem::take(&mut *self.queued.lock())
    }
}

/// Runs rounds for ever. Blocks: it belongs on a thread of its own.
pub(crate) async fn run(directory: Arc<Directory>) {
    let mut rounds = Rounds {
        redo: directory.begin_redo(),
        behind: BTreeMap::new(),
        directory: Arc::clone(&directory),
    };
    // Pending when there is nothing to flush. At first, it is what a crash has left.
    let mut flushing: BoxFuture<'_, bool> = settle(Arc::clone(&directory)).boxed();
    loop {
        tokio::select! {
            biased;
            flushed = &mut flushing => {
                flushing = future::pending().boxed();
                if flushed {
                    rounds.redo.free_other();
                }
            }
            () = directory.sync_queue().wake.notified() => {
                if let Some(behind) = rounds.round().await {
                    flushing = flush(Arc::clone(&directory), behind).boxed();
                }
            }
        }
    }
}

/// Makes durable what a crash has left; whether that has worked.
async fn settle(directory: Arc<Directory>) -> bool {
    let io = directory.io().clone();
    let settled = io
        .tasks
        .blocking(Pool::Sync, move || directory.settle())
        .await;
    settled.is_ok()
}

/// The rounds of one log directory.
struct Rounds {
    directory: Arc<Directory>,
    redo: RedoLog,
    /// Partitions whose segments are behind the file of the redo log that is written to, by log.
    behind: BTreeMap<u64, Arc<Partition>>,
}

impl Rounds {
    /// Syncs everything queued. When the redo log has gone on in its other file, the partitions
    /// to be flushed for the one before.
    async fn round(&mut self) -> Option<Vec<Arc<Partition>>> {
        // Its partitions go offline, and whoever waits on them is told so.
        if self.directory.is_offline() {
            self.directory.sync_queue().take();
            return None;
        }
        let queued = self.directory.sync_queue().take();
        let (partitions, tickets) = tickets(queued, Partition::sync_ticket);
        if tickets.is_empty() {
            return None;
        }
        let logs: Vec<u64> = tickets.iter().map(|ticket| ticket.log).collect();
        let turn = self.behind.len() as u64 * TURN_BYTES_PER_PARTITION;
        self.redo.turn_after(turn.max(TURN_BYTES_MIN));
        let round = log::sync_round(self.directory.io(), &mut self.redo, tickets).await;
        let behind = match round.switched {
            true => Some(std::mem::take(&mut self.behind).into_values().collect()),
            false => None,
        };
        for ((partition, log), result) in partitions.into_iter().zip(logs).zip(round.results) {
            if result.as_ref().is_ok_and(|synced| !synced.is_in_segments()) {
                self.behind.insert(log, Arc::clone(&partition));
            }
            partition.synced(result);
        }
        behind
    }
}

/// Makes the segments of `partitions` durable, and the recovery points that say so; whether that
/// has worked.
async fn flush(directory: Arc<Directory>, behind: Vec<Arc<Partition>>) -> bool {
    let (partitions, tickets) = tickets(behind.clone(), Partition::flush_ticket);
    let results = log::sync_together(directory.io(), tickets).await;
    let worked = results.iter().all(Result::is_ok);
    for (partition, result) in partitions.into_iter().zip(results) {
        partition.flushed(result);
    }
    for partition in &behind {
        partition.note_checkpoint();
    }
    // What the redo log holds is for the next start.
    if directory.is_offline() {
        return false;
    }
    let io = directory.io().clone();
    let write_down = move || directory.write_down_recovery_points();
    let written = io.tasks.blocking(Pool::Sync, write_down).await;
    if let Err(error) = &written {
        tracing::error!("cannot write checkpoints: {error}");
    }
    worked && written.is_ok()
}

/// The tickets of those that have one.
fn tickets(
    partitions: Vec<Arc<Partition>>,
    ticket: fn(&Arc<Partition>) -> Option<SyncTicket>,
) -> (Vec<Arc<Partition>>, Vec<SyncTicket>) {
    let with_ticket = |partition| {
        let ticket = ticket(&partition)?;
        Some((partition, ticket))
    };
    partitions.into_iter().filter_map(with_ticket).unzip()
}

impl Partition {
    /// What is to be synced now; what is appended from here on is the next round's.
    fn sync_ticket(self: &Arc<Self>) -> Option<SyncTicket> {
        let ticket = self.with_log(|log, watch| {
            let ticket = log.unsynced();
            *watch.sync_wanted = ticket.is_some();
            ticket
        });
        ticket.ok()?
    }

    /// What is to be synced for the segments to be durable; none of a log that was closed since.
    fn flush_ticket(self: &Arc<Self>) -> Option<SyncTicket> {
        if !self.is_open() {
            return None;
        }
        // Deleted meanwhile, there is nothing to sync.
        self.with_log(|log, _| log.unflushed()).ok()?
    }

    /// Syncs the segments and writes down so; the recovery point. Blocks on the disk.
    pub(super) fn write_down_recovery_point(self: &Arc<Self>) -> std::io::Result<i64> {
        self.directory.settle()?;
        if let Some(ticket) = self.flush_ticket() {
            let result = ticket.sync(&self.directory.io().disk);
            let told = result.map_err(|error| SyncError::from(&error));
            self.flushed(told.map(|()| ticket.synced));
        }
        // Nothing, where the log has failed or is gone.
        let recovery_point = self.with_log(|log, _| log.flushed_offset()).unwrap_or(0);
        self.note_checkpoint();
        self.directory.write_down()?;
        Ok(recovery_point)
    }

    /// Takes the result of a sync.
    fn synced(self: &Arc<Self>, result: Result<Synced, SyncError>) {
        // Deleted meanwhile: nobody is left to tell.
        let _ = self.with_log(|_, watch| *watch.sync_wanted = false);
        self.flushed(result);
    }

    /// Takes the result of syncing the segments.
    fn flushed(self: &Arc<Self>, result: Result<Synced, SyncError>) {
        if !self.is_open() {
            return;
        }
        let now_ms = self.directory.io().clock.now_ms();
        let _ = self.with_log(|log, watch| match result {
            Ok(synced) => {
                log.mark_synced(&synced);
                self.settle(log, watch, now_ms);
            }
            Err(e) => {
                log.mark_sync_failed(&e);
                watch.waiters.wake_all();
            }
        });
    }
}
