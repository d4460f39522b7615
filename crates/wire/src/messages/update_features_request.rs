// Made by `cargo xtask generate` from UpdateFeaturesRequest.json in kafka-clients 4.3.1. Do not edit.

//! `UpdateFeaturesRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, UpdateFeaturesResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateFeaturesRequest {
    pub timeout_ms: i32,
    pub feature_updates: Vec<FeatureUpdateKey>,
    pub validate_only: bool,
}

impl Default for UpdateFeaturesRequest {
    fn default() -> UpdateFeaturesRequest {
        UpdateFeaturesRequest {
            timeout_ms: 60000,
            feature_updates: Vec::new(),
            validate_only: false,
        }
    }
}

impl Message for UpdateFeaturesRequest {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UpdateFeaturesRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let timeout_ms = d.i32()?;
        let feature_updates = d.array(true, 5, |d| FeatureUpdateKey::decode(d, version))?;
        let validate_only = if version >= 1 { d.bool()? } else { false };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UpdateFeaturesRequest {
            timeout_ms,
            feature_updates,
            validate_only,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.timeout_ms);
        e.array(&self.feature_updates, true, |e, value| {
            value.encode(e, version)
        })?;
        if version >= 1 {
            e.bool(self.validate_only);
        } else if self.validate_only {
            return Err(unsupported("UpdateFeaturesRequest.validate_only", version));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for UpdateFeaturesRequest {
    const KEY: ApiKey = ApiKey::UpdateFeatures;
    type Response = UpdateFeaturesResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct FeatureUpdateKey {
    pub feature: StrBytes,
    pub max_version_level: i16,
    pub allow_downgrade: bool,
    pub upgrade_type: i8,
}

impl Default for FeatureUpdateKey {
    fn default() -> FeatureUpdateKey {
        FeatureUpdateKey {
            feature: StrBytes::EMPTY,
            max_version_level: 0,
            allow_downgrade: false,
            upgrade_type: 1,
        }
    }
}

impl FeatureUpdateKey {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FeatureUpdateKey");
        let feature = d.string(true)?;
        let max_version_level = d.i16()?;
        let allow_downgrade = if version == 0 { d.bool()? } else { false };
        let upgrade_type = if version >= 1 { d.i8()? } else { 1 };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(FeatureUpdateKey {
            feature,
            max_version_level,
            allow_downgrade,
            upgrade_type,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.feature, true)?;
        e.i16(self.max_version_level);
        if version == 0 {
            e.bool(self.allow_downgrade);
        } else if self.allow_downgrade {
            return Err(unsupported("FeatureUpdateKey.allow_downgrade", version));
        }
        if version >= 1 {
            e.i8(self.upgrade_type);
        } else if self.upgrade_type != 1 {
            return Err(unsupported("FeatureUpdateKey.upgrade_type", version));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
