//! Control records about the metadata quorum: its feature level and its voters (KIP-853).
//!
//! Kafka keeps the voters in the metadata log if `kraft.version` is 1 or more, and reads them from the
//! newest snapshot. This broker does not use them, but Kafka could not start from a snapshot without
//! voters.

use bytes::Bytes;
use wire::record_batch::{ControlType, Record};

/// The newest control record of each type, as key and value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuorumRecords {
    kraft_version: Option<(Bytes, Bytes)>,
    voters: Option<(Bytes, Bytes)>,
}

impl QuorumRecords {
    /// Keeps a control record if it is about the quorum. Returns whether it is.
    pub(crate) fn add(&mut self, record: &Record) -> bool {
        let slot = match ControlType::of(record) {
            Some(ControlType::KRaftVersion) => &mut self.kraft_version,
            Some(ControlType::KRaftVoters) => &mut self.voters,
            _ => return false,
        };
        // Copied, so that the bytes of the batch are not kept.
        let copy = |bytes: &Option<Bytes>| Bytes::copy_from_slice(bytes.as_deref().unwrap_or(&[]));
        *slot = Some((copy(&record.key), copy(&record.value)));
        true
    }

    /// Keys and values, in the order in which Kafka writes them into a snapshot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Bytes, Bytes)> {
        self.kraft_version.iter().chain(&self.voters)
    }
}
