//! The two indexes of a segment together.

use std::io::{ErrorKind, Result};
use std::path::PathBuf;

use io::{Disk, File};
use parking_lot::{MappedMutexGuard, MutexGuard};
use wire::record_batch::RecordBatchHeader;

use super::Segment;
use crate::batch_scan::{BatchScan, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::index_file::IndexWrite;
use crate::offset_index::OffsetIndex;
use crate::time_index::{TimeEntry, TimeIndex};

#[derive(Debug)]
pub(crate) struct Indexes {
    pub(super) offset: OffsetIndex,
    pub(super) time: TimeIndex,
    /// The largest timestamp. It may not be in the time index yet.
    pub(super) largest: Option<TimeEntry>,
    /// This process built them from the batches; they were not read from files.
    pub(super) built_here: bool,
}

impl Indexes {
    /// Empty indexes. Their files are created, or emptied, when they are written.
    pub(crate) fn create(
        disk: &Disk,
        offset_path: PathBuf,
        time_path: PathBuf,
        base_offset: i64,
    ) -> Indexes {
        Indexes {
            offset: OffsetIndex::create(disk, offset_path, base_offset),
            time: TimeIndex::create(disk, time_path, base_offset),
            largest: None,
            built_here: true,
        }
    }

    /// Notes the max timestamp of a batch. Compaction keeps some batches without records; these have
    /// no record with that timestamp and do not count.
    pub(crate) fn note_timestamp(&mut self, header: &RecordBatchHeader) {
        if header.record_count == 0 {
            return;
        }
        if header.max_timestamp > self.largest.map_or(-1, |largest| largest.timestamp) {
            self.largest = Some(TimeEntry {
                timestamp: header.max_timestamp,
                offset: header.last_offset(),
            });
        }
    }

    /// Where the search for the batch of a time index entry begins.
    pub(super) fn start_of(&self, entry: Option<TimeEntry>) -> u64 {
        let before = entry.and_then(|entry| self.offset.entry_before(entry.offset));
        before.map_or(0, |before| before.position)
    }

    pub(crate) fn add(&mut self, last_offset: i64, position: u64) {
        self.offset.append(last_offset, position);
        self.add_largest();
    }

    fn add_largest(&mut self) {
        if let Some(largest) = self.largest {
            self.time.append(largest);
        }
    }

    /// Adds the largest timestamp to the time index and writes both. Returns the files to sync.
    pub(crate) fn write(&mut self) -> Result<Vec<(FileKind, File)>> {
        self.add_largest();
        Ok(vec![
            (FileKind::Index, self.offset.write()?),
            (FileKind::TimeIndex, self.time.write()?),
        ])
    }
}

/// Entries to write to the files of both indexes.
#[derive(Debug)]
pub(crate) struct IndexWrites {
    offset: IndexWrite,
    time: IndexWrite,
}

impl IndexWrites {
    /// Writes the entries. Returns the files to sync.
    pub(crate) fn write(&self) -> Result<[(FileKind, File); 2]> {
        Ok([
            (FileKind::Index, self.offset.write()?),
            (FileKind::TimeIndex, self.time.write()?),
        ])
    }
}

impl Segment {
    /// Adds the largest timestamp to the time index. Returns what has to be written to close both
    /// indexes, without their lock.
    pub(crate) fn begin_index_writes(&self) -> Result<IndexWrites> {
        let mut indexes = self.indexes()?;
        indexes.add_largest();
        Ok(IndexWrites {
            offset: indexes.offset.begin_write(),
            time: indexes.time.begin_write(),
        })
    }

    /// Notes that the indexes were written.
    pub(crate) fn index_writes_ended(&self) -> Result<()> {
        let mut indexes = self.indexes()?;
        indexes.offset.write_ended();
        indexes.time.write_ended();
        Ok(())
    }

    pub(super) fn indexes(&self) -> Result<MappedMutexGuard<'_, Indexes>> {
        let mut slot = self.shared.indexes.lock();
        if slot.is_none() {
            drop(slot);
            // Another reader may load them at the same time.
            let loaded = self.load_indexes()?;
            slot = self.shared.indexes.lock();
            slot.get_or_insert(loaded);
        }
        Ok(MutexGuard::map(slot, |slot| {
            slot.as_mut().expect("loaded above")
        }))
    }

    pub(super) fn load_indexes(&self) -> Result<Indexes> {
        match self.load_sane_indexes()? {
            Some(loaded) => Ok(loaded),
            None => self.rebuilt_indexes(),
        }
    }

    /// Reads the indexes from their files. `None` if one is missing or does not fit.
    pub(super) fn load_sane_indexes(&self) -> Result<Option<Indexes>> {
        let offset_path = self.path(FileKind::Index);
        let offset = OffsetIndex::load(&self.disk, offset_path, self.base_offset, self.size);
        let time = TimeIndex::load(&self.disk, self.path(FileKind::TimeIndex), self.base_offset);
        if let (Some(offset), Some(time)) = (missing_is_none(offset)?, missing_is_none(time)?) {
            let loaded = Indexes {
                largest: time.last(),
                offset,
                time,
                built_here: false,
            };
            if self.is_time_entry_right(loaded.start_of(loaded.largest), loaded.largest)? {
                return Ok(Some(loaded));
            }
        }
        Ok(None)
    }

    /// Whether a time index entry has offset and timestamp of the batch it leads to. The search for
    /// that batch begins at `from`.
    pub(super) fn is_time_entry_right(&self, from: u64, entry: Option<TimeEntry>) -> Result<bool> {
        let Some(entry) = entry else { return Ok(true) };
        let file = self.file();
        let mut scan = BatchScan::new(file, from, self.size, SCAN_PIECE);
        loop {
            match scan.next()? {
                Step::Batch(batch) if batch.header.last_offset() < entry.offset => {}
                Step::Batch(batch) => {
                    return Ok(batch.header.last_offset() == entry.offset
                        && batch.header.max_timestamp == entry.timestamp);
                }
                Step::End | Step::Bad(_) => return Ok(false),
            }
        }
    }

    /// Rebuilds indexes that do not fit.
    pub(super) fn replace_indexes(&self) -> Result<()> {
        let rebuilt = self.rebuilt_indexes()?;
        *self.shared.indexes.lock() = Some(rebuilt);
        Ok(())
    }

    fn rebuilt_indexes(&self) -> Result<Indexes> {
        tracing::warn!(segment = %self.path(FileKind::Log).display(), "rebuilding the indexes");
        let (mut indexes, _) = self.scan_into_indexes(|_, _| true)?;
        if !self.is_clone {
            indexes.offset.write()?.sync_data()?;
            indexes.time.write()?.sync_data()?;
        }
        Ok(indexes)
    }

    pub(super) fn new_indexes(&self) -> Indexes {
        let (offset, time) = (self.path(FileKind::Index), self.path(FileKind::TimeIndex));
        Indexes::create(&self.disk, offset, time, self.base_offset)
    }

    pub(super) fn reset_indexes(&mut self) {
        *self.shared.indexes.lock() = Some(self.new_indexes());
    }
}

fn missing_is_none<T>(loaded: Result<Option<T>>) -> Result<Option<T>> {
    match loaded {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other,
    }
}
