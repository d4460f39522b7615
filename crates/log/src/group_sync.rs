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
use io::{File, Io, Pool};

use crate::redo::RedoLog;
use crate::sync_ticket::{FileId, SyncTicket, Synced};

/// Syncs that run side by side in one round.
const PARALLEL: usize = 4;

/// Above so many bytes a file a round syncs the segments: writing everything twice would cost
/// more than the syncs.
const REDO_BYTES_PER_FILE: u64 = 64 << 10;

/// A sync that failed; what it was about may be lost. See `Log::mark_sync_failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncError {
    message: Arc<str>,
    device_failed: bool,
}

impl SyncError {
    /// Whether that was the device's fault, so that others are concerned too.
    pub fn device_failed(&self) -> bool {
        self.device_failed
    }
}

impl From<&std::io::Error> for SyncError {
    fn from(error: &std::io::Error) -> SyncError {
        SyncError {
            message: error.to_string().into(),
            device_failed: io::is_device_failure(error),
        }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
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

/// Which of a ticket's files are synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    All,
    New,
}

/// What a round has done.
#[derive(Debug)]
pub struct Round {
    /// A result for each ticket, in their order.
    pub results: Vec<Result<Synced, SyncError>>,
    /// Whether the redo log has gone on in its other file, so that what was in it before this
    /// round is to be flushed. See [`RedoLog::free_other`].
    pub switched: bool,
}

/// Makes durable what several tickets ask for: in the redo log if it takes them, or else by
/// syncing their files.
///
/// Blocks the calling thread, which should be one that may.
pub async fn sync_round(io: &Io, redo: &mut RedoLog, tickets: Vec<SyncTicket>) -> Round {
    let all: Vec<&SyncTicket> = tickets.iter().collect();
    let bytes: u64 = tickets.iter().map(SyncTicket::bytes).sum();
    let files: u64 = tickets.iter().map(|ticket| ticket.files.len() as u64).sum();
    let mut round = Round {
        results: Vec::new(),
        switched: false,
    };
    if bytes <= files * REDO_BYTES_PER_FILE {
        if redo.is_turn() || !redo.has_room(&all, true) {
            round.switched = redo.switch();
        }
        if redo.has_room(&all, true) {
            let failures = run(io, jobs(&tickets, Files::New)).await;
            match redo.write(&all, true) {
                Ok(()) => {
                    round.results = results(tickets, Files::New, &failures);
                    return round;
                }
                // The segments are on the same device.
                Err(error) if io::is_device_failure(&error) => {
                    round.results = all_failed(&tickets, &error);
                    return round;
                }
                Err(error) => {
                    tracing::error!("the redo log fails, syncing segments from now on: {error}");
                }
            }
        }
    }
    let failures = run(io, jobs(&tickets, Files::All)).await;
    let synced: Vec<&SyncTicket> = tickets
        .iter()
        .filter(|ticket| failure(ticket, Files::All, &failures).is_none())
        .collect();
    // So that a start after a crash knows what was promised. The promise itself is kept already.
    if redo.has_room(&synced, false)
        && let Err(error) = redo.write(&synced, false)
    {
        if io::is_device_failure(&error) {
            round.results = all_failed(&tickets, &error);
            return round;
        }
        tracing::error!("the redo log fails, syncing segments from now on: {error}");
    }
    round.results = results(tickets, Files::All, &failures);
    round
}

/// Syncs the files of several tickets in one round; a result for each, in their order.
///
/// Blocks the calling thread, which should be one that may.
pub async fn sync_together(io: &Io, tickets: Vec<SyncTicket>) -> Vec<Result<Synced, SyncError>> {
    let failures = run(io, jobs(&tickets, Files::All)).await;
    results(tickets, Files::All, &failures)
}

fn all_failed(tickets: &[SyncTicket], error: &std::io::Error) -> Vec<Result<Synced, SyncError>> {
    tracing::error!("the redo log fails: {error}");
    let failed = SyncError::from(error);
    tickets.iter().map(|_| Err(failed.clone())).collect()
}

fn files_of(ticket: &SyncTicket, files: Files) -> &[(FileId, File)] {
    match files {
        Files::All => &ticket.files,
        Files::New => &ticket.new_files,
    }
}

fn jobs(tickets: &[SyncTicket], files: Files) -> BTreeMap<Target, Job> {
    let mut jobs = BTreeMap::new();
    for ticket in tickets {
        for (id, file) in files_of(ticket, files) {
            jobs.insert(Target::File(ticket.log, *id), Job::File(file.clone()));
        }
        for dir in &ticket.dirs {
            jobs.insert(Target::Directory(dir.clone()), Job::Directory(dir.clone()));
        }
    }
    jobs
}

/// A failure is that of the logs which needed it: others in the round are not concerned.
fn failure<'a>(ticket: &SyncTicket, files: Files, failures: &'a Failures) -> Option<&'a SyncError> {
    let files = files_of(ticket, files)
        .iter()
        .map(|(id, _)| Target::File(ticket.log, *id));
    let dirs = ticket.dirs.iter().cloned().map(Target::Directory);
    files.chain(dirs).find_map(|target| failures.get(&target))
}

fn results(
    tickets: Vec<SyncTicket>,
    files: Files,
    failures: &Failures,
) -> Vec<Result<Synced, SyncError>> {
    let result = |ticket: SyncTicket| match failure(&ticket, files, failures) {
        None => Ok(Synced {
            in_segments: files == Files::All,
            ..ticket.synced
        }),
        Some(error) => Err(error.clone()),
    };
    tickets.into_iter().map(result).collect()
}

async fn run(io: &Io, jobs: BTreeMap<Target, Job>) -> Failures {
    if jobs.len() <= 1 {
        return sync_all(io, jobs.into_iter().collect());
    }
    let mut lanes = vec![Vec::new(); PARALLEL.min(jobs.len())];
    let count = lanes.len();
    for (at, job) in jobs.into_iter().enumerate() {
        lanes[at % count].push(job);
    }
    let lanes = lanes.into_iter().map(|lane| {
        let for_lane = io.clone();
        io.tasks
            .blocking(Pool::Sync, move || sync_all(&for_lane, lane))
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
            failures.insert(target, SyncError::from(&error));
        }
    }
    failures
}
