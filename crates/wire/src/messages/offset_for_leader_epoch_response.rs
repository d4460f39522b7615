// Made by `cargo xtask generate` from OffsetForLeaderEpochResponse.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetForLeaderEpochResponse`, versions 2 to 4, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetForLeaderEpochResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<OffsetForLeaderTopicResult>,
}

impl Message for OffsetForLeaderEpochResponse {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 2..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetForLeaderEpochResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        let throttle_time_ms = d.i32()?;
        let topics = d.array(flexible, 3, |d| {
            OffsetForLeaderTopicResult::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetForLeaderEpochResponse {
            throttle_time_ms,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        e.i32(self.throttle_time_ms);
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetForLeaderTopicResult {
    pub topic: StrBytes,
    pub partitions: Vec<EpochEndOffset>,
}

impl OffsetForLeaderTopicResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetForLeaderTopicResult");
        let flexible = version == 4;
        let topic = d.string(flexible)?;
        let partitions = d.array(flexible, 18, |d| EpochEndOffset::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetForLeaderTopicResult { topic, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.string(&self.topic, flexible)?;
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
pub struct EpochEndOffset {
    pub error_code: i16,
    pub partition: i32,
    pub leader_epoch: i32,
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> EpochEndOffset {
        EpochEndOffset {
            error_code: 0,
            partition: 0,
            leader_epoch: -1,
            end_offset: -1,
        }
    }
}

impl EpochEndOffset {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EpochEndOffset");
        let flexible = version == 4;
        let error_code = d.i16()?;
        let partition = d.i32()?;
        let leader_epoch = d.i32()?;
        let end_offset = d.i64()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(EpochEndOffset {
            error_code,
            partition,
            leader_epoch,
            end_offset,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.i16(self.error_code);
        e.i32(self.partition);
        e.i32(self.leader_epoch);
        e.i64(self.end_offset);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
