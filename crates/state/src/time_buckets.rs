//! Which slots fall due at which event time.
//!
//! Holds: every slot is in at most one bucket, and finding what is due costs what is due.

use std::collections::BTreeMap;

/// Slots by event-time bucket. A bucket is an event time in microseconds, say a window's end.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeBuckets {
    buckets: BTreeMap<i64, Vec<u32>>,
    /// By slot: its bucket and its place there.
    places: Vec<Option<(i64, u32)>>,
}

impl TimeBuckets {
    pub(crate) fn get(&self, slot: u32) -> Option<i64> {
        self.places
            .get(slot as usize)
            .copied()
            .flatten()
            .map(|(bucket, _)| bucket)
    }

    /// Moves `slot` to `bucket`, or out of all.
    pub(crate) fn set(&mut self, slot: u32, bucket: Option<i64>) {
        if self.get(slot) == bucket {
            return;
        }
        self.leave(slot);
        let Some(bucket) = bucket else { return };
        let slots = self.buckets.entry(bucket).or_default();
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, None);
        }
        self.places[slot as usize] = Some((bucket, slots.len() as u32));
        slots.push(slot);
    }

    /// The slots whose bucket is not after `bound`, bucket by bucket.
    pub(crate) fn due(&self, bound: i64) -> impl Iterator<Item = (i64, &[u32])> {
        self.buckets
            .range(..=bound)
            .map(|(bucket, slots)| (*bucket, slots.as_slice()))
    }

    fn leave(&mut self, slot: u32) {
        let Some((bucket, at)) = self.places.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        let slots = self
            .buckets
            .get_mut(&bucket)
            .expect("the bucket a slot says it is in");
        slots.swap_remove(at as usize);
        if let Some(&moved) = slots.get(at as usize) {
            self.places[moved as usize] = Some((bucket, at));
        }
        if slots.is_empty() {
            self.buckets.remove(&bucket);
        }
    }

    /// Bytes of memory held, roughly.
    pub(crate) fn memory(&self) -> usize {
        let slots: usize = self.buckets.values().map(|s| 48 + s.capacity() * 4).sum();
        slots + self.places.capacity() * size_of::<Option<(i64, u32)>>()
    }
}
