//! Truncating a log to the history of its leader.
//!
//! A crash at any point leaves the log as it was or as it is to be. The steps:
//!
//! 1. Sync the segments. Older frames of the redo log are not needed from here on.
//! 2. Write to the redo log that the truncation begins. A start after a crash finishes it.
//! 3. Lower the recovery point in its checkpoint.
//! 4. Cut the segments and sync them.
//! 5. Write to the redo log that the truncation has ended. Replay skips all earlier frames of the
//!    log from now on.

use std::io::{Error, ErrorKind, Result};

use crate::file_name::{self, FileKind, Name};
use crate::partition_log::Log;
use crate::redo::{Phase, RedoLog, Truncation};
use crate::removal::{DeletedFiles, Snapshot, rename_away};
use crate::replay::StateReplay;

impl Log {
    /// Removes the records at `offset` and later, for a replica whose leader has another history.
    /// A batch that holds `offset` goes as a whole. The rest is flushed. Blocks on the disk.
    ///
    /// `redo` is the redo log of the directory the log lies in. No ticket of this log may be
    /// waiting to be written to it. `lower_recovery_point` makes durable a recovery point of this
    /// log that is not above the offset it is called with.
    ///
    /// # Errors
    /// `InvalidInput` below the log start offset. Errors of writing, cutting and syncing; the log
    /// then refuses writes until it is opened again after a replay of the redo log.
    pub fn truncate_to(
        &mut self,
        offset: i64,
        redo: &mut RedoLog,
        lower_recovery_point: impl FnOnce(i64) -> Result<()>,
    ) -> Result<()> {
        if offset >= self.log_end_offset {
            return Ok(());
        }
        if offset < self.log_start_offset {
            let start = self.log_start_offset;
            let what = format!("cannot truncate to {offset}, below the log start offset {start}");
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        if let Some(failure) = self.failure() {
            return Err(Error::other(failure.message.clone()));
        }
        // Batches are removed whole, and the log must not end below its start.
        let held = self.segments[self.segment_at(offset)].locate(offset)?;
        let begin = held.map_or(offset, |batch| batch.header.base_offset);
        if begin < self.log_start_offset {
            let start = self.log_start_offset;
            let what = format!(
                "cannot truncate to {offset}: its batch begins at offset {begin}, below the log \
                 start offset {start}"
            );
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        self.truncate_in_steps(offset, redo, lower_recovery_point)
            .inspect_err(|error| self.fail("truncation failed", error))
    }

    fn truncate_in_steps(
        &mut self,
        offset: i64,
        redo: &mut RedoLog,
        lower_recovery_point: impl FnOnce(i64) -> Result<()>,
    ) -> Result<()> {
        if let Some(ticket) = self.unflushed() {
            ticket.sync(&self.io.disk)?;
            self.mark_synced(&ticket.synced);
        }
        let segment = &self.segments[self.segment_at(offset)];
        let batch = segment.locate(offset)?;
        let mut truncation = Truncation {
            topic_id: self.topic_id,
            partition: self.partition.clone(),
            end_offset: segment.base_offset(),
            segment: segment.base_offset(),
            position: batch.map_or(segment.size(), |batch| batch.position),
        };
        redo.write_truncation(Phase::Begins, &truncation)?;
        self.durability.lower_flushed_offset(truncation.end_offset);
        lower_recovery_point(truncation.end_offset)?;
        self.truncate_segments(offset)?;
        truncation.end_offset = self.log_end_offset;
        redo.write_truncation(Phase::Ended, &truncation)?;
        self.durability.truncated(self.end_position());
        Ok(())
    }

    fn truncate_segments(&mut self, offset: i64) -> Result<()> {
        let keep = self.segment_at(offset) + 1;
        for segment in self.segments.drain(keep..) {
            let mut files = Vec::new();
            rename_away(&self.io.disk, &segment, Snapshot::Removed, &mut files)?;
            let due_ms = i64::MIN;
            self.deleted.push(DeletedFiles { files, due_ms });
        }
        let log_end_offset = self.active_mut().truncate(offset)?;
        self.active_mut().set_end_offset(log_end_offset);
        self.log_end_offset = log_end_offset;
        let mut snapshots = Vec::new();
        for entry in self.io.disk.read_dir(&self.dir)? {
            if let Name::File(FileKind::Snapshot, offset) = file_name::parse(&entry.name) {
                snapshots.push(offset);
            }
        }
        snapshots.sort_unstable();
        // Removes the snapshots that include records which are gone.
        let replayed = StateReplay {
            disk: &self.io.disk,
            dir: &self.dir,
            segments: &self.segments,
            first_rebuilt: self.segments.len() - 1,
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
        }
        .run(&snapshots)?;
        self.producers = replayed.producers;
        self.epochs = replayed.epochs;
        self.epochs_changed = replayed.epochs_changed;
        self.active().file().sync_data()?;
        self.io.disk.sync_dir(&self.dir)
    }
}
