// Made by `cargo xtask generate` from ListOffsetsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ListOffsetsRequest`, versions 1 to 11, flexible from 6.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ListOffsetsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsRequest {
    pub replica_id: i32,
    pub isolation_level: i8,
    pub topics: Vec<ListOffsetsTopic>,
    pub timeout_ms: i32,
}

impl Message for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=11;
    const FIRST_FLEXIBLE: Option<i16> = Some(6);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListOffsetsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        let replica_id = d.i32()?;
        let isolation_level = if version >= 2 { d.i8()? } else { 0 };
        let topics = d.array(flexible, 3, |d| ListOffsetsTopic::decode(d, version))?;
        let timeout_ms = if version >= 10 { d.i32()? } else { 0 };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListOffsetsRequest {
            replica_id,
            isolation_level,
            topics,
            timeout_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        e.i32(self.replica_id);
        if version >= 2 {
            e.i8(self.isolation_level);
        } else if self.isolation_level != 0 {
            return Err(unsupported("ListOffsetsRequest.isolation_level", version));
        }
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if version >= 10 {
            e.i32(self.timeout_ms);
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for ListOffsetsRequest {
    const KEY: ApiKey = ApiKey::ListOffsets;
    type Response = ListOffsetsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListOffsetsTopic {
    pub name: StrBytes,
    pub partitions: Vec<ListOffsetsPartition>,
}

impl ListOffsetsTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListOffsetsTopic");
        let flexible = version >= 6;
        let name = d.string(flexible)?;
        let partitions = d.array(flexible, 12, |d| ListOffsetsPartition::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListOffsetsTopic { name, partitions })
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
pub struct ListOffsetsPartition {
    pub partition_index: i32,
    pub current_leader_epoch: i32,
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> ListOffsetsPartition {
        ListOffsetsPartition {
            partition_index: 0,
            current_leader_epoch: -1,
            timestamp: 0,
        }
    }
}

impl ListOffsetsPartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListOffsetsPartition");
        let flexible = version >= 6;
        let partition_index = d.i32()?;
        let current_leader_epoch = if version >= 4 { d.i32()? } else { -1 };
        let timestamp = d.i64()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListOffsetsPartition {
            partition_index,
            current_leader_epoch,
            timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.i32(self.partition_index);
        if version >= 4 {
            e.i32(self.current_leader_epoch);
        }
        e.i64(self.timestamp);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
