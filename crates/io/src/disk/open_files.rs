//! Cached files: open only while they are used, and at most a given number at a time.
//!
//! A [`CachedFile`] is opened when it is first used, and closed when others were used later. It
//! has no descriptor then, and is opened again by its path.
//!
//! Linux reports a failed write-back to open descriptors only, and forgets it with the last of
//! them. So bytes that were not synced when their file was closed are made durable by a sync of
//! the whole file system, through a descriptor that was open all the time: it reports every failed
//! write-back (`syncfs(2)`, Linux 5.8 and later). One such sync covers every file written to
//! before it started.
//!
//! Linux reports a failed write-back once per descriptor. So one file is synced by one thread at a
//! time, and a failed sync stays failed: every later sync of that file returns the error again.
//!
//! Invariant: a sync that succeeds covers all writes that had returned before it was called, and
//! none of them has failed to reach the disk.

use std::collections::VecDeque;
use std::io::{Error, Result};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::failure::{DiskErrorKind, repeat};
use super::{OpenMode, open};
use crate::backend::{DirectoryBackend, DiskBackend, FileBackend};

/// The open ones among the cached files of a [`Disk`](super::Disk).
#[derive(Debug)]
pub(super) struct OpenFiles {
    max: usize,
    /// Roughly, the one that was used longest ago is first.
    open: Mutex<VecDeque<Weak<CachedFile>>>,
    /// A directory of the file system, open all the time. Locked while that is synced.
    directory: Mutex<Option<Box<dyn DirectoryBackend>>>,
    /// Logical time: counts the starts of file system syncs, and their failures.
    time: AtomicU64,
    /// Start of the last file system sync that succeeded; 0 if there is none.
    succeeded: AtomicU64,
    /// End of the last file system sync that failed; 0 if there is none.
    failed: AtomicU64,
}

impl OpenFiles {
    /// Without a directory, `max` must be `usize::MAX`.
    pub(super) fn new(max: usize, directory: Option<Box<dyn DirectoryBackend>>) -> Arc<OpenFiles> {
        Arc::new(OpenFiles {
            max,
            open: Mutex::default(),
            directory: Mutex::new(directory),
            time: AtomicU64::new(1),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        self.time.load(Ordering::SeqCst)
    }

    /// Syncs the whole file system, unless that has been done since `written`; `None` if no
    /// descriptor is held for it.
    pub(super) fn sync_file_system(&self, written: Option<u64>) -> Option<Result<()>> {
        let directory = self.directory.lock();
        let directory = directory.as_ref()?;
        if written.is_some_and(|written| self.succeeded.load(Ordering::SeqCst) > written) {
            return Some(Ok(()));
        }
        let began = self.time.fetch_add(1, Ordering::SeqCst) + 1;
        let result = directory.sync_file_system();
        match result {
            Ok(()) => self.succeeded.store(began, Ordering::SeqCst),
            Err(_) => {
                let ended = self.time.fetch_add(1, Ordering::SeqCst) + 1;
                self.failed.store(ended, Ordering::SeqCst);
            }
        }
        Some(result)
    }

    /// Closes up to half of the open files, but none that is in use. Returns whether it closed one.
    ///
    /// Does nothing if there is no directory held open to sync them through afterwards.
    fn close_some(&self) -> bool {
        if self.max == usize::MAX {
            return false;
        }
        let mut open = self.open.lock();
        let wanted = open.len() / 2;
        let mut closed = 0;
        for _ in 0..2 * open.len() {
            if closed > wanted {
                break;
            }
            let Some(file) = open.pop_front().and_then(|oldest| oldest.upgrade()) else {
                continue;
            };
            match file.close_if_unused() {
                Closing::Done => closed += 1,
                Closing::Later => open.push_back(Arc::downgrade(&file)),
            }
        }
        closed > 0
    }

    /// Counts a file that was opened, and closes others if they are too many.
    fn opened(&self, file: &Arc<CachedFile>) {
        let mut open = self.open.lock();
        open.push_back(Arc::downgrade(file));
        // A file that was used since the last pass is kept once more.
        for _ in 0..2 * open.len() {
            if open.len() <= self.max {
                break;
            }
            let Some(file) = open.pop_front().and_then(|oldest| oldest.upgrade()) else {
                continue;
            };
            if file.close_if_unused() == Closing::Later {
                open.push_back(Arc::downgrade(&file));
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// It is no longer counted.
    Done,
    /// It is in use.
    Later,
}

/// A file that is opened when it is used. See the module's description.
#[derive(Debug)]
pub(crate) struct CachedFile {
    disk: Arc<dyn DiskBackend>,
    path: PathBuf,
    files: Arc<OpenFiles>,
    used: AtomicBool,
    /// The error of the first sync that failed. Locked during a sync.
    sync_failure: Mutex<Option<Error>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: Option<Arc<dyn FileBackend>>,
    /// Whether it stays open, because its name will be removed.
    is_kept: bool,
    /// How often it was written to.
    writes: u64,
    /// Logical time of the last write, or of the creation.
    written: u64,
    /// Logical time of the oldest write that is not synced.
    unsynced_since: Option<u64>,
    /// Whether it was closed since that write.
    closed_unsynced: bool,
}

impl CachedFile {
    /// A file that is not opened yet.
    pub(super) fn new(
        disk: Arc<dyn DiskBackend>,
        path: PathBuf,
        files: &Arc<OpenFiles>,
    ) -> CachedFile {
        CachedFile {
            disk,
            path,
            used: AtomicBool::new(false),
            sync_failure: Mutex::new(None),
            state: Mutex::new(State {
                file: None,
                is_kept: false,
                writes: 0,
                written: files.now(),
                unsynced_since: None,
                closed_unsynced: false,
            }),
            files: Arc::clone(files),
        }
    }

    /// Opens it in this mode.
    pub(super) fn open_as(self: &Arc<Self>, mode: OpenMode) -> Result<()> {
        {
            let mut state = self.state.lock();
            let is_change = !matches!(mode, OpenMode::Read | OpenMode::ReadWrite);
            if is_change {
                state.begin_write(&self.files);
            }
            state.file = Some(self.open(mode)?);
            if is_change {
                state.written = self.files.now();
            }
        }
        self.used.store(true, Ordering::Relaxed);
        self.files.opened(self);
        Ok(())
    }

    /// Opens the file. When no descriptor is free, closes other files first.
    fn open(&self, mode: OpenMode) -> Result<Arc<dyn FileBackend>> {
        match open(&*self.disk, &self.path, mode) {
            Err(error)
                if DiskErrorKind::of(&error) == DiskErrorKind::OutOfDescriptors
                    && self.files.close_some() =>
            {
                open(&*self.disk, &self.path, mode)
            }
            result => result,
        }
    }

    /// Runs `act` on the open file, under its lock.
    fn with<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&Arc<dyn FileBackend>, &mut State) -> T,
    ) -> Result<T> {
        self.used.store(true, Ordering::Relaxed);
        let (result, is_new) = {
            let mut state = self.state.lock();
            let (file, is_new) = match &state.file {
                Some(file) => (Arc::clone(file), false),
                None => (self.open(OpenMode::ReadWrite)?, true),
            };
            if is_new {
                state.file = Some(Arc::clone(&file));
            }
            (act(&file, &mut state), is_new)
        };
        if is_new {
            self.files.opened(self);
        }
        Ok(result)
    }

    /// The open file, which stays open as long as the returned value is held.
    pub(crate) fn opened(self: &Arc<Self>) -> Result<Arc<dyn FileBackend>> {
        self.with(|file, _| Arc::clone(file))
    }

    /// Changes its content.
    pub(super) fn change(
        self: &Arc<Self>,
        change: impl FnOnce(&dyn FileBackend) -> Result<()>,
    ) -> Result<()> {
        self.with(|file, state| {
            state.begin_write(&self.files);
            let result = change(&**file);
            state.written = self.files.now();
            result
        })?
    }

    pub(super) fn sync(self: &Arc<Self>) -> Result<()> {
        let mut failure = self.sync_failure.lock();
        if let Some(error) = &*failure {
            return Err(repeat(error));
        }
        let result = self.sync_once();
        if let Err(error) = &result
            && DiskErrorKind::of(error) != DiskErrorKind::OutOfDescriptors
        {
            *failure = Some(repeat(error));
        }
        result
    }

    fn sync_once(self: &Arc<Self>) -> Result<()> {
        let began = self.files.now();
        let (unsynced_since, written, was_closed, writes, open) = {
            let state = self.state.lock();
            (
                state.unsynced_since,
                state.written,
                state.closed_unsynced,
                state.writes,
                state.file.clone(),
            )
        };
        let since = unsynced_since.unwrap_or(written);
        let has_failed = self.files.failed.load(Ordering::SeqCst) > since;
        let result = if was_closed && has_failed {
            Err(Error::other(
                "a sync of the whole file system failed after the last write to this file",
            ))
        } else if self.files.succeeded.load(Ordering::SeqCst) > written && !has_failed {
            Ok(())
        } else if was_closed {
            let synced = self.files.sync_file_system(Some(written));
            synced.expect("without a bound, nothing is closed unsynced")
        } else {
            open.map_or_else(|| self.opened(), Ok)
                .and_then(|file| file.sync_data())
        };
        result?;
        let mut state = self.state.lock();
        if state.writes == writes {
            state.unsynced_since = None;
            state.closed_unsynced = false;
        } else {
            state.unsynced_since = Some(began);
        }
        Ok(())
    }

    /// Keeps it open until the last clone is dropped. For a file whose name will be removed.
    pub(super) fn keep_open(self: &Arc<Self>) -> Result<()> {
        match Arc::strong_count(self) {
            1 => Ok(()),
            _ => self.with(|_, state| state.is_kept = true),
        }
    }

    /// Closes it until it is used again, unless it has unsynced bytes.
    pub(super) fn close_until_used(&self) {
        let mut state = self.state.lock();
        if state.unsynced_since.is_none() && !state.is_kept {
            state.file = None;
        }
    }

    fn close_if_unused(&self) -> Closing {
        if self.used.swap(false, Ordering::Relaxed) {
            return Closing::Later;
        }
        let Some(mut state) = self.state.try_lock() else {
            return Closing::Later;
        };
        if !state.is_kept && state.file.take().is_some() {
            state.closed_unsynced |= state.unsynced_since.is_some();
        }
        Closing::Done
    }
}

impl State {
    fn begin_write(&mut self, files: &OpenFiles) {
        self.writes += 1;
        self.unsynced_since.get_or_insert(files.now());
    }
}
