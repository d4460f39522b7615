// Made by `cargo xtask generate` from GetTelemetrySubscriptionsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `GetTelemetrySubscriptionsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTelemetrySubscriptionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub accepted_compression_types: Vec<i8>,
    pub push_interval_ms: i32,
    pub telemetry_max_bytes: i32,
    pub delta_temporality: bool,
    pub requested_metrics: Vec<StrBytes>,
}

impl Message for GetTelemetrySubscriptionsResponse {
    const NAME: &'static str = "GetTelemetrySubscriptionsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("GetTelemetrySubscriptionsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let client_instance_id = d.uuid()?;
        let subscription_id = d.i32()?;
        let accepted_compression_types = d.array(true, 1, Decoder::i8)?;
        let push_interval_ms = d.i32()?;
        let telemetry_max_bytes = d.i32()?;
        let delta_temporality = d.bool()?;
        let requested_metrics = d.array(true, 1, |d| d.string(true))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(GetTelemetrySubscriptionsResponse {
            throttle_time_ms,
            error_code,
            client_instance_id,
            subscription_id,
            accepted_compression_types,
            push_interval_ms,
            telemetry_max_bytes,
            delta_temporality,
            requested_metrics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.uuid(self.client_instance_id);
        e.i32(self.subscription_id);
        e.array(&self.accepted_compression_types, true, |e, value| {
            e.i8(*value);
            Ok(())
        })?;
        e.i32(self.push_interval_ms);
        e.i32(self.telemetry_max_bytes);
        e.bool(self.delta_temporality);
        e.array(&self.requested_metrics, true, |e, value| {
            e.string(value, true)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
