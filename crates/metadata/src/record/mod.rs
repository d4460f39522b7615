//! Records of the metadata log: the version that is written of each, and Kafka's names.
//!
//! `wire` reads and writes the bytes. This module chooses the version of each record for a log of
//! metadata version [`METADATA_VERSION`].

use bytes::Bytes;
use wire::records::metadata::MetadataRecord;
use wire::{DecodeError, EncodeError};

/// The `metadata.version` of the records that are written: Kafka's `4.3-IV0`.
pub const METADATA_VERSION: i16 = 30;

/// Decodes one record of the metadata log.
pub fn decode(value: Bytes) -> Result<MetadataRecord, DecodeError> {
    MetadataRecord::decode(value).map(|(record, _version)| record)
}

/// Encodes one record for the metadata log.
pub fn encode(record: &MetadataRecord) -> Result<Bytes, EncodeError> {
    record.encode(version_written(record))
}

/// The version of this record at [`METADATA_VERSION`].
fn version_written(record: &MetadataRecord) -> i16 {
    match record {
        MetadataRecord::RegisterBroker(_) => 4,
        MetadataRecord::BrokerRegistrationChange(_) => 3,
        MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => 2,
        _ => 0,
    }
}

/// Kafka's name of the record's type.
pub fn name(record: &MetadataRecord) -> &'static str {
    match record {
        MetadataRecord::RegisterBroker(_) => "RegisterBrokerRecord",
        MetadataRecord::UnregisterBroker(_) => "UnregisterBrokerRecord",
        MetadataRecord::Topic(_) => "TopicRecord",
        MetadataRecord::Partition(_) => "PartitionRecord",
        MetadataRecord::Config(_) => "ConfigRecord",
        MetadataRecord::PartitionChange(_) => "PartitionChangeRecord",
        MetadataRecord::FenceBroker(_) => "FenceBrokerRecord",
        MetadataRecord::UnfenceBroker(_) => "UnfenceBrokerRecord",
        MetadataRecord::RemoveTopic(_) => "RemoveTopicRecord",
        MetadataRecord::DelegationToken(_) => "DelegationTokenRecord",
        MetadataRecord::UserScramCredential(_) => "UserScramCredentialRecord",
        MetadataRecord::FeatureLevel(_) => "FeatureLevelRecord",
        MetadataRecord::ClientQuota(_) => "ClientQuotaRecord",
        MetadataRecord::ProducerIds(_) => "ProducerIdsRecord",
        MetadataRecord::BrokerRegistrationChange(_) => "BrokerRegistrationChangeRecord",
        MetadataRecord::AccessControlEntry(_) => "AccessControlEntryRecord",
        MetadataRecord::RemoveAccessControlEntry(_) => "RemoveAccessControlEntryRecord",
        MetadataRecord::NoOp(_) => "NoOpRecord",
        MetadataRecord::ZkMigrationState(_) => "ZkMigrationStateRecord",
        MetadataRecord::RemoveUserScramCredential(_) => "RemoveUserScramCredentialRecord",
        MetadataRecord::BeginTransaction(_) => "BeginTransactionRecord",
        MetadataRecord::EndTransaction(_) => "EndTransactionRecord",
        MetadataRecord::AbortTransaction(_) => "AbortTransactionRecord",
        MetadataRecord::RemoveDelegationToken(_) => "RemoveDelegationTokenRecord",
        MetadataRecord::RegisterController(_) => "RegisterControllerRecord",
        MetadataRecord::ClearElr(_) => "ClearElrRecord",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Uuid;
    use wire::records::metadata::{PartitionRecord, TopicRecord};

    #[test]
    fn a_topic_record_has_the_bytes_that_kafka_writes() {
        let id = Uuid([7; 16]);
        let record = MetadataRecord::Topic(TopicRecord {
            name: "foo".into(),
            topic_id: id,
        });
        let bytes = encode(&record).expect("fits version 0");
        // Frame version 1, type 2, version 0; compact string of 3; id; no tagged fields.
        let mut expected = vec![1, 2, 0, 4, b'f', b'o', b'o'];
        expected.extend_from_slice(&[7; 16]);
        expected.push(0);
        assert_eq!(bytes, expected);
        assert_eq!(decode(bytes).expect("just written"), record);
    }

    #[test]
    fn a_partition_keeps_its_directories() {
        let record = MetadataRecord::Partition(PartitionRecord {
            partition_id: 3,
            replicas: vec![1],
            isr: vec![1],
            leader: 1,
            leader_epoch: 0,
            partition_epoch: 0,
            directories: vec![Uuid([9; 16])],
            ..PartitionRecord::default()
        });
        let bytes = encode(&record).expect("fits version 2");
        assert_eq!(decode(bytes).expect("just written"), record);
    }
}
