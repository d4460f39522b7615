//! The metadata quorum: which node may write the metadata log, and up to which offset the log is
//! committed.
//!
//! A quorum of one voter: this node elects itself at start, in a new epoch, and what it has synced is
//! committed. Elections between several nodes (KIP-595) will be added to this state machine.
//!
//! Does not write: it returns the records to write, and the caller reports which are written and synced.

use bytes::Bytes;
use wire::messages::leader_change_message::{LeaderChangeMessage, Voter};
use wire::{Encoder, Message, Uuid};

/// Kafka's id of the control record that begins an epoch.
const LEADER_CHANGE_TYPE: i16 = 2;
/// Version of that record's key.
const CONTROL_KEY_VERSION: i16 = 0;
/// Version of the leader change message without directory ids of voters.
const LEADER_CHANGE_VERSION: i16 = 0;

/// The state of the metadata log when a node starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFacts {
    /// Leader epoch of its last batch; `None` if it is empty.
    pub last_epoch: Option<i32>,
    /// Offset after its last record. The log was synced when it was opened.
    pub end_offset: i64,
}

/// The control record that must be the first of an epoch, alone in a control batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRecord {
    /// Leader epoch of the batch.
    pub epoch: i32,
    /// Key of the record.
    pub key: Bytes,
    /// Value of the record.
    pub value: Bytes,
}

/// A metadata quorum whose only voter is this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumOfOne {
    node_id: i32,
    epoch: i32,
    end_offset: i64,
    high_watermark: i64,
}

impl QuorumOfOne {
    /// Becomes the leader of a new epoch, which begins with the returned record.
    ///
    /// The epoch is one more than the last epoch of the log. If a crash has lost the first batch of an
    /// epoch, the epoch is used again. That is safe, because nothing is visible before it is synced.
    pub fn elect(node_id: i32, log: LogFacts) -> (QuorumOfOne, ControlRecord) {
        let epoch = log.last_epoch.map_or(1, |last| last + 1);
        let quorum = QuorumOfOne {
            node_id,
            epoch,
            end_offset: log.end_offset,
            high_watermark: log.end_offset,
        };
        let record = leader_change(node_id, epoch);
        (quorum, record)
    }

    /// Id of the leader.
    pub fn leader_id(&self) -> i32 {
        self.node_id
    }

    /// Epoch of the leader.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Offset below which the log is committed.
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// Notes that the log was appended to and now ends at `end_offset`.
    pub fn appended(&mut self, end_offset: i64) {
        assert!(end_offset >= self.end_offset, "a leader's log only grows");
        self.end_offset = end_offset;
    }

    /// Notes that the log is synced up to `offset`. Returns the high watermark if it has moved.
    pub fn synced(&mut self, offset: i64) -> Option<i64> {
        assert!(
            offset <= self.end_offset,
            "nothing is synced before it is appended"
        );
        if offset <= self.high_watermark {
            return None;
        }
        self.high_watermark = offset;
        Some(offset)
    }
}

fn leader_change(node_id: i32, epoch: i32) -> ControlRecord {
    let this_node = || {
        vec![Voter {
            voter_id: node_id,
            voter_directory_id: Uuid::ZERO,
        }]
    };
    let message = LeaderChangeMessage {
        version: LEADER_CHANGE_VERSION,
        leader_id: node_id,
        voters: this_node(),
        granting_voters: this_node(),
    };
    let mut key = Encoder::new();
    key.i16(CONTROL_KEY_VERSION);
    key.i16(LEADER_CHANGE_TYPE);
    let mut value = Encoder::new();
    message
        .encode(&mut value, LEADER_CHANGE_VERSION)
        .expect("every field fits version 0");
    ControlRecord {
        epoch,
        key: key.finish(),
        value: value.finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_start_begins_a_new_epoch() {
        let (quorum, record) = QuorumOfOne::elect(
            1,
            LogFacts {
                last_epoch: None,
                end_offset: 0,
            },
        );
        assert_eq!((quorum.epoch(), record.epoch), (1, 1));
        let (quorum, record) = QuorumOfOne::elect(
            1,
            LogFacts {
                last_epoch: Some(1),
                end_offset: 7,
            },
        );
        assert_eq!((quorum.epoch(), record.epoch), (2, 2));
        assert_eq!(quorum.high_watermark(), 7);
    }

    #[test]
    fn the_high_watermark_is_the_synced_offset() {
        let (mut quorum, _) = QuorumOfOne::elect(
            1,
            LogFacts {
                last_epoch: None,
                end_offset: 0,
            },
        );
        quorum.appended(3);
        assert_eq!(quorum.high_watermark(), 0);
        assert_eq!(quorum.synced(2), Some(2));
        assert_eq!(quorum.synced(1), None);
        assert_eq!(quorum.synced(3), Some(3));
    }

    #[test]
    fn an_epoch_begins_with_the_record_kafka_writes() {
        let (_, record) = QuorumOfOne::elect(
            1,
            LogFacts {
                last_epoch: None,
                end_offset: 0,
            },
        );
        assert_eq!(record.key, vec![0, 0, 0, 2]);
        // Version 0, leader 1, one voter, one granting voter, no tagged fields.
        assert_eq!(
            record.value,
            vec![0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0]
        );
    }
}
