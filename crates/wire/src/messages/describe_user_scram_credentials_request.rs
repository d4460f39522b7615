// Made by `cargo xtask generate` from DescribeUserScramCredentialsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeUserScramCredentialsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeUserScramCredentialsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsRequest {
    pub users: Option<Vec<UserName>>,
}

impl Default for DescribeUserScramCredentialsRequest {
    fn default() -> DescribeUserScramCredentialsRequest {
        DescribeUserScramCredentialsRequest {
            users: Some(Vec::new()),
        }
    }
}

impl Message for DescribeUserScramCredentialsRequest {
    const NAME: &'static str = "DescribeUserScramCredentialsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeUserScramCredentialsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let users = d.nullable_array(true, 2, |d| UserName::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeUserScramCredentialsRequest { users })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_array(self.users.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeUserScramCredentialsRequest {
    const KEY: ApiKey = ApiKey::DescribeUserScramCredentials;
    type Response = DescribeUserScramCredentialsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserName {
    pub name: StrBytes,
}

impl UserName {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UserName");
        let name = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UserName { name })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
