// Made by `cargo xtask generate` from EnvelopeRequest.json in kafka-clients 4.3.1. Do not edit.

//! `EnvelopeRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, EnvelopeResponse};

#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeRequest {
    pub request_data: Bytes,
    pub request_principal: Option<Bytes>,
    pub client_host_address: Bytes,
}

impl Default for EnvelopeRequest {
    fn default() -> EnvelopeRequest {
        EnvelopeRequest {
            request_data: Bytes::new(),
            request_principal: Some(Bytes::new()),
            client_host_address: Bytes::new(),
        }
    }
}

impl Message for EnvelopeRequest {
    const NAME: &'static str = "EnvelopeRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EnvelopeRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let request_data = d.bytes(true)?;
        let request_principal = d.nullable_bytes(true)?;
        let client_host_address = d.bytes(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EnvelopeRequest {
            request_data,
            request_principal,
            client_host_address,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.bytes(&self.request_data, true)?;
        e.nullable_bytes(self.request_principal.as_deref(), true)?;
        e.bytes(&self.client_host_address, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for EnvelopeRequest {
    const KEY: ApiKey = ApiKey::Envelope;
    type Response = EnvelopeResponse;
}
