//! Rolling: closes the active segment and opens a new one at the log end.
//!
//! The files are written without the log, between [`Log::begin_roll`] and [`Log::end_roll`].
//! Nothing may be appended meanwhile.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, File, OpenMode};
use wire::record_batch::{HEADER_LEN, RecordBatchHeader};

use crate::checkpoint;
use crate::file_name::{self, FileKind};
use crate::partition_log::{Log, jitter};
use crate::producer_snapshot;
use crate::segment::{IndexWrites, Segment};
use crate::sync_ticket::FileId;

/// What is written when a segment is rolled.
#[derive(Debug)]
#[must_use = "the files have to be written"]
pub struct Roll {
    disk: Disk,
    dir: PathBuf,
    closed: Segment,
    has_leftover: bool,
    epochs: Option<String>,
    indexes: IndexWrites,
    snapshot: Vec<u8>,
    base_offset: i64,
    index_interval: u64,
    now_ms: i64,
}

/// A new segment, for [`Log::end_roll`].
#[derive(Debug)]
#[must_use = "the log has to know it"]
pub struct Rolled {
    base_offset: i64,
    has_epochs: bool,
    written: Result<(Segment, Vec<(FileId, File)>)>,
    /// The error that kept an incomplete segment from being removed.
    leftover: Option<std::io::Error>,
}

impl Roll {
    /// Writes the files. Blocks on the disk.
    pub fn write(self) -> Rolled {
        let written = self.write_files();
        let leftover = match &written {
            Ok(_) => None,
            // Otherwise the next open would find the incomplete segment, and end the log at its base
            // offset.
            Err(_) => Segment::remove_unfinished(&self.disk, &self.dir, self.base_offset).err(),
        };
        Rolled {
            base_offset: self.base_offset,
            has_epochs: self.epochs.is_some(),
            written,
            leftover,
        }
    }

    fn write_files(&self) -> Result<(Segment, Vec<(FileId, File)>)> {
        if self.has_leftover {
            self.closed.cut_leftover()?;
        }
        let mut files = Vec::new();
        if let Some(epochs) = &self.epochs {
            let path = self.dir.join(file_name::LEADER_EPOCHS);
            self.disk.replace(&path, epochs.as_bytes())?;
            files.push((FileId::LeaderEpochs, self.disk.cached(&path)));
        }
        let at_closed = |kind| FileId::At(self.closed.base_offset(), kind);
        for (kind, file) in self.indexes.write()? {
            files.push((at_closed(kind), file));
        }
        files.push((at_closed(FileKind::Log), self.closed.file().clone()));
        let name = file_name::file_name(self.base_offset, FileKind::Snapshot);
        let snapshot = self
            .disk
            .open_cached(&self.dir.join(name), OpenMode::Truncate)?;
        snapshot.write_all_at(0, &self.snapshot)?;
        files.push((FileId::At(self.base_offset, FileKind::Snapshot), snapshot));
        let next = Segment::create(
            &self.disk,
            &self.dir,
            self.base_offset,
            self.index_interval,
            self.now_ms,
        )?;
        Ok((next, files))
    }
}

impl Log {
    /// Whether the active segment has records. One without records is not rolled.
    pub fn active_has_records(&self) -> bool {
        self.active().size() > 0
    }

    /// Whether the active segment is rolled before this batch, whose offsets are set, is appended.
    ///
    /// # Errors
    /// Errors of reading what [`Log::prepare_append`] reads.
    pub(crate) fn must_roll(
        &self,
        header: &RecordBatchHeader,
        body_len: usize,
        now_ms: i64,
    ) -> Result<bool> {
        let limit = self
            .config
            .segment_age_max_ms()
            .saturating_sub(self.roll_jitter_ms);
        let segment_bytes = self.config.segment_bytes.min(i32::MAX as u64);
        let index_bytes = self.config.segment_index_bytes;
        let active = self.active();
        if active.size() == 0 {
            return Ok(false);
        }
        Ok(
            active.size() + (HEADER_LEN + body_len) as u64 > segment_bytes
                || !active.takes_offset(header.last_offset())
                || active.age_ms(header.max_timestamp, now_ms)? > limit
                || active.index_is_full(index_bytes)?,
        )
    }

    /// Begins to roll the active segment. Does not use the disk.
    ///
    /// # Errors
    /// Errors of reading the indexes, which are in memory.
    pub fn begin_roll(&mut self, now_ms: i64) -> Result<Roll> {
        let indexes = self.active().begin_index_writes()?;
        let has_epochs = std::mem::take(&mut self.epochs_changed);
        let epochs = has_epochs.then(|| checkpoint::encode_epochs(self.epochs.entries()));
        Ok(Roll {
            disk: self.io.disk.clone(),
            dir: self.dir.clone(),
            closed: self.active().for_reading(),
            has_leftover: self.has_leftover,
            epochs,
            indexes,
            snapshot: producer_snapshot::encode(&self.producers),
            base_offset: self.log_end_offset,
            index_interval: self.config.index_interval_bytes,
            now_ms,
        })
    }

    /// Adds the segment whose files were written. Does not use the disk.
    ///
    /// # Errors
    /// The error of writing. The active segment stays the same then.
    ///
    /// # Panics
    /// If records were appended since [`Log::begin_roll`].
    pub fn end_roll(&mut self, rolled: Rolled) -> Result<()> {
        if let Some(error) = &rolled.leftover {
            self.fail("cannot remove a segment that was not finished", error);
        }
        let (next, files) = rolled.written.inspect_err(|_| {
            self.epochs_changed |= rolled.has_epochs;
        })?;
        assert_eq!(
            rolled.base_offset, self.log_end_offset,
            "nothing is appended during a roll"
        );
        self.has_leftover = false;
        self.active().index_writes_ended()?;
        self.durability.wrote(files);
        self.durability.rolled();
        self.roll_jitter_ms = jitter(&self.io, &self.config);
        self.segments.push(next);
        let base_offset = rolled.base_offset;
        tracing::debug!(partition = %self.partition, base_offset, "rolled a new segment");
        Ok(())
    }

    /// Rolls the active segment: [`Log::begin_roll`] to [`Log::end_roll`]. Blocks on the disk.
    ///
    /// # Errors
    /// As [`Log::end_roll`].
    pub fn roll(&mut self, now_ms: i64) -> Result<()> {
        let rolled = self.begin_roll(now_ms)?.write();
        self.end_roll(rolled)
    }
}
