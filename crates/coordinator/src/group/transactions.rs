//! Records of transactions without an end marker, while a partition is loaded.
//!
//! When a transaction commits, one of its records takes effect only if no record with the same key
//! and a higher offset has taken effect already.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::Record;

/// Records of transactions whose end marker has not been read yet.
#[derive(Debug, Default)]
pub(super) struct PendingTransactions {
    by_producer: BTreeMap<i64, Vec<(i64, Record)>>,
    /// For each key of a pending record, the highest offset of a record that took effect; −1 if none.
    replayed: BTreeMap<Bytes, i64>,
}

impl PendingTransactions {
    /// Keep a record of the producer's open transaction.
    pub fn add(&mut self, producer_id: i64, offset: i64, record: Record) {
        self.replayed.entry(record.key.clone()).or_insert(-1);
        let pending = self.by_producer.entry(producer_id).or_default();
        pending.push((offset, record));
    }

    /// A record outside of transactions takes effect.
    pub fn on_replayed(&mut self, offset: i64, key: &Bytes) {
        if let Some(highest) = self.replayed.get_mut(key) {
            *highest = offset.max(*highest);
        }
    }

    /// End the producer's transaction. Returns its records that take effect, in order of offsets.
    pub fn end(&mut self, producer_id: i64, committed: bool) -> Vec<Record> {
        let mut pending = self.by_producer.remove(&producer_id).unwrap_or_default();
        if !committed {
            pending.clear();
        }
        pending.retain(|(offset, record)| {
            let highest = self
                .replayed
                .get_mut(&record.key)
                .expect("added with the record");
            let is_newest = *highest < *offset;
            *highest = (*highest).max(*offset);
            is_newest
        });
        if self.by_producer.is_empty() {
            self.replayed.clear();
        }
        pending.into_iter().map(|(_, record)| record).collect()
    }

    /// Producers with an open transaction.
    pub fn producer_ids(&self) -> impl Iterator<Item = i64> {
        self.by_producer.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &'static str, value: &'static str) -> Record {
        Record {
            key: Bytes::from_static(key.as_bytes()),
            value: Some(Bytes::from_static(value.as_bytes())),
        }
    }

    #[test]
    fn committed_records_take_effect_and_aborted_ones_do_not() {
        let mut transactions = PendingTransactions::default();
        transactions.add(1, 10, record("a", "1"));
        transactions.add(2, 11, record("b", "2"));
        transactions.add(1, 12, record("a", "3"));
        assert_eq!(transactions.producer_ids().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(transactions.end(2, false), []);
        let committed = transactions.end(1, true);
        assert_eq!(committed, [record("a", "1"), record("a", "3")]);
        assert_eq!(transactions.end(1, true), []);
        assert_eq!(transactions.producer_ids().count(), 0);
    }

    #[test]
    fn the_record_with_the_highest_offset_wins_whatever_the_order_of_the_markers() {
        let mut transactions = PendingTransactions::default();
        transactions.add(1, 10, record("a", "old"));
        transactions.add(1, 11, record("b", "old"));
        transactions.add(2, 12, record("b", "new"));
        transactions.on_replayed(13, &Bytes::from_static(b"a"));
        transactions.on_replayed(14, &Bytes::from_static(b"another"));
        assert_eq!(transactions.end(2, true), [record("b", "new")]);
        assert_eq!(transactions.end(1, true), []);
    }
}
