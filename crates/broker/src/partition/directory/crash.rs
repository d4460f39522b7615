//! Makes the files durable that a crash has left.
//!
//! Recovery trusts bytes of the page cache that were never synced, and the redo log writes records
//! back into segments. One sync of the file system makes all of that durable. Before that, the
//! redo log of the last process is still needed, and no log is closed.

use std::io::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::Directory;

/// Whether the files that a crash has left are durable.
#[derive(Debug)]
pub(super) struct CrashSync {
    is_done: AtomicBool,
    /// The message of the error, if syncing has failed. Locked while a thread syncs.
    failure: Mutex<Option<String>>,
}

impl CrashSync {
    /// `is_done` after a clean shutdown: there is nothing to sync.
    pub(super) fn new(is_done: bool) -> CrashSync {
        CrashSync {
            is_done: AtomicBool::new(is_done),
            failure: Mutex::default(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Acquire)
    }
}

impl Directory {
    /// Makes the files that a crash has left durable, with one sync for all partitions, and writes
    /// the recovery points. The first caller does it, the others wait. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of syncing and writing. Later calls fail with the same error: another sync could
    /// succeed although the first has lost records.
    pub(crate) fn sync_recovered_files(&self) -> Result<()> {
        if self.crash_sync.is_done() {
            return Ok(());
        }
        let mut failure = self.crash_sync.failure.lock();
        if self.crash_sync.is_done() {
            return Ok(());
        }
        if let Some(failure) = &*failure {
            return Err(Error::other(failure.clone()));
        }
        let disk = &self.io.disk;
        let synced = disk.sync_file_system(self.path()).and_then(|()| {
            self.checkpoints.raise_recovery_points_to_synced();
            self.write_checkpoints()
        });
        match &synced {
            Ok(()) => self.crash_sync.is_done.store(true, Ordering::Release),
            Err(e) => {
                tracing::error!("cannot make the files durable that a crash has left: {e}");
                self.fail_on_device_error(e);
                *failure = Some(e.to_string());
            }
        }
        synced
    }
}
