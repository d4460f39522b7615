//! Producer ids: the blocks allocated to brokers so far.

use wire::records::metadata::ProducerIdsRecord;

use super::ReplayError;

/// The allocated producer ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdsImage {
    /// First id that is not allocated.
    pub next_producer_id: i64,
    /// Id of the broker that got the last block; −1 if there is none.
    pub broker_id: i32,
    /// Broker epoch of that broker at that time.
    pub broker_epoch: i64,
}

impl Default for ProducerIdsImage {
    fn default() -> Self {
        ProducerIdsImage {
            next_producer_id: 0,
            broker_id: -1,
            broker_epoch: -1,
        }
    }
}

impl ProducerIdsImage {
    pub(super) fn replay(&mut self, record: &ProducerIdsRecord) -> Result<(), ReplayError> {
        if record.next_producer_id <= self.next_producer_id {
            return Err(ReplayError::ProducerIdsGoBack {
                next: self.next_producer_id,
                record: record.next_producer_id,
            });
        }
        *self = ProducerIdsImage {
            next_producer_id: record.next_producer_id,
            broker_id: record.broker_id,
            broker_epoch: record.broker_epoch,
        };
        Ok(())
    }
}
