// Made by `cargo xtask generate` from SaslHandshakeResponse.json in kafka-clients 4.3.1. Do not edit.

//! `SaslHandshakeResponse`, versions 0 to 1, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaslHandshakeResponse {
    pub error_code: i16,
    pub mechanisms: Vec<StrBytes>,
}

impl Message for SaslHandshakeResponse {
    const NAME: &'static str = "SaslHandshakeResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SaslHandshakeResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let error_code = d.i16()?;
        let mechanisms = d.array(false, 2, |d| d.string(false))?;
        d.leave(outer);
        Ok(SaslHandshakeResponse {
            error_code,
            mechanisms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.error_code);
        e.array(&self.mechanisms, false, |e, value| e.string(value, false))?;
        Ok(())
    }
}
