// Made by `cargo xtask generate` from OffsetFetchResponse.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetFetchResponse`, versions 1 to 10, flexible from 6.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetFetchResponseTopic>,
    pub error_code: i16,
    pub groups: Vec<OffsetFetchResponseGroup>,
}

impl Message for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=10;
    const FIRST_FLEXIBLE: Option<i16> = Some(6);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        let throttle_time_ms = if version >= 3 { d.i32()? } else { 0 };
        let topics = if version <= 7 {
            d.array(flexible, 3, |d| {
                OffsetFetchResponseTopic::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        let error_code = if (2..=7).contains(&version) {
            d.i16()?
        } else {
            0
        };
        let groups = if version >= 8 {
            d.array(flexible, 5, |d| {
                OffsetFetchResponseGroup::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetFetchResponse {
            throttle_time_ms,
            topics,
            error_code,
            groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        if version >= 3 {
            e.i32(self.throttle_time_ms);
        }
        if version <= 7 {
            e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        } else if !self.topics.is_empty() {
            return Err(unsupported("OffsetFetchResponse.topics", version));
        }
        if (2..=7).contains(&version) {
            e.i16(self.error_code);
        }
        if version >= 8 {
            e.array(&self.groups, flexible, |e, value| value.encode(e, version))?;
        } else if !self.groups.is_empty() {
            return Err(unsupported("OffsetFetchResponse.groups", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseTopic {
    pub name: StrBytes,
    pub partitions: Vec<OffsetFetchResponsePartition>,
}

impl OffsetFetchResponseTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponseTopic");
        let flexible = version >= 6;
        let name = d.string(flexible)?;
        let partitions = d.array(flexible, 16, |d| {
            OffsetFetchResponsePartition::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetFetchResponseTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.string(&self.name, flexible)?;
        e.array(&self.partitions, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<StrBytes>,
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> OffsetFetchResponsePartition {
        OffsetFetchResponsePartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(StrBytes::EMPTY),
            error_code: 0,
        }
    }
}

impl OffsetFetchResponsePartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponsePartition");
        let flexible = version >= 6;
        let partition_index = d.i32()?;
        let committed_offset = d.i64()?;
        let committed_leader_epoch = if version >= 5 { d.i32()? } else { -1 };
        let metadata = d.nullable_string(flexible)?;
        let error_code = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetFetchResponsePartition {
            partition_index,
            committed_offset,
            committed_leader_epoch,
            metadata,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.i32(self.partition_index);
        e.i64(self.committed_offset);
        if version >= 5 {
            e.i32(self.committed_leader_epoch);
        }
        e.nullable_string(self.metadata.as_deref(), flexible)?;
        e.i16(self.error_code);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseGroup {
    pub group_id: StrBytes,
    pub topics: Vec<OffsetFetchResponseTopics>,
    pub error_code: i16,
}

impl OffsetFetchResponseGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponseGroup");
        let group_id = d.string(true)?;
        let topics = d.array(true, 3, |d| OffsetFetchResponseTopics::decode(d, version))?;
        let error_code = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(OffsetFetchResponseGroup {
            group_id,
            topics,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.group_id, true)?;
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.i16(self.error_code);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchResponseTopics {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}

impl OffsetFetchResponseTopics {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponseTopics");
        let name = if version <= 9 {
            d.string(true)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version == 10 { d.uuid()? } else { Uuid::ZERO };
        let partitions = d.array(true, 20, |d| {
            OffsetFetchResponsePartitions::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(OffsetFetchResponseTopics {
            name,
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        if version <= 9 {
            e.string(&self.name, true)?;
        }
        if version == 10 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartitions {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub metadata: Option<StrBytes>,
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> OffsetFetchResponsePartitions {
        OffsetFetchResponsePartitions {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(StrBytes::EMPTY),
            error_code: 0,
        }
    }
}

impl OffsetFetchResponsePartitions {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchResponsePartitions");
        let partition_index = d.i32()?;
        let committed_offset = d.i64()?;
        let committed_leader_epoch = d.i32()?;
        let metadata = d.nullable_string(true)?;
        let error_code = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(OffsetFetchResponsePartitions {
            partition_index,
            committed_offset,
            committed_leader_epoch,
            metadata,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i64(self.committed_offset);
        e.i32(self.committed_leader_epoch);
        e.nullable_string(self.metadata.as_deref(), true)?;
        e.i16(self.error_code);
        e.unsigned_varint(0);
        Ok(())
    }
}
