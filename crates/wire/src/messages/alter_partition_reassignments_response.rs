// Made by `cargo xtask generate` from AlterPartitionReassignmentsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AlterPartitionReassignmentsResponse`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionReassignmentsResponse {
    pub throttle_time_ms: i32,
    pub allow_replication_factor_change: bool,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub responses: Vec<ReassignableTopicResponse>,
}

impl Default for AlterPartitionReassignmentsResponse {
    fn default() -> AlterPartitionReassignmentsResponse {
        AlterPartitionReassignmentsResponse {
            throttle_time_ms: 0,
            allow_replication_factor_change: true,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            responses: Vec::new(),
        }
    }
}

impl Message for AlterPartitionReassignmentsResponse {
    const NAME: &'static str = "AlterPartitionReassignmentsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterPartitionReassignmentsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let allow_replication_factor_change = if version == 1 { d.bool()? } else { true };
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let responses = d.array(true, 3, |d| ReassignableTopicResponse::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterPartitionReassignmentsResponse {
            throttle_time_ms,
            allow_replication_factor_change,
            error_code,
            error_message,
            responses,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        if version == 1 {
            e.bool(self.allow_replication_factor_change);
        }
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.array(&self.responses, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReassignableTopicResponse {
    pub name: StrBytes,
    pub partitions: Vec<ReassignablePartitionResponse>,
}

impl ReassignableTopicResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReassignableTopicResponse");
        let name = d.string(true)?;
        let partitions = d.array(true, 8, |d| {
            ReassignablePartitionResponse::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReassignableTopicResponse { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReassignablePartitionResponse {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for ReassignablePartitionResponse {
    fn default() -> ReassignablePartitionResponse {
        ReassignablePartitionResponse {
            partition_index: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl ReassignablePartitionResponse {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReassignablePartitionResponse");
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReassignablePartitionResponse {
            partition_index,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
