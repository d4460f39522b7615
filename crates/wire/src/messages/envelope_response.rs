// Made by `cargo xtask generate` from EnvelopeResponse.json in kafka-clients 4.3.1. Do not edit.

//! `EnvelopeResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvelopeResponse {
    pub response_data: Option<Bytes>,
    pub error_code: i16,
}

impl Message for EnvelopeResponse {
    const NAME: &'static str = "EnvelopeResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EnvelopeResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let response_data = d.nullable_bytes(true)?;
        let error_code = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EnvelopeResponse {
            response_data,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_bytes(self.response_data.as_deref(), true)?;
        e.i16(self.error_code);
        e.unsigned_varint(0);
        Ok(())
    }
}
