//! Offsets committed in transactions, while a partition is read from its beginning: whether they
//! count is said by the transaction's marker behind them.
//!
//! What counts is what stands later in the log, not what was decided later.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::Record;

/// Records of transactions whose marker did not come yet.
#[derive(Debug, Default)]
pub struct Undecided {
    by_producer: BTreeMap<i64, Vec<(i64, Record)>>,
    /// Keys of those records, with the largest offset of a record that counts already.
    keys: BTreeMap<Bytes, i64>,
}

impl Undecided {
    /// Keeps a record of the producer's open transaction.
    pub fn hold(&mut self, producer_id: i64, offset: i64, record: Record) {
        self.keys.entry(record.key.clone()).or_insert(-1);
        let held = self.by_producer.entry(producer_id).or_default();
        held.push((offset, record));
    }

    /// Takes note of a record outside of transactions.
    pub fn passed(&mut self, offset: i64, key: &Bytes) {
        if let Some(newest) = self.keys.get_mut(key) {
            *newest = offset.max(*newest);
        }
    }

    /// Ends the producer's transaction: the records of it that count from now on, in order.
    pub fn decide(&mut self, producer_id: i64, committed: bool) -> Vec<Record> {
        let mut held = self.by_producer.remove(&producer_id).unwrap_or_default();
        if !committed {
            held.clear();
        }
        held.retain(|(offset, record)| {
            let newest = self.keys.get_mut(&record.key);
            newest.is_some_and(|newest| std::mem::replace(newest, (*newest).max(*offset)) < *offset)
        });
        if self.by_producer.is_empty() {
            self.keys.clear();
        }
        held.into_iter().map(|(_, record)| record).collect()
    }

    /// Producers whose transaction is open.
    pub fn producers(&self) -> impl Iterator<Item = i64> {
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
    fn what_was_aborted_does_not_count_and_what_was_committed_does() {
        let mut undecided = Undecided::default();
        undecided.hold(1, 10, record("a", "1"));
        undecided.hold(2, 11, record("b", "2"));
        undecided.hold(1, 12, record("a", "3"));
        assert_eq!(undecided.producers().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(undecided.decide(2, false), []);
        let committed = undecided.decide(1, true);
        assert_eq!(committed, [record("a", "1"), record("a", "3")]);
        assert_eq!(undecided.decide(1, true), []);
        assert_eq!(undecided.producers().count(), 0);
    }

    #[test]
    fn a_later_record_counts_though_an_earlier_one_is_decided_after_it() {
        let mut undecided = Undecided::default();
        undecided.hold(1, 10, record("a", "old"));
        undecided.hold(1, 11, record("b", "old"));
        undecided.hold(2, 12, record("b", "new"));
        undecided.passed(13, &Bytes::from_static(b"a"));
        undecided.passed(14, &Bytes::from_static(b"another"));
        assert_eq!(undecided.decide(2, true), [record("b", "new")]);
        assert_eq!(undecided.decide(1, true), []);
    }
}
