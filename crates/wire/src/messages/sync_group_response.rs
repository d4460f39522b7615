// Made by `cargo xtask generate` from SyncGroupResponse.json in kafka-clients 4.3.1. Do not edit.

//! `SyncGroupResponse`, versions 0 to 5, flexible from 4.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub protocol_type: Option<StrBytes>,
    pub protocol_name: Option<StrBytes>,
    pub assignment: Bytes,
}

impl Message for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SyncGroupResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let error_code = d.i16()?;
        let protocol_type = if version == 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let protocol_name = if version == 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let assignment = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(SyncGroupResponse {
            throttle_time_ms,
            error_code,
            protocol_type,
            protocol_name,
            assignment,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        e.i16(self.error_code);
        if version == 5 {
            e.nullable_string(self.protocol_type.as_deref(), flexible)?;
        }
        if version == 5 {
            e.nullable_string(self.protocol_name.as_deref(), flexible)?;
        }
        e.bytes(&self.assignment, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
