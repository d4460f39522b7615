//! Reading a log: batches by offset, as pieces of files, and look-ups by time.

use std::borrow::Cow;
use std::io::{Error, ErrorKind};
use std::path::Path;

use io::{Chunk, File};
use wire::record_batch::{AppendRules, RecordBatch};

use crate::batch_scan::{LOOKUP_PIECE, Located};
use crate::error::ReadError;
use crate::partition_log::Log;
use crate::segment::{DamagedRange, Segment, read_batch};
use crate::sync_ticket::LogPosition;
use crate::transaction_index::AbortedTransaction;

/// Complete batches, as pieces to be sent one after another.
#[derive(Clone, Debug, Default)]
pub struct ReadPlan {
    /// The pieces; empty if there is nothing to read yet.
    pub pieces: Vec<Chunk>,
    /// Total length in bytes.
    pub len: u64,
    /// Offset of the first record. It may lie before the requested offset.
    pub base_offset: i64,
}

/// Limits of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// Bytes at most.
    pub max_bytes: u64,
    /// Return the first batch even if it is larger than `max_bytes`.
    pub min_one: bool,
    /// Batches that begin here or later are not returned: the high watermark or last stable offset.
    pub upper_bound: i64,
}

/// How much a reader at an offset can see, as Kafka's `DelayedFetch` counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Available {
    /// This many bytes. They may begin in the middle of a batch.
    Bytes(u64),
    /// The bound is in a later segment. The bytes up to it are not counted, and the reader is answered
    /// at once.
    BeyondSegment,
}

/// A record found by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampAndOffset {
    /// The record's timestamp in ms.
    pub timestamp: i64,
    /// The record's offset.
    pub offset: i64,
    /// Epoch of the leader that appended it; -1 if unknown.
    pub leader_epoch: i32,
}

/// What readers see of a log at one moment.
///
/// It borrows from the log, or is a copy, which is read without the lock of the partition. A copy
/// opens the files by their names. Compaction and retention rename files, so the caller checks
/// [`LogReader::is_retired`] after reading from a copy, and reads again if it is.
#[derive(Clone, Debug)]
pub struct LogReader<'a> {
    dir: Cow<'a, Path>,
    segments: Cow<'a, [Segment]>,
    rules: AppendRules,
    log_start_offset: i64,
    log_end_offset: i64,
    synced: LogPosition,
}

impl Log {
    /// What readers see of the log now.
    pub fn reader(&self) -> LogReader<'_> {
        LogReader {
            dir: Cow::Borrowed(&self.dir),
            segments: Cow::Borrowed(&self.segments),
            rules: self.config.rules,
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
            synced: self.durability.synced_position(),
        }
    }

    /// Plans a read of complete batches: see [`LogReader::read`].
    ///
    /// # Errors
    /// As [`LogReader::read`].
    pub fn read(&self, offset: i64, limit: ReadLimit) -> Result<ReadPlan, ReadError> {
        self.reader().read(offset, limit)
    }

    /// The known damaged ranges: see [`LogReader::damaged`].
    pub fn damaged(&self) -> Vec<DamagedRange> {
        self.reader().damaged()
    }

    /// Index of the last segment that begins at `offset` or before; 0 if there is none.
    pub(crate) fn segment_at(&self, offset: i64) -> usize {
        self.reader().segment_at(offset)
    }
}

impl LogReader<'_> {
    /// A copy for reading from `offset` on without the log.
    pub fn detached(&self, offset: i64) -> LogReader<'static> {
        let segments = &self.segments[self.segment_at(offset)..];
        LogReader {
            dir: Cow::Owned(self.dir.to_path_buf()),
            segments: segments.iter().map(Segment::for_reading).collect(),
            ..*self
        }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether files were renamed or cut, so that what a copy has read may be wrong.
    pub fn is_retired(&self) -> bool {
        self.segments.iter().any(Segment::is_retired)
    }

    /// Looks up the largest timestamp of each segment and keeps it, so that retention of the log reads
    /// nothing. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn load_timestamps(&self) -> std::io::Result<()> {
        let mut segments = self.segments.iter().filter(|segment| segment.size() > 0);
        segments.try_for_each(|segment| segment.largest_timestamp().map(|_| ()))
    }

    /// As [`LogReader::load_timestamps`], for the timestamp of the first batch of each segment, which
    /// `max.compaction.lag.ms` is compared with.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn load_first_timestamps(&self) -> std::io::Result<()> {
        let mut segments = self.segments.iter();
        segments.try_for_each(|segment| segment.first_timestamp().map(|_| ()))
    }

    /// Whether [`LogReader::read`] most likely reads only from memory.
    pub fn is_cached(&self, offset: i64, limit: ReadLimit) -> bool {
        let end = limit.upper_bound.min(self.log_end_offset);
        if !(self.log_start_offset..end).contains(&offset) {
            return true;
        }
        let at = self.segment_at(offset);
        self.is_in_place(at)
            && self.is_batch_cached(at, offset, limit.max_bytes)
            && self.is_bound_cached(at, end)
    }

    /// Whether [`LogReader::aborted_in`] reads nothing for a plan that begins at `offset` or later,
    /// because no transaction has aborted since.
    pub fn has_no_aborted(&self, offset: i64) -> bool {
        let segments = &self.segments[self.segment_at(offset)..];
        !segments.iter().any(Segment::may_have_aborted)
    }

    /// Plans a read of complete batches within one segment, from the batch that holds `offset`.
    ///
    /// At the log end the plan is empty. A plan ends before a damaged range.
    ///
    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] below the log start and above the log end;
    /// [`ReadError::Damaged`] if `offset`, or the next offset that exists, is in a damaged range.
    pub fn read(&self, offset: i64, limit: ReadLimit) -> Result<ReadPlan, ReadError> {
        self.check_offset(offset)?;
        let mut plan = ReadPlan {
            base_offset: offset,
            ..ReadPlan::default()
        };
        if offset >= limit.upper_bound.min(self.log_end_offset) {
            return Ok(plan);
        }
        let visible = |(_, batch): &(usize, Located)| batch.header.base_offset < limit.upper_bound;
        loop {
            let Some((at, first)) = self.first_batch(offset)?.filter(visible) else {
                return self.nothing_at(offset).map(|()| plan);
            };
            plan.base_offset = first.header.base_offset;
            let end = self.read_end(at, &first, &limit)?;
            if end == first.position {
                return Ok(plan);
            }
            let segment = &self.segments[at];
            let end = segment.verify(&first, end)?;
            if end == first.position {
                // The first batch is damaged, which is known now.
                continue;
            }
            plan.len = end - first.position;
            plan.pieces = vec![Chunk::File {
                file: segment.file().clone(),
                offset: first.position,
                len: plan.len,
            }];
            return Ok(plan);
        }
    }

    /// How much a reader at `offset` can see below `upper_bound`.
    ///
    /// # Errors
    /// As [`LogReader::read`], but damage is not noticed.
    pub fn available(&self, offset: i64, upper_bound: i64) -> Result<Available, ReadError> {
        self.check_offset(offset)?;
        let upper_bound = upper_bound.min(self.log_end_offset);
        if offset >= upper_bound {
            return Ok(Available::Bytes(0));
        }
        let at = self.segment_at(offset);
        if at != self.segment_at(upper_bound) {
            return Ok(Available::BeyondSegment);
        }
        let start = self.segments[at].locate(offset)?;
        let bytes = match start {
            Some(first) => self
                .bound_position(at, upper_bound)?
                .saturating_sub(first.position),
            None => 0,
        };
        Ok(Available::Bytes(bytes))
    }

    /// Whether [`LogReader::available`] most likely reads only from memory.
    pub fn is_available_cached(&self, offset: i64, upper_bound: i64) -> bool {
        let end = upper_bound.min(self.log_end_offset);
        if !(self.log_start_offset..end).contains(&offset) {
            return true;
        }
        let at = self.segment_at(offset);
        at != self.segment_at(end)
            || (self.is_in_place(at)
                && self.is_batch_cached(at, offset, LOOKUP_PIECE as u64)
                && self.is_bound_cached(at, end))
    }

    /// Whether [`LogReader::bound_position`] most likely reads only from memory.
    fn is_bound_cached(&self, at: usize, upper_bound: i64) -> bool {
        self.known_position(at, upper_bound).is_some()
            || self.is_batch_cached(at, upper_bound, LOOKUP_PIECE as u64)
    }

    /// Whether no file of segment `at` and those after it is being renamed.
    fn is_in_place(&self, at: usize) -> bool {
        !self.segments[at..].iter().any(Segment::is_retired)
    }

    /// Whether the batch with `offset`, in segment `at`, and up to `bytes` from there are most likely
    /// in memory.
    fn is_batch_cached(&self, at: usize, offset: i64, bytes: u64) -> bool {
        let (segment, is_active) = (&self.segments[at], at + 1 == self.segments.len());
        (is_active && segment.is_new_tail(offset)) || segment.is_cached(offset, bytes)
    }

    /// # Errors
    /// [`ReadError::OffsetOutOfRange`] below the log start and above the log end.
    fn check_offset(&self, offset: i64) -> Result<(), ReadError> {
        if (self.log_start_offset..=self.log_end_offset).contains(&offset) {
            return Ok(());
        }
        Err(ReadError::OffsetOutOfRange {
            log_start_offset: self.log_start_offset,
            log_end_offset: self.log_end_offset,
        })
    }

    /// The first batch that ends at `offset` or later, and the index of its segment.
    fn first_batch(&self, offset: i64) -> Result<Option<(usize, Located)>, ReadError> {
        for at in self.segment_at(offset)..self.segments.len() {
            let segment = &self.segments[at];
            let found = segment.locate(offset)?;
            // A gap is fine if compaction made it, but not if the offsets are damaged.
            let up_to = found.map_or(i64::MAX, |first| first.header.base_offset);
            if let Some(range) = segment.damage_between(offset, up_to) {
                return Err(ReadError::Damaged(Box::new(range)));
            }
            if let Some(first) = found {
                return Ok(Some((at, first)));
            }
        }
        Ok(None)
    }

    /// No visible batch holds `offset` or comes after it, though the log end is higher.
    ///
    /// # Errors
    /// `InvalidData` if compaction cannot be the reason: the reader would wait for ever.
    fn nothing_at(&self, offset: i64) -> Result<(), ReadError> {
        if self.rules.compacted {
            return Ok(());
        }
        let message = format!("{}: no batch holds offset {offset}", self.dir.display());
        Err(Error::new(ErrorKind::InvalidData, message).into())
    }

    /// End position of a read that begins with `first`.
    fn read_end(&self, at: usize, first: &Located, limit: &ReadLimit) -> Result<u64, ReadError> {
        let mut bound = self.bound_position(at, limit.upper_bound)?;
        let start = first.position;
        if let Some(damage) = self.segments[at].damage_after(start) {
            bound = bound.min(damage);
        }
        if bound <= start.saturating_add(limit.max_bytes) {
            return Ok(bound);
        }
        if first.end() - start > limit.max_bytes {
            return Ok(if limit.min_one { first.end() } else { start });
        }
        let end = self.segments[at].batch_end_before(start, start + limit.max_bytes)?;
        Ok(end.max(first.end()).min(bound))
    }

    /// Position in segment `at` where the batches below `upper_bound` end.
    fn bound_position(&self, at: usize, upper_bound: i64) -> Result<u64, ReadError> {
        if let Some(position) = self.known_position(at, upper_bound) {
            return Ok(position);
        }
        let segment = &self.segments[at];
        Ok(match segment.locate(upper_bound)? {
            // A batch that contains the bound is not returned.
            Some(batch) => batch.position,
            None => segment.size(),
        })
    }

    /// As [`LogReader::bound_position`], if that reads nothing.
    fn known_position(&self, at: usize, upper_bound: i64) -> Option<u64> {
        let segment = &self.segments[at];
        let next_base = self
            .segments
            .get(at + 1)
            .map_or(self.log_end_offset, Segment::base_offset);
        if upper_bound >= next_base {
            return Some(segment.size());
        }
        let synced = &self.synced;
        let is_synced = synced.offset == upper_bound && synced.segment == segment.base_offset();
        is_synced.then_some(synced.position)
    }

    /// The first record at `timestamp` or later; `None` if there is none.
    ///
    /// If the search passes a damaged range before that record, the range may hold an earlier record:
    /// then the result is the first offset of the range, so that a reader gets an error there. The
    /// caller compares the offset with the high watermark or last stable offset.
    ///
    /// # Errors
    /// [`ReadError::Disk`], also for batches that cannot be unpacked.
    pub fn offset_for_timestamp(
        &self,
        timestamp: i64,
    ) -> Result<Option<TimestampAndOffset>, ReadError> {
        for segment in &self.segments[self.segment_at(self.log_start_offset)..] {
            if segment.size() == 0
                || segment
                    .largest_timestamp()?
                    .is_none_or(|largest| largest.timestamp < timestamp)
            {
                continue;
            }
            let mut found = None;
            let mut passed = None;
            let start = self.log_start_offset;
            segment.batches_from_timestamp(timestamp, start, |batch, file| {
                let first = batch.header.base_offset;
                let (from, _) = passed.unwrap_or((first, first));
                passed = Some((from, first));
                if segment.verify(batch, batch.end())? < batch.end() {
                    return Ok(true);
                }
                if batch.header.max_timestamp >= timestamp && batch.header.last_offset() >= start {
                    let matches = |time, offset| time >= timestamp && offset >= start;
                    found = self.find_record(file, batch, matches)?;
                }
                Ok(found.is_none())
            })?;
            if let (Some(found), Some((from, to))) = (found, passed) {
                let passed = segment
                    .damage_between(from.max(start), to)
                    .map(|range| range.first_offset);
                let first = passed.or(self.damage_right_before(to));
                let offset = first.map_or(found.offset, |first| first.max(start));
                return Ok(Some(TimestampAndOffset { offset, ..found }));
            }
        }
        Ok(None)
    }

    /// The known damaged ranges of the log, oldest first. In segments that were not scanned, a range
    /// is known after a read has found it.
    pub fn damaged(&self) -> Vec<DamagedRange> {
        let mut damaged: Vec<DamagedRange> =
            self.segments.iter().flat_map(Segment::damage).collect();
        damaged.retain(|range| range.next_offset > self.log_start_offset);
        damaged
    }

    /// The first offset of the adjacent damaged ranges that end at `offset`.
    fn damage_right_before(&self, offset: i64) -> Option<i64> {
        let mut first = None;
        for range in self.damaged().iter().rev() {
            if range.next_offset == first.unwrap_or(offset) && range.first_offset < offset {
                first = Some(range.first_offset);
            }
        }
        first
    }

    /// The first record that has the largest timestamp of the records from the log start on; `None`
    /// if no record has one.
    ///
    /// # Errors
    /// As [`LogReader::offset_for_timestamp`].
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampAndOffset>, ReadError> {
        let mut best: Option<(i64, Located, &Segment)> = None;
        for segment in &self.segments[self.segment_at(self.log_start_offset)..] {
            if let Some((timestamp, batch)) = self.max_timestamp_in(segment)?
                && best.is_none_or(|best| best.0 < timestamp)
            {
                best = Some((timestamp, batch, segment));
            }
        }
        let Some((timestamp, batch, segment)) = best else {
            return Ok(None);
        };
        if segment.verify(&batch, batch.end())? < batch.end() {
            return Ok(None);
        }
        let start = self.log_start_offset;
        let matches = |time, offset| time == timestamp && offset >= start;
        Ok(self.find_record(segment.file(), &batch, matches)?)
    }

    /// The largest timestamp in a segment, from the log start on, and the first batch that has it.
    fn max_timestamp_in(&self, segment: &Segment) -> Result<Option<(i64, Located)>, ReadError> {
        if segment.size() == 0 {
            return Ok(None);
        }
        let Some(largest) = segment.largest_timestamp()? else {
            return Ok(None);
        };
        let start = self.log_start_offset;
        let is_readable = |batch: &Located| batch.header.base_offset >= start;
        if let Some(batch) = segment.locate(largest.offset)?.filter(is_readable) {
            return Ok(Some((largest.timestamp, batch)));
        }
        // The log start lies in or after that batch.
        let mut best: Option<(i64, Located)> = None;
        segment.batches_from_offset(start, |batch, file| {
            let timestamp = match is_readable(batch) {
                true => Some(batch.header.max_timestamp).filter(|_| batch.header.record_count > 0),
                false => self.max_timestamp_of_rest(file, batch)?,
            };
            if let Some(timestamp) = timestamp.filter(|timestamp| *timestamp >= 0)
                && best.is_none_or(|best| best.0 < timestamp)
            {
                best = Some((timestamp, *batch));
            }
            Ok(true)
        })?;
        Ok(best)
    }

    /// The largest timestamp in a batch, of the records from the log start on.
    fn max_timestamp_of_rest(&self, file: &File, batch: &Located) -> std::io::Result<Option<i64>> {
        let mut largest = None;
        self.find_record(file, batch, |timestamp, offset| {
            if offset >= self.log_start_offset {
                largest = largest.max(Some(timestamp));
            }
            false
        })?;
        Ok(largest)
    }

    /// The aborted transactions that a reader of the offsets from `from` up to `to` needs.
    ///
    /// # Errors
    /// [`ReadError::Disk`].
    pub fn aborted_transactions(
        &self,
        from: i64,
        to: i64,
    ) -> Result<Vec<AbortedTransaction>, ReadError> {
        let mut aborted = Vec::new();
        for segment in &self.segments[self.segment_at(from)..] {
            for entry in segment.aborted_transactions()? {
                if entry.last_offset >= from && entry.first_offset < to {
                    aborted.push(entry);
                }
                if entry.last_stable_offset >= to {
                    return Ok(aborted);
                }
            }
        }
        Ok(aborted)
    }

    /// The aborted transactions that a reader of `plan` needs.
    ///
    /// # Errors
    /// [`ReadError::Disk`].
    pub fn aborted_in(&self, plan: &ReadPlan) -> Result<Vec<AbortedTransaction>, ReadError> {
        let Some(Chunk::File { file, offset, len }) = plan.pieces.last() else {
            return Ok(Vec::new());
        };
        if self.has_no_aborted(plan.base_offset) {
            return Ok(Vec::new());
        }
        let at = self.segment_at(plan.base_offset);
        let end = offset + len;
        let to = if end < self.segments[at].size() {
            // The first field of the next batch is its base offset.
            let mut next = [0; 8];
            file.read_exact_at(end, &mut next)?;
            i64::from_be_bytes(next)
        } else {
            let next = self.segments.get(at + 1);
            next.map_or(self.log_end_offset, Segment::base_offset)
        };
        self.aborted_transactions(plan.base_offset, to)
    }

    /// The first record of a batch whose timestamp (ms) and offset match. A compressed batch is
    /// unpacked piece by piece.
    fn find_record(
        &self,
        file: &File,
        batch: &Located,
        matches: impl FnMut(i64, i64) -> bool,
    ) -> std::io::Result<Option<TimestampAndOffset>> {
        let whole = RecordBatch {
            header: batch.header,
            bytes: read_batch(file, batch)?,
        };
        let found = whole
            .find_time(self.rules.unpacked_bytes_max, matches)
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        Ok(found.map(|(timestamp, offset)| TimestampAndOffset {
            timestamp,
            offset,
            leader_epoch: batch.header.partition_leader_epoch,
        }))
    }

    /// Index of the last segment that begins at `offset` or before; 0 if there is none.
    pub(crate) fn segment_at(&self, offset: i64) -> usize {
        self.segments
            .partition_point(|segment| segment.base_offset() <= offset)
            .saturating_sub(1)
    }
}

impl ReadPlan {
    /// Reads the pieces into memory.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn into_bytes(self) -> std::io::Result<bytes::Bytes> {
        let mut pieces = self.pieces.into_iter();
        match (pieces.next(), pieces.next()) {
            (None, _) => Ok(bytes::Bytes::new()),
            (Some(only), None) => only.into_bytes(),
            (Some(first), Some(second)) => {
                let mut all = bytes::BytesMut::new();
                for piece in [first, second].into_iter().chain(pieces) {
                    all.extend_from_slice(&piece.into_bytes()?);
                }
                Ok(all.freeze())
            }
        }
    }
}
