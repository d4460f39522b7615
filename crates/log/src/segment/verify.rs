//! Checks batches once before they are served.
//!
//! Batches that this process has written, or has read completely when it opened the log, need no
//! check. All others are checked when they are first read.

use std::io::Result;

use io::File;

use super::Segment;
use super::batches::{Batches, Checksums, Walked};
use crate::batch_scan::{LOOKUP_PIECE, Located, SCAN_PIECE};

/// Bytes that one read checks at most, unless its first batch is larger.
const AT_ONCE: u64 = 1 << 20;
/// Ranges that are remembered at most. If there are more, the shortest is forgotten, and its batches
/// are checked again.
const RANGES_MAX: usize = 64;

/// Ranges of a file, in bytes, whose batches were checked.
#[derive(Debug, Default)]
pub(super) struct Verified(Vec<(u64, u64)>);

impl Verified {
    /// The end of the range that holds `position`.
    fn end_at(&self, position: u64) -> Option<u64> {
        let holds = |range: &&(u64, u64)| range.0 <= position && position < range.1;
        self.0.iter().find(holds).map(|range| range.1)
    }

    fn insert(&mut self, mut from: u64, mut to: u64) {
        self.0.retain(|range| {
            let touches = range.0 <= to && from <= range.1;
            if touches {
                (from, to) = (from.min(range.0), to.max(range.1));
            }
            !touches
        });
        self.0.push((from, to));
        if self.0.len() > RANGES_MAX
            && let Some(shortest) = (0..RANGES_MAX).min_by_key(|at| self.0[*at].1 - self.0[*at].0)
        {
            self.0.swap_remove(shortest);
        }
    }
}

impl Segment {
    /// Marks all batches as checked.
    pub(crate) fn set_verified(&mut self) {
        self.known_from = 0;
    }

    /// Checks the batches from `first` up to position `to` that were not checked since the log was
    /// opened. Returns the position up to which they are good, at most `to`. Damage is recorded.
    pub(crate) fn verify(&self, first: &Located, to: u64) -> Result<u64> {
        if first.position >= self.known_from {
            return Ok(to);
        }
        let piece = (to - first.position).clamp(LOOKUP_PIECE as u64, SCAN_PIECE as u64);
        let (from, piece) = (first.position, piece as usize);
        let mut batches = Batches::new(self, self.file(), from, piece, Checksums::All)
            .expecting(first.header.base_offset);
        let mut checked = 0;
        while batches.position() < to && checked < AT_ONCE {
            let position = batches.position();
            if position >= self.known_from {
                return Ok(to);
            }
            if batches.is_at_known_damage() {
                return Ok(position);
            }
            let verified = self.shared.verified.lock().end_at(position);
            if let Some(end) = verified {
                batches.go_to(end);
                continue;
            }
            match batches.next()? {
                None => break,
                Some(Walked::Good(batch)) => {
                    let (from, to) = (batch.position, batch.end());
                    self.shared.verified.lock().insert(from, to);
                    checked += batch.end() - batch.position;
                }
                Some(Walked::Gap(gap)) => {
                    self.note_gap(&gap);
                    return Ok(position);
                }
                Some(Walked::Damaged(mut damage)) => {
                    if position == first.position {
                        // Its own header said which offset belongs here.
                        damage.first_offset = None;
                    }
                    batches.record_damage(damage)?;
                    return Ok(position);
                }
            }
        }
        Ok(batches.position().min(to))
    }

    /// Whether the batches between two positions were already checked.
    pub(super) fn is_checked(&self, from: u64, to: u64) -> bool {
        let to = to.min(self.known_from);
        from >= to || self.shared.verified.lock().end_at(from) >= Some(to)
    }

    /// Checks every batch. Damage is recorded.
    pub(crate) fn verify_all(&self) -> Result<()> {
        let mut batches = Batches::new(self, self.file(), 0, SCAN_PIECE, Checksums::All);
        while let Some(walked) = batches.next()? {
            match walked {
                Walked::Good(batch) => self
                    .shared
                    .verified
                    .lock()
                    .insert(batch.position, batch.end()),
                Walked::Gap(gap) => self.note_gap(&gap),
                Walked::Damaged(damage) => batches.record_damage(damage)?,
            }
        }
        Ok(())
    }

    /// Checks the batches up to the one at `position` again. Returns whether the segment is
    /// damaged; the damage is recorded.
    pub(crate) fn verify_at(&self, position: u64) -> Result<bool> {
        let file = self.file();
        // This walk may find damage that makes the batch at `position` look wrong.
        let next_offset = self.offset_at(file, position)?;
        if self.is_damaged() {
            return Ok(true);
        }
        let mut batches =
            Batches::new(self, file, position, SCAN_PIECE, Checksums::All).expecting(next_offset);
        match batches.next()? {
            Some(Walked::Damaged(damage)) => batches.record_damage(damage).map(|()| true),
            Some(Walked::Good(_) | Walked::Gap(_)) | None => Ok(false),
        }
    }

    /// The offset after the batch that ends at `position`.
    pub(super) fn offset_at(&self, file: &File, position: u64) -> Result<i64> {
        let mut next_offset = self.base_offset;
        self.walk(file, 0, SCAN_PIECE, |batch| {
            if batch.position < position {
                next_offset = batch.header.next_offset();
            }
            Ok(batch.position < position)
        })?;
        Ok(next_offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_ranges_are_merged() {
        let mut verified = Verified::default();
        verified.insert(10, 20);
        verified.insert(30, 40);
        assert_eq!((verified.end_at(10), verified.end_at(20)), (Some(20), None));
        verified.insert(20, 30);
        assert_eq!(verified.0, [(10, 40)]);
    }

    #[test]
    fn the_shortest_of_too_many_ranges_is_forgotten() {
        let mut verified = Verified::default();
        verified.insert(5, 6);
        for at in 1..=RANGES_MAX as u64 {
            verified.insert(at * 10, at * 10 + 5);
        }
        assert_eq!(verified.0.len(), RANGES_MAX);
        assert_eq!(verified.end_at(5), None);
    }
}
