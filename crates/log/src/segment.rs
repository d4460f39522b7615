//! One segment: a file of batches and its indexes.
//!
//! Files are opened when they are first needed, indexes read then. An index that is missing or
//! cannot be true is rebuilt from the batches.
//!
//! What holds: `size` ends after a whole batch. What lies in the file behind it was never
//! acknowledged and is written over or cut.

use std::io::Result;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use io::{Disk, File, OpenMode};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use wire::record_batch::{HEADER_LEN, RecordBatchHeader};

use crate::batch_scan::{BatchScan, LOOKUP_PIECE, Located, SCAN_PIECE, Step};
use crate::file_name::{FileKind, file_name};
use crate::offset_index::OffsetIndex;
use crate::time_index::{TimeIndex, TimestampOffset};

/// A batch up to this size is written with its header in one piece.
const ONE_WRITE_MAX: usize = 32 << 10;

#[derive(Debug)]
pub(crate) struct Segment {
    disk: Disk,
    dir: PathBuf,
    base_offset: i64,
    size: u64,
    modified_ms: i64,
    created_ms: i64,
    /// Max timestamp of the first batch, from which `segment.ms` counts.
    first_timestamp: Option<i64>,
    bytes_since_index: u64,
    index_interval: u64,
    log: Mutex<Option<File>>,
    indexes: Mutex<Option<Indexes>>,
}

#[derive(Debug)]
struct Indexes {
    offset: OffsetIndex,
    time: TimeIndex,
    /// The largest timestamp, which may not be in the time index yet.
    largest: Option<TimestampOffset>,
}

/// What a walk over a whole segment has found.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Offset after the last good batch; the base offset if there is none.
    pub(crate) next_offset: i64,
    /// Position after the last good batch.
    pub(crate) end: u64,
    /// Why the walk ended before the file did.
    pub(crate) damage: Option<String>,
    /// Whether a batch with a good checksum begins right where the damaged one claims to end.
    pub(crate) good_batch_behind: bool,
    /// Leader epochs and where each begins, as far as they change.
    pub(crate) epochs: Vec<(i32, i64)>,
}

impl Segment {
    /// Makes an empty segment; files of that name are emptied.
    pub(crate) fn create(
        disk: &Disk,
        dir: &Path,
        base_offset: i64,
        index_interval: u64,
        now_ms: i64,
    ) -> Result<Segment> {
        let mut segment = Segment::existing(disk, dir, base_offset, 0, now_ms, index_interval);
        let file = disk.open(&segment.path(FileKind::Log), OpenMode::Truncate)?;
        *segment.log.get_mut() = Some(file);
        segment.reset_indexes()?;
        Ok(segment)
    }

    /// A segment whose file is there, with `size` bytes. Nothing is opened yet.
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
            modified_ms,
            created_ms: modified_ms,
            first_timestamp: None,
            bytes_since_index: 0,
            index_interval,
            log: Mutex::new(None),
            indexes: Mutex::new(None),
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

    /// Removes the files of a segment that could not be made.
    pub(crate) fn remove_unfinished(disk: &Disk, dir: &Path, base_offset: i64) -> Result<()> {
        for kind in [FileKind::Index, FileKind::TimeIndex, FileKind::Log] {
            let path = dir.join(file_name(base_offset, kind));
            if disk.exists(&path) {
                disk.remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// The file of batches, opened if it is not.
    pub(crate) fn file(&self) -> Result<File> {
        let mut slot = self.log.lock();
        if let Some(file) = &*slot {
            return Ok(file.clone());
        }
        let file = self
            .disk
            .open(&self.path(FileKind::Log), OpenMode::ReadWrite)?;
        *slot = Some(file.clone());
        Ok(file)
    }

    /// Closes the file and forgets the indexes of a segment that nobody writes to.
    pub(crate) fn release(&self) {
        *self.log.lock() = None;
        *self.indexes.lock() = None;
    }

    fn indexes(&self) -> Result<MappedMutexGuard<'_, Indexes>> {
        let mut slot = self.indexes.lock();
        if slot.is_none() {
            *slot = Some(self.load_indexes()?);
        }
        Ok(MutexGuard::map(slot, |slot| {
            slot.as_mut().expect("loaded above")
        }))
    }

    fn load_indexes(&self) -> Result<Indexes> {
        let offset_path = self.path(FileKind::Index);
        let offset = OffsetIndex::load(&self.disk, offset_path, self.base_offset, self.size);
        let time = TimeIndex::load(&self.disk, self.path(FileKind::TimeIndex), self.base_offset);
        match (missing_is_none(offset)?, missing_is_none(time)?) {
            (Some(offset), Some(time)) => {
                let largest = time.last();
                Ok(Indexes {
                    offset,
                    time,
                    largest,
                })
            }
            _ => {
                tracing::warn!(segment = %self.path(FileKind::Log).display(), "rebuilding indexes");
                let (mut indexes, _) = self.scan_into_indexes(false)?;
                indexes.offset.write()?.sync_data()?;
                indexes.time.write()?.sync_data()?;
                Ok(indexes)
            }
        }
    }

    fn new_indexes(&self) -> Result<Indexes> {
        let offset = OffsetIndex::create(&self.disk, self.path(FileKind::Index), self.base_offset)?;
        let time = TimeIndex::create(&self.disk, self.path(FileKind::TimeIndex), self.base_offset)?;
        Ok(Indexes {
            offset,
            time,
            largest: None,
        })
    }

    fn reset_indexes(&mut self) -> Result<()> {
        let indexes = self.new_indexes()?;
        *self.indexes.get_mut() = Some(indexes);
        Ok(())
    }

    /// Walks over all batches, checks each and builds the indexes anew. Does not cut the file.
    pub(crate) fn rebuild(&mut self) -> Result<Scanned> {
        let (indexes, scanned) = self.scan_into_indexes(true)?;
        *self.indexes.get_mut() = Some(indexes);
        Ok(scanned)
    }

    fn scan_into_indexes(&self, check_crc: bool) -> Result<(Indexes, Scanned)> {
        let mut indexes = self.new_indexes()?;
        let file = self.file()?;
        let mut scan = BatchScan::new(&file, 0, self.size, SCAN_PIECE);
        let mut found = Scanned {
            next_offset: self.base_offset,
            ..Scanned::default()
        };
        let mut indexed_at = 0;
        loop {
            let batch = match scan.next()? {
                Step::Batch(batch) => batch,
                Step::End => break,
                Step::Bad(error) => {
                    found.damage = Some(error.to_string());
                    break;
                }
            };
            found.damage = self.implausible(&batch.header, found.next_offset);
            if found.damage.is_none() && check_crc {
                found.damage = scan.check_crc(&batch)?.err().map(|error| error.to_string());
            }
            if found.damage.is_some() {
                if let Step::Batch(next) = scan.next()? {
                    found.good_batch_behind = scan.check_crc(&next)?.is_ok();
                }
                break;
            }
            indexes.note_timestamp(&batch.header);
            if batch.position - indexed_at > self.index_interval {
                indexes.add(batch.header.last_offset(), batch.position);
                indexed_at = batch.position;
            }
            let epoch = batch.header.partition_leader_epoch;
            if epoch >= 0 && found.epochs.last().is_none_or(|last| last.0 < epoch) {
                found.epochs.push((epoch, batch.header.base_offset));
            }
            found.next_offset = batch.header.next_offset();
            found.end = batch.end();
        }
        if let Some(largest) = indexes.largest {
            indexes.time.append(largest);
        }
        Ok((indexes, found))
    }

    /// What in a header contradicts its place, checksum or not.
    fn implausible(&self, header: &RecordBatchHeader, next_offset: i64) -> Option<String> {
        if header.base_offset < next_offset || header.last_offset_delta < 0 {
            return Some(format!(
                "batch claims offsets {} to {} where {next_offset} is next",
                header.base_offset,
                header.last_offset()
            ));
        }
        (!self.takes_offset(header.last_offset())).then(|| {
            format!(
                "offset {} is too far from the segment's",
                header.last_offset()
            )
        })
    }

    /// Prepares a segment found on disk for appending: finds its last batch and the offset after.
    ///
    /// Only what lies behind the last index entry is walked over; its last batch is checked.
    pub(crate) fn find_end(&mut self) -> Result<Scanned> {
        let file = self.file()?;
        let from = self.indexes()?.offset.last_position();
        let mut scan = BatchScan::new(&file, from, self.size, SCAN_PIECE);
        let mut found = Scanned {
            next_offset: self.base_offset,
            end: from,
            ..Scanned::default()
        };
        let mut last = None;
        loop {
            match scan.next()? {
                Step::Batch(batch) => {
                    found.damage = self.implausible(&batch.header, found.next_offset);
                    if found.damage.is_some() {
                        break;
                    }
                    self.indexes()?.note_timestamp(&batch.header);
                    found.next_offset = batch.header.next_offset();
                    found.end = batch.end();
                    last = Some(batch);
                }
                Step::End => break,
                Step::Bad(error) => {
                    found.damage = Some(error.to_string());
                    break;
                }
            }
        }
        if let (Some(batch), None) = (last, &found.damage) {
            found.damage = scan.check_crc(&batch)?.err().map(|error| error.to_string());
        }
        self.bytes_since_index = self.size - from;
        Ok(found)
    }

    /// Cuts the file after a whole batch.
    pub(crate) fn cut(&mut self, end: u64) -> Result<()> {
        self.file()?.set_len(end)?;
        self.size = end;
        Ok(())
    }

    /// Whether the file may be longer than what was appended: then it is cut.
    pub(crate) fn cut_leftover(&self) -> Result<()> {
        let file = self.file()?;
        if file.len()? > self.size {
            file.set_len(self.size)
        } else {
            Ok(())
        }
    }

    /// Adds a batch: its header, with offsets and epoch set, and its records.
    ///
    /// # Errors
    /// What writing fails with. Then the batch is not there, whatever the file holds.
    pub(crate) fn append(
        &mut self,
        header: &RecordBatchHeader,
        body: &[u8],
        now_ms: i64,
    ) -> Result<()> {
        let position = self.size;
        let len = HEADER_LEN + body.len();
        let file = self.file()?;
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
            self.first_timestamp = Some(header.max_timestamp);
            self.created_ms = now_ms;
        }
        self.bytes_since_index += len as u64;
        self.size += len as u64;
        self.modified_ms = now_ms;
        Ok(())
    }

    /// Whether `offset` can be told relative to the base offset.
    pub(crate) fn takes_offset(&self, offset: i64) -> bool {
        (0..=i64::from(i32::MAX)).contains(&offset.saturating_sub(self.base_offset))
    }

    pub(crate) fn index_is_full(&self, index_bytes: u64) -> Result<bool> {
        let indexes = self.indexes()?;
        Ok(indexes.offset.is_full(index_bytes) || indexes.time.is_full(index_bytes))
    }

    /// How long the segment has been open, in ms: by the records' time where they have one.
    pub(crate) fn age_ms(&mut self, batch_timestamp: i64, now_ms: i64) -> Result<i64> {
        if self.first_timestamp.is_none() && self.size > 0 {
            let file = self.file()?;
            if let Step::Batch(first) = BatchScan::new(&file, 0, self.size, LOOKUP_PIECE).next()? {
                self.first_timestamp = Some(first.header.max_timestamp);
            }
        }
        Ok(match self.first_timestamp {
            Some(first) if first >= 0 => batch_timestamp.saturating_sub(first),
            _ => now_ms.saturating_sub(self.created_ms),
        })
    }

    /// Ends the time index with the largest timestamp and writes both indexes. The files to sync.
    pub(crate) fn write_indexes(&mut self) -> Result<Vec<(FileKind, File)>> {
        let mut indexes = self.indexes()?;
        if let Some(largest) = indexes.largest {
            indexes.time.append(largest);
        }
        Ok(vec![
            (FileKind::Index, indexes.offset.write()?),
            (FileKind::TimeIndex, indexes.time.write()?),
        ])
    }

    /// The largest timestamp in the segment, if any record has one.
    pub(crate) fn largest_timestamp(&self) -> Result<Option<TimestampOffset>> {
        Ok(self.indexes()?.largest)
    }

    /// The first batch that ends at `offset` or later.
    pub(crate) fn locate(&self, offset: i64) -> Result<Option<Located>> {
        let file = self.file()?;
        let from = self.indexes()?.offset.position_before(offset);
        let mut scan = BatchScan::new(&file, from, self.size, LOOKUP_PIECE);
        loop {
            match scan.next()? {
                Step::Batch(batch) if batch.header.last_offset() >= offset => {
                    return Ok(Some(batch));
                }
                Step::Batch(_) => {}
                Step::End => return Ok(None),
                Step::Bad(error) => return Err(self.damaged(scan.position(), &error.to_string())),
            }
        }
    }

    /// The largest position not above `limit` at which a batch ends, from `start`, where one
    /// begins.
    pub(crate) fn batch_end_before(&self, start: u64, limit: u64) -> Result<u64> {
        let file = self.file()?;
        let from = self.indexes()?.offset.boundary_before(limit).max(start);
        let mut scan = BatchScan::new(&file, from, self.size, LOOKUP_PIECE);
        let mut end = from;
        loop {
            match scan.next()? {
                Step::Batch(batch) if batch.end() <= limit => end = batch.end(),
                Step::Batch(_) | Step::End => return Ok(end),
                Step::Bad(error) => return Err(self.damaged(scan.position(), &error.to_string())),
            }
        }
    }

    /// Walks from the batch with which to begin looking for records at `timestamp` or later.
    pub(crate) fn batches_from_timestamp(
        &self,
        timestamp: i64,
        start_offset: i64,
        mut visit: impl FnMut(&Located, &File) -> Result<bool>,
    ) -> Result<()> {
        let file = self.file()?;
        let indexes = self.indexes()?;
        let offset = indexes.time.offset_before(timestamp).max(start_offset);
        let from = indexes.offset.position_before(offset);
        drop(indexes);
        self.walk(&file, from, |batch| visit(batch, &file))
    }

    /// Walks over the batches from that with `offset` on, until `visit` says no.
    pub(crate) fn batches_from_offset(
        &self,
        offset: i64,
        mut visit: impl FnMut(&Located, &File) -> Result<bool>,
    ) -> Result<()> {
        let file = self.file()?;
        let from = self.indexes()?.offset.position_before(offset);
        self.walk(&file, from, |batch| {
            if batch.header.last_offset() < offset {
                Ok(true)
            } else {
                visit(batch, &file)
            }
        })
    }

    fn walk(
        &self,
        file: &File,
        from: u64,
        mut visit: impl FnMut(&Located) -> Result<bool>,
    ) -> Result<()> {
        let mut scan = BatchScan::new(file, from, self.size, SCAN_PIECE);
        loop {
            match scan.next()? {
                Step::Batch(batch) if visit(&batch)? => {}
                Step::Batch(_) | Step::End => return Ok(()),
                Step::Bad(error) => return Err(self.damaged(scan.position(), &error.to_string())),
            }
        }
    }

    /// Takes out batches that end at `offset` or later; the offset after those that stay.
    pub(crate) fn truncate(&mut self, offset: i64) -> Result<i64> {
        let end = self
            .locate(offset)?
            .map_or(self.size, |batch| batch.position);
        let mut indexes = self.indexes()?;
        indexes.offset.truncate(offset)?;
        indexes.time.truncate(offset)?;
        indexes.largest = indexes.time.last();
        drop(indexes);
        self.cut(end)?;
        if end == 0 {
            self.first_timestamp = None;
        }
        Ok(self.find_end()?.next_offset)
    }

    fn damaged(&self, position: u64, what: &str) -> std::io::Error {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!(
                "{} is damaged at byte {position}: {what}",
                self.path(FileKind::Log).display()
            ),
        )
    }
}

impl Indexes {
    fn note_timestamp(&mut self, header: &RecordBatchHeader) {
        if header.max_timestamp > self.largest.map_or(-1, |largest| largest.timestamp) {
            self.largest = Some(TimestampOffset {
                timestamp: header.max_timestamp,
                offset: header.last_offset(),
            });
        }
    }

    fn add(&mut self, last_offset: i64, position: u64) {
        self.offset.append(last_offset, position);
        if let Some(largest) = self.largest {
            self.time.append(largest);
        }
    }
}

/// Reads a whole batch into memory.
pub(crate) fn read_batch(file: &File, batch: &Located) -> Result<Bytes> {
    let mut bytes = vec![0; batch.header.total_len()];
    file.read_exact_at(batch.position, &mut bytes)?;
    Ok(Bytes::from(bytes))
}

fn missing_is_none<T>(loaded: Result<Option<T>>) -> Result<Option<T>> {
    match loaded {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other,
    }
}
