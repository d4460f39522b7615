//! The checkpoint files of a log directory: offsets of its partitions, for the next start.
//!
//! Partitions note their offsets in memory; a file is written when a caller needs the offsets to
//! be durable, and at intervals. The noted offsets are not locked while a file is written, so
//! opening a log does not wait for a sync.

use std::collections::BTreeSet;
use std::io::Result;

use log::{LogDir, Offsets};
use parking_lot::Mutex;
use wire::TopicPartition;

/// The offsets of one partition that are checkpointed.
#[derive(Debug, Clone, Copy)]
pub(in crate::partition) struct Checkpoint {
    /// Offsets below are durable in the segments.
    pub recovery_point: i64,
    /// Offsets below are deleted.
    pub log_start: i64,
    /// Offsets below are committed.
    pub high_watermark: i64,
}

/// A checkpoint file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckpointFile {
    /// `log-start-offset-checkpoint`.
    LogStarts,
    /// `recovery-point-offset-checkpoint`.
    RecoveryPoints,
    /// `replication-offset-checkpoint`.
    HighWatermarks,
    /// `cleaner-offset-checkpoint`.
    CleanerPoints,
}

const FILES: usize = 4;

/// What is known about a partition before its log is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct KnownOffsets {
    pub recovery_point: i64,
    /// Offsets below were synced by the last process, according to the redo log.
    pub locally_synced: i64,
    pub log_start: i64,
    /// Offsets below were compacted.
    pub compacted_below: i64,
    /// Whether this process has closed the log.
    pub closed_here: bool,
}

/// The checkpoint files of one log directory.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    noted: Mutex<Noted>,
    /// By [`CheckpointFile`]: one thread writes a file at a time, or older offsets could replace
    /// newer ones.
    writing: [Mutex<()>; FILES],
}

#[derive(Debug, Default)]
struct Noted {
    /// By [`CheckpointFile`].
    offsets: [Offsets; FILES],
    /// Whether the file on disk differs.
    changed: [bool; FILES],
    /// End offsets of the logs in the redo log of the last process.
    locally_synced: Offsets,
    /// Logs that this process has closed and not opened again.
    closed: BTreeSet<TopicPartition>,
    /// Logs that this process has begun to open, until they are open.
    opening: BTreeSet<TopicPartition>,
}

impl Noted {
    fn of(&self, file: CheckpointFile, id: &TopicPartition) -> Option<i64> {
        self.offsets[file as usize].get(id).copied()
    }

    fn set(&mut self, file: CheckpointFile, id: &TopicPartition, offset: i64) {
        if self.offsets[file as usize].insert(id.clone(), offset) != Some(offset) {
            self.changed[file as usize] = true;
        }
    }

    fn remove(&mut self, file: CheckpointFile, id: &TopicPartition) {
        if self.offsets[file as usize].remove(id).is_some() {
            self.changed[file as usize] = true;
        }
    }
}

impl Checkpoints {
    /// Reads the checkpoint files. `locally_synced` is from the redo log.
    ///
    /// # Errors
    /// `InvalidData` if a file is malformed.
    pub(super) fn read(log_dir: &LogDir, locally_synced: Offsets) -> Result<Checkpoints> {
        let noted = Noted {
            offsets: [
                log_dir.log_starts()?,
                log_dir.recovery_points()?,
                log_dir.high_watermarks()?,
                log_dir.cleaner_points()?,
            ],
            locally_synced,
            ..Noted::default()
        };
        Ok(Checkpoints {
            noted: Mutex::new(noted),
            writing: Default::default(),
        })
    }

    /// The offset of a partition in `file`.
    pub(super) fn offset(&self, file: CheckpointFile, id: &TopicPartition) -> Option<i64> {
        self.noted.lock().of(file, id)
    }

    /// What is known about a partition whose log is about to be opened.
    pub(super) fn known(&self, id: &TopicPartition) -> KnownOffsets {
        let noted = self.noted.lock();
        let offset = |file| noted.of(file, id).unwrap_or(0);
        KnownOffsets {
            recovery_point: offset(CheckpointFile::RecoveryPoints),
            locally_synced: noted.locally_synced.get(id).copied().unwrap_or(0),
            log_start: offset(CheckpointFile::LogStarts),
            compacted_below: offset(CheckpointFile::CleanerPoints),
            closed_here: noted.closed.contains(id),
        }
    }

    /// Notes one offset.
    pub(super) fn note_offset(&self, file: CheckpointFile, id: &TopicPartition, offset: i64) {
        self.noted.lock().set(file, id, offset);
    }

    /// Notes the offsets of a partition. `are_files_synced` says whether the files that a crash has
    /// left are durable.
    pub(super) fn note(&self, id: &TopicPartition, checkpoint: Checkpoint, are_files_synced: bool) {
        let noted = &mut *self.noted.lock();
        // A log that was opened before the files were synced does not know that they are.
        let synced = match are_files_synced {
            true => noted.locally_synced.get(id).copied().unwrap_or(0),
            false => 0,
        };
        let recovery_point = checkpoint.recovery_point.max(synced);
        noted.set(CheckpointFile::RecoveryPoints, id, recovery_point);
        noted.set(
            CheckpointFile::HighWatermarks,
            id,
            checkpoint.high_watermark,
        );
        if checkpoint.log_start > 0 {
            noted.set(CheckpointFile::LogStarts, id, checkpoint.log_start);
        }
    }

    /// Notes that this process has closed a log: opening it again has nothing to recover.
    pub(super) fn note_closed(&self, id: &TopicPartition) {
        self.noted.lock().closed.insert(id.clone());
    }

    /// Notes that a log is about to be opened. Returns whether an earlier attempt of this process has
    /// failed.
    pub(super) fn note_opening(&self, id: &TopicPartition) -> bool {
        !self.noted.lock().opening.insert(id.clone())
    }

    /// Notes that a log is open.
    pub(super) fn note_opened(&self, id: &TopicPartition) {
        let noted = &mut *self.noted.lock();
        noted.opening.remove(id);
        noted.closed.remove(id);
    }

    /// Whether this process has closed the log.
    pub(super) fn was_closed(&self, id: &TopicPartition) -> bool {
        self.noted.lock().closed.contains(id)
    }

    /// Raises the recovery points to the offsets of the redo log, also for logs that are not open or
    /// cannot be opened. Otherwise, if records were lost, the next start would take the loss for an
    /// unfinished write at the end of the log.
    pub(super) fn raise_recovery_points_to_synced(&self) {
        let noted = &mut *self.noted.lock();
        let file = CheckpointFile::RecoveryPoints;
        for (id, synced) in std::mem::take(&mut noted.locally_synced) {
            let recovery_point = noted.of(file, &id).unwrap_or(0).max(synced);
            noted.set(file, &id, recovery_point);
            noted.locally_synced.insert(id, synced);
        }
    }

    /// Removes the offsets of partitions that are deleted or renamed. The caller writes the files
    /// before a partition of the same name is created.
    pub(super) fn forget(&self, ids: &[TopicPartition]) {
        let noted = &mut *self.noted.lock();
        for id in ids {
            for file in [
                CheckpointFile::LogStarts,
                CheckpointFile::RecoveryPoints,
                CheckpointFile::HighWatermarks,
                CheckpointFile::CleanerPoints,
            ] {
                noted.remove(file, id);
            }
            noted.locally_synced.remove(id);
            noted.closed.remove(id);
            noted.opening.remove(id);
        }
    }

    /// Writes a file, unless it has the noted offsets already. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of writing; the next call tries again.
    pub(super) fn write(&self, log_dir: &LogDir, file: CheckpointFile) -> Result<()> {
        let _writing = self.writing[file as usize].lock();
        let offsets = {
            let noted = &mut *self.noted.lock();
            if !std::mem::take(&mut noted.changed[file as usize]) {
                return Ok(());
            }
            noted.offsets[file as usize].clone()
        };
        let written = match file {
            CheckpointFile::LogStarts => log_dir.write_log_starts(&offsets),
            CheckpointFile::RecoveryPoints => log_dir.write_recovery_points(&offsets),
            CheckpointFile::HighWatermarks => log_dir.write_high_watermarks(&offsets),
            CheckpointFile::CleanerPoints => log_dir.write_cleaner_points(&offsets),
        };
        written.inspect_err(|_| self.noted.lock().changed[file as usize] = true)
    }
}
