// Made by `cargo xtask generate` from SaslHandshakeRequest.json in kafka-clients 4.3.1. Do not edit.

//! `SaslHandshakeRequest`, versions 0 to 1, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, SaslHandshakeResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaslHandshakeRequest {
    pub mechanism: StrBytes,
}

impl Message for SaslHandshakeRequest {
    const NAME: &'static str = "SaslHandshakeRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SaslHandshakeRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let mechanism = d.string(false)?;
        d.leave(outer);
        Ok(SaslHandshakeRequest { mechanism })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.mechanism, false)?;
        Ok(())
    }
}

impl Request for SaslHandshakeRequest {
    const KEY: ApiKey = ApiKey::SaslHandshake;
    type Response = SaslHandshakeResponse;
}
