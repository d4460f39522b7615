//! Reading a segment as it was found: every batch, or its end.

use std::io::Result;

use io::{File, OpenMode};

use super::Segment;
use super::damage::Next;
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
    /// Whether the file ends in a damaged range: then `next_offset` is where the segment ends.
    pub(crate) ends_in_damage: bool,
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
    ///
    /// Damage at an offset for which `is_rot` (told, too, whether a good batch follows right
    /// behind) is contained, and the walk goes on behind it; other damage ends the walk.
    pub(crate) fn rebuild(&mut self, is_rot: impl Fn(i64, bool) -> bool) -> Result<Scanned> {
        let (indexes, scanned) = self.scan_into_indexes(is_rot)?;
        *self.indexes.get_mut() = Some(indexes);
        self.set_verified();
        Ok(scanned)
    }

    pub(super) fn scan_into_indexes(
        &self,
        is_rot: impl Fn(i64, bool) -> bool,
    ) -> Result<(Indexes, Scanned)> {
        let hints = self.index_hints();
        let mut indexes = self.new_indexes();
        let file = self.file();
        let mut scan = BatchScan::new(file, 0, self.size, SCAN_PIECE);
        let mut found = Scanned {
            next_offset: self.base_offset,
            whole: true,
            ..Scanned::default()
        };
        let mut damage = self.damage();
        let mut indexed_at = 0;
        loop {
            let position = scan.position();
            if let Some(range) = Segment::damage_from(&damage, position) {
                scan.go_to(range.end_position);
                found.next_offset = range.next_offset;
                found.ends_in_damage = range.end_position == self.size;
                continue;
            }
            let (wrong, batch) = match self.next_fitting(&mut scan, Some(found.next_offset))? {
                Next::End => break,
                Next::Bad(wrong) => (Some(wrong), None),
                Next::Batch(batch) => {
                    let wrong = scan.check_crc(&batch)?.err();
                    (wrong.map(|error| error.to_string()), Some(batch))
                }
            };
            if let Some(wrong) = wrong {
                found.good_batch_behind = self.is_good_behind(file, position)?;
                if !is_rot(found.next_offset, found.good_batch_behind) {
                    found.damage = Some(wrong);
                    break;
                }
                self.contain(file, position, found.next_offset, wrong, &hints)?;
                damage = self.damage();
                scan.go_to(position);
                continue;
            }
            let Some(batch) = batch else { break };
            if is_rot(found.next_offset, true) {
                self.note_jump(&batch, Some(found.next_offset));
            }
            indexes.note_timestamp(&batch.header);
            if batch.position - indexed_at > self.index_interval {
                indexes.add(batch.header.last_offset(), batch.position);
                indexed_at = batch.position;
            }
            found.next_offset = batch.header.next_offset();
            found.end = batch.end();
        }
        if let Some(largest) = indexes.largest {
            indexes.time.append(largest);
        }
        Ok((indexes, found))
    }

    /// Whether a batch with a good checksum begins right where the one at `position` claims to
    /// end.
    fn is_good_behind(&self, file: &File, position: u64) -> Result<bool> {
        let mut scan = BatchScan::new(file, position, self.size, SCAN_PIECE);
        let Step::Batch(_) = scan.next()? else {
            return Ok(false);
        };
        match scan.next()? {
            Step::Batch(next) => Ok(scan.check_crc(&next)?.is_ok()),
            Step::End | Step::Bad(_) => Ok(false),
        }
    }

    /// Looks at the end of a closed segment: the last index entry and what lies behind it.
    pub(crate) fn look_at_end(&self) -> Result<Scanned> {
        let end = self.end_of_tail()?;
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
    fn end_of_tail(&self) -> Result<Option<i64>> {
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
                        && offset < self.end_offset
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
        let file = self.file().clone();
        let Some(indexes) = self.load_sane_indexes()? else {
            return Ok(Scanned {
                next_offset: self.base_offset,
                damage: Some("its indexes cannot be right".to_string()),
                ..Scanned::default()
            });
        };
        let entry = indexes.offset.last();
        let from = entry.map_or(0, |entry| entry.position);
        *self.indexes.get_mut() = Some(indexes);
        let mut scan = BatchScan::new(&file, from, self.size, SCAN_PIECE);
        let mut found = Scanned {
            next_offset: self.base_offset,
            end: from,
            ..Scanned::default()
        };
        let mut last = None;
        let mut next_offset = (from == 0).then_some(self.base_offset);
        loop {
            match self.next_fitting(&mut scan, next_offset)? {
                Next::Batch(batch)
                    if entry.is_some_and(|entry| {
                        entry.position == batch.position
                            && entry.offset != batch.header.last_offset()
                    }) =>
                {
                    found.damage = Some("the last index entry does not fit".to_string());
                    break;
                }
                Next::Batch(batch) => {
                    self.indexes()?.note_timestamp(&batch.header);
                    found.next_offset = batch.header.next_offset();
                    next_offset = Some(found.next_offset);
                    found.end = batch.end();
                    last = Some(batch);
                }
                Next::End => break,
                Next::Bad(wrong) => {
                    found.damage = Some(wrong);
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
