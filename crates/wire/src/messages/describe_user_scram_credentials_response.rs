// Made by `cargo xtask generate` from DescribeUserScramCredentialsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeUserScramCredentialsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub results: Vec<DescribeUserScramCredentialsResult>,
}

impl Default for DescribeUserScramCredentialsResponse {
    fn default() -> DescribeUserScramCredentialsResponse {
        DescribeUserScramCredentialsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            results: Vec::new(),
        }
    }
}

impl Message for DescribeUserScramCredentialsResponse {
    const NAME: &'static str = "DescribeUserScramCredentialsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeUserScramCredentialsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let results = d.array(true, 6, |d| {
            DescribeUserScramCredentialsResult::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeUserScramCredentialsResponse {
            throttle_time_ms,
            error_code,
            error_message,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.array(&self.results, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResult {
    pub user: StrBytes,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub credential_infos: Vec<CredentialInfo>,
}

impl Default for DescribeUserScramCredentialsResult {
    fn default() -> DescribeUserScramCredentialsResult {
        DescribeUserScramCredentialsResult {
            user: StrBytes::EMPTY,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            credential_infos: Vec::new(),
        }
    }
}

impl DescribeUserScramCredentialsResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeUserScramCredentialsResult");
        let user = d.string(true)?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let credential_infos = d.array(true, 6, |d| CredentialInfo::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeUserScramCredentialsResult {
            user,
            error_code,
            error_message,
            credential_infos,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.user, true)?;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.array(&self.credential_infos, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CredentialInfo {
    pub mechanism: i8,
    pub iterations: i32,
}

impl CredentialInfo {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CredentialInfo");
        let mechanism = d.i8()?;
        let iterations = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(CredentialInfo {
            mechanism,
            iterations,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i8(self.mechanism);
        e.i32(self.iterations);
        e.unsigned_varint(0);
        Ok(())
    }
}
