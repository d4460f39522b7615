//! Reading a segment that was found on disk: every batch, or its end.

use std::io::Result;

use io::{File, OpenMode};

use super::Segment;
use super::batches::{Batches, Checksums, Walked};
use super::indexes::Indexes;
use crate::batch_scan::{BatchScan, Located, SCAN_PIECE, Step};
use crate::file_name::FileKind;
use crate::offset_index::{OffsetEntry, OffsetIndex};

/// The result of reading a segment or its end.
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
    /// Whether a batch with a right checksum begins exactly where the damaged one claims to end.
    pub(crate) good_batch_after: bool,
}

impl Scanned {
    /// What is wrong, if the next segment begins at `next_base`.
    ///
    /// After a crash, batches that were not synced may be missing at the end of a segment, while
    /// the next segment is there.
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
    /// Reads and checks all batches and builds new indexes. Does not cut the file.
    ///
    /// `is_kept` decides about damage. It gets the offset, and whether a good batch begins right after
    /// the damage. If it returns `true`, the damage is recorded and the walk continues after it;
    /// otherwise the walk ends.
    pub(crate) fn rebuild(&mut self, is_kept: impl Fn(i64, bool) -> bool) -> Result<Scanned> {
        let (indexes, scanned) = self.scan_into_indexes(is_kept)?;
        *self.shared.indexes.lock() = Some(indexes);
        self.set_verified();
        Ok(scanned)
    }

    pub(super) fn scan_into_indexes(
        &self,
        is_kept: impl Fn(i64, bool) -> bool,
    ) -> Result<(Indexes, Scanned)> {
        let mut indexes = self.new_indexes();
        let mut batches = Batches::new(self, self.file(), 0, SCAN_PIECE, Checksums::All);
        let mut found = Scanned {
            whole: true,
            ..Scanned::default()
        };
        let mut indexed_at = 0;
        while let Some(walked) = batches.next()? {
            match walked {
                Walked::Good(batch) => {
                    indexes.note_timestamp(&batch.header);
                    if batch.position - indexed_at > self.index_interval {
                        indexes.add(batch.header.last_offset(), batch.position);
                        indexed_at = batch.position;
                    }
                    found.end = batch.end();
                }
                Walked::Gap(gap) => {
                    if is_kept(gap.first_offset, true) {
                        self.note_gap(&gap);
                    }
                }
                Walked::Damaged(damage) => {
                    let first_offset = damage.first_offset.unwrap_or(self.base_offset);
                    let is_good_after = self.has_good_batch_after(self.file(), damage.position)?;
                    if !is_kept(first_offset, is_good_after) {
                        found.good_batch_after = is_good_after;
                        found.damage = Some(damage.what);
                        break;
                    }
                    batches.record_damage(damage)?;
                }
            }
        }
        found.next_offset = batches.next_offset().unwrap_or(self.base_offset);
        if let Some(largest) = indexes.largest {
            indexes.time.append(largest);
        }
        Ok((indexes, found))
    }

    /// Whether a batch with a right checksum begins exactly where the one at `position` claims to
    /// end.
    fn has_good_batch_after(&self, file: &File, position: u64) -> Result<bool> {
        let mut scan = BatchScan::new(file, position, self.size, SCAN_PIECE);
        let Step::Batch(_) = scan.next()? else {
            return Ok(false);
        };
        match scan.next()? {
            Step::Batch(next) => Ok(scan.check_crc(&next)?.is_ok()),
            Step::End | Step::Bad(_) => Ok(false),
        }
    }

    /// Reads the end of a closed segment: the last index entry and the batches after it. Keeps
    /// neither file nor indexes.
    pub(crate) fn read_end(&self) -> Result<Scanned> {
        let path = self.path(FileKind::Index);
        let last = OffsetIndex::read_last(&self.disk, &path, self.base_offset)?;
        let file = self.disk.open(&self.path(FileKind::Log), OpenMode::Read)?;
        let (scanned, _, _) = self.read_from_entry(&file, last, |_| {})?;
        Ok(scanned)
    }

    /// Prepares a segment that was found on disk for appending: finds its last batch and the
    /// offset after it. Reads the batches after the last index entry, and checks the last batch.
    pub(crate) fn find_end(&mut self) -> Result<Scanned> {
        let Some(mut indexes) = self.load_sane_indexes()? else {
            return Ok(Scanned {
                next_offset: self.base_offset,
                damage: Some("its indexes do not fit".to_string()),
                ..Scanned::default()
            });
        };
        let entry = indexes.offset.last();
        let mut first_timestamp = None;
        let (mut scanned, last, mut batches) =
            self.read_from_entry(self.file(), entry, |batch| {
                indexes.note_timestamp(&batch.header);
                if batch.position == 0 {
                    first_timestamp = Some(batch.header.max_timestamp);
                }
            })?;
        if let (None, Some(batch)) = (&scanned.damage, last) {
            scanned.damage = batches.checksum_error(&batch)?;
        }
        self.set_first_timestamp(first_timestamp);
        *self.shared.indexes.lock() = Some(indexes);
        self.bytes_since_index = self.size - entry.map_or(0, |entry| entry.position);
        Ok(scanned)
    }

    /// Reads the headers of the batches from the last index entry on. Returns also the last batch,
    /// and the walk, which has read it.
    fn read_from_entry(
        &self,
        file: &File,
        entry: Option<OffsetEntry>,
        mut visit: impl FnMut(&Located),
    ) -> Result<(Scanned, Option<Located>, Batches<'_>)> {
        let from = entry.map_or(0, |entry| entry.position);
        let mut found = Scanned {
            next_offset: self.base_offset,
            end: from,
            ..Scanned::default()
        };
        let is_behind = from > 0 && from >= self.size;
        let start = if is_behind { self.size } else { from };
        let mut batches = Batches::new(self, file, start, SCAN_PIECE, Checksums::Doubtful);
        if is_behind {
            found.damage = Some("its index reaches behind its end".to_string());
            return Ok((found, None, batches));
        }
        let mut last = None;
        while let Some(walked) = batches.next()? {
            match walked {
                Walked::Good(batch) => {
                    let offset = batch.header.last_offset();
                    let is_indexed = entry.filter(|entry| entry.position == batch.position);
                    if is_indexed.is_some_and(|entry| entry.offset != offset) {
                        found.damage = Some("its last index entry does not fit".to_string());
                        return Ok((found, None, batches));
                    }
                    visit(&batch);
                    found.next_offset = batch.header.next_offset();
                    found.end = batch.end();
                    last = Some(batch);
                }
                Walked::Gap(_) => {}
                Walked::Damaged(damage) => {
                    found.damage = Some(damage.what);
                    return Ok((found, None, batches));
                }
            }
        }
        Ok((found, last, batches))
    }
}
