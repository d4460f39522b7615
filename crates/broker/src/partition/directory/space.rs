//! Free space: a log directory that is nearly full takes no records from clients.

use std::sync::atomic::{AtomicBool, Ordering};

use wire::{ApiError, ErrorCode};

use super::Directory;

/// The free space of a log directory.
#[derive(Debug)]
pub(super) struct FreeSpace {
    bytes_min: u64,
    /// Whether fewer bytes were free at the last check.
    is_low: AtomicBool,
}

impl FreeSpace {
    /// `bytes_min` is `vltava.log.dir.min.free.bytes`.
    pub(super) fn new(bytes_min: u64) -> FreeSpace {
        FreeSpace {
            bytes_min,
            is_low: AtomicBool::new(false),
        }
    }
}

impl Directory {
    /// Checks how many bytes are free. Blocks on the disk.
    pub(crate) fn check_free_space(&self) {
        let free = match self.io.disk.free_space(self.path()) {
            Ok(free) => free,
            Err(e) => {
                self.fail_on_device_error(&e);
                return tracing::warn!("cannot read the free space: {e}");
            }
        };
        let (path, min) = (self.path().display(), self.free_space.bytes_min);
        let is_low = free < min;
        let was_low = self.free_space.is_low.swap(is_low, Ordering::Relaxed);
        match (was_low, is_low) {
            (false, true) => tracing::error!(
                "{path} has {free} bytes free, below vltava.log.dir.min.free.bytes={min}: it takes \
                 no records from clients until more bytes are free"
            ),
            (true, false) => tracing::info!("{path} takes records again: {free} bytes are free"),
            _ => {}
        }
    }

    /// Why the directory takes no records from clients; `None` if it does.
    pub(in crate::partition) fn refusal(&self) -> Option<ApiError> {
        if let Some(why) = self.offline_because() {
            let message = format!("log directory {} is offline: {why}", self.path().display());
            return Some(ApiError::new(ErrorCode::KafkaStorageError, message));
        }
        self.free_space.is_low.load(Ordering::Relaxed).then(|| {
            let (path, min) = (self.path().display(), self.free_space.bytes_min);
            let message = format!(
                "{path} has fewer than {min} bytes free (vltava.log.dir.min.free.bytes); delete \
                 records or free disk space"
            );
            ApiError::new(ErrorCode::KafkaStorageError, message)
        })
    }
}
