//! What happens to a log besides appending and reading: retention, deletion, truncation, closing.

use std::io::Result;
use std::path::PathBuf;

use io::Disk;

use crate::checkpoint;
use crate::error::ReadError;
use crate::file_name::{self, DELETED, FileKind, Name};
use crate::partition_log::Log;
use crate::producer_snapshot;
use crate::replay::Replay;
use crate::retention::{self, SegmentFacts};
use crate::segment::Segment;

/// Files that were renamed and wait for their removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeletedFiles {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) due_ms: i64,
}

impl Log {
    /// Removes segments by time, size and log start. Returns how many were removed.
    ///
    /// A segment with records at or above `high_watermark` stays.
    ///
    /// # Errors
    /// Errors of renaming the files.
    pub fn apply_retention(&mut self, high_watermark: i64, now_ms: i64) -> Result<usize> {
        let policy = self.config.retention();
        let bound = high_watermark;
        let mut facts = self.segment_facts()?;
        let active = facts.last().expect("a log has a segment");
        if self.failure.is_none() && retention::active_expired(active, policy, bound, now_ms) {
            self.roll(now_ms)?;
            facts = self.segment_facts()?;
        }
        let count = retention::expired(&facts, policy, self.log_start_offset, bound, now_ms);
        self.take_out(count, now_ms)?;
        Ok(count)
    }

    pub(crate) fn segment_facts(&self) -> Result<Vec<SegmentFacts>> {
        let ends = self.segments.iter().skip(1).map(Segment::base_offset);
        self.segments
            .iter()
            .zip(ends.chain([self.log_end_offset]))
            .map(|(segment, next_offset)| {
                let largest = match segment.size() {
                    0 => None,
                    _ => segment.largest_timestamp()?,
                };
                Ok(SegmentFacts {
                    base_offset: segment.base_offset(),
                    next_offset,
                    size: segment.size(),
                    max_timestamp: largest.map_or(-1, |largest| largest.timestamp),
                    modified_ms: segment.modified_ms(),
                })
            })
            .collect()
    }

    /// Takes the oldest `count` segments out of the log.
    fn take_out(&mut self, count: usize, now_ms: i64) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let next_base = self.segments[count].base_offset();
        tracing::info!(
            partition = %self.partition, segments = count, log_start_offset = next_base,
            "deleting segments"
        );
        self.raise_log_start(next_base);
        let mut paths = Vec::new();
        for segment in self.segments.drain(..count) {
            rename_away(&self.io.disk, &segment, Snapshot::Goes, &mut paths)?;
        }
        let due_ms = now_ms.saturating_add(self.config.file_delete_delay_ms);
        self.deleted.push(DeletedFiles { paths, due_ms });
        Ok(())
    }

    /// When retention will have something to do, in ms, if nothing happens to the log until then.
    /// Segments with records at or above `high_watermark` do not count.
    ///
    /// # Errors
    /// Errors of looking up the largest timestamps.
    pub fn retention_due_ms(&self, high_watermark: i64, now_ms: i64) -> Result<i64> {
        let facts = self.segment_facts()?;
        let (policy, start) = (self.config.retention(), self.log_start_offset);
        Ok(retention::due_ms(
            &facts,
            policy,
            start,
            high_watermark,
            now_ms,
        ))
    }

    /// Files of segments that were taken out `file.delete.delay.ms` ago. The caller removes them,
    /// with [`crate::removal::shrink`].
    pub fn take_deleted_files(&mut self, now_ms: i64) -> Vec<PathBuf> {
        let (due, later) = std::mem::take(&mut self.deleted)
            .into_iter()
            .partition(|files: &DeletedFiles| files.due_ms <= now_ms);
        self.deleted = later;
        let due: Vec<DeletedFiles> = due;
        due.into_iter().flat_map(|files| files.paths).collect()
    }

    /// Whether there are files that wait for their removal.
    pub fn has_deleted_files(&self) -> bool {
        !self.deleted.is_empty()
    }

    /// Deletes the records below `offset`, or all below `high_watermark` for -1. Returns the new
    /// log start offset.
    ///
    /// Files go with the next retention. The caller makes the new log start durable in its
    /// checkpoint before answering.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] above the high watermark.
    pub fn delete_records(
        &mut self,
        offset: i64,
        high_watermark: i64,
    ) -> std::result::Result<i64, ReadError> {
        let offset = if offset == -1 { high_watermark } else { offset };
        if offset < 0 || offset > high_watermark {
            return Err(ReadError::OffsetOutOfRange {
                log_start_offset: self.log_start_offset,
                log_end_offset: high_watermark,
            });
        }
        self.raise_log_start(offset);
        Ok(self.log_start_offset)
    }

    fn raise_log_start(&mut self, offset: i64) {
        if offset > self.log_start_offset {
            self.log_start_offset = offset;
            // The file may have more epochs: opening the log drops those below the log start.
            self.epochs.truncate_from_start(offset);
        }
    }

    pub(crate) fn write_epochs_if_changed(&mut self) -> Result<()> {
        if self.epochs_changed {
            let path = self.dir.join(file_name::LEADER_EPOCHS);
            checkpoint::write_epochs(&self.io.disk, &path, self.epochs.entries())?;
            self.epochs_changed = false;
        }
        Ok(())
    }

    /// Takes back the records at `offset` and later, for a replica whose leader has another
    /// history. What remains is synced.
    ///
    /// # Errors
    /// What cutting and syncing fails with; the log takes no more writes then.
    pub fn truncate_to(&mut self, offset: i64) -> Result<()> {
        if offset >= self.log_end_offset {
            return Ok(());
        }
        assert!(
            offset >= self.log_start_offset,
            "truncation below the log start"
        );
        self.truncate_segments(offset)
            .inspect_err(|error| self.fail("truncation failed", error))
    }

    fn truncate_segments(&mut self, offset: i64) -> Result<()> {
        let keep = self.segment_at(offset) + 1;
        for segment in self.segments.drain(keep..) {
            let mut paths = Vec::new();
            rename_away(&self.io.disk, &segment, Snapshot::Goes, &mut paths)?;
            self.deleted.push(DeletedFiles {
                paths,
                due_ms: i64::MIN,
            });
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
        // Removes those that speak of batches which are gone.
        let replayed = Replay {
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
        self.io.disk.sync_dir(&self.dir)?;
        self.change += 1;
        self.synced_change = self.change;
        self.flushed_change = self.change;
        self.flushed_offset = self.log_end_offset;
        self.unflushed_files.clear();
        self.unsynced_since_ms = None;
        self.synced = self.end_position();
        Ok(())
    }

    /// Forgets producers that have been idle for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now_ms: i64) {
        self.producers
            .expire(now_ms, self.config.producer_id_expiration_ms);
    }

    /// Closes files and forgets indexes of segments that are not written to.
    pub fn release(&mut self) {
        if let Some((_, closed)) = self.segments.split_last() {
            closed.iter().for_each(Segment::release);
        }
    }

    /// Has the files that somebody is reading or syncing stay open until that is done, though the
    /// log is closed or its directory goes away.
    ///
    /// # Errors
    /// What opening them fails with.
    pub fn keep_open_for_others(&self) -> Result<()> {
        self.segments
            .iter()
            .try_for_each(|segment| segment.file().keep_open())
    }

    /// Syncs the batches, and writes what spares the next open looking at them: indexes, a producer
    /// snapshot. These last once the file system was synced
    /// ([`LogDir::mark_clean_shutdown`](crate::LogDir::mark_clean_shutdown)); after a crash nothing
    /// needs them. Blocks on the disk. The log end, which is the recovery point now.
    ///
    /// # Errors
    /// What writing and syncing fails with, or an earlier failure: then the next open must not
    /// trust the log.
    pub fn close(&mut self) -> Result<i64> {
        if let Some(failure) = &self.failure {
            return Err(std::io::Error::other(failure.message.clone()));
        }
        if self.closed_change == Some(self.change) {
            return Ok(self.log_end_offset);
        }
        self.active_mut().write_indexes()?;
        if self.epochs_changed {
            let path = self.dir.join(file_name::LEADER_EPOCHS);
            let epochs = checkpoint::encode_epochs(self.epochs.entries());
            self.io.disk.replace(&path, epochs.as_bytes())?;
            self.epochs_changed = false;
        }
        let name = file_name::file_name(self.log_end_offset, FileKind::Snapshot);
        let snapshot = producer_snapshot::encode(&self.producers);
        self.io.disk.replace(&self.dir.join(name), &snapshot)?;
        if let Some(ticket) = self.unflushed() {
            ticket.sync(&self.io.disk)?;
            self.mark_synced(&ticket.synced);
        }
        self.closed_change = Some(self.change);
        Ok(self.log_end_offset)
    }
}

/// What happens to the producer state at the base offset of a segment that is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snapshot {
    /// It goes along.
    Goes,
    /// Another segment begins there.
    Stays,
}

/// Renames the files of a segment that is no longer part of the log.
///
/// The batches go first: what is left of a crash in between is indexes without a log.
pub(crate) fn rename_away(
    disk: &Disk,
    segment: &Segment,
    snapshot: Snapshot,
    paths: &mut Vec<PathBuf>,
) -> Result<()> {
    for kind in FileKind::ALL {
        let path = segment.path(kind);
        let stays = kind == FileKind::Snapshot && snapshot == Snapshot::Stays;
        if stays || !disk.exists(&path) {
            continue;
        }
        if kind == FileKind::Log {
            // Whoever reads or syncs it goes on with it.
            segment.file().keep_open()?;
        }
        let renamed = file_name::with_suffix(&path, DELETED);
        disk.rename(&path, &renamed)?;
        paths.push(renamed);
    }
    Ok(())
}
