// Made by `cargo xtask generate` from OffsetDeleteResponse.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetDeleteResponse`, version 0, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponse {
    pub error_code: i16,
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

impl Message for OffsetDeleteResponse {
    const NAME: &'static str = "OffsetDeleteResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let error_code = d.i16()?;
        let throttle_time_ms = d.i32()?;
        let topics = d.array(false, 6, |d| OffsetDeleteResponseTopic::decode(d, version))?;
        d.leave(outer);
        Ok(OffsetDeleteResponse {
            error_code,
            throttle_time_ms,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.error_code);
        e.i32(self.throttle_time_ms);
        e.array(&self.topics, false, |e, value| value.encode(e, version))?;
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponseTopic {
    pub name: StrBytes,
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl OffsetDeleteResponseTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteResponseTopic");
        let name = d.string(false)?;
        let partitions = d.array(false, 6, |d| {
            OffsetDeleteResponsePartition::decode(d, version)
        })?;
        d.leave(outer);
        Ok(OffsetDeleteResponseTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, false)?;
        e.array(&self.partitions, false, |e, value| value.encode(e, version))?;
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteResponsePartition {
    pub partition_index: i32,
    pub error_code: i16,
}

impl OffsetDeleteResponsePartition {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteResponsePartition");
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        d.leave(outer);
        Ok(OffsetDeleteResponsePartition {
            partition_index,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i16(self.error_code);
        Ok(())
    }
}
