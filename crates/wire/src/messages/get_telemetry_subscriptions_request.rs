// Made by `cargo xtask generate` from GetTelemetrySubscriptionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `GetTelemetrySubscriptionsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, GetTelemetrySubscriptionsResponse};
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GetTelemetrySubscriptionsRequest {
    pub client_instance_id: Uuid,
}

impl Message for GetTelemetrySubscriptionsRequest {
    const NAME: &'static str = "GetTelemetrySubscriptionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("GetTelemetrySubscriptionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let client_instance_id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(GetTelemetrySubscriptionsRequest { client_instance_id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.uuid(self.client_instance_id);
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for GetTelemetrySubscriptionsRequest {
    const KEY: ApiKey = ApiKey::GetTelemetrySubscriptions;
    type Response = GetTelemetrySubscriptionsResponse;
}
