//! The state of the active controller: the committed image, and the changes decided after it.
//!
//! A request is decided against the *speculative* image, which contains every change decided so
//! far, so that the next decision need not wait until the log has committed the previous one
//! (Kafka's `QuorumController` does the same). If the log fails, the changes that were not
//! committed are dropped and the speculative image becomes the committed one again.
//!
//! Does not append: it says at which offset a change ends, and learns what was committed.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::{MetadataImage, MetadataRecord, ReplayError};

/// The committed image, and the changes that the active controller has decided after it.
#[derive(Debug)]
pub struct PendingChanges {
    committed: Arc<MetadataImage>,
    /// The image after each change that is not committed, oldest first.
    pending: VecDeque<Arc<MetadataImage>>,
    /// Leader epoch of the changes.
    epoch: i32,
}

impl PendingChanges {
    /// Starts with a committed image and the epoch this controller leads in.
    pub fn new(committed: &MetadataImage, epoch: i32) -> PendingChanges {
        PendingChanges {
            committed: Arc::new(committed.clone()),
            pending: VecDeque::new(),
            epoch,
        }
    }

    /// The image after every committed change.
    pub fn committed(&self) -> &Arc<MetadataImage> {
        &self.committed
    }

    /// The image after every change decided so far.
    pub fn speculative(&self) -> &Arc<MetadataImage> {
        self.pending.back().unwrap_or(&self.committed)
    }

    /// Adds a change and returns the offset of its last record. The records take the offsets after
    /// those of the previous change.
    ///
    /// # Errors
    /// The first record that cannot follow; nothing is added.
    pub fn add(&mut self, records: &[MetadataRecord]) -> Result<i64, ReplayError> {
        let before = self.speculative();
        let last_offset = before.last_offset() + records.len() as i64;
        let after = before.apply(records, last_offset, self.epoch)?;
        self.pending.push_back(Arc::new(after));
        Ok(last_offset)
    }

    /// Moves the committed image to `offset`, the last committed one, and returns the image.
    pub fn commit(&mut self, offset: i64) -> &Arc<MetadataImage> {
        while let Some(image) = self
            .pending
            .pop_front_if(|image| image.last_offset() <= offset)
        {
            self.committed = image;
        }
        &self.committed
    }

    /// Drops every change that is not committed.
    pub fn revert(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::producer_ids::allocate;
    use crate::testing::Cluster;

    /// A controller with one broker, and a function that allocates producer ids from it.
    fn state() -> (PendingChanges, impl Fn(&mut PendingChanges) -> (i64, i64)) {
        let cluster = Cluster::of_brokers(&[1]);
        let epoch = cluster.image.cluster().brokers()[&1].epoch;
        let state = PendingChanges::new(&cluster.image, 7);
        let change = move |state: &mut PendingChanges| {
            let outcome = allocate(state.speculative(), 1, epoch).expect("registered");
            let last_offset = state.add(&outcome.records).expect("decided for it");
            (outcome.response.first_producer_id, last_offset)
        };
        (state, change)
    }

    #[test]
    fn the_next_change_is_decided_before_the_previous_is_committed() {
        let (mut state, change) = state();
        let start = state.committed().last_offset();
        assert_eq!(change(&mut state), (0, start + 1));
        assert_eq!(change(&mut state), (1000, start + 2));
        assert_eq!(change(&mut state), (2000, start + 3));
        assert_eq!(state.committed().producer_ids().next_producer_id, 0);

        // Several changes may be committed at once.
        let committed = state.commit(start + 2);
        assert_eq!(committed.producer_ids().next_producer_id, 2000);
        assert_eq!((committed.last_offset(), committed.epoch()), (start + 2, 7));
        assert_eq!(state.speculative().producer_ids().next_producer_id, 3000);
        state.commit(start + 3);
        assert_eq!(state.speculative(), state.committed());
    }

    #[test]
    fn changes_that_were_not_committed_are_dropped_when_the_log_fails() {
        let (mut state, change) = state();
        let start = state.committed().last_offset();
        change(&mut state);
        change(&mut state);
        state.commit(start + 1);
        state.revert();
        assert_eq!(state.speculative().producer_ids().next_producer_id, 1000);
        // Offset and ids of the dropped change are used again: nobody has seen them.
        assert_eq!(change(&mut state), (1000, start + 2));
    }

    #[test]
    fn a_record_that_cannot_be_applied_adds_nothing() {
        let (mut state, change) = state();
        change(&mut state);
        let before = Arc::clone(state.speculative());
        let stale = before.producer_ids();
        let record = wire::records::metadata::ProducerIdsRecord {
            broker_id: 1,
            broker_epoch: stale.broker_epoch,
            next_producer_id: stale.next_producer_id,
        };
        let refused = state.add(&[MetadataRecord::ProducerIds(record)]);
        assert!(matches!(
            refused,
            Err(ReplayError::ProducerIdsGoBack { .. })
        ));
        assert_eq!(*state.speculative(), before);
    }
}
