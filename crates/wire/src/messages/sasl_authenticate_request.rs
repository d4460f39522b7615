// Made by `cargo xtask generate` from SaslAuthenticateRequest.json in kafka-clients 4.3.1. Do not edit.

//! `SaslAuthenticateRequest`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, SaslAuthenticateResponse};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaslAuthenticateRequest {
    pub auth_bytes: Bytes,
}

impl Message for SaslAuthenticateRequest {
    const NAME: &'static str = "SaslAuthenticateRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SaslAuthenticateRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let auth_bytes = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(SaslAuthenticateRequest { auth_bytes })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        e.bytes(&self.auth_bytes, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for SaslAuthenticateRequest {
    const KEY: ApiKey = ApiKey::SaslAuthenticate;
    type Response = SaslAuthenticateResponse;
}
