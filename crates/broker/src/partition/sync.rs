//! Group sync: one thread per log directory makes appended records durable, round after round.
//!
//! A partition with unsynced records is queued once. A round takes all queued partitions, makes
//! their records durable and reports the result to them. Records that are appended meanwhile are
//! in the next round. So the busier the broker is, the more appends share a sync.
//!
//! A round syncs the redo log and not the segments. When one of its two files is full enough, rounds
//! use the other file, and the segments with the records of the full one are synced meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{self, BoxFuture, FutureExt};
use io::Pool;
use log::redo::RedoLog;
use log::{Log, SyncError, SyncTicket, Synced};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::directory::Directory;
use super::life::Phase;
use super::{Partition, State};

/// Bytes per partition that are written to a file of the redo log before rounds switch to the other
/// file. With fewer bytes, segments are synced more often; with more, these syncs take longer, and
/// rounds are slow meanwhile.
const FILE_BYTES_PER_PARTITION: u64 = 512 << 10;

/// The least bytes that are written to a file of the redo log before rounds switch to the other.
const FILE_BYTES_MIN: u64 = 4 << 20;

/// Partitions of one log directory with records to sync.
#[derive(Debug, Default)]
pub(crate) struct SyncQueue {
    queued: Mutex<Vec<Arc<Partition>>>,
    wake: Notify,
}

impl SyncQueue {
    /// Adds `partition` to the next round.
    pub(super) fn submit(&self, partition: &Arc<Partition>) {
        self.queued.lock().push(Arc::clone(partition));
        self.wake.notify_one();
    }

    /// Removes all partitions when the sync thread has ended. They refer to the queue, so neither
    /// would ever be freed.
    pub(crate) fn clear(&self) {
        self.take();
    }

    fn take(&self) -> Vec<Arc<Partition>> {
        std::mem::take(&mut *self.queued.lock())
    }
}

/// Runs rounds until it is aborted. Blocks, so it needs a thread of its own.
pub(crate) async fn run(directory: Arc<Directory>) {
    let mut rounds = Rounds {
        redo: directory.begin_redo(),
        unflushed: BTreeMap::new(),
        directory: Arc::clone(&directory),
    };
    // Pending while nothing is flushed. The first flush makes the files durable that a crash has left.
    let mut flushing: BoxFuture<'_, bool> = sync_recovered_files(Arc::clone(&directory)).boxed();
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
                if let Some(unflushed) = rounds.round().await {
                    flushing = flush(Arc::clone(&directory), unflushed).boxed();
                }
            }
        }
    }
}

/// Makes the files durable that a crash has left. Returns whether that succeeded.
async fn sync_recovered_files(directory: Arc<Directory>) -> bool {
    let io = directory.io().clone();
    let syncing = move || directory.sync_recovered_files();
    io.tasks.blocking(Pool::Sync, syncing).await.is_ok()
}

/// The rounds of one log directory.
struct Rounds {
    directory: Arc<Directory>,
    redo: RedoLog,
    /// Partitions whose segments lack records of the current file of the redo log, by log.
    unflushed: BTreeMap<u64, Arc<Partition>>,
}

impl Rounds {
    /// Syncs all queued partitions. When the redo log has switched files, returns the partitions to
    /// flush before the full file can be used again.
    async fn round(&mut self) -> Option<Vec<Arc<Partition>>> {
        // The failure takes the partitions offline, and requests that wait for them fail.
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
        let bytes = self.unflushed.len() as u64 * FILE_BYTES_PER_PARTITION;
        self.redo.switch_after(bytes.max(FILE_BYTES_MIN));
        let round = log::sync_round(self.directory.io(), &mut self.redo, tickets).await;
        let unflushed = match round.switched {
            true => Some(std::mem::take(&mut self.unflushed).into_values().collect()),
            false => None,
        };
        for ((partition, log), result) in partitions.into_iter().zip(logs).zip(round.results) {
            if result.as_ref().is_ok_and(|synced| !synced.is_in_segments()) {
                self.unflushed.insert(log, Arc::clone(&partition));
            }
            partition.synced(result);
        }
        unflushed
    }
}

/// Makes the segments of partitions and their recovery points durable. Returns whether that
/// succeeded.
async fn flush(directory: Arc<Directory>, unflushed: Vec<Arc<Partition>>) -> bool {
    // A log that is being closed has no ticket, and is not durable yet.
    for partition in &unflushed {
        partition.not_closing().await;
    }
    let (partitions, tickets) = tickets(unflushed.clone(), Partition::flush_ticket);
    let results = log::sync_together(directory.io(), tickets).await;
    let mut worked = results.iter().all(Result::is_ok);
    for (partition, result) in partitions.into_iter().zip(results) {
        partition.segments_synced(result);
    }
    // A log that has failed before has no ticket. Its records may be in the redo log only.
    worked &= unflushed.iter().all(|partition| partition.is_flushed());
    for partition in &unflushed {
        partition.note_checkpoint();
    }
    // The redo log is still needed.
    if directory.is_offline() {
        return false;
    }
    let io = directory.io().clone();
    let writing = move || directory.write_recovery_points();
    let written = io.tasks.blocking(Pool::Sync, writing).await;
    if let Err(error) = &written {
        tracing::error!("cannot checkpoint recovery points: {error}");
    }
    worked && written.is_ok()
}

/// The partitions that have a ticket, and the tickets.
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
    /// The records to sync in this round; records that are appended later are in the next one.
    fn sync_ticket(self: &Arc<Self>) -> Option<SyncTicket> {
        let ticket = self.with_open_log(|log, state| {
            let ticket = log.unsynced();
            if ticket.is_none() {
                state.life.sync_done();
            }
            ticket
        });
        ticket.ok()?
    }

    /// Whether the records that were synced are durable in the segments too, after a sync of the segments
    /// has succeeded. They are if the log was closed since.
    fn is_flushed(&self) -> bool {
        let mut locked = self.locked.lock();
        match locked.state.life.phase() {
            Phase::Open => locked
                .open()
                .is_some_and(|(log, _)| log.failure().is_none()),
            // Whether it was closed cleanly is not known.
            Phase::Stopped => false,
            _ => true,
        }
    }

    /// The segment files to sync; `None` if all are durable, the log has failed or is closed. The caller reports
    /// the result with [`Partition::segments_synced`].
    fn flush_ticket(self: &Arc<Self>) -> Option<SyncTicket> {
        let ticket = self.with_open_log(|log, state| {
            let ticket = log.unflushed()?;
            state.life.segment_sync_started();
            Some(ticket)
        });
        ticket.ok()?
    }

    /// Syncs the segments and writes the recovery point, which it returns. Blocks on the disk.
    pub(super) fn flush(self: &Arc<Self>) -> std::io::Result<i64> {
        self.directory.sync_recovered_files()?;
        if let Some(ticket) = self.flush_ticket() {
            let result = ticket.sync(&self.directory.io().disk);
            let result = result.map_err(|error| SyncError::from(&error));
            self.segments_synced(result.map(|()| ticket.synced));
        }
        // 0 if the log has failed or the topic was deleted.
        let recovery_point = self.with_log(|log, _| log.flushed_offset()).unwrap_or(0);
        self.note_checkpoint();
        self.directory.write_checkpoints()?;
        Ok(recovery_point)
    }

    /// Applies the result of a sync round.
    fn synced(self: &Arc<Self>, result: Result<Synced, SyncError>) {
        // A log that was closed has synced itself.
        let _ = self.with_open_log(|log, state| {
            state.life.sync_done();
            self.apply_sync(log, state, result);
        });
    }

    /// Applies the result of syncing the segments.
    fn segments_synced(self: &Arc<Self>, result: Result<Synced, SyncError>) {
        // A log that was closed has synced itself.
        let _ = self.with_open_log(|log, state| {
            state.life.segment_sync_ended();
            self.apply_sync(log, state, result);
        });
    }

    fn apply_sync(
        self: &Arc<Self>,
        log: &mut Log,
        state: &mut State,
        result: Result<Synced, SyncError>,
    ) {
        match result {
            Ok(synced) => {
                log.mark_synced(&synced);
                let now_ms = self.directory.io().clock.now_ms();
                self.log_changed(log, state, now_ms);
            }
            Err(e) => {
                log.mark_sync_failed(&e);
                state.waiters.wake_all();
                // If the sync has not begun, it is due again.
                self.log_changed(log, state, self.directory.io().clock.now_ms());
            }
        }
    }
}
