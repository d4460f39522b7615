//! Group commit: one thread per log directory that syncs for all who wait.
//!
//! While a round of syncs runs, further requests queue up; the next round serves them together,
//! and a file that several wait for is synced once. So the slower the disk, the more records
//! share a sync.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::future::join_all;
use io::{File, Io};

use crate::sync_ticket::{FileId, SyncTicket, Synced};

/// Syncs that run side by side in one round.
const PARALLEL: usize = 4;

/// A sync that failed; what it was about may be lost. See `Log::mark_sync_failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncError(pub Arc<str>);

impl std::fmt::Display for SyncError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SyncError {}

/// A handle to the sync thread of a log directory. The thread ends with the last handle.
#[derive(Clone, Debug)]
pub struct GroupSync {
    queue: mpsc::UnboundedSender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    ticket: SyncTicket,
    done: oneshot::Sender<Result<Synced, SyncError>>,
}

impl GroupSync {
    /// Starts the thread.
    pub fn start(io: &Io) -> GroupSync {
        let (queue, waiting) = mpsc::unbounded();
        io.tasks.spawn_thread("log-sync", run(io.clone(), waiting));
        GroupSync { queue }
    }

    /// Asks for a sync, at once; the returned future says when it is done.
    ///
    /// The queue has no bound of its own: who waits holds a permit for the request's bytes.
    pub fn submit(
        &self,
        ticket: SyncTicket,
    ) -> impl Future<Output = Result<Synced, SyncError>> + Send + use<> {
        let (done, result) = oneshot::channel();
        let queued = self.queue.unbounded_send(Waiting { ticket, done });
        async move {
            match (queued, result.await) {
                (Ok(()), Ok(result)) => result,
                _ => Err(SyncError("the sync thread has ended".into())),
            }
        }
    }
}

async fn run(io: Io, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = waiting.next().await {
        let mut round = vec![first];
        while let Ok(next) = waiting.try_recv() {
            round.push(next);
        }
        sync_round(&io, round).await;
    }
}

/// Something to sync, once, for all tickets of a round that need it; and the log it is for.
enum Job {
    File(File),
    Dir(PathBuf),
}

/// What is synced: the same file or directory for several tickets of a log is one job.
type JobId = (u64, Option<FileId>, Option<PathBuf>);

async fn sync_round(io: &Io, round: Vec<Waiting>) {
    let (tickets, askers): (Vec<_>, Vec<_>) = round
        .into_iter()
        .map(|waiting| (waiting.ticket, waiting.done))
        .unzip();
    for (result, done) in sync_together(io, tickets).await.into_iter().zip(askers) {
        // Who asked may have given up waiting.
        let _ = done.send(result);
    }
}

/// Syncs what several tickets ask for in one round; a result for each, in their order.
///
/// Blocks the calling thread, which should be one that may.
pub async fn sync_together(io: &Io, tickets: Vec<SyncTicket>) -> Vec<Result<Synced, SyncError>> {
    let mut jobs: BTreeMap<JobId, Job> = BTreeMap::new();
    for ticket in &tickets {
        for (id, file) in &ticket.files {
            jobs.entry((ticket.log, Some(*id), None))
                .or_insert_with(|| Job::File(file.clone()));
        }
        for dir in &ticket.dirs {
            jobs.entry((ticket.log, None, Some(dir.clone())))
                .or_insert_with(|| Job::Dir(dir.clone()));
        }
    }
    // A log's failure is its own: others in the round are not concerned.
    let mut failed: BTreeMap<u64, SyncError> = BTreeMap::new();
    for (log, error) in run_jobs(io, jobs).await {
        failed
            .entry(log)
            .or_insert_with(|| SyncError(error.to_string().into()));
    }
    let result = |ticket: SyncTicket| match failed.get(&ticket.log) {
        None => Ok(ticket.synced),
        Some(error) => Err(error.clone()),
    };
    tickets.into_iter().map(result).collect()
}

async fn run_jobs(io: &Io, jobs: BTreeMap<JobId, Job>) -> Vec<(u64, std::io::Error)> {
    if jobs.len() == 1 {
        return jobs
            .into_iter()
            .filter_map(|(id, job)| sync(io, id.0, job))
            .collect();
    }
    let mut lanes: Vec<Vec<_>> = Vec::new();
    lanes.resize_with(PARALLEL.min(jobs.len()), Vec::new);
    let count = lanes.len();
    for (at, job) in jobs.into_iter().enumerate() {
        lanes[at % count].push(job);
    }
    let lanes = lanes.into_iter().map(|lane| {
        let for_lane = io.clone();
        io.tasks.blocking(move || -> Vec<(u64, std::io::Error)> {
            lane.into_iter()
                .filter_map(|(id, job)| sync(&for_lane, id.0, job))
                .collect()
        })
    });
    join_all(lanes).await.into_iter().flatten().collect()
}

fn sync(io: &Io, log: u64, job: Job) -> Option<(u64, std::io::Error)> {
    let result = match job {
        Job::File(file) => file.sync_data(),
        Job::Dir(dir) => io.disk.sync_dir(&dir),
    };
    result.err().map(|error| (log, error))
}
