// Made by `cargo xtask generate` from AlterUserScramCredentialsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AlterUserScramCredentialsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterUserScramCredentialsResult>,
}

impl Message for AlterUserScramCredentialsResponse {
    const NAME: &'static str = "AlterUserScramCredentialsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterUserScramCredentialsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let results = d.array(true, 5, |d| {
            AlterUserScramCredentialsResult::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterUserScramCredentialsResponse {
            throttle_time_ms,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.array(&self.results, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlterUserScramCredentialsResult {
    pub user: StrBytes,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for AlterUserScramCredentialsResult {
    fn default() -> AlterUserScramCredentialsResult {
        AlterUserScramCredentialsResult {
            user: StrBytes::EMPTY,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl AlterUserScramCredentialsResult {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterUserScramCredentialsResult");
        let user = d.string(true)?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterUserScramCredentialsResult {
            user,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.user, true)?;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
