//! Closing a log, and giving back what an open log holds.

use std::io::{Error, Result};

use crate::file_name::{self, FileKind};
use crate::group_sync::SyncError;
use crate::partition_log::Log;
use crate::producer_snapshot;
use crate::removal::FilesInUse;
use crate::segment::Segment;

impl Log {
    /// Closes the files and drops the indexes of all segments but the active one.
    pub fn release(&mut self) {
        if let Some((_, closed)) = self.segments.split_last() {
            closed.iter().for_each(Segment::release);
        }
    }

    /// Keeps files open that others read or sync, until they have finished, although the log is
    /// closed or its directory is removed. Returns which files these are.
    ///
    /// # Errors
    /// Errors of opening the files.
    pub fn keep_open_for_others(&self) -> Result<FilesInUse> {
        let mut files = FilesInUse::default();
        for segment in &self.segments {
            segment.file().keep_open()?;
            let name = file_name::file_name(segment.base_offset(), FileKind::Log);
            files.insert(name, segment.file());
        }
        Ok(files)
    }

    /// Syncs the batches, and writes the indexes and a producer snapshot, so that the next open
    /// does not have to read the batches. These files are durable once the file system was synced
    /// ([`LogDir::mark_clean_shutdown`](crate::LogDir::mark_clean_shutdown)); after a crash they
    /// are not needed. Blocks on the disk. Returns the log end offset, which is the new recovery
    /// point.
    ///
    /// # Errors
    /// Errors of writing and syncing, or an earlier failure of the log. The next open must then
    /// treat the log as after a crash. After a failed sync the log refuses writes, unless the sync only
    /// found no free descriptor.
    pub fn close(&mut self) -> Result<i64> {
        if let Some(failure) = self.failure() {
            return Err(Error::other(failure.message.clone()));
        }
        if self.durability.is_closed() {
            return Ok(self.log_end_offset);
        }
        self.cut_leftover()?;
        self.active_mut().write_indexes()?;
        self.write_epochs()?;
        self.epochs_changed = false;
        let name = file_name::file_name(self.log_end_offset, FileKind::Snapshot);
        let snapshot = producer_snapshot::encode(&self.producers);
        self.io.disk.replace(&self.dir.join(name), &snapshot)?;
        if let Some(ticket) = self.unflushed() {
            ticket
                .sync(&self.io.disk)
                .inspect_err(|error| self.mark_sync_failed(&SyncError::from(error)))?;
            self.mark_synced(&ticket.synced);
        }
        self.durability.closed();
        Ok(self.log_end_offset)
    }
}
