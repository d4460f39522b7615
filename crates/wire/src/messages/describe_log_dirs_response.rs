// Made by `cargo xtask generate` from DescribeLogDirsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeLogDirsResponse`, versions 1 to 5, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogDirsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub results: Vec<DescribeLogDirsResult>,
}

impl Message for DescribeLogDirsResponse {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeLogDirsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let throttle_time_ms = d.i32()?;
        let error_code = if version >= 3 { d.i16()? } else { 0 };
        let results = d.array(flexible, 5, |d| DescribeLogDirsResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeLogDirsResponse {
            throttle_time_ms,
            error_code,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.i32(self.throttle_time_ms);
        if version >= 3 {
            e.i16(self.error_code);
        }
        e.array(&self.results, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsResult {
    pub error_code: i16,
    pub log_dir: StrBytes,
    pub topics: Vec<DescribeLogDirsTopic>,
    pub total_bytes: i64,
    pub usable_bytes: i64,
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult {
    fn default() -> DescribeLogDirsResult {
        DescribeLogDirsResult {
            error_code: 0,
            log_dir: StrBytes::EMPTY,
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

impl DescribeLogDirsResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeLogDirsResult");
        let flexible = version >= 2;
        let error_code = d.i16()?;
        let log_dir = d.string(flexible)?;
        let topics = d.array(flexible, 3, |d| DescribeLogDirsTopic::decode(d, version))?;
        let total_bytes = if version >= 4 { d.i64()? } else { -1 };
        let usable_bytes = if version >= 4 { d.i64()? } else { -1 };
        let is_cordoned = if version == 5 { d.bool()? } else { false };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeLogDirsResult {
            error_code,
            log_dir,
            topics,
            total_bytes,
            usable_bytes,
            is_cordoned,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.i16(self.error_code);
        e.string(&self.log_dir, flexible)?;
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if version >= 4 {
            e.i64(self.total_bytes);
        }
        if version >= 4 {
            e.i64(self.usable_bytes);
        }
        if version == 5 {
            e.bool(self.is_cordoned);
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeLogDirsTopic {
    pub name: StrBytes,
    pub partitions: Vec<DescribeLogDirsPartition>,
}

impl DescribeLogDirsTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeLogDirsTopic");
        let flexible = version >= 2;
        let name = d.string(flexible)?;
        let partitions = d.array(flexible, 21, |d| {
            DescribeLogDirsPartition::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeLogDirsTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
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
pub struct DescribeLogDirsPartition {
    pub partition_index: i32,
    pub partition_size: i64,
    pub offset_lag: i64,
    pub is_future_key: bool,
}

impl DescribeLogDirsPartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeLogDirsPartition");
        let flexible = version >= 2;
        let partition_index = d.i32()?;
        let partition_size = d.i64()?;
        let offset_lag = d.i64()?;
        let is_future_key = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeLogDirsPartition {
            partition_index,
            partition_size,
            offset_lag,
            is_future_key,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.i32(self.partition_index);
        e.i64(self.partition_size);
        e.i64(self.offset_lag);
        e.bool(self.is_future_key);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
