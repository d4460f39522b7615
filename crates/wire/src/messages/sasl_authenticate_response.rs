// Made by `cargo xtask generate` from SaslAuthenticateResponse.json in kafka-clients 4.3.1. Do not edit.

//! `SaslAuthenticateResponse`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct SaslAuthenticateResponse {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub auth_bytes: Bytes,
    pub session_lifetime_ms: i64,
}

impl Default for SaslAuthenticateResponse {
    fn default() -> SaslAuthenticateResponse {
        SaslAuthenticateResponse {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            auth_bytes: Bytes::new(),
            session_lifetime_ms: 0,
        }
    }
}

impl Message for SaslAuthenticateResponse {
    const NAME: &'static str = "SaslAuthenticateResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SaslAuthenticateResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        let auth_bytes = d.bytes(flexible)?;
        let session_lifetime_ms = if version >= 1 { d.i64()? } else { 0 };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(SaslAuthenticateResponse {
            error_code,
            error_message,
            auth_bytes,
            session_lifetime_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        e.bytes(&self.auth_bytes, flexible)?;
        if version >= 1 {
            e.i64(self.session_lifetime_ms);
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
