// Made by `cargo xtask generate` from Kafka 4.3.1. Do not edit.

//! The records of `__cluster_metadata`.

#![allow(missing_docs)]

pub mod abort_transaction_record;
pub mod access_control_entry_record;
pub mod begin_transaction_record;
pub mod broker_registration_change_record;
pub mod clear_elr_record;
pub mod client_quota_record;
pub mod config_record;
pub mod delegation_token_record;
pub mod end_transaction_record;
pub mod feature_level_record;
pub mod fence_broker_record;
pub mod no_op_record;
pub mod partition_change_record;
pub mod partition_record;
pub mod producer_ids_record;
pub mod register_broker_record;
pub mod register_controller_record;
pub mod remove_access_control_entry_record;
pub mod remove_delegation_token_record;
pub mod remove_topic_record;
pub mod remove_user_scram_credential_record;
pub mod topic_record;
pub mod unfence_broker_record;
pub mod unregister_broker_record;
pub mod user_scram_credential_record;
pub mod zk_migration_state_record;

pub use abort_transaction_record::AbortTransactionRecord;
pub use access_control_entry_record::AccessControlEntryRecord;
pub use begin_transaction_record::BeginTransactionRecord;
pub use broker_registration_change_record::BrokerRegistrationChangeRecord;
pub use clear_elr_record::ClearElrRecord;
pub use client_quota_record::ClientQuotaRecord;
pub use config_record::ConfigRecord;
pub use delegation_token_record::DelegationTokenRecord;
pub use end_transaction_record::EndTransactionRecord;
pub use feature_level_record::FeatureLevelRecord;
pub use fence_broker_record::FenceBrokerRecord;
pub use no_op_record::NoOpRecord;
pub use partition_change_record::PartitionChangeRecord;
pub use partition_record::PartitionRecord;
pub use producer_ids_record::ProducerIdsRecord;
pub use register_broker_record::RegisterBrokerRecord;
pub use register_controller_record::RegisterControllerRecord;
pub use remove_access_control_entry_record::RemoveAccessControlEntryRecord;
pub use remove_delegation_token_record::RemoveDelegationTokenRecord;
pub use remove_topic_record::RemoveTopicRecord;
pub use remove_user_scram_credential_record::RemoveUserScramCredentialRecord;
pub use topic_record::TopicRecord;
pub use unfence_broker_record::UnfenceBrokerRecord;
pub use unregister_broker_record::UnregisterBrokerRecord;
pub use user_scram_credential_record::UserScramCredentialRecord;
pub use zk_migration_state_record::ZkMigrationStateRecord;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::message::Message;
use crate::records::frame;

/// A fact about the cluster.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", content = "data")
)]
pub enum MetadataRecord {
    RegisterBroker(RegisterBrokerRecord),
    UnregisterBroker(UnregisterBrokerRecord),
    Topic(TopicRecord),
    Partition(PartitionRecord),
    Config(ConfigRecord),
    PartitionChange(PartitionChangeRecord),
    FenceBroker(FenceBrokerRecord),
    UnfenceBroker(UnfenceBrokerRecord),
    RemoveTopic(RemoveTopicRecord),
    DelegationToken(DelegationTokenRecord),
    UserScramCredential(UserScramCredentialRecord),
    FeatureLevel(FeatureLevelRecord),
    ClientQuota(ClientQuotaRecord),
    ProducerIds(ProducerIdsRecord),
    BrokerRegistrationChange(BrokerRegistrationChangeRecord),
    AccessControlEntry(AccessControlEntryRecord),
    RemoveAccessControlEntry(RemoveAccessControlEntryRecord),
    NoOp(NoOpRecord),
    ZkMigrationState(ZkMigrationStateRecord),
    RemoveUserScramCredential(RemoveUserScramCredentialRecord),
    BeginTransaction(BeginTransactionRecord),
    EndTransaction(EndTransactionRecord),
    AbortTransaction(AbortTransactionRecord),
    RemoveDelegationToken(RemoveDelegationTokenRecord),
    RegisterController(RegisterControllerRecord),
    ClearElr(ClearElrRecord),
}

impl MetadataRecord {
    /// The number of this type of record.
    pub fn type_code(&self) -> i16 {
        match self {
            MetadataRecord::RegisterBroker(_) => 0,
            MetadataRecord::UnregisterBroker(_) => 1,
            MetadataRecord::Topic(_) => 2,
            MetadataRecord::Partition(_) => 3,
            MetadataRecord::Config(_) => 4,
            MetadataRecord::PartitionChange(_) => 5,
            MetadataRecord::FenceBroker(_) => 7,
            MetadataRecord::UnfenceBroker(_) => 8,
            MetadataRecord::RemoveTopic(_) => 9,
            MetadataRecord::DelegationToken(_) => 10,
            MetadataRecord::UserScramCredential(_) => 11,
            MetadataRecord::FeatureLevel(_) => 12,
            MetadataRecord::ClientQuota(_) => 14,
            MetadataRecord::ProducerIds(_) => 15,
            MetadataRecord::BrokerRegistrationChange(_) => 17,
            MetadataRecord::AccessControlEntry(_) => 18,
            MetadataRecord::RemoveAccessControlEntry(_) => 19,
            MetadataRecord::NoOp(_) => 20,
            MetadataRecord::ZkMigrationState(_) => 21,
            MetadataRecord::RemoveUserScramCredential(_) => 22,
            MetadataRecord::BeginTransaction(_) => 23,
            MetadataRecord::EndTransaction(_) => 24,
            MetadataRecord::AbortTransaction(_) => 25,
            MetadataRecord::RemoveDelegationToken(_) => 26,
            MetadataRecord::RegisterController(_) => 27,
            MetadataRecord::ClearElr(_) => 28,
        }
    }

    /// Reads a record in its frame, and the version that it was written in.
    pub fn decode(bytes: Bytes) -> Result<(MetadataRecord, i16), DecodeError> {
        let d = &mut Decoder::for_frame(bytes);
        let frame::Frame { type_code, version } = frame::decode(d)?;
        let record = match type_code {
            0 => MetadataRecord::RegisterBroker(RegisterBrokerRecord::decode(d, version)?),
            1 => MetadataRecord::UnregisterBroker(UnregisterBrokerRecord::decode(d, version)?),
            2 => MetadataRecord::Topic(TopicRecord::decode(d, version)?),
            3 => MetadataRecord::Partition(PartitionRecord::decode(d, version)?),
            4 => MetadataRecord::Config(ConfigRecord::decode(d, version)?),
            5 => MetadataRecord::PartitionChange(PartitionChangeRecord::decode(d, version)?),
            7 => MetadataRecord::FenceBroker(FenceBrokerRecord::decode(d, version)?),
            8 => MetadataRecord::UnfenceBroker(UnfenceBrokerRecord::decode(d, version)?),
            9 => MetadataRecord::RemoveTopic(RemoveTopicRecord::decode(d, version)?),
            10 => MetadataRecord::DelegationToken(DelegationTokenRecord::decode(d, version)?),
            11 => {
                MetadataRecord::UserScramCredential(UserScramCredentialRecord::decode(d, version)?)
            }
            12 => MetadataRecord::FeatureLevel(FeatureLevelRecord::decode(d, version)?),
            14 => MetadataRecord::ClientQuota(ClientQuotaRecord::decode(d, version)?),
            15 => MetadataRecord::ProducerIds(ProducerIdsRecord::decode(d, version)?),
            17 => MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord::decode(
                d, version,
            )?),
            18 => MetadataRecord::AccessControlEntry(AccessControlEntryRecord::decode(d, version)?),
            19 => MetadataRecord::RemoveAccessControlEntry(RemoveAccessControlEntryRecord::decode(
                d, version,
            )?),
            20 => MetadataRecord::NoOp(NoOpRecord::decode(d, version)?),
            21 => MetadataRecord::ZkMigrationState(ZkMigrationStateRecord::decode(d, version)?),
            22 => MetadataRecord::RemoveUserScramCredential(
                RemoveUserScramCredentialRecord::decode(d, version)?,
            ),
            23 => MetadataRecord::BeginTransaction(BeginTransactionRecord::decode(d, version)?),
            24 => MetadataRecord::EndTransaction(EndTransactionRecord::decode(d, version)?),
            25 => MetadataRecord::AbortTransaction(AbortTransactionRecord::decode(d, version)?),
            26 => MetadataRecord::RemoveDelegationToken(RemoveDelegationTokenRecord::decode(
                d, version,
            )?),
            27 => MetadataRecord::RegisterController(RegisterControllerRecord::decode(d, version)?),
            28 => MetadataRecord::ClearElr(ClearElrRecord::decode(d, version)?),
            _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
        };
        d.finish()?;
        Ok((record, version))
    }

    /// Writes the record in `version`, with its frame.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        let e = &mut encoder;
        frame::encode(
            e,
            frame::Frame {
                type_code: self.type_code(),
                version,
            },
        );
        match self {
            MetadataRecord::RegisterBroker(record) => record.encode(e, version)?,
            MetadataRecord::UnregisterBroker(record) => record.encode(e, version)?,
            MetadataRecord::Topic(record) => record.encode(e, version)?,
            MetadataRecord::Partition(record) => record.encode(e, version)?,
            MetadataRecord::Config(record) => record.encode(e, version)?,
            MetadataRecord::PartitionChange(record) => record.encode(e, version)?,
            MetadataRecord::FenceBroker(record) => record.encode(e, version)?,
            MetadataRecord::UnfenceBroker(record) => record.encode(e, version)?,
            MetadataRecord::RemoveTopic(record) => record.encode(e, version)?,
            MetadataRecord::DelegationToken(record) => record.encode(e, version)?,
            MetadataRecord::UserScramCredential(record) => record.encode(e, version)?,
            MetadataRecord::FeatureLevel(record) => record.encode(e, version)?,
            MetadataRecord::ClientQuota(record) => record.encode(e, version)?,
            MetadataRecord::ProducerIds(record) => record.encode(e, version)?,
            MetadataRecord::BrokerRegistrationChange(record) => record.encode(e, version)?,
            MetadataRecord::AccessControlEntry(record) => record.encode(e, version)?,
            MetadataRecord::RemoveAccessControlEntry(record) => record.encode(e, version)?,
            MetadataRecord::NoOp(record) => record.encode(e, version)?,
            MetadataRecord::ZkMigrationState(record) => record.encode(e, version)?,
            MetadataRecord::RemoveUserScramCredential(record) => record.encode(e, version)?,
            MetadataRecord::BeginTransaction(record) => record.encode(e, version)?,
            MetadataRecord::EndTransaction(record) => record.encode(e, version)?,
            MetadataRecord::AbortTransaction(record) => record.encode(e, version)?,
            MetadataRecord::RemoveDelegationToken(record) => record.encode(e, version)?,
            MetadataRecord::RegisterController(record) => record.encode(e, version)?,
            MetadataRecord::ClearElr(record) => record.encode(e, version)?,
        }
        Ok(encoder.finish())
    }
}
