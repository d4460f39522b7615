//! Which slots fall due at which event time.
//!
//! Holds: every slot is in at most one bucket, and finding what is due costs what is due.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::column::CHUNK;

/// Slots by event-time bucket. A bucket is an event time in microseconds, say a window's end.
#[derive(Debug, Default)]
pub(crate) struct TimeBuckets {
    buckets: BTreeMap<i64, Vec<u32>>,
    places: BucketOfSlot,
}

/// The bucket of each slot; cheap to clone, for frozen views.
#[derive(Clone, Debug, Default)]
pub(crate) struct BucketOfSlot {
    chunks: Vec<Arc<Vec<Option<Place>>>>,
}

/// A bucket, and the index of the slot among the bucket's slots.
#[derive(Clone, Copy, Debug)]
struct Place {
    bucket: i64,
    index: u32,
}

impl BucketOfSlot {
    pub(crate) fn get(&self, slot: u32) -> Option<i64> {
        self.place(slot).map(|place| place.bucket)
    }

    fn place(&self, slot: u32) -> Option<Place> {
        self.chunks.get(slot as usize / CHUNK)?[slot as usize % CHUNK]
    }

    fn set(&mut self, slot: u32, place: Option<Place>) {
        while self.chunks.len() * CHUNK <= slot as usize {
            self.chunks.push(Arc::new(vec![None; CHUNK]));
        }
        Arc::make_mut(&mut self.chunks[slot as usize / CHUNK])[slot as usize % CHUNK] = place;
    }
}

impl TimeBuckets {
    pub(crate) fn get(&self, slot: u32) -> Option<i64> {
        self.places.get(slot)
    }

    pub(crate) fn by_slot(&self) -> &BucketOfSlot {
        &self.places
    }

    /// Moves `slot` to `bucket`, or out of all.
    pub(crate) fn set(&mut self, slot: u32, bucket: Option<i64>) {
        if self.get(slot) == bucket {
            return;
        }
        self.leave(slot);
        if let Some(bucket) = bucket {
            let slots = self.buckets.entry(bucket).or_default();
            self.places.set(
                slot,
                Some(Place {
                    bucket,
                    index: slots.len() as u32,
                }),
            );
            slots.push(slot);
        }
    }

    /// The slots whose bucket is not after `bound`, bucket by bucket.
    pub(crate) fn due(&self, bound: i64) -> impl Iterator<Item = &[u32]> {
        self.buckets
            .range(..=bound)
            .map(|(_, slots)| slots.as_slice())
    }

    fn leave(&mut self, slot: u32) {
        let Some(Place { bucket, index }) = self.places.place(slot) else {
            return;
        };
        self.places.set(slot, None);
        let slots = self
            .buckets
            .get_mut(&bucket)
            .expect("the bucket a slot says it is in");
        slots.swap_remove(index as usize);
        if let Some(&moved) = slots.get(index as usize) {
            self.places.set(moved, Some(Place { bucket, index }));
        }
        if slots.is_empty() {
            self.buckets.remove(&bucket);
        }
    }

    /// Bytes of memory held, roughly; costs nothing to ask.
    pub(crate) fn memory(&self) -> usize {
        let per_bucket = size_of::<(i64, Vec<u32>)>() + BYTES_OF_SMALLEST_VEC;
        let places = self.places.chunks.len() * CHUNK;
        self.buckets.len() * per_bucket + places * (size_of::<Option<Place>>() + size_of::<u32>())
    }
}

/// What a vector takes for its first few slots.
const BYTES_OF_SMALLEST_VEC: usize = 16;
