//! The offset index of a segment: the positions of some batches by offset.
//!
//! An entry is the last offset of a batch, relative to the base offset of the segment, and the
//! position of that batch: four bytes each. Both grow strictly from entry to entry.

use std::io::Result;
use std::path::{Path, PathBuf};

use io::{Disk, File, OpenMode};

use crate::index_file::{IndexFile, IndexWrite};

/// Bytes of an entry.
pub(crate) const ENTRY_LEN: u64 = 8;

/// An entry as in the file: the offset is relative to the base offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    relative_offset: u32,
    position: u32,
}

/// The last offset of a batch, and the position where the batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    pub(crate) offset: i64,
    pub(crate) position: u64,
}

/// Reads an entry of the index of a segment that begins at `base_offset`.
pub(crate) fn decode(b: &[u8; ENTRY_LEN as usize], base_offset: i64) -> OffsetEntry {
    OffsetEntry {
        offset: base_offset.saturating_add(i64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))),
        position: u64::from(u32::from_be_bytes([b[4], b[5], b[6], b[7]])),
    }
}

#[derive(Debug)]
pub(crate) struct OffsetIndex {
    base_offset: i64,
    entries: Vec<Entry>,
    file: IndexFile,
}

impl OffsetIndex {
    pub(crate) fn create(disk: &Disk, path: PathBuf, base_offset: i64) -> OffsetIndex {
        OffsetIndex {
            base_offset,
            entries: Vec::new(),
            file: IndexFile::create(disk, path),
        }
    }

    /// Reads an index. `None` if it does not fit a segment of `segment_size` bytes.
    pub(crate) fn load(
        disk: &Disk,
        path: PathBuf,
        base_offset: i64,
        segment_size: u64,
    ) -> Result<Option<OffsetIndex>> {
        let (file, content) = IndexFile::load(disk, path)?;
        let (chunks, rest) = content.as_chunks::<{ ENTRY_LEN as usize }>();
        let entries: Vec<Entry> = chunks
            .iter()
            .map(|b| Entry {
                relative_offset: u32::from_be_bytes([b[0], b[1], b[2], b[3]]),
                position: u32::from_be_bytes([b[4], b[5], b[6], b[7]]),
            })
            .collect();
        let grows = entries.windows(2).all(|pair| {
            pair[0].relative_offset < pair[1].relative_offset && pair[0].position < pair[1].position
        });
        let fits = entries
            .last()
            .is_none_or(|last| u64::from(last.position) < segment_size);
        let sane = rest.is_empty() && grows && fits;
        Ok(sane.then_some(OffsetIndex {
            base_offset,
            entries,
            file,
        }))
    }

    /// Reads only the last entry of a file.
    pub(crate) fn read_last(
        disk: &Disk,
        path: &Path,
        base_offset: i64,
    ) -> Result<Option<OffsetEntry>> {
        let file = disk.open(path, OpenMode::Read)?;
        let count = file.len()? / ENTRY_LEN;
        if count == 0 {
            return Ok(None);
        }
        let mut b = [0; ENTRY_LEN as usize];
        file.read_exact_at((count - 1) * ENTRY_LEN, &mut b)?;
        Ok(Some(decode(&b, base_offset)))
    }

    pub(crate) fn append(&mut self, offset: i64, position: u64) {
        let entry = Entry {
            relative_offset: self.relative(offset),
            position: u32::try_from(position).expect("segments stay below 4 GiB"),
        };
        self.entries.push(entry);
        let mut bytes = [0; ENTRY_LEN as usize];
        bytes[..4].copy_from_slice(&entry.relative_offset.to_be_bytes());
        bytes[4..].copy_from_slice(&entry.position.to_be_bytes());
        self.file.append(&bytes);
    }

    /// The last entry of a batch that ends at `offset` or earlier.
    pub(crate) fn entry_before(&self, offset: i64) -> Option<OffsetEntry> {
        self.last_of_first(
            self.entries.partition_point(|entry| {
                self.base_offset + i64::from(entry.relative_offset) <= offset
            }),
        )
    }

    /// The last entry of a batch that begins at `position` or earlier.
    pub(crate) fn boundary_before(&self, position: u64) -> Option<OffsetEntry> {
        self.last_of_first(
            self.entries
                .partition_point(|entry| u64::from(entry.position) <= position),
        )
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = OffsetEntry> {
        self.entries.iter().map(|entry| OffsetEntry {
            offset: self.base_offset + i64::from(entry.relative_offset),
            position: u64::from(entry.position),
        })
    }

    pub(crate) fn last(&self) -> Option<OffsetEntry> {
        self.last_of_first(self.entries.len())
    }

    fn last_of_first(&self, count: usize) -> Option<OffsetEntry> {
        let entry = self.entries[..count].last()?;
        Some(OffsetEntry {
            offset: self.base_offset + i64::from(entry.relative_offset),
            position: u64::from(entry.position),
        })
    }

    /// Removes entries of batches that end at `offset` or later.
    pub(crate) fn truncate(&mut self, offset: i64) -> Result<()> {
        let base_offset = self.base_offset;
        let keep = self
            .entries
            .partition_point(|entry| base_offset + i64::from(entry.relative_offset) < offset);
        self.entries.truncate(keep);
        self.file.truncate(keep as u64 * ENTRY_LEN)
    }

    pub(crate) fn is_full(&self, index_bytes: u64) -> bool {
        self.entries.len() as u64 >= index_bytes / ENTRY_LEN
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

    fn relative(&self, offset: i64) -> u32 {
        u32::try_from(offset - self.base_offset).expect("the segment was rolled before overflow")
    }
}
