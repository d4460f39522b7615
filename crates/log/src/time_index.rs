//! The time index of a segment: the largest timestamp so far, at some batches.
//!
//! An entry is a timestamp (eight bytes) and the last offset (four bytes, relative to the base
//! offset) of the first batch that has it. Timestamps grow strictly: all records before the batch
//! of an entry have smaller timestamps than the entry. The last entry of a closed segment is its
//! largest timestamp.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, File};

use crate::index_file::{IndexFile, IndexWrite};

/// Bytes of an entry.
pub(crate) const ENTRY_LEN: u64 = 12;

/// A timestamp in ms, and the last offset of the first batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    pub(crate) timestamp: i64,
    pub(crate) offset: i64,
}

/// Reads an entry of the index of a segment that begins at `base_offset`.
pub(crate) fn decode(b: &[u8; ENTRY_LEN as usize], base_offset: i64) -> TimeEntry {
    TimeEntry {
        timestamp: i64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
        offset: base_offset
            .saturating_add(i64::from(u32::from_be_bytes([b[8], b[9], b[10], b[11]]))),
    }
}

#[derive(Debug)]
pub(crate) struct TimeIndex {
    base_offset: i64,
    entries: Vec<TimeEntry>,
    file: IndexFile,
}

impl TimeIndex {
    pub(crate) fn create(disk: &Disk, path: PathBuf, base_offset: i64) -> TimeIndex {
        TimeIndex {
            base_offset,
            entries: Vec::new(),
            file: IndexFile::create(disk, path),
        }
    }

    /// Reads an index; `None` if its entries do not grow.
    pub(crate) fn load(disk: &Disk, path: PathBuf, base_offset: i64) -> Result<Option<TimeIndex>> {
        let (file, content) = IndexFile::load(disk, path)?;
        let (chunks, rest) = content.as_chunks::<{ ENTRY_LEN as usize }>();
        let entries: Vec<TimeEntry> = chunks
            .iter()
            .map(|entry| decode(entry, base_offset))
            .collect();
        let grows = entries
            .windows(2)
            .all(|pair| pair[0].timestamp < pair[1].timestamp && pair[0].offset < pair[1].offset);
        let sane = rest.is_empty() && grows;
        Ok(sane.then_some(TimeIndex {
            base_offset,
            entries,
            file,
        }))
    }

    /// Adds an entry if its timestamp is larger than the last one.
    pub(crate) fn append(&mut self, entry: TimeEntry) {
        if entry.timestamp <= self.last().map_or(-1, |last| last.timestamp) {
            return;
        }
        self.entries.push(entry);
        let relative = u32::try_from(entry.offset - self.base_offset)
            .expect("the segment was rolled before overflow");
        let mut bytes = [0; ENTRY_LEN as usize];
        bytes[..8].copy_from_slice(&entry.timestamp.to_be_bytes());
        bytes[8..].copy_from_slice(&relative.to_be_bytes());
        self.file.append(&bytes);
    }

    /// The last entry with a timestamp up to `timestamp`.
    pub(crate) fn entry_before(&self, timestamp: i64) -> Option<TimeEntry> {
        let after = self
            .entries
            .partition_point(|entry| entry.timestamp <= timestamp);
        self.entries[..after].last().copied()
    }

    pub(crate) fn last(&self) -> Option<TimeEntry> {
        self.entries.last().copied()
    }

    /// Removes entries of batches that end at `offset` or later.
    pub(crate) fn truncate(&mut self, offset: i64) -> Result<()> {
        let keep = self.entries.partition_point(|entry| entry.offset < offset);
        self.entries.truncate(keep);
        self.file.truncate(keep as u64 * ENTRY_LEN)
    }

    pub(crate) fn is_full(&self, index_bytes: u64) -> bool {
        // One place is reserved for the entry that closes the segment.
        self.entries.len() as u64 + 1 >= index_bytes / ENTRY_LEN
    }

    pub(crate) fn write(&mut self) -> Result<File> {
        self.file.write()
    }

    /// As [`IndexFile::begin_write`].
    pub(crate) fn begin_write(&self) -> IndexWrite {
        self.file.begin_write()
    }

    /// As [`IndexFile::write_ended`].
    pub(crate) fn write_ended(&mut self) {
        self.file.write_ended();
    }
}
