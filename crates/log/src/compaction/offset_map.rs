//! The last offset of each key, in memory of a fixed size.
//!
//! A key is represented by a hash of 128 bits. Two keys with the same hash would be taken for one
//! key; among a billion keys that has a probability of 10⁻²⁰. Somebody who could make such a pair
//! on purpose may write to the topic anyway, and so replace any of its keys.

use std::ops::Range;

use twox_hash::XxHash3_128;

use super::last_records::LastRecords;

/// Bytes of an entry of the map: hash and offset.
pub(super) const ENTRY_BYTES: usize = 24;

/// Hash (two words) and offset plus one. Zeros if the entry is empty, so that unused memory is not
/// touched.
type Entry = [u64; 3];

/// Slots of a new map, unless fewer are enough.
const SLOTS_MIN: usize = 4096;

/// The hash of a key.
pub(super) type Hash = (u64, u64);

/// A map with open addressing: an entry is at the slot of its hash, or at a later one.
///
/// It grows with the number of keys, because there may be far fewer keys than records, and a small
/// map stays in the cache of the processor. It does not grow if the old and the new map together
/// would need too much memory.
#[derive(Debug)]
pub(super) struct OffsetMap {
    entries: Vec<Entry>,
    len: usize,
    len_max: usize,
    load_factor: f64,
    slots_max: usize,
}

impl OffsetMap {
    /// A map in at most `bytes` of memory, filled up to `load_factor`, for at most `keys` keys. It
    /// has room for at least one key.
    pub(super) fn new(bytes: usize, load_factor: f64, keys: u64) -> OffsetMap {
        let load_factor = load_factor.clamp(0.01, 0.99);
        let needed = ((keys as f64 / load_factor) as usize).saturating_add(2);
        let affordable = bytes / ENTRY_BYTES;
        let slots_max = affordable.min(needed).max(2);
        let may_grow = slots_max + slots_max / 2 <= affordable;
        let slots = match may_grow {
            true => slots_max.min(SLOTS_MIN),
            false => slots_max,
        };
        OffsetMap {
            entries: vec![[0; 3]; slots],
            len: 0,
            len_max: len_max(slots, load_factor),
            load_factor,
            slots_max,
        }
    }

    /// Makes room for up to twice as many keys. Returns `false` if there may be no more.
    fn grow(&mut self) -> bool {
        let slots = (self.entries.len() * 2).min(self.slots_max);
        if slots == self.entries.len() {
            return false;
        }
        let old = std::mem::replace(&mut self.entries, vec![[0; 3]; slots]);
        for entry in old.into_iter().filter(|entry| entry[2] != 0) {
            let at = self.slot((entry[0], entry[1]));
            self.entries[at] = entry;
        }
        self.len_max = len_max(slots, self.load_factor);
        true
    }

    /// Sets the offset of a later record of this key. Returns `false` if there is no room for
    /// another key.
    #[inline]
    pub(super) fn put(&mut self, key: &[u8], offset: i64) -> bool {
        let hash = hash(key);
        let mut at = self.slot(hash);
        if self.entries[at][2] == 0 {
            if self.len == self.len_max {
                if !self.grow() {
                    return false;
                }
                at = self.slot(hash);
            }
            self.len += 1;
        }
        self.entries[at] = [hash.0, hash.1, offset as u64 + 1];
        true
    }

    /// The last offset of the key with this hash.
    #[inline]
    pub(super) fn get(&self, hash: Hash) -> Option<i64> {
        let entry = &self.entries[self.slot(hash)];
        (entry[2] != 0).then(|| (entry[2] - 1) as i64)
    }

    /// Which offsets of `range` are the last of a key. `None` if that would need more than an
    /// eighth of the map's memory.
    pub(super) fn last_records(&self, range: Range<i64>) -> Option<LastRecords> {
        let entries = self.entries.iter().filter(|entry| entry[2] != 0);
        let offsets = entries.map(|entry| (entry[2] - 1) as i64);
        LastRecords::new(range, self.entries.len() * ENTRY_BYTES / 8, offsets)
    }

    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The slot of this hash, or the empty slot where it belongs.
    #[inline]
    fn slot(&self, hash: Hash) -> usize {
        let slots = self.entries.len();
        let mut at = ((u128::from(hash.0) * slots as u128) >> 64) as usize;
        loop {
            let entry = &self.entries[at];
            if entry[2] == 0 || (entry[0], entry[1]) == hash {
                return at;
            }
            at += 1;
            if at == slots {
                at = 0;
            }
        }
    }
}

/// The maximum number of keys. One slot stays empty, because a search for a missing key ends
/// there.
fn len_max(slots: usize, load_factor: f64) -> usize {
    ((slots as f64 * load_factor) as usize).clamp(1, slots - 1)
}

#[inline]
pub(super) fn hash(key: &[u8]) -> Hash {
    let hash = XxHash3_128::oneshot(key);
    ((hash >> 64) as u64, hash as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_offset_of_each_key_is_found_up_to_the_last_slot() {
        let mut map = OffsetMap::new(100 * ENTRY_BYTES, 0.9, u64::MAX);
        let key = |number: i64| number.to_be_bytes();
        for number in 0..90 {
            assert!(map.put(&key(number), number), "{number}");
        }
        assert!(!map.put(&key(90), 90));
        assert!(map.put(&key(7), 91), "a known key needs no room");
        assert_eq!(map.len(), 90);
        for number in 0..90 {
            let expected = if number == 7 { 91 } else { number };
            assert_eq!(map.get(hash(&key(number))), Some(expected));
        }
        assert_eq!(map.get(hash(&key(90))), None);
        assert_eq!(map.get(hash(b"")), None);
    }

    #[test]
    fn a_map_that_grows_keeps_its_entries() {
        let keys = 3 * SLOTS_MIN as i64;
        let mut map = OffsetMap::new(64 << 20, 0.5, keys as u64 + 1);
        for round in 0..2 {
            for number in 0..=keys {
                assert!(map.put(&number.to_be_bytes(), number + round));
            }
        }
        assert_eq!(map.len() as i64, keys + 1);
        for number in 0..=keys {
            assert_eq!(map.get(hash(&number.to_be_bytes())), Some(number + 1));
        }
        // As many as were announced, and no more.
        assert!(!(keys + 1..keys * 2).all(|number| map.put(&number.to_be_bytes(), 0)));
    }

    #[test]
    fn offset_zero_and_the_empty_key_are_found() {
        let mut map = OffsetMap::new(1000, 0.9, 10);
        assert!(map.put(b"", 0));
        assert_eq!((map.get(hash(b"")), map.len()), (Some(0), 1));
    }

    #[test]
    fn memory_is_bounded_by_need_and_by_the_limit() {
        assert!(OffsetMap::new(128 << 20, 0.9, 100).entries.len() < 120);
        assert_eq!(
            OffsetMap::new(2400, 0.9, u64::MAX).entries.capacity() * ENTRY_BYTES,
            2400
        );
        for load_factor in [-1.0, 0.0, 1.0, f64::NAN] {
            let mut map = OffsetMap::new(0, load_factor, u64::MAX);
            assert!(map.put(b"one", 1));
            assert!(!map.put(b"two", 2));
            assert_eq!(map.get(hash(b"two")), None);
        }
    }
}
