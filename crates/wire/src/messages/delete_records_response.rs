// Made by `cargo xtask generate` from DeleteRecordsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteRecordsResponse`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DeleteRecordsTopicResult>,
}

impl Message for DeleteRecordsResponse {
    const NAME: &'static str = "DeleteRecordsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteRecordsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let throttle_time_ms = d.i32()?;
        let topics = d.array(flexible, 3, |d| {
            DeleteRecordsTopicResult::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteRecordsResponse {
            throttle_time_ms,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        e.i32(self.throttle_time_ms);
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsTopicResult {
    pub name: StrBytes,
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}

impl DeleteRecordsTopicResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteRecordsTopicResult");
        let flexible = version == 2;
        let name = d.string(flexible)?;
        let partitions = d.array(flexible, 14, |d| {
            DeleteRecordsPartitionResult::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteRecordsTopicResult { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 2;
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteRecordsPartitionResult {
    pub partition_index: i32,
    pub low_watermark: i64,
    pub error_code: i16,
}

impl DeleteRecordsPartitionResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteRecordsPartitionResult");
        let flexible = version == 2;
        let partition_index = d.i32()?;
        let low_watermark = d.i64()?;
        let error_code = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteRecordsPartitionResult {
            partition_index,
            low_watermark,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 2;
        e.i32(self.partition_index);
        e.i64(self.low_watermark);
        e.i16(self.error_code);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
