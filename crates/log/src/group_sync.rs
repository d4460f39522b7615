//! Group commit: one round of syncs for many logs.
//!
//! Who has a thread that may block collects the tickets of all logs that wait, has them synced
//! together and tells each. What is appended meanwhile waits for the next round; so the slower
//! the disk, the more records share a sync.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use io::{File, Io};

use crate::sync_ticket::{FileId, SyncTicket, Synced};

/// Syncs that run side by side in one round.
const PARALLEL: usize = 4;

/// A sync that failed; what it was about may be lost. See `Log::mark_sync_failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncError(pub Arc<str>);

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SyncError {}

/// What is synced once, whoever asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A file of a log.
    File(u64, FileId),
    Directory(PathBuf),
}

/// How it is synced.
#[derive(Clone, Debug)]
enum Job {
    File(File),
    Directory(PathBuf),
}

type Failures = BTreeMap<Target, SyncError>;

/// Syncs what several tickets ask for in one round; a result for each, in their order.
///
/// Blocks the calling thread, which should be one that may.
pub async fn sync_together(io: &Io, tickets: Vec<SyncTicket>) -> Vec<Result<Synced, SyncError>> {
    let mut jobs = BTreeMap::new();
    for ticket in &tickets {
        for (id, file) in &ticket.files {
            jobs.insert(Target::File(ticket.log, *id), Job::File(file.clone()));
        }
        for dir in &ticket.dirs {
            jobs.insert(Target::Directory(dir.clone()), Job::Directory(dir.clone()));
        }
    }
    let failures = run(io, jobs).await;
    // A failure is that of the logs which needed it: others in the round are not concerned.
    let result = |ticket: SyncTicket| {
        let files = ticket
            .files
            .iter()
            .map(|(id, _)| Target::File(ticket.log, *id));
        let dirs = ticket.dirs.iter().cloned().map(Target::Directory);
        match files.chain(dirs).find_map(|target| failures.get(&target)) {
            None => Ok(ticket.synced),
            Some(error) => Err(error.clone()),
        }
    };
    tickets.into_iter().map(result).collect()
}

async fn run(io: &Io, jobs: BTreeMap<Target, Job>) -> Failures {
    if jobs.len() == 1 {
        return sync_all(io, jobs.into_iter().collect());
    }
    let mut lanes = vec![Vec::new(); PARALLEL.min(jobs.len())];
    let count = lanes.len();
    for (at, job) in jobs.into_iter().enumerate() {
        lanes[at % count].push(job);
    }
    let lanes = lanes.into_iter().map(|lane| {
        let for_lane = io.clone();
        io.tasks.blocking(move || sync_all(&for_lane, lane))
    });
    join_all(lanes).await.into_iter().flatten().collect()
}

fn sync_all(io: &Io, jobs: Vec<(Target, Job)>) -> Failures {
    let mut failures = Failures::new();
    for (target, job) in jobs {
        let result = match job {
            Job::File(file) => file.sync_data(),
            Job::Directory(path) => io.disk.sync_dir(&path),
        };
        if let Err(error) = result {
            failures.insert(target, SyncError(error.to_string().into()));
        }
    }
    failures
}
