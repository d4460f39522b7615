//! Checking batches once before they are served.
//!
//! What this process has written, or read whole when it opened the log, it knows; the rest is
//! checked when somebody first asks for it.

use std::io::Result;

use io::File;

use super::Segment;
use super::damage::Next;
use crate::batch_scan::{BatchScan, LOOKUP_PIECE, Located, SCAN_PIECE, Step};

/// Bytes that one read checks at most, unless its first batch is larger: the partition waits
/// meanwhile.
const AT_ONCE: u64 = 1 << 20;
/// Ranges that are remembered; of more, the shortest is forgotten and checked again.
const RANGES_MAX: usize = 64;

/// Parts of a file whose batches are good, as far as they are not known otherwise.
#[derive(Debug, Default)]
pub(super) struct Verified(Vec<(u64, u64)>);

impl Verified {
    /// Where the range ends that holds `position`.
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
    /// Takes all of it for checked.
    pub(crate) fn set_verified(&mut self) {
        self.known_from = 0;
    }

    /// Checks the batches from `first` up to the position `to`, as far as that has not been done
    /// since the log was opened; up to where they are known to be good, which may be less. Damage
    /// is contained.
    pub(crate) fn verify(&self, first: &Located, to: u64) -> Result<u64> {
        if first.position >= self.known_from {
            return Ok(to);
        }
        let file = self.file();
        let mut verified = self.verified.lock();
        let piece = (to - first.position).clamp(LOOKUP_PIECE as u64, SCAN_PIECE as u64);
        let mut scan = BatchScan::new(file, first.position, self.size, piece as usize);
        let mut next_offset = Some(first.header.base_offset);
        let mut checked = 0;
        while scan.position() < to && checked < AT_ONCE {
            let position = scan.position();
            if position >= self.known_from {
                return Ok(to);
            }
            if let Some(end) = verified.end_at(position) {
                scan.go_to(end);
                next_offset = None;
                continue;
            }
            let wrong = match self.next_fitting(&mut scan, next_offset)? {
                Next::End => break,
                Next::Bad(wrong) => wrong,
                Next::Batch(batch) => match scan.check_crc(&batch)? {
                    Ok(()) if self.note_jump(&batch, next_offset) => return Ok(position),
                    Ok(()) => {
                        verified.insert(position, batch.end());
                        next_offset = Some(batch.header.next_offset());
                        checked += batch.end() - position;
                        continue;
                    }
                    Err(error) => error.to_string(),
                },
            };
            // What its own header says is not to be believed any more.
            let next_offset = match next_offset.filter(|_| position > first.position) {
                Some(next_offset) => next_offset,
                None => self.offset_at(file, position)?,
            };
            self.contain(file, position, next_offset, wrong, &self.index_hints())?;
            return Ok(position);
        }
        Ok(scan.position().min(to))
    }

    /// Checks everything that was not. Damage is contained.
    pub(crate) fn verify_all(&self) -> Result<()> {
        let file = self.file();
        let mut position = 0;
        while position < self.size {
            let known = self.damage();
            if let Some(range) = Segment::damage_from(&known, position) {
                position = range.end_position;
                continue;
            }
            position = match BatchScan::new(file, position, self.size, LOOKUP_PIECE).next()? {
                Step::Batch(first) => self.verify(&first, self.size)?,
                Step::End => return Ok(()),
                Step::Bad(error) => {
                    let next_offset = self.offset_at(file, position)?;
                    let hints = self.index_hints();
                    self.contain(file, position, next_offset, error.to_string(), &hints)?;
                    position
                }
            };
        }
        Ok(())
    }

    /// Checks the batches up to the one at `position` once more, whatever is known of it; whether
    /// the segment is damaged, and that contained.
    pub(crate) fn verify_at(&self, position: u64) -> Result<bool> {
        let file = self.file();
        // On its way there, the walk may come upon what makes that one look wrong.
        let next_offset = self.offset_at(file, position)?;
        if self.is_damaged() {
            return Ok(true);
        }
        let mut scan = BatchScan::new(file, position, self.size, SCAN_PIECE);
        let wrong = match self.next_fitting(&mut scan, Some(next_offset))? {
            Next::End => return Ok(false),
            Next::Bad(wrong) => wrong,
            Next::Batch(batch) => match scan.check_crc(&batch)? {
                Ok(()) => return Ok(false),
                Err(error) => error.to_string(),
            },
        };
        self.contain(file, position, next_offset, wrong, &self.index_hints())?;
        Ok(true)
    }

    /// The offset after the batch that ends at `position`.
    fn offset_at(&self, file: &File, position: u64) -> Result<i64> {
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
    fn ranges_that_touch_become_one() {
        let mut verified = Verified::default();
        verified.insert(10, 20);
        verified.insert(30, 40);
        assert_eq!((verified.end_at(10), verified.end_at(20)), (Some(20), None));
        verified.insert(20, 30);
        assert_eq!(verified.0, [(10, 40)]);
    }

    #[test]
    fn of_too_many_ranges_the_shortest_is_forgotten() {
        let mut verified = Verified::default();
        verified.insert(5, 6);
        for at in 1..=RANGES_MAX as u64 {
            verified.insert(at * 10, at * 10 + 5);
        }
        assert_eq!(verified.0.len(), RANGES_MAX);
        assert_eq!(verified.end_at(5), None);
    }
}
