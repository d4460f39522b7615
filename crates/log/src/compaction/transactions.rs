//! State of transactions while compaction reads the batches in order.
//!
//! Records of an aborted transaction are removed. A marker may be removed when nothing of its
//! transaction is left: when no batch of it was found before the marker.

use std::collections::{BTreeMap, BTreeSet};

use wire::record_batch::{EndTransactionMarker, RecordBatchHeader};

use crate::transaction_index::AbortedTransaction;

#[derive(Debug)]
pub(super) struct Transactions {
    /// Transactions that were not reached yet; the one that begins last comes first.
    ahead: Vec<AbortedTransaction>,
    /// Transactions in progress, by producer, and whether a batch of each was found.
    aborted: BTreeMap<i64, (AbortedTransaction, bool)>,
    /// Producers with a batch of a committed transaction whose marker was not found yet.
    committed: BTreeSet<i64>,
}

/// What a marker means for the records of its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// No record is left: the marker may be removed when its delete horizon has passed.
    WithoutRecords,
    /// The marker is kept. An entry belongs into the transaction index of the new segment.
    WithRecords(Option<AbortedTransaction>),
}

impl Transactions {
    pub(super) fn new(mut aborted: Vec<AbortedTransaction>) -> Transactions {
        aborted.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        Transactions {
            ahead: aborted,
            aborted: BTreeMap::new(),
            committed: BTreeSet::new(),
        }
    }

    /// Adds a batch of a producer. Returns whether it belongs to an aborted transaction.
    pub(super) fn on_batch(&mut self, header: &RecordBatchHeader) -> bool {
        if !header.is_transactional() {
            return false;
        }
        self.start_up_to(header.last_offset());
        match self.aborted.get_mut(&header.producer_id) {
            // An entry whose marker lies before this batch is not about it.
            Some((entry, met)) if entry.last_offset > header.base_offset => {
                *met = true;
                true
            }
            _ => {
                self.committed.insert(header.producer_id);
                false
            }
        }
    }

    /// Adds a control batch that ends a transaction.
    pub(super) fn on_marker(
        &mut self,
        header: &RecordBatchHeader,
        marker: &EndTransactionMarker,
    ) -> Marker {
        self.start_up_to(header.last_offset());
        if marker.committed {
            return if self.committed.remove(&header.producer_id) {
                Marker::WithRecords(None)
            } else {
                Marker::WithoutRecords
            };
        }
        match self.aborted.remove(&header.producer_id) {
            Some((entry, true)) => Marker::WithRecords(Some(entry)),
            // No index lists these records as aborted, so they count as committed.
            _ if self.committed.remove(&header.producer_id) => Marker::WithRecords(None),
            _ => Marker::WithoutRecords,
        }
    }

    /// Moves the aborted transactions that begin at or before `offset` from `ahead` to `aborted`.
    fn start_up_to(&mut self, offset: i64) {
        while let Some(next) = self.ahead.pop_if(|next| next.first_offset <= offset) {
            self.aborted.insert(next.producer_id, (next, false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::record_batch::{BatchBuilder, Compression};

    fn data(producer: i64, offset: i64) -> RecordBatchHeader {
        let mut builder = BatchBuilder::new(Compression::None)
            .base_offset(offset)
            .producer(producer, 0, 0)
            .transactional();
        builder.append(0, Some(b"k"), Some(b"v"), &[]);
        RecordBatchHeader::parse(&builder.build()).unwrap()
    }

    fn end(transactions: &mut Transactions, producer: i64, offset: i64, committed: bool) -> Marker {
        let marker = EndTransactionMarker {
            committed,
            coordinator_epoch: 0,
        };
        let mut header = data(producer, offset);
        header.set_control();
        transactions.on_marker(&header, &marker)
    }

    fn aborted(producer_id: i64, first_offset: i64, last_offset: i64) -> AbortedTransaction {
        AbortedTransaction {
            producer_id,
            first_offset,
            last_offset,
            last_stable_offset: last_offset + 1,
        }
    }

    #[test]
    fn batches_of_different_producers_and_offsets_are_distinguished() {
        let entry = aborted(1, 10, 20);
        let mut transactions = Transactions::new(vec![entry]);
        assert!(!transactions.on_batch(&data(1, 5)));
        assert_eq!(
            end(&mut transactions, 1, 6, true),
            Marker::WithRecords(None)
        );
        assert!(transactions.on_batch(&data(1, 10)));
        assert!(!transactions.on_batch(&data(2, 11)));
        let kept = end(&mut transactions, 1, 20, false);
        assert_eq!(kept, Marker::WithRecords(Some(entry)));
        assert!(!transactions.on_batch(&data(1, 21)));
        assert_eq!(
            end(&mut transactions, 2, 22, true),
            Marker::WithRecords(None)
        );
        assert_eq!(
            end(&mut transactions, 1, 23, true),
            Marker::WithRecords(None)
        );
    }

    #[test]
    fn a_marker_without_records_may_be_removed() {
        let mut transactions = Transactions::new(vec![aborted(1, 10, 20)]);
        assert_eq!(end(&mut transactions, 1, 20, false), Marker::WithoutRecords);
        assert_eq!(end(&mut transactions, 2, 21, true), Marker::WithoutRecords);
        assert_eq!(end(&mut transactions, 3, 22, false), Marker::WithoutRecords);
    }

    #[test]
    fn a_marker_stays_if_the_index_has_lost_its_transaction() {
        let mut transactions = Transactions::new(Vec::new());
        assert!(!transactions.on_batch(&data(1, 10)));
        let kept = end(&mut transactions, 1, 11, false);
        assert_eq!(kept, Marker::WithRecords(None));
    }

    #[test]
    fn an_entry_whose_marker_was_removed_affects_no_later_batch() {
        let mut transactions = Transactions::new(vec![aborted(1, 10, 20)]);
        assert!(!transactions.on_batch(&data(1, 30)));
        assert_eq!(
            end(&mut transactions, 1, 31, true),
            Marker::WithRecords(None)
        );
    }
}
