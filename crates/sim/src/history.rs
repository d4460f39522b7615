//! The promises of a broker in [`power_cut`](crate::power_cut): records that were acknowledged or
//! read, and committed offsets.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

/// A partition's number and an offset in it.
pub type Place = (i32, i64);

/// Records and commits that must not be lost. Clones share it; it outlives crashes.
#[derive(Debug, Clone, Default)]
pub struct History {
    records: Arc<Mutex<BTreeMap<Place, Bytes>>>,
    committed: Arc<Mutex<BTreeMap<i32, i64>>>,
}

impl History {
    /// Notes that `value` was acknowledged, or read, at `place`.
    ///
    /// # Panics
    /// If something else was promised there: an offset holds the same record for ever.
    pub fn promise(&self, place: Place, value: Bytes) {
        let mut records = self.records.lock();
        let before = records.insert(place, value.clone());
        if let Some(before) = before {
            assert_eq!(
                before, value,
                "partition {} offset {} has changed",
                place.0, place.1
            );
        }
    }

    /// Notes that a group's commit of `offset` for `partition` was acknowledged.
    pub fn commit(&self, partition: i32, offset: i64) {
        self.committed.lock().insert(partition, offset);
    }

    /// Compares acknowledged commits with the broker's answer.
    ///
    /// # Panics
    /// If a committed offset has gone back.
    pub fn check_committed(&self, found: &BTreeMap<i32, i64>) {
        for (partition, committed) in self.committed.lock().iter() {
            // It may be higher: the crash came before the answer to a later commit.
            match found.get(partition) {
                Some(found) => assert!(
                    found >= committed,
                    "the committed offset of partition {partition} went back from {committed} to {found}"
                ),
                None => panic!("the group's offset {committed} of partition {partition} is lost"),
            }
        }
    }

    /// How many records were promised.
    pub fn len(&self) -> usize {
        self.records.lock().len()
    }

    /// Whether nothing was promised.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Compares the promises with the records that exist.
    ///
    /// # Panics
    /// If a promised record is missing or another one, offsets have gaps, or a value that was
    /// produced once is there twice.
    pub fn check(&self, found: &BTreeMap<Place, Bytes>) {
        let records = self.records.lock();
        for (place, value) in records.iter() {
            match found.get(place) {
                Some(there) => assert_eq!(
                    there, value,
                    "partition {} offset {} is not what was promised",
                    place.0, place.1
                ),
                None => panic!(
                    "partition {} offset {} was promised and is lost: {value:?}",
                    place.0, place.1
                ),
            }
        }
        let mut next: BTreeMap<i32, i64> = BTreeMap::new();
        let mut places: BTreeMap<&Bytes, &Place> = BTreeMap::new();
        for (place, value) in found {
            let expected = next.entry(place.0).or_insert(0);
            assert_eq!(place.1, *expected, "partition {} has a gap", place.0);
            *expected += 1;
            if let Some(first) = places.insert(value, place) {
                panic!("one record is at {first:?} and at {place:?}");
            }
        }
    }
}
