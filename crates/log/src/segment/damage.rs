//! Damaged ranges of a segment, and where good batches continue after them.
//!
//! Invariant: bytes of a range are not served, and a read of an offset in it is answered with an
//! error. Nothing is changed on disk; [`repair`](crate::repair) does that.

use std::fmt;
use std::io::Result;
use std::path::PathBuf;

use io::File;
use wire::record_batch::{HEADER_LEN, MAGIC, MAGIC_AT, RecordBatchHeader};

use super::Segment;
use super::batches::Gap;
use crate::batch_scan::{BatchScan, LOOKUP_PIECE, Located, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::offset_index::{OffsetEntry, OffsetIndex};
use crate::recovery::FindingRow;

/// Checksums that a search for the next good batch computes at most before it falls back to the next
/// index entry. Records can hold many bytes that look like batch headers.
const ATTEMPTS_MAX: usize = 1000;

/// A range of bytes in a segment that cannot be served, and the offsets that it hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRange {
    /// The segment's `.log` file.
    pub file: PathBuf,
    /// Position of the first damaged byte.
    pub position: u64,
    /// Position of the good batch that follows, or of the end of the file. Equal to `position` if
    /// batches are missing from the file.
    pub end_position: u64,
    /// The first hidden offset.
    pub first_offset: i64,
    /// The offset at which reading continues.
    pub next_offset: i64,
    /// What is wrong at the beginning of the range.
    pub what: String,
}

impl fmt::Display for DamagedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is damaged from byte {} to {}, offsets {} to {}: {}",
            self.file.display(),
            self.position,
            self.end_position,
            self.first_offset,
            self.next_offset,
            self.what
        )
    }
}

impl DamagedRange {
    /// The range among `ranges` that holds the byte at `position`.
    pub(super) fn covering(ranges: &[DamagedRange], position: u64) -> Option<&DamagedRange> {
        let covers =
            |range: &&DamagedRange| (range.position..range.end_position).contains(&position);
        ranges.iter().find(covers)
    }
}

impl Segment {
    /// The known damaged ranges, by position.
    pub(crate) fn damage(&self) -> Vec<DamagedRange> {
        self.shared.damage.lock().clone()
    }

    /// Whether the segment has a known damaged range.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.shared.damage.lock().is_empty()
    }

    /// The damaged range that reaches to the end of the file.
    pub(crate) fn damage_at_end(&self) -> Option<DamagedRange> {
        let damage = self.shared.damage.lock();
        let last = damage.last().filter(|last| last.end_position == self.size);
        last.cloned()
    }

    /// A damaged range that hides some of the offsets from `from` up to, not including, `to`.
    pub(crate) fn damage_between(&self, from: i64, to: i64) -> Option<DamagedRange> {
        let damage = self.shared.damage.lock();
        let found = damage
            .iter()
            .find(|range| range.first_offset < to && range.next_offset > from);
        found.cloned()
    }

    /// Position of the first damaged range after `position`.
    pub(crate) fn damage_after(&self, position: u64) -> Option<u64> {
        let damage = self.shared.damage.lock();
        let positions = damage.iter().map(|range| range.position);
        positions.filter(|at| *at > position).min()
    }

    /// Sets the offset after the last batch: where the next segment begins, or the log end.
    pub(crate) fn set_end_offset(&mut self, end_offset: i64) {
        self.end_offset = end_offset;
        for range in self.shared.damage.lock().iter_mut() {
            range.next_offset = range.next_offset.min(end_offset);
        }
    }

    /// Sets up to which offset the segment's offsets are promised, and whether compaction never
    /// removed any.
    pub(crate) fn set_promised(&mut self, promised: i64, is_gapless: bool) {
        (self.promised, self.is_gapless) = (promised, is_gapless);
    }

    /// Records that the offsets from `first_offset` to the end of the segment are not in its file.
    pub(crate) fn note_lost(&self, first_offset: i64, what: String) {
        let range = DamagedRange {
            file: self.path(FileKind::Log),
            position: self.size,
            end_position: self.size,
            first_offset,
            next_offset: self.end_offset,
            what,
        };
        self.note_damage(FindingRow::MissingOffsets, range);
    }

    /// Records offsets that are missing though compaction never removed any.
    pub(super) fn note_gap(&self, gap: &Gap) {
        let range = DamagedRange {
            file: self.path(FileKind::Log),
            position: gap.position,
            end_position: gap.position,
            first_offset: gap.first_offset,
            next_offset: gap.next_offset,
            what: "no batch has these offsets".to_string(),
        };
        self.note_damage(FindingRow::MissingOffsets, range);
    }

    /// Records that batches are damaged from `position` on, where `first_offset` belongs. Finds the
    /// batch with which reading continues.
    pub(super) fn record_damage(
        &self,
        file: &File,
        position: u64,
        first_offset: i64,
        what: String,
        hints: &[OffsetEntry],
    ) -> Result<()> {
        let next = self.resynchronise(file, position, first_offset, hints)?;
        let range = DamagedRange {
            file: self.path(FileKind::Log),
            position,
            end_position: next.map_or(self.size, |batch| batch.position),
            first_offset,
            next_offset: next.map_or(self.end_offset, |batch| batch.header.base_offset),
            what,
        };
        self.note_damage(FindingRow::DamagedBatch, range);
        Ok(())
    }

    fn note_damage(&self, row: FindingRow, range: DamagedRange) {
        let mut damage = self.shared.damage.lock();
        let is_known = |known: &DamagedRange| {
            known.position == range.position && known.end_position == range.end_position
        };
        if damage.iter().any(is_known) {
            return;
        }
        tracing::error!(
            ?row,
            "{range}. Reading these offsets is answered with an error, all others are served, and \
             compaction stops before this segment. Restore the file from a copy, or remove the \
             range with \"vltava topic repair\""
        );
        damage.push(range);
        damage.sort_by_key(|range| range.position);
    }

    /// The good batch with which reading continues after damage at `position`: the one that begins
    /// where the damaged batch claims to end; or the first one found before the next index entry
    /// that leads to a good batch; or the batch of that entry.
    fn resynchronise(
        &self,
        file: &File,
        position: u64,
        first_offset: i64,
        hints: &[OffsetEntry],
    ) -> Result<Option<Located>> {
        let mut hinted = None;
        for entry in hints.iter().filter(|entry| entry.position > position) {
            hinted = self.good_batch(file, entry.position, first_offset)?;
            if hinted.is_some() {
                break;
            }
        }
        let stop = hinted.map_or(self.size, |batch| batch.position);
        if let Step::Batch(damaged) =
            BatchScan::new(file, position, self.size, LOOKUP_PIECE).next()?
        {
            if damaged.end() == stop {
                return Ok(hinted);
            }
            let behind = self.good_batch(file, damaged.end(), first_offset)?;
            if behind.is_some_and(|batch| batch.end() <= stop) {
                return Ok(behind);
            }
        }
        let found = self.search(file, position + 1, stop, first_offset)?;
        Ok(found.or(hinted))
    }

    /// Whether the segment holds a batch with a right checksum.
    pub(crate) fn holds_good_batch(&self) -> Result<bool> {
        let file = self.file();
        let first = self.good_batch(file, 0, self.base_offset)?;
        if first.is_some() || self.size == 0 {
            return Ok(first.is_some());
        }
        let next = self.resynchronise(file, 0, self.base_offset, &self.index_hints())?;
        Ok(next.is_some())
    }

    /// The first good batch that begins at `from` or later and ends at `stop` or earlier.
    fn search(
        &self,
        file: &File,
        from: u64,
        stop: u64,
        first_offset: i64,
    ) -> Result<Option<Located>> {
        let mut at = from;
        let mut attempts = 0;
        let mut piece = vec![0; SCAN_PIECE];
        while at + HEADER_LEN as u64 <= stop {
            let len = (stop - at).min(SCAN_PIECE as u64) as usize;
            let piece = &mut piece[..len];
            file.read_exact_at(at, piece)?;
            let last = len - HEADER_LEN;
            for start in 0..=last {
                if piece[start + MAGIC_AT] as i8 != MAGIC {
                    continue;
                }
                let position = at + start as u64;
                let fits = RecordBatchHeader::parse(&piece[start..]).is_ok_and(|header| {
                    position + header.total_len() as u64 <= stop
                        && self.implausible(&header, Some(first_offset)).is_none()
                });
                if !fits {
                    continue;
                }
                if let Some(batch) = self.good_batch(file, position, first_offset)? {
                    return Ok(Some(batch));
                }
                attempts += 1;
                if attempts == ATTEMPTS_MAX {
                    return Ok(None);
                }
            }
            at += last as u64 + 1;
        }
        Ok(None)
    }

    /// The batch that begins at `position`, if its checksum is right and its offsets are plausible,
    /// also beside those of the next batch.
    fn good_batch(&self, file: &File, position: u64, first_offset: i64) -> Result<Option<Located>> {
        if position >= self.size {
            return Ok(None);
        }
        let mut scan = BatchScan::new(file, position, self.size, SCAN_PIECE);
        let Step::Batch(batch) = scan.next()? else {
            return Ok(None);
        };
        let header = &batch.header;
        if self.implausible(header, Some(first_offset)).is_some()
            || scan.check_crc(&batch)?.is_err()
        {
            return Ok(None);
        }
        // The checksum does not cover the base offset. If the end of the segment is not known, a
        // base offset above all promised ones needs a confirmation.
        let is_end_known = self.end_offset < i64::MAX;
        let is_far = self.is_gapless && !is_end_known && header.base_offset > self.promised;
        let contradicts = match scan.next()? {
            Step::Batch(next) if next.header.base_offset == header.next_offset() => false,
            // One of the two is wrong: this one, if the third batch fits the second.
            Step::Batch(next)
                if self.is_gapless
                    || (first_offset..header.next_offset()).contains(&next.header.base_offset) =>
            {
                let next_offset = next.header.next_offset();
                let agrees = match scan.next()? {
                    Step::Batch(third) => third.header.base_offset == next_offset,
                    Step::End => next_offset == self.promised || next_offset == self.end_offset,
                    Step::Bad(_) => false,
                };
                is_far || agrees
            }
            Step::Batch(_) | Step::End | Step::Bad(_) => is_far,
        };
        Ok((!contradicts).then_some(batch))
    }

    /// What in a header contradicts its place, whether the checksum is right or not.
    pub(super) fn implausible(
        &self,
        header: &RecordBatchHeader,
        next_offset: Option<i64>,
    ) -> Option<String> {
        let (first, last) = (header.base_offset, header.last_offset());
        if header.last_offset_delta < 0 || next_offset.is_some_and(|next| first < next) {
            let next = next_offset.unwrap_or(self.base_offset);
            return Some(format!(
                "batch claims offsets {first} to {last} where {next} is next"
            ));
        }
        if last >= self.end_offset {
            return Some(format!(
                "batch claims offset {last}, the segment ends at {}",
                self.end_offset
            ));
        }
        (!self.takes_offset(last)).then(|| format!("offset {last} is too far from the segment's"))
    }

    /// The entries in the file of the offset index. Each may be wrong.
    pub(super) fn index_hints(&self) -> Vec<OffsetEntry> {
        let path = self.path(FileKind::Index);
        match OffsetIndex::load(&self.disk, path, self.base_offset, self.size) {
            Ok(Some(index)) => index.entries().collect(),
            // The search works without index entries.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}
