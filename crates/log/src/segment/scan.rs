//! Reading a segment as it was found: every batch, or its end.

use std::io::Result;

use io::OpenMode;
use wire::record_batch::RecordBatchHeader;

use super::Segment;
use super::indexes::Indexes;
use crate::batch_scan::{BatchScan, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::offset_index::OffsetIndex;

/// What a walk over a whole segment has found.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Offset after the last good batch; the base offset if there is none.
    pub(crate) next_offset: i64,
    /// Position after the last good batch.
    pub(crate) end: u64,
    /// Whether all of the file was read, not only its end.
    pub(crate) whole: bool,
    /// Why the walk ended before the file did.
    pub(crate) damage: Option<String>,
    /// Whether a batch with a good checksum begins right where the damaged one claims to end.
    pub(crate) good_batch_behind: bool,
    /// Leader epochs and where each begins, as far as they change.
    pub(crate) epochs: Vec<(i32, i64)>,
}

impl Scanned {
    /// What is wrong, where the next segment begins at `next_base`.
    ///
    /// Batches that were not synced may be lost without a trace at the end of their segment, while
    /// the segment after it is there.
    pub(crate) fn wrong(&self, next_base: Option<i64>) -> String {
        match (&self.damage, next_base) {
            (Some(what), _) => what.clone(),
            (None, Some(next)) => format!(
                "the next segment begins at offset {next}, not {}",
                self.next_offset
            ),
            (None, None) => "it ends too early".to_string(),
        }
    }
}

impl Segment {
    /// Walks over all batches, checks each and builds the indexes anew. Does not cut the file.
    pub(crate) fn rebuild(&mut self) -> Result<Scanned> {
        let (indexes, scanned) = self.scan_into_indexes(true)?;
        *self.indexes.get_mut() = Some(indexes);
        Ok(scanned)
    }

    pub(super) fn scan_into_indexes(&self, check_crc: bool) -> Result<(Indexes, Scanned)> {
        let mut indexes = self.new_indexes()?;
        let file = self.file()?;
        let mut scan = BatchScan::new(&file, 0, self.size, SCAN_PIECE);
        let mut found = Scanned {
            next_offset: self.base_offset,
            whole: true,
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

    /// Looks at the end of a closed segment: the last index entry and what lies behind it.
    pub(crate) fn look_at_end(&self) -> Result<Scanned> {
        let end = self.end_offset()?;
        Ok(Scanned {
            next_offset: end.unwrap_or(self.base_offset),
            end: self.size,
            damage: end
                .is_none()
                .then(|| "its end does not fit its index".to_string()),
            ..Scanned::default()
        })
    }

    /// The offset after the last batch, from the last index entry and what lies behind it; `None`
    /// if that does not fit together.
    fn end_offset(&self) -> Result<Option<i64>> {
        let path = self.path(FileKind::Index);
        let last = OffsetIndex::read_last(&self.disk, &path, self.base_offset)?;
        let from = last.map_or(0, |entry| entry.position);
        if from >= self.size {
            return Ok((self.size == 0).then_some(self.base_offset));
        }
        let file = self.disk.open(&self.path(FileKind::Log), OpenMode::Read)?;
        let mut scan = BatchScan::new(&file, from, self.size, SCAN_PIECE);
        let mut next_offset = self.base_offset;
        loop {
            match scan.next()? {
                Step::Batch(batch) => {
                    let offset = batch.header.last_offset();
                    let is_first = batch.position == from;
                    let fits = offset >= next_offset
                        && last.is_none_or(|entry| !is_first || entry.offset == offset);
                    if !fits {
                        return Ok(None);
                    }
                    next_offset = batch.header.next_offset();
                }
                Step::End => return Ok(Some(next_offset)),
                Step::Bad(_) => return Ok(None),
            }
        }
    }

    /// Prepares a segment found on disk for appending: finds its last batch and the offset after.
    ///
    /// Only what lies behind the last index entry is walked over; the last batch is checked.
    pub(crate) fn find_end(&mut self) -> Result<Scanned> {
        let file = self.file()?;
        let from = self
            .indexes()?
            .offset
            .last()
            .map_or(0, |entry| entry.position);
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
}
