//! A log directory that fails goes offline with its partitions; the other directories keep serving.
//!
//! It stays offline until the next start, even if the disk works again: it is not known which of the
//! last writes are durable. The broker acknowledges no more records of an offline directory. All
//! records that it has acknowledged before are available again when it starts with a working disk.

use std::io::Error;

use super::Directory;

impl Directory {
    /// Why the directory is offline, if it is.
    pub(crate) fn offline_because(&self) -> Option<&str> {
        self.offline.get().map(String::as_str)
    }

    /// Whether the directory is offline.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline.get().is_some()
    }

    /// Takes the directory offline.
    pub(in crate::partition) fn fail(&self, why: &str) {
        if self.offline.set(why.to_owned()).is_ok() {
            tracing::error!(
                "log directory {} has failed and is offline until the next start: {why}",
                self.path().display()
            );
            self.failures.notify_one();
        }
    }

    /// Takes the directory offline if the error of a write or sync says that the device has failed.
    pub(in crate::partition) fn fail_on_device_error(&self, error: &Error) {
        if io::is_device_failure(error) {
            self.fail(&error.to_string());
        }
    }
}
