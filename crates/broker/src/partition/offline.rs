//! A log directory that fails: it goes offline with the partitions in it, and the others serve.
//!
//! It stays offline until the next start, whatever the disk says in the meantime: of what was
//! written to it lately, nobody knows what has lasted. Nothing is acknowledged from then on, so
//! what was before is there again when the broker starts with the disk in order.

use std::io::Error;

use super::directory::Directory;
use super::{Hosted, Partition};

impl Directory {
    /// Why it is offline, if it is.
    pub(crate) fn offline_because(&self) -> Option<&str> {
        self.offline.get().map(String::as_str)
    }

    /// Whether it is offline.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline.get().is_some()
    }

    /// Goes offline, if it is not.
    pub(super) fn fail(&self, why: &str) {
        if self.offline.set(why.to_owned()).is_ok() {
            tracing::error!(
                "log directory {} has failed and is offline until the next start: {why}",
                self.path().display()
            );
            self.failures.notify_one();
        }
    }

    /// Goes offline, if a write or sync that failed so says that the device has failed.
    pub(super) fn heed(&self, error: &Error) {
        if io::is_device_failure(error) {
            self.fail(&error.to_string());
        }
    }
}

impl Partition {
    /// Answers no more requests, and those that wait with an error, if its directory is offline.
    pub(crate) fn follow_directory(&self) {
        if !self.directory.is_offline() {
            return;
        }
        let mut state = self.state.lock();
        if !matches!(state.hosted, Hosted::Deleted) {
            state.hosted = Hosted::Failed;
        }
        state.waiters.wake_all();
    }
}
