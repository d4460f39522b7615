//! The walk over the batches of a segment that knows of gaps and damage. Reads, look-ups and recovery
//! use it. Below it is [`BatchScan`], which compaction, `dump` and checks of single batches use alone.
//!
//! A step is a good batch, a gap in the offsets, or damage. Ranges that are already known to be
//! damaged are passed over. The walk records nothing: its user decides what a gap or damage means,
//! and calls [`Batches::record_damage`] to record damage and continue after it.

use std::io::Result;

use io::File;

use super::Segment;
use super::damage::DamagedRange;
use crate::batch_scan::{BatchScan, Located, Step};
use crate::offset_index::OffsetEntry;

/// Which checksums a walk computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksums {
    /// Those of all batches.
    All,
    /// Those of batches whose header may be wrong, because the next batch does not follow them.
    Doubtful,
}

/// One step of a walk.
#[derive(Debug)]
pub(super) enum Walked {
    /// A batch that belongs here.
    Good(Located),
    /// Offsets are missing before the next batch, though compaction never removed any. The next
    /// step is that batch.
    Gap(Gap),
    /// Not a batch that belongs here. The walk stays at this place.
    Damaged(Damage),
}

/// Offsets that no batch has.
#[derive(Debug)]
pub(super) struct Gap {
    /// Where the next batch begins.
    pub(super) position: u64,
    pub(super) first_offset: i64,
    pub(super) next_offset: i64,
}

/// The beginning of damage.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) position: u64,
    /// The offset that belongs here. Unknown if the walk began shortly before.
    pub(super) first_offset: Option<i64>,
    pub(super) what: String,
}

/// A walk over the batches of a segment.
#[derive(Debug)]
pub(super) struct Batches<'a> {
    segment: &'a Segment,
    file: File,
    scan: BatchScan,
    checksums: Checksums,
    next_offset: Option<i64>,
    /// The batch after a gap that was returned.
    behind_gap: Option<Located>,
    /// The batch before, if its checksum was not computed, and the offset that belongs there.
    unchecked: Option<(Located, Option<i64>)>,
    known: Vec<DamagedRange>,
    hints: Option<Vec<OffsetEntry>>,
}

impl<'a> Batches<'a> {
    /// Walks from position `from`, where a batch begins; reads `piece` bytes at a time.
    pub(super) fn new(
        segment: &'a Segment,
        file: &File,
        from: u64,
        piece: usize,
        checksums: Checksums,
    ) -> Batches<'a> {
        Batches {
            segment,
            file: file.clone(),
            scan: BatchScan::new(file, from, segment.size, piece),
            checksums,
            next_offset: (from == 0).then_some(segment.base_offset),
            behind_gap: None,
            unchecked: None,
            known: segment.damage(),
            hints: None,
        }
    }

    /// Sets the offset that belongs at the first position.
    pub(super) fn expecting(mut self, next_offset: i64) -> Batches<'a> {
        self.next_offset = Some(next_offset);
        self
    }

    /// The position after the last step.
    pub(super) fn position(&self) -> u64 {
        self.scan.position()
    }

    /// The offset after the last step, if it is known.
    pub(super) fn next_offset(&self) -> Option<i64> {
        self.next_offset
    }

    /// Whether the next step would pass over a known damaged range.
    pub(super) fn is_at_known_damage(&self) -> bool {
        DamagedRange::covering(&self.known, self.position()).is_some()
    }

    /// Continues at `position`, where a batch begins.
    pub(super) fn go_to(&mut self, position: u64) {
        self.scan.go_to(position);
        self.next_offset = None;
        self.unchecked = None;
    }

    /// The next step; `None` at the end of the segment.
    pub(super) fn next(&mut self) -> Result<Option<Walked>> {
        if let Some(batch) = self.behind_gap.take() {
            return Ok(Some(self.good(batch)));
        }
        self.pass_over_known_damage();
        let position = self.scan.position();
        let batch = match self.fitting_batch()? {
            None => return Ok(None),
            Some(Ok(batch)) => batch,
            Some(Err(what)) => {
                let before = self.damage_before()?;
                return Ok(Some(Walked::Damaged(before.unwrap_or(Damage {
                    position,
                    first_offset: self.next_offset,
                    what,
                }))));
            }
        };
        if self.checksums == Checksums::All
            && let Err(error) = self.scan.check_crc(&batch)?
        {
            self.scan.go_to(position);
            return Ok(Some(Walked::Damaged(Damage {
                position,
                first_offset: self.next_offset,
                what: error.to_string(),
            })));
        }
        let base_offset = batch.header.base_offset;
        let expected = self.next_offset.unwrap_or(base_offset);
        if !self.segment.is_gapless || base_offset <= expected {
            return Ok(Some(self.good(batch)));
        }
        if let Some(damage) = self.damage_before()? {
            return Ok(Some(Walked::Damaged(damage)));
        }
        self.behind_gap = Some(batch);
        Ok(Some(Walked::Gap(Gap {
            position,
            first_offset: expected,
            next_offset: base_offset,
        })))
    }

    /// What is wrong with the checksum of a returned batch; `None` if it is right.
    pub(super) fn checksum_error(&mut self, batch: &Located) -> Result<Option<String>> {
        let checked = self.scan.check_crc(batch)?;
        Ok(checked.err().map(|error| error.to_string()))
    }

    /// Records damage that [`next`](Batches::next) returned, and continues after it.
    pub(super) fn record_damage(&mut self, damage: Damage) -> Result<()> {
        let Damage {
            position,
            first_offset,
            what,
        } = damage;
        let first_offset = match first_offset {
            Some(first_offset) => first_offset,
            // Only a walk from the beginning knows it. That walk may find an earlier batch damaged.
            None => self.segment.offset_at(&self.file, position)?,
        };
        self.known = self.segment.damage();
        if DamagedRange::covering(&self.known, position).is_none() {
            let hints = self.hints.get_or_insert_with(|| self.segment.index_hints());
            self.segment
                .record_damage(&self.file, position, first_offset, what, hints)?;
            self.known = self.segment.damage();
        }
        self.scan.go_to(position);
        Ok(())
    }

    fn good(&mut self, batch: Located) -> Walked {
        self.unchecked = match self.checksums {
            Checksums::All => None,
            Checksums::Doubtful => Some((batch, self.next_offset)),
        };
        self.next_offset = Some(batch.header.next_offset());
        Walked::Good(batch)
    }

    fn pass_over_known_damage(&mut self) {
        while let Some(range) = DamagedRange::covering(&self.known, self.scan.position()) {
            self.next_offset = Some(range.next_offset);
            self.scan.go_to(range.end_position);
            self.unchecked = None;
        }
    }

    /// Damage at the batch before, if its checksum is wrong: its header may have claimed a wrong
    /// length or wrong offsets. The walk goes back to it.
    fn damage_before(&mut self) -> Result<Option<Damage>> {
        let Some((batch, first_offset)) = self.unchecked.take() else {
            return Ok(None);
        };
        let Err(error) = self.scan.check_crc(&batch)? else {
            return Ok(None);
        };
        self.scan.go_to(batch.position);
        self.next_offset = first_offset;
        Ok(Some(Damage {
            position: batch.position,
            first_offset,
            what: error.to_string(),
        }))
    }

    /// The next batch, if it belongs where it is, or what is wrong: then the walk stays before it.
    fn fitting_batch(&mut self) -> Result<Option<std::result::Result<Located, String>>> {
        let position = self.scan.position();
        let batch = match self.scan.next()? {
            Step::Batch(batch) => batch,
            Step::End => return Ok(None),
            Step::Bad(error) => return Ok(Some(Err(error.to_string()))),
        };
        let wrong = match self.segment.implausible(&batch.header, self.next_offset) {
            Some(wrong) => Some(wrong),
            None => self.contradicted_by_next(&batch)?,
        };
        Ok(Some(match wrong {
            None => Ok(batch),
            Some(wrong) => {
                self.scan.go_to(position);
                Err(wrong)
            }
        }))
    }

    /// What is wrong with a batch that begins at a later offset than expected.
    ///
    /// The checksum does not cover the base offset. Compaction leaves gaps, but then the batch
    /// after it does not hold offsets before this one's.
    fn contradicted_by_next(&mut self, batch: &Located) -> Result<Option<String>> {
        let header = &batch.header;
        let Some(expected) = self.next_offset.filter(|next| header.base_offset > *next) else {
            return Ok(None);
        };
        let is_gapless = self.segment.is_gapless;
        let following = self.scan.next()?;
        self.scan.go_to(batch.end());
        let is_wrong = match following {
            Step::Batch(following) => {
                let base_offset = following.header.base_offset;
                (expected..header.next_offset()).contains(&base_offset)
                    || is_gapless && base_offset != header.next_offset()
            }
            // Nothing confirms it.
            Step::End | Step::Bad(_) => is_gapless,
        };
        Ok(is_wrong.then(|| {
            format!(
                "batch claims offset {} where {expected} is next",
                header.base_offset
            )
        }))
    }
}
