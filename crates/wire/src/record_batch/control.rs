//! Control records: markers that the broker writes between the records of producers.

use bytes::Bytes;

use super::builder::BatchBuilder;
use super::compression::Compression;
use super::record::Record;

/// Type of a control record, from its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlType {
    /// The producer's open transaction is aborted.
    Abort,
    /// The producer's open transaction is committed.
    Commit,
    /// A leader of the metadata quorum was elected.
    LeaderChange,
    /// A snapshot begins.
    SnapshotHeader,
    /// A snapshot ends.
    SnapshotFooter,
    /// The feature level of the metadata quorum.
    KRaftVersion,
    /// The voters of the metadata quorum.
    KRaftVoters,
    /// An unknown type; readers skip it.
    Unknown(i16),
}

impl ControlType {
    /// Reads the type from a control record's key: version and type, 16 bits each.
    ///
    /// `None` if the key is missing, short, or of a negative version.
    pub fn of(record: &Record) -> Option<ControlType> {
        let key = record.key.as_ref()?.first_chunk::<4>()?;
        if i16::from_be_bytes([key[0], key[1]]) < 0 {
            return None;
        }
        Some(match i16::from_be_bytes([key[2], key[3]]) {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            2 => ControlType::LeaderChange,
            3 => ControlType::SnapshotHeader,
            4 => ControlType::SnapshotFooter,
            5 => ControlType::KRaftVersion,
            6 => ControlType::KRaftVoters,
            other => ControlType::Unknown(other),
        })
    }
}

/// The marker that ends a transaction of a producer on one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// Whether the transaction is committed. Otherwise it is aborted.
    pub committed: bool,
    /// Epoch of the transaction coordinator that decided. A lower epoch than the last one is
    /// refused.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// Reads a marker from a control record; `None` if it is another kind of control record.
    pub fn of(record: &Record) -> Option<EndTransactionMarker> {
        let committed = match ControlType::of(record)? {
            ControlType::Commit => true,
            ControlType::Abort => false,
            _ => return None,
        };
        let value = record.value.as_ref()?.first_chunk::<6>()?;
        let coordinator_epoch = i32::from_be_bytes([value[2], value[3], value[4], value[5]]);
        Some(EndTransactionMarker {
            committed,
            coordinator_epoch,
        })
    }

    /// The marker as a control batch of its own, at offset 0.
    pub fn to_batch(self, producer_id: i64, producer_epoch: i16, timestamp_ms: i64) -> Bytes {
        let key = [0, 0, 0, u8::from(self.committed)];
        let mut value = [0; 6];
        value[2..].copy_from_slice(&self.coordinator_epoch.to_be_bytes());
        let mut batch = BatchBuilder::new(Compression::None)
            .producer(producer_id, producer_epoch, super::NO_SEQUENCE)
            .transactional()
            .control();
        batch.append(timestamp_ms, Some(&key), Some(&value), &[]);
        batch.build()
    }
}
