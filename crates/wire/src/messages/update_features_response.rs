// Made by `cargo xtask generate` from UpdateFeaturesResponse.json in kafka-clients 4.3.1. Do not edit.

//! `UpdateFeaturesResponse`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateFeaturesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub results: Vec<UpdatableFeatureResult>,
}

impl Default for UpdateFeaturesResponse {
    fn default() -> UpdateFeaturesResponse {
        UpdateFeaturesResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            results: Vec::new(),
        }
    }
}

impl Message for UpdateFeaturesResponse {
    const NAME: &'static str = "UpdateFeaturesResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UpdateFeaturesResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let results = if version <= 1 {
            d.array(true, 5, |d| UpdatableFeatureResult::decode(d, version))?
        } else {
            Vec::new()
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UpdateFeaturesResponse {
            throttle_time_ms,
            error_code,
            error_message,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        if version <= 1 {
            e.array(&self.results, true, |e, value| value.encode(e, version))?;
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct UpdatableFeatureResult {
    pub feature: StrBytes,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for UpdatableFeatureResult {
    fn default() -> UpdatableFeatureResult {
        UpdatableFeatureResult {
            feature: StrBytes::EMPTY,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl UpdatableFeatureResult {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UpdatableFeatureResult");
        let feature = d.string(true)?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UpdatableFeatureResult {
            feature,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.feature, true)?;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
