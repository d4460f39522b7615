// Made by `cargo xtask generate` from IncrementalAlterConfigsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `IncrementalAlterConfigsResponse`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncrementalAlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
}

impl Message for IncrementalAlterConfigsResponse {
    const NAME: &'static str = "IncrementalAlterConfigsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("IncrementalAlterConfigsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let throttle_time_ms = d.i32()?;
        let responses = d.array(flexible, 6, |d| {
            AlterConfigsResourceResponse::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(IncrementalAlterConfigsResponse {
            throttle_time_ms,
            responses,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.i32(self.throttle_time_ms);
        e.array(&self.responses, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterConfigsResourceResponse {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub resource_type: i8,
    pub resource_name: StrBytes,
}

impl Default for AlterConfigsResourceResponse {
    fn default() -> AlterConfigsResourceResponse {
        AlterConfigsResourceResponse {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            resource_type: 0,
            resource_name: StrBytes::EMPTY,
        }
    }
}

impl AlterConfigsResourceResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterConfigsResourceResponse");
        let flexible = version == 1;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        let resource_type = d.i8()?;
        let resource_name = d.string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type,
            resource_name,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        e.i8(self.resource_type);
        e.string(&self.resource_name, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
