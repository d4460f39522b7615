//! Goes through files of fixed-size entries: the three indexes.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{Disk, File, OpenMode};

use super::segment::header_at;
use super::{Item, Walk, beside};
use crate::batch_scan::{BatchScan, Located, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::offset_index::{self, OffsetEntry};
use crate::time_index::{self, TimestampOffset};
use crate::transaction_index;

/// Entries that are read at once.
const PIECE_ENTRIES: u64 = 1024;

/// The entries of a file, one after another.
pub(super) struct Entries<const LEN: usize> {
    file: File,
    /// Where the file ended when it was opened.
    end: u64,
    /// Where the next entry lies.
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

    /// The next whole entry and where it lies.
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

    /// What is wrong with the file's end, once its entries are through.
    fn end(&self) -> Option<Item> {
        let left = self.end - self.position;
        (left > 0).then(|| {
            Item::damage(
                self.position,
                format!("{left} bytes behind the last entry are not a whole one"),
            )
        })
    }

    /// Kafka's indexes have zeros behind the last entry while it runs: passes over them; what else
    /// lies behind is damage.
    fn pass_zeros(&mut self) -> Result<Option<Item>> {
        while let Some((position, entry)) = self.next()? {
            if entry.iter().any(|byte| *byte != 0) {
                return Ok(Some(Item::damage(position, "entries follow behind zeros")));
            }
        }
        Ok(self.end())
    }
}

/// The segment's file, to compare with.
fn batches_beside(disk: &Disk, path: &Path, base_offset: i64) -> Result<Option<File>> {
    match disk.open(&beside(path, base_offset, FileKind::Log), OpenMode::Read) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

const NOTHING_TO_COMPARE: &str = "there is no .log beside it that it could be an index of";

pub(super) struct OffsetIndex {
    entries: Entries<{ offset_index::ENTRY_LEN as usize }>,
    base_offset: i64,
    batches: Option<File>,
    last: Option<OffsetEntry>,
}

impl OffsetIndex {
    pub(super) fn open(disk: &Disk, path: &Path, base_offset: i64) -> Result<OffsetIndex> {
        Ok(OffsetIndex {
            entries: Entries::open(disk, path)?,
            base_offset,
            batches: batches_beside(disk, path, base_offset)?,
            last: None,
        })
    }

    fn wrong(&self, entry: OffsetEntry) -> Result<Option<String>> {
        if let Some(last) = self.last
            && (entry.offset <= last.offset || entry.position <= last.position)
        {
            return Ok(Some(format!(
                "offset {} at byte {} does not come behind offset {} at byte {}",
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

impl Walk for OffsetIndex {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        let Some((at, entry)) = self.entries.next()? else {
            found.extend(self.entries.end());
            if self.batches.is_none() {
                found.push_back(Item::damage_of_all(NOTHING_TO_COMPARE));
            }
            return Ok(false);
        };
        if at > 0 && entry == [0; _] {
            found.extend(self.entries.pass_zeros()?);
            return Ok(false);
        }
        let entry = offset_index::decode(&entry, self.base_offset);
        found.push_back(Item::OffsetEntry {
            offset: entry.offset,
            position: entry.position,
        });
        if let Some(what) = self.wrong(entry)? {
            found.push_back(Item::damage(at, what));
        }
        self.last = Some(entry);
        Ok(true)
    }
}

pub(super) struct TimeIndex {
    entries: Entries<{ time_index::ENTRY_LEN as usize }>,
    base_offset: i64,
    /// Walks over the batches as the entries are gone through.
    batches: Option<BatchScan>,
    batch: Option<Located>,
    last: Option<TimestampOffset>,
}

impl TimeIndex {
    pub(super) fn open(disk: &Disk, path: &Path, base_offset: i64) -> Result<TimeIndex> {
        let batches = batches_beside(disk, path, base_offset)?;
        let scan = |file: File| {
            let end = file.len()?;
            Result::Ok(BatchScan::new(&file, 0, end, SCAN_PIECE))
        };
        Ok(TimeIndex {
            entries: Entries::open(disk, path)?,
            base_offset,
            batches: batches.map(scan).transpose()?,
            batch: None,
            last: None,
        })
    }

    fn wrong(&mut self, entry: TimestampOffset) -> Result<Option<String>> {
        if let Some(last) = self.last
            && (entry.timestamp <= last.timestamp || entry.offset < last.offset)
        {
            return Ok(Some(format!(
                "timestamp {} at offset {} does not come behind {} at {}",
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

impl Walk for TimeIndex {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        let Some((at, entry)) = self.entries.next()? else {
            found.extend(self.entries.end());
            if self.batches.is_none() {
                found.push_back(Item::damage_of_all(NOTHING_TO_COMPARE));
            }
            return Ok(false);
        };
        if at > 0 && entry == [0; _] {
            found.extend(self.entries.pass_zeros()?);
            return Ok(false);
        }
        let entry = time_index::decode(&entry, self.base_offset);
        found.push_back(Item::TimeEntry {
            timestamp: entry.timestamp,
            offset: entry.offset,
        });
        if let Some(what) = self.wrong(entry)? {
            found.push_back(Item::damage(at, what));
        }
        self.last = Some(entry);
        Ok(true)
    }
}

pub(super) struct TransactionIndex {
    entries: Entries<{ transaction_index::ENTRY_LEN }>,
    /// Offset of the last marker; before the first, the offset before the segment's.
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
                "a transaction from {first} to {last} does not come behind offset {}",
                self.last_offset
            );
            found.push_back(Item::damage(at, what));
        }
        self.last_offset = last;
        Ok(true)
    }
}
