//! Reads the batches of a segment.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use io::{Disk, File, OpenMode};
use wire::record_batch::{
    BatchError, HEADER_LEN, RecordBatch, RecordBatchHeader, Records, add_to_sequence,
};

use super::entries::Entries;
use super::{Item, Walk, file_of_same_segment, stem};
use crate::batch_scan::{BatchScan, Located, SCAN_PIECE, Step};
use crate::file_name::{self, FileKind, Name};
use crate::offset_index;

/// Records of larger batches, in bytes, are not read. Their checksums are.
const BATCH_BYTES_MAX: usize = 64 << 20;
/// Unpacked size of a batch, in bytes, up to which its records are read.
const UNPACKED_BYTES_MAX: usize = 128 << 20;

pub(super) struct Batches {
    disk: Disk,
    path: PathBuf,
    file: File,
    base_offset: i64,
    /// Base offset of the next segment, if there is one.
    limit: Option<i64>,
    scan: BatchScan,
    next_offset: i64,
    with_records: bool,
    /// Records of the current batch that were not returned yet.
    records: Option<Opened>,
    /// The file was read up to its length at the beginning. It may have grown since.
    is_tail: bool,
}

struct Opened {
    batch: Located,
    records: Records,
}

impl Batches {
    pub(super) fn open(
        disk: &Disk,
        path: &Path,
        base_offset: i64,
        with_records: bool,
    ) -> Result<Batches> {
        let file = disk.open(path, OpenMode::Read)?;
        let scan = BatchScan::new(&file, 0, file.len()?, SCAN_PIECE);
        Ok(Batches {
            disk: disk.clone(),
            path: path.to_owned(),
            limit: next_segment(disk, path, base_offset)?,
            file,
            base_offset,
            scan,
            next_offset: base_offset,
            with_records,
            records: None,
            is_tail: false,
        })
    }

    fn batch(&mut self, batch: Located, found: &mut VecDeque<Item>) -> Result<()> {
        let header = &batch.header;
        found.push_back(Item::Batch {
            position: batch.position,
            header: *header,
        });
        let wrong = self.implausible(header);
        self.next_offset = self.next_offset.max(header.next_offset());
        let crc = self.scan.check_crc(&batch)?;
        if let Some(what) = crc.err().map(|error| error.to_string()).or(wrong) {
            found.push_back(Item::damage(batch.position, what));
            return Ok(());
        }
        if self.with_records {
            match self.open_records(&batch) {
                Ok(records) => self.records = Some(Opened { batch, records }),
                Err(what) => found.push_back(Item::damage(batch.position, what)),
            }
        }
        Ok(())
    }

    fn implausible(&self, header: &RecordBatchHeader) -> Option<String> {
        let (first, last) = (header.base_offset, header.last_offset());
        if header.last_offset_delta < 0 || header.record_count < 0 {
            return Some(format!(
                "batch claims {} records and last offset delta {}",
                header.record_count, header.last_offset_delta
            ));
        }
        if first < self.next_offset {
            let next = self.next_offset;
            return Some(format!(
                "batch claims offsets {first} to {last} where {next} is next"
            ));
        }
        if let Some(limit) = self.limit.filter(|limit| last >= *limit) {
            return Some(format!(
                "batch claims offsets {first} to {last}, but the next segment begins at {limit}"
            ));
        }
        (last - self.base_offset > i64::from(i32::MAX))
            .then(|| format!("offset {last} is too far from the segment's"))
    }

    fn open_records(&mut self, batch: &Located) -> std::result::Result<Records, String> {
        let len = batch.header.total_len();
        if len > BATCH_BYTES_MAX {
            return Err(format!(
                "its records are not read: {len} bytes are too many"
            ));
        }
        let bytes = self.scan.whole(batch).map_err(|error| error.to_string())?;
        let batch = RecordBatch {
            header: batch.header,
            bytes: Bytes::copy_from_slice(bytes),
        };
        batch
            .records(UNPACKED_BYTES_MAX)
            .map_err(|error| error.to_string())
    }

    fn record(&mut self, found: &mut VecDeque<Item>) -> bool {
        let Some(Opened { batch, records }) = &mut self.records else {
            return false;
        };
        let header = &batch.header;
        match records.next() {
            None => {
                self.records = None;
                return false;
            }
            Some(Ok(record)) => {
                let delta = record.offset - header.base_offset;
                let sequence = (header.has_producer_id() && header.base_sequence >= 0)
                    .then(|| add_to_sequence(header.base_sequence, delta as i32));
                if !(0..=i64::from(header.last_offset_delta)).contains(&delta) {
                    let what = format!("record claims offset {}, outside its batch", record.offset);
                    found.push_back(Item::damage(batch.position, what));
                }
                found.push_back(Item::Record {
                    record,
                    is_control: header.is_control(),
                    sequence,
                });
            }
            Some(Err(error)) => found.push_back(Item::damage(batch.position, error.to_string())),
        }
        true
    }

    /// No batch begins here: continues with the next batch in the index.
    fn resume(&mut self, error: BatchError, found: &mut VecDeque<Item>) -> Result<bool> {
        let position = self.scan.position();
        // If the file was cut meanwhile, the next read fails.
        let end = self.file.len()?.max(position);
        if let BatchError::Partial { needed, .. } = error
            && !self.is_tail
            && position + needed as u64 <= end
        {
            // It was being written. Later batches are not read.
            self.is_tail = true;
            self.scan = BatchScan::new(&self.file, position, position + needed as u64, SCAN_PIECE);
            return Ok(true);
        }
        let resumed = self.indexed_batch_after(position, end)?;
        let (to, left) = match resumed {
            Some(to) => (to, "continuing at the next batch of the index"),
            None => (end, "no later batch is known"),
        };
        let what = format!("{error}; {} bytes are skipped: {left}", to - position);
        found.push_back(Item::damage(position, what));
        self.scan = BatchScan::new(&self.file, to, end, SCAN_PIECE);
        Ok(resumed.is_some())
    }

    /// Position of the first batch after `position` that the offset index names.
    fn indexed_batch_after(&self, position: u64, end: u64) -> Result<Option<u64>> {
        let index = file_of_same_segment(&self.path, self.base_offset, FileKind::Index);
        let mut entries =
            match Entries::<{ offset_index::ENTRY_LEN as usize }>::open(&self.disk, &index) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
        while let Some((_, entry)) = entries.next()? {
            let entry = offset_index::decode(&entry, self.base_offset);
            if entry.position > position
                && let Some(header) = header_at(&self.file, entry.position, end)?
                && header.last_offset() == entry.offset
            {
                return Ok(Some(entry.position));
            }
        }
        Ok(None)
    }
}

impl Walk for Batches {
    fn step(&mut self, found: &mut VecDeque<Item>) -> Result<bool> {
        if self.record(found) {
            return Ok(true);
        }
        match self.scan.next()? {
            Step::Batch(batch) => {
                self.batch(batch, found)?;
                Ok(true)
            }
            Step::End => Ok(false),
            Step::Bad(error) => self.resume(error, found),
        }
    }
}

/// The header of a batch that begins at `position` and lies within a file of `end` bytes.
pub(super) fn header_at(file: &File, position: u64, end: u64) -> Result<Option<RecordBatchHeader>> {
    let Some(left) = end.checked_sub(position) else {
        return Ok(None);
    };
    let mut bytes = [0; HEADER_LEN];
    if left < HEADER_LEN as u64 {
        return Ok(None);
    }
    file.read_exact_at(position, &mut bytes)?;
    let header = RecordBatchHeader::parse(&bytes).ok();
    Ok(header.filter(|header| header.total_len() as u64 <= left))
}

/// Base offset of the next segment in the directory.
fn next_segment(disk: &Disk, path: &Path, base_offset: i64) -> Result<Option<i64>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    if !stem(&name).1.is_empty() || file_name::parse_metadata_snapshot(&name).is_some() {
        return Ok(None);
    }
    let bases =
        disk.read_dir(dir)?
            .into_iter()
            .filter_map(|entry| match file_name::parse(&entry.name) {
                Name::File(FileKind::Log, offset) => Some(offset),
                _ => None,
            });
    Ok(bases.filter(|base| *base > base_offset).min())
}
