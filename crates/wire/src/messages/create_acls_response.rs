// Made by `cargo xtask generate` from CreateAclsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `CreateAclsResponse`, versions 1 to 3, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateAclsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AclCreationResult>,
}

impl Message for CreateAclsResponse {
    const NAME: &'static str = "CreateAclsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreateAclsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let throttle_time_ms = d.i32()?;
        let results = d.array(flexible, 4, |d| AclCreationResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreateAclsResponse {
            throttle_time_ms,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.i32(self.throttle_time_ms);
        e.array(&self.results, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AclCreationResult {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for AclCreationResult {
    fn default() -> AclCreationResult {
        AclCreationResult {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl AclCreationResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AclCreationResult");
        let flexible = version >= 2;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AclCreationResult {
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
