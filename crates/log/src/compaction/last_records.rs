//! Which records of the dirty head are the last of their key: one bit per offset.
//!
//! Built from the map of keys when that is complete. The copy then reads a bit instead of hashing
//! the key and waiting for its place in the map; a batch without a bit is not even unpacked.
//! Records of the clean tail still have to be looked up in the map.

use std::ops::Range;

/// The kept offsets within a range.
#[derive(Debug)]
pub(super) struct LastRecords {
    range: Range<i64>,
    words: Vec<u64>,
}

impl LastRecords {
    /// The bits for those of `offsets` that lie in `range`. `None` if they would take more than
    /// `bytes` of memory, as in a log with many gaps.
    pub(super) fn new(
        range: Range<i64>,
        bytes: usize,
        offsets: impl Iterator<Item = i64>,
    ) -> Option<LastRecords> {
        let len = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        if len.div_ceil(8) > bytes {
            return None;
        }
        let mut last_records = LastRecords {
            words: vec![0; len.div_ceil(64)],
            range,
        };
        for offset in offsets {
            if let Some((word, bit)) = last_records.place(offset) {
                last_records.words[word] |= 1 << bit;
            }
        }
        Some(last_records)
    }

    /// Whether this offset is kept; `None` if it is not known.
    pub(super) fn get(&self, offset: i64) -> Option<bool> {
        let (word, bit) = self.place(offset)?;
        Some(self.words[word] >> bit & 1 == 1)
    }

    /// Whether it is known that none of the offsets from `first` to `last` is kept.
    pub(super) fn none_in(&self, first: i64, last: i64) -> bool {
        let (Some((first_word, first_bit)), Some((last_word, last_bit))) =
            (self.place(first), self.place(last))
        else {
            return false;
        };
        if first > last {
            return false;
        }
        let from_first = u64::MAX << first_bit;
        let before_last = u64::MAX >> (63 - last_bit);
        if first_word == last_word {
            return self.words[first_word] & from_first & before_last == 0;
        }
        self.words[first_word] & from_first == 0
            && self.words[first_word + 1..last_word]
                .iter()
                .all(|word| *word == 0)
            && self.words[last_word] & before_last == 0
    }

    /// Index of its word, and of its bit in the word; `None` outside of the range.
    fn place(&self, offset: i64) -> Option<(usize, u32)> {
        if !self.range.contains(&offset) {
            return None;
        }
        let at = (offset - self.range.start) as usize;
        Some((at / 64, (at % 64) as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_of_offsets_is_as_a_search_finds_it() {
        let (range, staying) = (1000..1200, [1000, 1063, 1064, 1127, 1130, 1199]);
        let offsets = staying.into_iter().chain([999, 1200, i64::MAX, i64::MIN]);
        let last_records = LastRecords::new(range.clone(), 25, offsets).unwrap();
        for first in range.clone() {
            assert_eq!(last_records.get(first), Some(staying.contains(&first)));
            for last in range.clone() {
                let none = first <= last && !staying.iter().any(|at| (first..=last).contains(at));
                assert_eq!(last_records.none_in(first, last), none, "{first} to {last}");
            }
        }
        assert_eq!(
            (last_records.get(999), last_records.get(1200)),
            (None, None)
        );
        assert!(!last_records.none_in(999, 999), "nothing is known of it");
        assert!(!last_records.none_in(1199, 1200));
    }

    #[test]
    fn a_range_too_long_for_the_memory_is_refused() {
        assert!(LastRecords::new(0..80, 10, std::iter::empty()).is_some());
        for (begin, end) in [(0, 81), (0, i64::MAX), (i64::MIN, i64::MAX), (5, 4)] {
            assert!(LastRecords::new(begin..end, 10, std::iter::empty()).is_none());
        }
    }
}
