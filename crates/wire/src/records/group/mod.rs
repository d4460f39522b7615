// Made by `cargo xtask generate` from Kafka 4.3.1. Do not edit.

//! The records of `__consumer_offsets`.

#![allow(missing_docs)]

pub mod consumer_group_current_member_assignment_key;
pub mod consumer_group_current_member_assignment_value;
pub mod consumer_group_member_metadata_key;
pub mod consumer_group_member_metadata_value;
pub mod consumer_group_metadata_key;
pub mod consumer_group_metadata_value;
pub mod consumer_group_partition_metadata_key;
pub mod consumer_group_partition_metadata_value;
pub mod consumer_group_regular_expression_key;
pub mod consumer_group_regular_expression_value;
pub mod consumer_group_target_assignment_member_key;
pub mod consumer_group_target_assignment_member_value;
pub mod consumer_group_target_assignment_metadata_key;
pub mod consumer_group_target_assignment_metadata_value;
pub mod group_metadata_key;
pub mod group_metadata_value;
pub mod legacy_offset_commit_key;
pub mod legacy_offset_commit_value;
pub mod offset_commit_key;
pub mod offset_commit_value;
pub mod share_group_current_member_assignment_key;
pub mod share_group_current_member_assignment_value;
pub mod share_group_member_metadata_key;
pub mod share_group_member_metadata_value;
pub mod share_group_metadata_key;
pub mod share_group_metadata_value;
pub mod share_group_state_partition_metadata_key;
pub mod share_group_state_partition_metadata_value;
pub mod share_group_target_assignment_member_key;
pub mod share_group_target_assignment_member_value;
pub mod share_group_target_assignment_metadata_key;
pub mod share_group_target_assignment_metadata_value;
pub mod streams_group_current_member_assignment_key;
pub mod streams_group_current_member_assignment_value;
pub mod streams_group_member_metadata_key;
pub mod streams_group_member_metadata_value;
pub mod streams_group_metadata_key;
pub mod streams_group_metadata_value;
pub mod streams_group_target_assignment_member_key;
pub mod streams_group_target_assignment_member_value;
pub mod streams_group_target_assignment_metadata_key;
pub mod streams_group_target_assignment_metadata_value;
pub mod streams_group_topology_key;
pub mod streams_group_topology_value;

pub use consumer_group_current_member_assignment_key::ConsumerGroupCurrentMemberAssignmentKey;
pub use consumer_group_current_member_assignment_value::ConsumerGroupCurrentMemberAssignmentValue;
pub use consumer_group_member_metadata_key::ConsumerGroupMemberMetadataKey;
pub use consumer_group_member_metadata_value::ConsumerGroupMemberMetadataValue;
pub use consumer_group_metadata_key::ConsumerGroupMetadataKey;
pub use consumer_group_metadata_value::ConsumerGroupMetadataValue;
pub use consumer_group_partition_metadata_key::ConsumerGroupPartitionMetadataKey;
pub use consumer_group_partition_metadata_value::ConsumerGroupPartitionMetadataValue;
pub use consumer_group_regular_expression_key::ConsumerGroupRegularExpressionKey;
pub use consumer_group_regular_expression_value::ConsumerGroupRegularExpressionValue;
pub use consumer_group_target_assignment_member_key::ConsumerGroupTargetAssignmentMemberKey;
pub use consumer_group_target_assignment_member_value::ConsumerGroupTargetAssignmentMemberValue;
pub use consumer_group_target_assignment_metadata_key::ConsumerGroupTargetAssignmentMetadataKey;
pub use consumer_group_target_assignment_metadata_value::ConsumerGroupTargetAssignmentMetadataValue;
pub use group_metadata_key::GroupMetadataKey;
pub use group_metadata_value::GroupMetadataValue;
pub use legacy_offset_commit_key::LegacyOffsetCommitKey;
pub use legacy_offset_commit_value::LegacyOffsetCommitValue;
pub use offset_commit_key::OffsetCommitKey;
pub use offset_commit_value::OffsetCommitValue;
pub use share_group_current_member_assignment_key::ShareGroupCurrentMemberAssignmentKey;
pub use share_group_current_member_assignment_value::ShareGroupCurrentMemberAssignmentValue;
pub use share_group_member_metadata_key::ShareGroupMemberMetadataKey;
pub use share_group_member_metadata_value::ShareGroupMemberMetadataValue;
pub use share_group_metadata_key::ShareGroupMetadataKey;
pub use share_group_metadata_value::ShareGroupMetadataValue;
pub use share_group_state_partition_metadata_key::ShareGroupStatePartitionMetadataKey;
pub use share_group_state_partition_metadata_value::ShareGroupStatePartitionMetadataValue;
pub use share_group_target_assignment_member_key::ShareGroupTargetAssignmentMemberKey;
pub use share_group_target_assignment_member_value::ShareGroupTargetAssignmentMemberValue;
pub use share_group_target_assignment_metadata_key::ShareGroupTargetAssignmentMetadataKey;
pub use share_group_target_assignment_metadata_value::ShareGroupTargetAssignmentMetadataValue;
pub use streams_group_current_member_assignment_key::StreamsGroupCurrentMemberAssignmentKey;
pub use streams_group_current_member_assignment_value::StreamsGroupCurrentMemberAssignmentValue;
pub use streams_group_member_metadata_key::StreamsGroupMemberMetadataKey;
pub use streams_group_member_metadata_value::StreamsGroupMemberMetadataValue;
pub use streams_group_metadata_key::StreamsGroupMetadataKey;
pub use streams_group_metadata_value::StreamsGroupMetadataValue;
pub use streams_group_target_assignment_member_key::StreamsGroupTargetAssignmentMemberKey;
pub use streams_group_target_assignment_member_value::StreamsGroupTargetAssignmentMemberValue;
pub use streams_group_target_assignment_metadata_key::StreamsGroupTargetAssignmentMetadataKey;
pub use streams_group_target_assignment_metadata_value::StreamsGroupTargetAssignmentMetadataValue;
pub use streams_group_topology_key::StreamsGroupTopologyKey;
pub use streams_group_topology_value::StreamsGroupTopologyValue;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::message::Message;

/// A record's key: what the record is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", content = "data")
)]
pub enum Key {
    LegacyOffsetCommit(LegacyOffsetCommitKey),
    OffsetCommit(OffsetCommitKey),
    GroupMetadata(GroupMetadataKey),
    ConsumerGroupMetadata(ConsumerGroupMetadataKey),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataKey),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataKey),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataKey),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberKey),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentKey),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataKey),
    ShareGroupMetadata(ShareGroupMetadataKey),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataKey),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberKey),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentKey),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataKey),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionKey),
    StreamsGroupMetadata(StreamsGroupMetadataKey),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataKey),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataKey),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberKey),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentKey),
    StreamsGroupTopology(StreamsGroupTopologyKey),
}

impl Key {
    /// The number of this type of record.
    pub fn type_code(&self) -> i16 {
        match self {
            Key::LegacyOffsetCommit(_) => 0,
            Key::OffsetCommit(_) => 1,
            Key::GroupMetadata(_) => 2,
            Key::ConsumerGroupMetadata(_) => 3,
            Key::ConsumerGroupPartitionMetadata(_) => 4,
            Key::ConsumerGroupMemberMetadata(_) => 5,
            Key::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            Key::ConsumerGroupTargetAssignmentMember(_) => 7,
            Key::ConsumerGroupCurrentMemberAssignment(_) => 8,
            Key::ShareGroupMemberMetadata(_) => 10,
            Key::ShareGroupMetadata(_) => 11,
            Key::ShareGroupTargetAssignmentMetadata(_) => 12,
            Key::ShareGroupTargetAssignmentMember(_) => 13,
            Key::ShareGroupCurrentMemberAssignment(_) => 14,
            Key::ShareGroupStatePartitionMetadata(_) => 15,
            Key::ConsumerGroupRegularExpression(_) => 16,
            Key::StreamsGroupMetadata(_) => 17,
            Key::StreamsGroupMemberMetadata(_) => 19,
            Key::StreamsGroupTargetAssignmentMetadata(_) => 20,
            Key::StreamsGroupTargetAssignmentMember(_) => 21,
            Key::StreamsGroupCurrentMemberAssignment(_) => 22,
            Key::StreamsGroupTopology(_) => 23,
        }
    }

    /// Reads a key: two bytes that say its type, then its fields.
    pub fn decode(bytes: Bytes) -> Result<Key, DecodeError> {
        let d = &mut Decoder::for_frame(bytes);
        d.enter("__consumer_offsets key");
        let type_code = d.i16()?;
        // Keys have one version, which is not written.
        let version = 0;
        let key = match type_code {
            0 => Key::LegacyOffsetCommit(LegacyOffsetCommitKey::decode(d, version)?),
            1 => Key::OffsetCommit(OffsetCommitKey::decode(d, version)?),
            2 => Key::GroupMetadata(GroupMetadataKey::decode(d, version)?),
            3 => Key::ConsumerGroupMetadata(ConsumerGroupMetadataKey::decode(d, version)?),
            4 => Key::ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataKey::decode(
                d, version,
            )?),
            5 => Key::ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataKey::decode(
                d, version,
            )?),
            6 => Key::ConsumerGroupTargetAssignmentMetadata(
                ConsumerGroupTargetAssignmentMetadataKey::decode(d, version)?,
            ),
            7 => Key::ConsumerGroupTargetAssignmentMember(
                ConsumerGroupTargetAssignmentMemberKey::decode(d, version)?,
            ),
            8 => Key::ConsumerGroupCurrentMemberAssignment(
                ConsumerGroupCurrentMemberAssignmentKey::decode(d, version)?,
            ),
            10 => Key::ShareGroupMemberMetadata(ShareGroupMemberMetadataKey::decode(d, version)?),
            11 => Key::ShareGroupMetadata(ShareGroupMetadataKey::decode(d, version)?),
            12 => Key::ShareGroupTargetAssignmentMetadata(
                ShareGroupTargetAssignmentMetadataKey::decode(d, version)?,
            ),
            13 => Key::ShareGroupTargetAssignmentMember(
                ShareGroupTargetAssignmentMemberKey::decode(d, version)?,
            ),
            14 => Key::ShareGroupCurrentMemberAssignment(
                ShareGroupCurrentMemberAssignmentKey::decode(d, version)?,
            ),
            15 => Key::ShareGroupStatePartitionMetadata(
                ShareGroupStatePartitionMetadataKey::decode(d, version)?,
            ),
            16 => Key::ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionKey::decode(
                d, version,
            )?),
            17 => Key::StreamsGroupMetadata(StreamsGroupMetadataKey::decode(d, version)?),
            19 => {
                Key::StreamsGroupMemberMetadata(StreamsGroupMemberMetadataKey::decode(d, version)?)
            }
            20 => Key::StreamsGroupTargetAssignmentMetadata(
                StreamsGroupTargetAssignmentMetadataKey::decode(d, version)?,
            ),
            21 => Key::StreamsGroupTargetAssignmentMember(
                StreamsGroupTargetAssignmentMemberKey::decode(d, version)?,
            ),
            22 => Key::StreamsGroupCurrentMemberAssignment(
                StreamsGroupCurrentMemberAssignmentKey::decode(d, version)?,
            ),
            23 => Key::StreamsGroupTopology(StreamsGroupTopologyKey::decode(d, version)?),
            _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
        };
        d.finish()?;
        Ok(key)
    }

    /// Writes the key with its type before it.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        let e = &mut encoder;
        let version = 0;
        e.i16(self.type_code());
        match self {
            Key::LegacyOffsetCommit(record) => record.encode(e, version)?,
            Key::OffsetCommit(record) => record.encode(e, version)?,
            Key::GroupMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupPartitionMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupMemberMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Key::ConsumerGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Key::ShareGroupMemberMetadata(record) => record.encode(e, version)?,
            Key::ShareGroupMetadata(record) => record.encode(e, version)?,
            Key::ShareGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Key::ShareGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Key::ShareGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Key::ShareGroupStatePartitionMetadata(record) => record.encode(e, version)?,
            Key::ConsumerGroupRegularExpression(record) => record.encode(e, version)?,
            Key::StreamsGroupMetadata(record) => record.encode(e, version)?,
            Key::StreamsGroupMemberMetadata(record) => record.encode(e, version)?,
            Key::StreamsGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Key::StreamsGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Key::StreamsGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Key::StreamsGroupTopology(record) => record.encode(e, version)?,
        }
        Ok(encoder.finish())
    }
}

/// A record's value. A record without one deletes what its key is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", content = "data")
)]
pub enum Value {
    LegacyOffsetCommit(LegacyOffsetCommitValue),
    OffsetCommit(OffsetCommitValue),
    GroupMetadata(GroupMetadataValue),
    ConsumerGroupMetadata(ConsumerGroupMetadataValue),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataValue),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataValue),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberValue),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentValue),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataValue),
    ShareGroupMetadata(ShareGroupMetadataValue),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataValue),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberValue),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentValue),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataValue),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionValue),
    StreamsGroupMetadata(StreamsGroupMetadataValue),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataValue),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataValue),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberValue),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentValue),
    StreamsGroupTopology(StreamsGroupTopologyValue),
}

impl Value {
    /// The number of this type of record.
    pub fn type_code(&self) -> i16 {
        match self {
            Value::LegacyOffsetCommit(_) => 0,
            Value::OffsetCommit(_) => 1,
            Value::GroupMetadata(_) => 2,
            Value::ConsumerGroupMetadata(_) => 3,
            Value::ConsumerGroupPartitionMetadata(_) => 4,
            Value::ConsumerGroupMemberMetadata(_) => 5,
            Value::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            Value::ConsumerGroupTargetAssignmentMember(_) => 7,
            Value::ConsumerGroupCurrentMemberAssignment(_) => 8,
            Value::ShareGroupMemberMetadata(_) => 10,
            Value::ShareGroupMetadata(_) => 11,
            Value::ShareGroupTargetAssignmentMetadata(_) => 12,
            Value::ShareGroupTargetAssignmentMember(_) => 13,
            Value::ShareGroupCurrentMemberAssignment(_) => 14,
            Value::ShareGroupStatePartitionMetadata(_) => 15,
            Value::ConsumerGroupRegularExpression(_) => 16,
            Value::StreamsGroupMetadata(_) => 17,
            Value::StreamsGroupMemberMetadata(_) => 19,
            Value::StreamsGroupTargetAssignmentMetadata(_) => 20,
            Value::StreamsGroupTargetAssignmentMember(_) => 21,
            Value::StreamsGroupCurrentMemberAssignment(_) => 22,
            Value::StreamsGroupTopology(_) => 23,
        }
    }

    /// Reads the value that belongs to a key of this type: two bytes of version, then its
    /// fields.
    pub fn decode(type_code: i16, bytes: Bytes) -> Result<Value, DecodeError> {
        let d = &mut Decoder::for_frame(bytes);
        d.enter("__consumer_offsets value");
        let version = d.i16()?;
        let value = match type_code {
            0 => Value::LegacyOffsetCommit(LegacyOffsetCommitValue::decode(d, version)?),
            1 => Value::OffsetCommit(OffsetCommitValue::decode(d, version)?),
            2 => Value::GroupMetadata(GroupMetadataValue::decode(d, version)?),
            3 => Value::ConsumerGroupMetadata(ConsumerGroupMetadataValue::decode(d, version)?),
            4 => Value::ConsumerGroupPartitionMetadata(
                ConsumerGroupPartitionMetadataValue::decode(d, version)?,
            ),
            5 => Value::ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue::decode(
                d, version,
            )?),
            6 => Value::ConsumerGroupTargetAssignmentMetadata(
                ConsumerGroupTargetAssignmentMetadataValue::decode(d, version)?,
            ),
            7 => Value::ConsumerGroupTargetAssignmentMember(
                ConsumerGroupTargetAssignmentMemberValue::decode(d, version)?,
            ),
            8 => Value::ConsumerGroupCurrentMemberAssignment(
                ConsumerGroupCurrentMemberAssignmentValue::decode(d, version)?,
            ),
            10 => {
                Value::ShareGroupMemberMetadata(ShareGroupMemberMetadataValue::decode(d, version)?)
            }
            11 => Value::ShareGroupMetadata(ShareGroupMetadataValue::decode(d, version)?),
            12 => Value::ShareGroupTargetAssignmentMetadata(
                ShareGroupTargetAssignmentMetadataValue::decode(d, version)?,
            ),
            13 => Value::ShareGroupTargetAssignmentMember(
                ShareGroupTargetAssignmentMemberValue::decode(d, version)?,
            ),
            14 => Value::ShareGroupCurrentMemberAssignment(
                ShareGroupCurrentMemberAssignmentValue::decode(d, version)?,
            ),
            15 => Value::ShareGroupStatePartitionMetadata(
                ShareGroupStatePartitionMetadataValue::decode(d, version)?,
            ),
            16 => Value::ConsumerGroupRegularExpression(
                ConsumerGroupRegularExpressionValue::decode(d, version)?,
            ),
            17 => Value::StreamsGroupMetadata(StreamsGroupMetadataValue::decode(d, version)?),
            19 => Value::StreamsGroupMemberMetadata(StreamsGroupMemberMetadataValue::decode(
                d, version,
            )?),
            20 => Value::StreamsGroupTargetAssignmentMetadata(
                StreamsGroupTargetAssignmentMetadataValue::decode(d, version)?,
            ),
            21 => Value::StreamsGroupTargetAssignmentMember(
                StreamsGroupTargetAssignmentMemberValue::decode(d, version)?,
            ),
            22 => Value::StreamsGroupCurrentMemberAssignment(
                StreamsGroupCurrentMemberAssignmentValue::decode(d, version)?,
            ),
            23 => Value::StreamsGroupTopology(StreamsGroupTopologyValue::decode(d, version)?),
            _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
        };
        d.finish()?;
        Ok(value)
    }

    /// Writes the value in `version`, with the version before it.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        let e = &mut encoder;
        e.i16(version);
        match self {
            Value::LegacyOffsetCommit(record) => record.encode(e, version)?,
            Value::OffsetCommit(record) => record.encode(e, version)?,
            Value::GroupMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupPartitionMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupMemberMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Value::ConsumerGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Value::ShareGroupMemberMetadata(record) => record.encode(e, version)?,
            Value::ShareGroupMetadata(record) => record.encode(e, version)?,
            Value::ShareGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Value::ShareGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Value::ShareGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Value::ShareGroupStatePartitionMetadata(record) => record.encode(e, version)?,
            Value::ConsumerGroupRegularExpression(record) => record.encode(e, version)?,
            Value::StreamsGroupMetadata(record) => record.encode(e, version)?,
            Value::StreamsGroupMemberMetadata(record) => record.encode(e, version)?,
            Value::StreamsGroupTargetAssignmentMetadata(record) => record.encode(e, version)?,
            Value::StreamsGroupTargetAssignmentMember(record) => record.encode(e, version)?,
            Value::StreamsGroupCurrentMemberAssignment(record) => record.encode(e, version)?,
            Value::StreamsGroupTopology(record) => record.encode(e, version)?,
        }
        Ok(encoder.finish())
    }
}
