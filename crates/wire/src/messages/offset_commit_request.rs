// Made by `cargo xtask generate` from OffsetCommitRequest.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetCommitRequest`, versions 2 to 10, flexible from 8.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, OffsetCommitResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequest {
    pub group_id: StrBytes,
    pub generation_id_or_member_epoch: i32,
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub retention_time_ms: i64,
    pub topics: Vec<OffsetCommitRequestTopic>,
}

impl Default for OffsetCommitRequest {
    fn default() -> OffsetCommitRequest {
        OffsetCommitRequest {
            group_id: StrBytes::EMPTY,
            generation_id_or_member_epoch: -1,
            member_id: StrBytes::EMPTY,
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 2..=10;
    const FIRST_FLEXIBLE: Option<i16> = Some(8);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetCommitRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 8;
        let group_id = d.string(flexible)?;
        let generation_id_or_member_epoch = d.i32()?;
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 7 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let retention_time_ms = if version <= 4 { d.i64()? } else { -1 };
        let topics = d.array(flexible, 3, |d| {
            OffsetCommitRequestTopic::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetCommitRequest {
            group_id,
            generation_id_or_member_epoch,
            member_id,
            group_instance_id,
            retention_time_ms,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 8;
        e.string(&self.group_id, flexible)?;
        e.i32(self.generation_id_or_member_epoch);
        e.string(&self.member_id, flexible)?;
        if version >= 7 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        } else if self.group_instance_id.is_some() {
            return Err(unsupported(
                "OffsetCommitRequest.group_instance_id",
                version,
            ));
        }
        if version <= 4 {
            e.i64(self.retention_time_ms);
        }
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for OffsetCommitRequest {
    const KEY: ApiKey = ApiKey::OffsetCommit;
    type Response = OffsetCommitResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetCommitRequestTopic {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub partitions: Vec<OffsetCommitRequestPartition>,
}

impl OffsetCommitRequestTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetCommitRequestTopic");
        let flexible = version >= 8;
        let name = if version <= 9 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version == 10 { d.uuid()? } else { Uuid::ZERO };
        let partitions = d.array(flexible, 14, |d| {
            OffsetCommitRequestPartition::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetCommitRequestTopic {
            name,
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        if version <= 9 {
            e.string(&self.name, flexible)?;
        }
        if version == 10 {
            e.uuid(self.topic_id);
        }
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
pub struct OffsetCommitRequestPartition {
    pub partition_index: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub committed_metadata: Option<StrBytes>,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> OffsetCommitRequestPartition {
        OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(StrBytes::EMPTY),
        }
    }
}

impl OffsetCommitRequestPartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetCommitRequestPartition");
        let flexible = version >= 8;
        let partition_index = d.i32()?;
        let committed_offset = d.i64()?;
        let committed_leader_epoch = if version >= 6 { d.i32()? } else { -1 };
        let committed_metadata = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetCommitRequestPartition {
            partition_index,
            committed_offset,
            committed_leader_epoch,
            committed_metadata,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        e.i32(self.partition_index);
        e.i64(self.committed_offset);
        if version >= 6 {
            e.i32(self.committed_leader_epoch);
        }
        e.nullable_string(self.committed_metadata.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
