//! One segment: a file of batches and its indexes.
//!
//! Files are opened and indexes are read when they are first needed. An index that is missing or
//! does not fit is rebuilt from the batches.
//!
//! Invariant: `size` ends after a complete batch or a damaged range. Bytes of the file after it
//! were never acknowledged and are overwritten or cut.

mod aborted;
mod batches;
mod damage;
mod indexes;
mod lookup;
mod scan;
mod verify;

use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use io::{Disk, File, OpenMode};
use parking_lot::Mutex;
use wire::record_batch::{HEADER_LEN, RecordBatchHeader};

use crate::batch_scan::{BatchScan, LOOKUP_PIECE, Located, Step};
use crate::file_name::{FileKind, file_name};
use crate::time_index::TimeEntry;

pub use damage::DamagedRange;
pub(crate) use indexes::{IndexWrites, Indexes};
pub(crate) use scan::Scanned;
use verify::Verified;

/// A batch up to this size, in bytes, is written together with its header.
const ONE_WRITE_MAX: usize = 32 << 10;

/// A segment of a log, or a clone of it. A clone keeps the size that the segment had, and is read
/// while the log continues to use the original; see [`LogReader`](crate::LogReader).
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    disk: Disk,
    dir: PathBuf,
    base_offset: i64,
    size: u64,
    /// Offset after the last batch: where the next segment begins, or the log end. `i64::MAX` while
    /// it is not known.
    end_offset: i64,
    /// Offsets below were promised (see `RecoveryFacts::promised`). `i64::MAX` if it is not known.
    promised: i64,
    /// Compaction has never removed offsets from it.
    is_gapless: bool,
    /// Shared by the segment and its clones.
    shared: Arc<Shared>,
    /// Set before the files are renamed or cut. What a clone has read since may be wrong.
    retired: Arc<AtomicBool>,
    /// Whether this is a clone, which writes no files and does not change the indexes.
    is_clone: bool,
    /// From this position on, batches were written by this process, or checked when it opened the
    /// log.
    known_from: u64,
    modified_ms: i64,
    created_ms: i64,
    bytes_since_index: u64,
    index_interval: u64,
    log: File,
}

/// What is known about the content of a segment. No lock is held while a file is read.
#[derive(Debug, Default)]
struct Shared {
    /// Known damaged ranges, by position.
    damage: Mutex<Vec<DamagedRange>>,
    /// Ranges below `known_from` that were checked since the log was opened.
    verified: Mutex<Verified>,
    /// Always there for an active segment.
    indexes: Mutex<Option<Indexes>>,
    /// Max timestamp of the first batch, in ms. `segment.ms` counts from it.
    first_timestamp: Mutex<Option<i64>>,
    /// The largest timestamp of a closed segment, cached without its indexes.
    closed_largest: Mutex<Option<Option<TimeEntry>>>,
    /// Whether the transaction index has entries. `None` while it is not known.
    has_aborted: Mutex<Option<bool>>,
}

impl Segment {
    /// Creates an empty segment. Existing files of that name are emptied.
    pub(crate) fn create(
        disk: &Disk,
        dir: &Path,
        base_offset: i64,
        index_interval: u64,
        now_ms: i64,
    ) -> Result<Segment> {
        let mut segment = Segment::existing(disk, dir, base_offset, 0, now_ms, index_interval);
        segment.log = disk.open_cached(&segment.path(FileKind::Log), OpenMode::Truncate)?;
        segment.end_offset = base_offset;
        segment.known_from = 0;
        segment.reset_indexes();
        // If the log file is lost, its index files show that it was there.
        for kind in [FileKind::Index, FileKind::TimeIndex] {
            disk.open(&segment.path(kind), OpenMode::Truncate)?;
        }
        Ok(segment)
    }

    /// A segment whose file exists and has `size` bytes. Opens nothing.
    pub(crate) fn existing(
        disk: &Disk,
        dir: &Path,
        base_offset: i64,
        size: u64,
        modified_ms: i64,
        index_interval: u64,
    ) -> Segment {
        Segment {
            disk: disk.clone(),
            dir: dir.to_path_buf(),
            base_offset,
            size,
            end_offset: i64::MAX,
            promised: i64::MAX,
            is_gapless: false,
            shared: Arc::default(),
            retired: Arc::default(),
            is_clone: false,
            known_from: size,
            modified_ms,
            created_ms: modified_ms,
            bytes_since_index: 0,
            index_interval,
            log: disk.cached(&dir.join(file_name(base_offset, FileKind::Log))),
        }
    }

    pub(crate) fn base_offset(&self) -> i64 {
        self.base_offset
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn modified_ms(&self) -> i64 {
        self.modified_ms
    }

    pub(crate) fn path(&self, kind: FileKind) -> PathBuf {
        self.dir.join(file_name(self.base_offset, kind))
    }

    pub(crate) fn set_index_interval(&mut self, bytes: u64) {
        self.index_interval = bytes;
    }

    /// Removes the files of a segment that could not be created.
    pub(crate) fn remove_unfinished(disk: &Disk, dir: &Path, base_offset: i64) -> Result<()> {
        for kind in [FileKind::Index, FileKind::TimeIndex, FileKind::Log] {
            let path = dir.join(file_name(base_offset, kind));
            if disk.try_exists(&path)? {
                disk.remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// The `.log` file, which is opened when it is used.
    pub(crate) fn file(&self) -> &File {
        &self.log
    }

    /// A clone to read from while the log is in use.
    pub(crate) fn for_reading(&self) -> Segment {
        Segment {
            is_clone: true,
            ..self.clone()
        }
    }

    /// Marks what clones read from now on as wrong, because the files are about to be renamed or cut.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// Whether what a clone has read may be wrong. Call it after reading.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Closes the file and drops the indexes from memory. Only for a closed segment.
    pub(crate) fn release(&self) {
        self.log.close_until_used();
        if let Some(indexes) = self.shared.indexes.lock().take() {
            *self.shared.closed_largest.lock() = Some(indexes.largest);
        }
    }

    /// Cuts the file at `end`, where a batch ends.
    pub(crate) fn cut(&mut self, end: u64) -> Result<()> {
        // Clones that are made from now on read what is left.
        std::mem::take(&mut self.retired).store(true, Ordering::Release);
        self.file().set_len(end)?;
        self.size = end;
        self.shared
            .damage
            .lock()
            .retain(|range| range.position < end);
        self.known_from = self.known_from.min(end);
        Ok(())
    }

    /// Cuts bytes that a failed append left at the end of the file.
    pub(crate) fn cut_leftover(&self) -> Result<()> {
        let file = self.file();
        if file.len()? > self.size {
            file.set_len(self.size)
        } else {
            Ok(())
        }
    }

    /// Appends a batch: its header, with offsets and epoch set, and its records.
    ///
    /// # Errors
    /// Errors of writing. Then the batch is not part of the segment, whatever the file holds.
    pub(crate) fn append(
        &mut self,
        header: &RecordBatchHeader,
        body: &[u8],
        now_ms: i64,
    ) -> Result<()> {
        let position = self.size;
        let len = HEADER_LEN + body.len();
        let file = self.file();
        let mut indexes = self.indexes()?;
        let head = header.to_bytes();
        if len <= ONE_WRITE_MAX {
            let mut whole = BytesMut::with_capacity(len);
            whole.extend_from_slice(&head);
            whole.extend_from_slice(body);
            file.write_all_at(position, &whole)?;
        } else {
            file.write_all_at(position, &head)?;
            file.write_all_at(position + HEADER_LEN as u64, body)?;
        }
        indexes.note_timestamp(header);
        let add_entry = self.bytes_since_index > self.index_interval;
        if add_entry {
            indexes.add(header.last_offset(), position);
        }
        drop(indexes);
        if add_entry {
            self.bytes_since_index = 0;
        }
        if position == 0 {
            self.set_first_timestamp(Some(header.max_timestamp));
            self.created_ms = now_ms;
        }
        self.bytes_since_index += len as u64;
        self.size += len as u64;
        self.end_offset = header.next_offset();
        self.modified_ms = now_ms;
        Ok(())
    }

    /// Whether `offset`, relative to the base offset, fits 31 bits.
    pub(crate) fn takes_offset(&self, offset: i64) -> bool {
        (0..=i64::from(i32::MAX)).contains(&offset.saturating_sub(self.base_offset))
    }

    pub(crate) fn index_is_full(&self, index_bytes: u64) -> Result<bool> {
        let indexes = self.indexes()?;
        Ok(indexes.offset.is_full(index_bytes) || indexes.time.is_full(index_bytes))
    }

    /// Age of the segment, in ms: by the timestamps of its records if they have one that is not in
    /// the future, else since it was created.
    pub(crate) fn age_ms(&self, batch_timestamp: i64, now_ms: i64) -> Result<i64> {
        Ok(match self.first_timestamp()? {
            Some(first) if (0..=now_ms).contains(&first) => batch_timestamp.saturating_sub(first),
            _ => now_ms.saturating_sub(self.created_ms),
        })
    }

    /// Max timestamp of the first batch, in ms; `None` without batches. Reads it once.
    pub(crate) fn first_timestamp(&self) -> Result<Option<i64>> {
        let known = *self.shared.first_timestamp.lock();
        if known.is_some() || self.size == 0 {
            return Ok(known);
        }
        if let Step::Batch(first) =
            BatchScan::new(self.file(), 0, self.size, LOOKUP_PIECE).next()?
        {
            self.set_first_timestamp(Some(first.header.max_timestamp));
        }
        Ok(*self.shared.first_timestamp.lock())
    }

    fn set_first_timestamp(&self, timestamp: Option<i64>) {
        *self.shared.first_timestamp.lock() = timestamp;
    }

    /// Adds the largest timestamp to the time index and writes both indexes. Returns the files to
    /// sync.
    pub(crate) fn write_indexes(&mut self) -> Result<Vec<(FileKind, File)>> {
        self.indexes()?.write()
    }

    /// Removes batches that end at `offset` or later. Returns the offset after the remaining ones.
    pub(crate) fn truncate(&mut self, offset: i64) -> Result<i64> {
        let end = self
            .locate(offset)?
            .map_or(self.size, |batch| batch.position);
        let mut indexes = self.indexes()?;
        indexes.offset.truncate(offset)?;
        indexes.time.truncate(offset)?;
        indexes.largest = indexes.time.last();
        drop(indexes);
        *self.shared.closed_largest.lock() = None;
        self.cut(end)?;
        if end == 0 {
            self.set_first_timestamp(None);
        }
        Ok(self.find_end()?.next_offset)
    }
}

/// Reads a batch into memory.
pub(crate) fn read_batch(file: &File, batch: &Located) -> Result<Bytes> {
    let mut bytes = vec![0; batch.header.total_len()];
    file.read_exact_at(batch.position, &mut bytes)?;
    Ok(Bytes::from(bytes))
}
