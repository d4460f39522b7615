//! Reads the three kinds of index: files of entries of a fixed size.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{Disk, File, OpenMode};

use super::segment::header_at;
use super::{Item, Walk, file_of_same_segment};
use crate::batch_scan::{BatchScan, Located, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::offset_index::{self, OffsetEntry};
use crate::time_index::{self, TimeEntry};
use crate::transaction_index;

/// Entries that one read returns.
const PIECE_ENTRIES: u64 = 1024;

/// The entries of a file, one after another.
pub(super) struct Entries<const LEN: usize> {
    file: File,
    /// Length of the file when it was opened.
    end: u64,
    /// Position of the next entry.
    position: u64,
    piece: Vec<u8>,
    piece_at: u64,
}

impl<const LEN: usize> Entries<LEN> {
    pub(super) fn open(disk: &Disk, path: &Path) -> Result<Entries<LEN>> {
        let file = disk.open(path, OpenMode::Read)?;
        Ok(Entries {
            end: file.len()?,
            file,
            position: 0,
            piece: Vec::new(),
            piece_at: 0,
        })
    }

    /// The next complete entry and its position.
    pub(super) fn next(&mut self) -> Result<Option<(u64, [u8; LEN])>> {
        let position = self.position;
        if self.end - position < LEN as u64 {
            return Ok(None);
        }
        if position >= self.piece_at + self.piece.len() as u64 {
            let entries = ((self.end - position) / LEN as u64).min(PIECE_ENTRIES);
            self.piece.resize(entries as usize * LEN, 0);
            self.piece_at = position;
            self.file.read_exact_at(position, &mut self.piece)?;
        }
        let mut entry = [0; LEN];
        let from = (position - self.piece_at) as usize;
        entry.copy_from_slice(&self.piece[from..from + LEN]);
        self.position += LEN as u64;
        Ok(Some((position, entry)))
    }

    /// What is wrong with the end of the file, after its last entry.
    fn end(&self) -> Option<Item> {
        let left = self.end - self.position;
        (left > 0).then(|| {
            Item::damage(
                self.position,
                format!("{left} bytes after the last entry are not a complete entry"),
            )
        })
    }

    /// Skips zeros, which Kafka's indexes have after the last entry while the broker runs. Anything
    /// else there is damage.
    fn skip_zeros(&mut self) -> Result<Option<Item>> {
        while let Some((position, entry)) = self.next()? {
            if entry.iter().any(|byte| *byte != 0) {
                return Ok(Some(Item::damage(position, "entries follow after zeros")));
            }
        }
        Ok(self.end())
    }
}

/// Opens the `.log` file of the segment; `None` if there is none.
fn open_log_file(disk: &Disk, path: &Path, base_offset: i64) -> Result<Option<File>> {
    match disk.open(
        &file_of_same_segment(path, base_offset, FileKind::Log),
        OpenMode::Read,
    ) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks the entries of one kind of index against the batches of its segment.
pub(super) trait Check<const LEN: usize> {
    /// The entry as an item, and what is wrong with it.
    fn entry(&mut self, bytes: &[u8; LEN]) -> Result<(Item, Option<String>)>;
}

/// An offset or time index.
pub(super) struct Index<const LEN: usize, C> {
    entries: Entries<LEN>,
    check: C,
    has_batches: bool,
}

pub(super) type OffsetIndex = Index<{ offset_index::ENTRY_LEN as usize }, OffsetEntries>;
pub(super) type TimeIndex = Index<{ time_index::ENTRY_LEN as usize }, TimeEntries>;

impl<const LEN: usize, C: Check<LEN>> Walk for Index<LEN, C> {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        let Some((at, bytes)) = self.entries.next()? else {
            found.extend(self.entries.end());
            if !self.has_batches {
                found.push_back(Item::damage_of_all("there is no .log file for this index"));
            }
            return Ok(false);
        };
        if at > 0 && bytes == [0; LEN] {
            found.extend(self.entries.skip_zeros()?);
            return Ok(false);
        }
        let (item, wrong) = self.check.entry(&bytes)?;
        found.push_back(item);
        found.extend(wrong.map(|what| Item::damage(at, what)));
        Ok(true)
    }
}

/// Checks offset index entries: they grow, and each leads to its batch.
pub(super) struct OffsetEntries {
    base_offset: i64,
    batches: Option<File>,
    last: Option<OffsetEntry>,
}

impl OffsetIndex {
    pub(super) fn open(disk: &Disk, path: &Path, base_offset: i64) -> Result<OffsetIndex> {
        let batches = open_log_file(disk, path, base_offset)?;
        Ok(Index {
            entries: Entries::open(disk, path)?,
            has_batches: batches.is_some(),
            check: OffsetEntries {
                base_offset,
                batches,
                last: None,
            },
        })
    }
}

impl OffsetEntries {
    fn wrong(&self, entry: OffsetEntry) -> Result<Option<String>> {
        if let Some(last) = self.last
            && (entry.offset <= last.offset || entry.position <= last.position)
        {
            return Ok(Some(format!(
                "offset {} at byte {} does not come after offset {} at byte {}",
                entry.offset, entry.position, last.offset, last.position
            )));
        }
        let Some(file) = &self.batches else {
            return Ok(None);
        };
        let header = header_at(file, entry.position, file.len()?)?;
        Ok(match header.map(|header| header.last_offset()) {
            Some(offset) if offset == entry.offset => None,
            Some(offset) => Some(format!(
                "the batch at byte {} ends at offset {offset}, not {}",
                entry.position, entry.offset
            )),
            None => Some(format!("no batch begins at byte {}", entry.position)),
        })
    }
}

impl Check<{ offset_index::ENTRY_LEN as usize }> for OffsetEntries {
    fn entry(
        &mut self,
        bytes: &[u8; offset_index::ENTRY_LEN as usize],
    ) -> Result<(Item, Option<String>)> {
        let entry = offset_index::decode(bytes, self.base_offset);
        let wrong = self.wrong(entry)?;
        self.last = Some(entry);
        let (offset, position) = (entry.offset, entry.position);
        Ok((Item::OffsetEntry { offset, position }, wrong))
    }
}

/// Checks time index entries: they grow, and each has the largest timestamp of its batch.
pub(super) struct TimeEntries {
    base_offset: i64,
    /// Walks over the batches together with the entries.
    batches: Option<BatchScan>,
    batch: Option<Located>,
    last: Option<TimeEntry>,
}

impl TimeIndex {
    pub(super) fn open(disk: &Disk, path: &Path, base_offset: i64) -> Result<TimeIndex> {
        let batches = match open_log_file(disk, path, base_offset)? {
            Some(file) => Some(BatchScan::new(&file, 0, file.len()?, SCAN_PIECE)),
            None => None,
        };
        Ok(Index {
            entries: Entries::open(disk, path)?,
            has_batches: batches.is_some(),
            check: TimeEntries {
                base_offset,
                batches,
                batch: None,
                last: None,
            },
        })
    }
}

impl TimeEntries {
    fn wrong(&mut self, entry: TimeEntry) -> Result<Option<String>> {
        if let Some(last) = self.last
            && (entry.timestamp <= last.timestamp || entry.offset < last.offset)
        {
            return Ok(Some(format!(
                "timestamp {} at offset {} does not come after {} at {}",
                entry.timestamp, entry.offset, last.timestamp, last.offset
            )));
        }
        let Some(scan) = &mut self.batches else {
            return Ok(None);
        };
        while self
            .batch
            .is_none_or(|batch| batch.header.last_offset() < entry.offset)
        {
            match scan.next()? {
                Step::Batch(batch) => self.batch = Some(batch),
                Step::End | Step::Bad(_) => {
                    return Ok(Some(format!(
                        "no batch with offset {} is found",
                        entry.offset
                    )));
                }
            }
        }
        let header = self.batch.map(|batch| batch.header);
        Ok(header
            .filter(|header| header.max_timestamp != entry.timestamp)
            .map(|header| {
                format!(
                    "the batch with offset {} has {} as its largest timestamp",
                    entry.offset, header.max_timestamp
                )
            }))
    }
}

impl Check<{ time_index::ENTRY_LEN as usize }> for TimeEntries {
    fn entry(
        &mut self,
        bytes: &[u8; time_index::ENTRY_LEN as usize],
    ) -> Result<(Item, Option<String>)> {
        let entry = time_index::decode(bytes, self.base_offset);
        let wrong = self.wrong(entry)?;
        self.last = Some(entry);
        let (timestamp, offset) = (entry.timestamp, entry.offset);
        Ok((Item::TimeEntry { timestamp, offset }, wrong))
    }
}

pub(super) struct TransactionIndex {
    entries: Entries<{ transaction_index::ENTRY_LEN }>,
    /// Offset of the last marker; before the first one, the offset before the segment.
    last_offset: i64,
}

impl TransactionIndex {
    pub(super) fn open(disk: &Disk, path: &Path, base_offset: i64) -> Result<TransactionIndex> {
        Ok(TransactionIndex {
            entries: Entries::open(disk, path)?,
            last_offset: base_offset - 1,
        })
    }
}

impl Walk for TransactionIndex {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        let Some((at, entry)) = self.entries.next()? else {
            found.extend(self.entries.end());
            return Ok(false);
        };
        let version = i16::from_be_bytes([entry[0], entry[1]]);
        if version != transaction_index::VERSION {
            found.push_back(Item::damage(at, format!("unknown version {version}")));
            return Ok(true);
        }
        let entry = transaction_index::decode(&entry);
        let (first, last) = (entry.first_offset, entry.last_offset);
        found.push_back(Item::AbortedTransaction(entry));
        if last <= self.last_offset || first > last {
            let what = format!(
                "a transaction from {first} to {last} does not come after offset {}",
                self.last_offset
            );
            found.push_back(Item::damage(at, what));
        }
        self.last_offset = last;
        Ok(true)
    }
}
