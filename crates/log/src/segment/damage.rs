//! Damaged ranges of a segment: what they hide, and where good batches go on behind them.
//!
//! What holds: bytes in a range are served to nobody, and offsets in it are answered by an error.
//! Nothing is changed on disk: that is [`repair`](crate::repair)'s.

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

/// Checksums that are computed in search of the next good batch before the next index entry has
/// to do: whoever writes bytes that look like headers must not make it endless.
const ATTEMPTS_MAX: usize = 1000;

/// Bytes of a segment that cannot be served, and the offsets that were in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRange {
    /// The segment's file of batches, even if it ends early.
    pub file: PathBuf,
    /// Where the damage begins in it, in bytes.
    pub position: u64,
    /// Where it ends: a good batch begins there, or the file ends. Not behind `position` if the
    /// bytes are missing altogether.
    pub end_position: u64,
    /// The first offset that may have been in it.
    pub first_offset: i64,
    /// The offset at which reading goes on.
    pub next_offset: i64,
    /// What is wrong at its beginning.
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
    /// The damaged ranges that are known, by position.
    pub(crate) fn damage(&self) -> Vec<DamagedRange> {
        self.damage.lock().clone()
    }

    /// Whether a damaged range is known.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.damage.lock().is_empty()
    }

    /// The damaged range in which the file ends.
    pub(crate) fn damage_at_end(&self) -> Option<DamagedRange> {
        let damage = self.damage.lock();
        let last = damage.last().filter(|last| last.end_position == self.size);
        last.cloned()
    }

    /// A damaged range with some of the offsets from `from` up to `to`.
    pub(crate) fn damage_between(&self, from: i64, to: i64) -> Option<DamagedRange> {
        let damage = self.damage.lock();
        let found = damage
            .iter()
            .find(|range| range.first_offset < to && range.next_offset > from);
        found.cloned()
    }

    /// Where the first damaged range behind `position` begins.
    pub(crate) fn damage_behind(&self, position: u64) -> Option<u64> {
        let damage = self.damage.lock();
        let positions = damage.iter().map(|range| range.position);
        positions.filter(|at| *at > position).min()
    }

    /// Offset after the last batch: where the next segment begins, or the log end.
    pub(crate) fn set_end_offset(&mut self, end_offset: i64) {
        self.end_offset = end_offset;
        for range in self.damage.get_mut() {
            range.next_offset = range.next_offset.min(end_offset);
        }
    }

    /// Says whether no offsets were taken out of it, ever, and up to where they were promised.
    pub(crate) fn set_promised(&mut self, promised: i64, is_gapless: bool) {
        (self.promised, self.is_gapless) = (promised, is_gapless);
    }

    /// Notes that the offsets from `first_offset` to the end of the segment are not in its file.
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

    /// Notes that batches are damaged from `position` on, where `first_offset` should be, and
    /// finds where they go on.
    pub(super) fn contain(
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
        let mut damage = self.damage.lock();
        let is_known = |known: &DamagedRange| {
            known.position == range.position && known.end_position == range.end_position
        };
        if damage.iter().any(is_known) {
            return;
        }
        tracing::error!(
            ?row,
            "{range}. Reading there is answered with an error, the rest is served, and compaction \
             stops before this segment; \"vltava topic repair\" takes the range out, or restore \
             the file from a copy"
        );
        damage.push(range);
        damage.sort_by_key(|range| range.position);
    }

    /// The good batch with which reading goes on behind damage at `position`: that which begins
    /// where the damaged one claims to end, or the first to be found before the next index entry
    /// that leads to one, or that.
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

    /// The first good batch that begins at `from` or later and ends at `stop` or before.
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

    /// The batch that begins at `position`, if its checksum is right and its offsets may be, those
    /// of the batch behind it considered.
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
        // Where the damage ends is not known. But that is no reason to believe a base offset that
        // nothing bears out, when all that was promised may lie before it.
        let is_end_known = self.end_offset < i64::MAX;
        let is_far = self.is_gapless && !is_end_known && header.base_offset > self.promised;
        let contradicts = match scan.next()? {
            Step::Batch(next) if next.header.base_offset == header.next_offset() => false,
            // One of the two is wrong: this one, if what follows agrees with the other.
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

    /// What in a header contradicts its place, checksum or not.
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

    /// The entries of the offset index as its file has them, each of which may be wrong.
    pub(super) fn index_hints(&self) -> Vec<OffsetEntry> {
        let path = self.path(FileKind::Index);
        match OffsetIndex::load(&self.disk, path, self.base_offset, self.size) {
            Ok(Some(index)) => index.entries().collect(),
            // Then the batches have to be found without.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}
