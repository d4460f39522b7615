//! Finding batches in a segment by offset, by time and by position.
//!
//! An index that was read from its file is checked when it is used: an entry must lead to the batch
//! that it describes. If it does not, the index is rebuilt.

use std::io::Result;

use io::File;

use super::Segment;
use super::batches::{Batches, Checksums, Walked};
use crate::batch_scan::{BatchScan, LOOKUP_PIECE, Located, SCAN_PIECE, Step};
use crate::offset_index::OffsetEntry;
use crate::time_index::TimeEntry;

/// The last bytes of a segment that are most likely in the page cache, because they were just written.
const TAIL_BYTES: u64 = 16 << 20;

impl Segment {
    /// The largest timestamp in the segment, if any record has one.
    ///
    /// Retention needs it of every segment. The indexes of closed segments are not kept in memory for
    /// that.
    pub(crate) fn largest_timestamp(&self) -> Result<Option<TimeEntry>> {
        if let Some(indexes) = &*self.shared.indexes.lock() {
            return Ok(indexes.largest);
        }
        if let Some(largest) = *self.shared.closed_largest.lock() {
            return Ok(largest);
        }
        let largest = self.load_indexes()?.largest;
        *self.shared.closed_largest.lock() = Some(largest);
        Ok(largest)
    }

    /// Whether a read of up to `max_bytes` from `offset` reads only from memory: the indexes are
    /// loaded, the batches are checked, and their bytes are in the page cache.
    pub(crate) fn is_cached(&self, offset: i64, max_bytes: u64) -> bool {
        let Some(from) = self.known_position_before(offset) else {
            return false;
        };
        let to = from.saturating_add(max_bytes).min(self.size);
        self.is_checked(from, to) && self.file().is_cached(from, to - from)
    }

    /// Whether `offset` is in the last bytes of the segment, and this process has written them.
    pub(crate) fn is_new_tail(&self, offset: i64) -> bool {
        let from = self.known_position_before(offset);
        from.is_some_and(|from| from >= self.known_from && self.size - from <= TAIL_BYTES)
    }

    /// As [`Segment::position_before`], if that reads nothing.
    fn known_position_before(&self, offset: i64) -> Option<u64> {
        let indexes = self.shared.indexes.lock();
        let entry = indexes.as_ref()?.offset.entry_before(offset);
        Some(entry.map_or(0, |entry| entry.position.min(self.size)))
    }

    /// The first batch that ends at `offset` or later.
    pub(crate) fn locate(&self, offset: i64) -> Result<Option<Located>> {
        let file = self.file();
        let from = self.position_before(file, offset)?;
        let mut found = None;
        self.walk(file, from, LOOKUP_PIECE, |batch| {
            if batch.header.last_offset() >= offset {
                found = Some(*batch);
            }
            Ok(found.is_none())
        })?;
        Ok(found)
    }

    /// The largest position up to `limit` at which a batch ends. The walk begins at `start`, where a
    /// batch begins, or at a later index entry.
    pub(crate) fn batch_end_before(&self, start: u64, limit: u64) -> Result<u64> {
        let file = self.file();
        let indexes = self.indexes()?;
        let entry = indexes
            .offset
            .boundary_before(limit)
            .filter(|entry| entry.position > start);
        let built_here = indexes.built_here;
        drop(indexes);
        let mut end = match entry {
            Some(entry) if built_here || self.is_entry_right(file, &entry)? => entry.position,
            _ => start,
        };
        self.walk(file, end, LOOKUP_PIECE, |batch| {
            let fits = batch.end() <= limit;
            if fits {
                end = batch.end();
            }
            Ok(fits)
        })?;
        Ok(end)
    }

    /// Visits the batches that may hold records at `timestamp` or later and at `start_offset` or
    /// later, until `visit` returns `false`.
    pub(crate) fn batches_from_timestamp(
        &self,
        timestamp: i64,
        start_offset: i64,
        mut visit: impl FnMut(&Located, &File) -> Result<bool>,
    ) -> Result<()> {
        let file = self.file();
        let indexes = self.indexes()?;
        let mut entry = indexes.time.entry_before(timestamp);
        let (from, built_here) = (indexes.start_of(entry), indexes.built_here);
        drop(indexes);
        if !built_here && !self.is_time_entry_right(from, entry)? {
            entry = match self.is_clone {
                true => None,
                false => {
                    self.replace_indexes()?;
                    self.indexes()?.time.entry_before(timestamp)
                }
            };
        }
        let offset = entry.map_or(start_offset, |entry| entry.offset.max(start_offset));
        let from = self.position_before(file, offset)?;
        self.walk(file, from, SCAN_PIECE, |batch| visit(batch, file))
    }

    /// Visits the batches from the one with `offset` on, until `visit` returns `false`.
    pub(crate) fn batches_from_offset(
        &self,
        offset: i64,
        mut visit: impl FnMut(&Located, &File) -> Result<bool>,
    ) -> Result<()> {
        let file = self.file();
        let from = self.position_before(file, offset)?;
        self.walk(file, from, SCAN_PIECE, |batch| {
            if batch.header.last_offset() < offset {
                Ok(true)
            } else {
                visit(batch, file)
            }
        })
    }

    /// Visits the batches between two positions, at each of which a batch begins or ends. Reads
    /// little more than their headers.
    pub(crate) fn batches_between(
        &self,
        from: u64,
        to: u64,
        mut visit: impl FnMut(&Located),
    ) -> Result<()> {
        self.walk(self.file(), from, LOOKUP_PIECE, |batch| {
            let is_before_end = batch.position < to;
            if is_before_end {
                visit(batch);
            }
            Ok(is_before_end)
        })
    }

    /// The position where the search for the batch with `offset` begins.
    fn position_before(&self, file: &File, offset: i64) -> Result<u64> {
        let indexes = self.indexes()?;
        let entry = indexes.offset.entry_before(offset);
        let built_here = indexes.built_here;
        drop(indexes);
        match entry {
            None => Ok(0),
            Some(entry) if built_here || self.is_entry_right(file, &entry)? => Ok(entry.position),
            // The walk finds it from the beginning.
            Some(_) if self.is_clone => Ok(0),
            Some(_) => {
                self.replace_indexes()?;
                let entry = self.indexes()?.offset.entry_before(offset);
                Ok(entry.map_or(0, |entry| entry.position))
            }
        }
    }

    /// Whether an offset index entry has the last offset of the batch it leads to.
    fn is_entry_right(&self, file: &File, entry: &OffsetEntry) -> Result<bool> {
        if entry.position >= self.size {
            return Ok(false);
        }
        let step = BatchScan::new(file, entry.position, self.size, LOOKUP_PIECE).next()?;
        Ok(matches!(step, Step::Batch(batch) if batch.header.last_offset() == entry.offset))
    }

    /// Visits the batches from the one at `from` on, until `visit` returns `false`. Damage is
    /// recorded and passed over; a caller that reads by offset checks for damaged ranges afterwards.
    pub(super) fn walk(
        &self,
        file: &File,
        from: u64,
        piece: usize,
        mut visit: impl FnMut(&Located) -> Result<bool>,
    ) -> Result<()> {
        let mut batches = Batches::new(self, file, from, piece, Checksums::Doubtful);
        while let Some(walked) = batches.next()? {
            match walked {
                Walked::Good(batch) => {
                    if !visit(&batch)? {
                        break;
                    }
                }
                Walked::Gap(gap) => self.note_gap(&gap),
                Walked::Damaged(damage) => batches.record_damage(damage)?,
            }
        }
        Ok(())
    }
}
