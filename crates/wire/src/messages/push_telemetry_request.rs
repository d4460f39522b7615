// Made by `cargo xtask generate` from PushTelemetryRequest.json in kafka-clients 4.3.1. Do not edit.

//! `PushTelemetryRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, PushTelemetryResponse};
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PushTelemetryRequest {
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub terminating: bool,
    pub compression_type: i8,
    pub metrics: Bytes,
}

impl Message for PushTelemetryRequest {
    const NAME: &'static str = "PushTelemetryRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PushTelemetryRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let client_instance_id = d.uuid()?;
        let subscription_id = d.i32()?;
        let terminating = d.bool()?;
        let compression_type = d.i8()?;
        let metrics = d.bytes(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PushTelemetryRequest {
            client_instance_id,
            subscription_id,
            terminating,
            compression_type,
            metrics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.uuid(self.client_instance_id);
        e.i32(self.subscription_id);
        e.bool(self.terminating);
        e.i8(self.compression_type);
        e.bytes(&self.metrics, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for PushTelemetryRequest {
    const KEY: ApiKey = ApiKey::PushTelemetry;
    type Response = PushTelemetryResponse;
}
