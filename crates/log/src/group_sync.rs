//! Group commit: one round of syncs for many logs.
//!
//! A thread that may block collects the tickets of all waiting logs, syncs them together and
//! notifies each. Records that are appended meanwhile wait for the next round; so the slower the
//! disk, the more records share a sync.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use io::{DiskErrorKind, File, Io, Pool};
use thiserror::Error;

use crate::redo::RedoLog;
use crate::sync_ticket::{FileId, SyncTicket, Synced};

/// Maximum number of syncs at the same time in one round.
const PARALLEL: usize = 4;

/// A round with more bytes than this per file syncs the segments: writing all bytes twice would
/// cost more than the syncs.
const REDO_BYTES_PER_FILE: u64 = 64 << 10;

/// Number of attempts to sync a file that cannot be opened because all descriptors are in use, and
/// the pause between them. Nothing is lost meanwhile.
const RETRIES: usize = 100;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// A sync that failed. The unsynced bytes may be lost, whatever the error is and whatever a later
/// sync returns, unless the sync has not begun. See [`Log::mark_sync_failed`](crate::Log::mark_sync_failed).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyncError {
    message: Arc<str>,
    kind: DiskErrorKind,
}

impl SyncError {
    /// Whether the device has failed, and with it every log on it.
    pub fn device_failed(&self) -> bool {
        self.kind == DiskErrorKind::Device
    }

    /// Whether there was no free descriptor for the file. Its bytes are as safe as before.
    pub fn has_not_begun(&self) -> bool {
        self.kind == DiskErrorKind::OutOfDescriptors
    }
}

impl From<&std::io::Error> for SyncError {
    fn from(error: &std::io::Error) -> SyncError {
        SyncError {
            message: error.to_string().into(),
            kind: DiskErrorKind::of(error),
        }
    }
}

/// A file or directory that a round syncs once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A file of a log.
    File(u64, FileId),
    Directory(PathBuf),
}

/// How to sync a target.
#[derive(Clone, Debug)]
enum SyncCall {
    File(File),
    Directory(PathBuf),
}

type Failures = BTreeMap<Target, SyncError>;

/// Which of a ticket's files a round syncs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    All,
    New,
}

/// The result of a round.
#[derive(Debug)]
pub struct Round {
    /// A result for each ticket, in their order.
    pub results: Vec<Result<Synced, SyncError>>,
    /// Whether the redo log switched files, so that the segments whose bytes are in the other file have
    /// to be flushed. See [`RedoLog::free_other`].
    pub switched: bool,
}

/// Makes the changes of several tickets durable: in the redo log if it has room, or else by syncing
/// their files.
///
/// Blocks the calling thread, which has to be one that may block.
pub async fn sync_round(io: &Io, redo: &mut RedoLog, tickets: Vec<SyncTicket>) -> Round {
    let all: Vec<&SyncTicket> = tickets.iter().collect();
    let bytes: u64 = tickets.iter().map(SyncTicket::bytes).sum();
    let files: u64 = tickets.iter().map(|ticket| ticket.files.len() as u64).sum();
    let mut round = Round {
        results: Vec::new(),
        switched: false,
    };
    if bytes <= files * REDO_BYTES_PER_FILE {
        if redo.is_switch_due() || !redo.has_room(&all, true) {
            round.switched = redo.switch();
        }
        if redo.has_room(&all, true) {
            let failures = run(io, calls(&tickets, Files::New)).await;
            let synced = succeeded(&tickets, Files::New, &failures);
            let writing = io.tasks.blocking_in_place(|| redo.write(&synced, true));
            match writing.await {
                Ok(()) => {
                    round.results = results(tickets, Files::New, &failures);
                    return round;
                }
                // The segments are on the same device.
                Err(error) if io::is_device_failure(&error) => {
                    round.results = all_failed(&tickets, &error);
                    return round;
                }
                Err(error) => tracing::debug!("syncing the segments instead: {error}"),
            }
        }
    }
    let failures = run(io, calls(&tickets, Files::All)).await;
    let synced = succeeded(&tickets, Files::All, &failures);
    // A start after a crash then knows how far the logs were synced. They are synced already.
    if redo.has_room(&synced, false)
        && let Err(error) = io
            .tasks
            .blocking_in_place(|| redo.write(&synced, false))
            .await
        && io::is_device_failure(&error)
    {
        round.results = all_failed(&tickets, &error);
        return round;
    }
    round.results = results(tickets, Files::All, &failures);
    round
}

/// Syncs the files of several tickets in one round. Returns a result for each, in their order.
///
/// Blocks the calling thread, which has to be one that may block.
pub async fn sync_together(io: &Io, tickets: Vec<SyncTicket>) -> Vec<Result<Synced, SyncError>> {
    let failures = run(io, calls(&tickets, Files::All)).await;
    results(tickets, Files::All, &failures)
}

fn all_failed(tickets: &[SyncTicket], error: &std::io::Error) -> Vec<Result<Synced, SyncError>> {
    let failed = SyncError::from(error);
    tickets.iter().map(|_| Err(failed.clone())).collect()
}

/// The tickets all of whose files were synced.
fn succeeded<'a>(
    tickets: &'a [SyncTicket],
    files: Files,
    failures: &Failures,
) -> Vec<&'a SyncTicket> {
    let succeeded = |ticket: &&SyncTicket| failure(ticket, files, failures).is_none();
    tickets.iter().filter(succeeded).collect()
}

fn files_of(ticket: &SyncTicket, files: Files) -> &[(FileId, File)] {
    match files {
        Files::All => &ticket.files,
        Files::New => &ticket.new_files,
    }
}

fn calls(tickets: &[SyncTicket], files: Files) -> BTreeMap<Target, SyncCall> {
    let mut calls = BTreeMap::new();
    for ticket in tickets {
        for (id, file) in files_of(ticket, files) {
            calls.insert(Target::File(ticket.log, *id), SyncCall::File(file.clone()));
        }
        for dir in &ticket.dirs {
            calls.insert(
                Target::Directory(dir.clone()),
                SyncCall::Directory(dir.clone()),
            );
        }
    }
    calls
}

/// The first failure among the files of a ticket. Other tickets of the round are not affected.
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

async fn run(io: &Io, calls: BTreeMap<Target, SyncCall>) -> Failures {
    let mut failures = run_once(io, calls.clone()).await;
    for _ in 0..RETRIES {
        let mut again = BTreeMap::new();
        failures.retain(|target, error| {
            let is_transient = error.has_not_begun();
            if is_transient {
                again.insert(target.clone(), calls[target].clone());
            }
            !is_transient
        });
        if again.is_empty() {
            break;
        }
        io.clock.sleep(RETRY_PAUSE).await;
        failures.extend(run_once(io, again).await);
    }
    failures
}

async fn run_once(io: &Io, calls: BTreeMap<Target, SyncCall>) -> Failures {
    if calls.len() <= 1 {
        let calls = calls.into_iter().collect();
        return io.tasks.blocking_in_place(|| sync_all(io, calls)).await;
    }
    let mut lanes = vec![Vec::new(); PARALLEL.min(calls.len())];
    let count = lanes.len();
    for (at, call) in calls.into_iter().enumerate() {
        lanes[at % count].push(call);
    }
    let lanes = lanes.into_iter().map(|lane| {
        let for_lane = io.clone();
        io.tasks
            .blocking(Pool::Sync, move || sync_all(&for_lane, lane))
    });
    join_all(lanes).await.into_iter().flatten().collect()
}

fn sync_all(io: &Io, calls: Vec<(Target, SyncCall)>) -> Failures {
    let mut failures = Failures::new();
    for (target, call) in calls {
        let result = match call {
            SyncCall::File(file) => file.sync_data(),
            SyncCall::Directory(path) => io.disk.sync_dir(&path),
        };
        if let Err(error) = result {
            failures.insert(target, SyncError::from(&error));
        }
    }
    failures
}
