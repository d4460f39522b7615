// Made by `cargo xtask generate` from ApiVersionsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ApiVersionsResponse`, versions 0 to 4, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsResponse {
    pub error_code: i16,
    pub api_keys: Vec<ApiVersion>,
    pub throttle_time_ms: i32,
    pub supported_features: Vec<SupportedFeatureKey>,
    pub finalized_features_epoch: i64,
    pub finalized_features: Vec<FinalizedFeatureKey>,
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse {
    fn default() -> ApiVersionsResponse {
        ApiVersionsResponse {
            error_code: 0,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        }
    }
}

impl Message for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ApiVersionsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let error_code = d.i16()?;
        let api_keys = d.array(flexible, 6, |d| ApiVersion::decode(d, version))?;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let mut supported_features = Vec::new();
        let mut finalized_features_epoch = -1;
        let mut finalized_features = Vec::new();
        let mut zk_migration_ready = false;
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => {
                        supported_features =
                            d.array(flexible, 6, |d| SupportedFeatureKey::decode(d, version))?
                    }
                    1 => finalized_features_epoch = d.i64()?,
                    2 => {
                        finalized_features =
                            d.array(flexible, 6, |d| FinalizedFeatureKey::decode(d, version))?
                    }
                    3 => zk_migration_ready = d.bool()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(ApiVersionsResponse {
            error_code,
            api_keys,
            throttle_time_ms,
            supported_features,
            finalized_features_epoch,
            finalized_features,
            zk_migration_ready,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        e.i16(self.error_code);
        e.array(&self.api_keys, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        if flexible {
            let has_supported_features = !self.supported_features.is_empty();
            let has_finalized_features_epoch = self.finalized_features_epoch != -1;
            let has_finalized_features = !self.finalized_features.is_empty();
            let has_zk_migration_ready = self.zk_migration_ready;
            e.unsigned_varint(
                u32::from(has_supported_features)
                    + u32::from(has_finalized_features_epoch)
                    + u32::from(has_finalized_features)
                    + u32::from(has_zk_migration_ready),
            );
            if has_supported_features {
                let field = e.begin_tagged(0);
                e.array(&self.supported_features, flexible, |e, value| {
                    value.encode(e, version)
                })?;
                e.end_tagged(field);
            }
            if has_finalized_features_epoch {
                let field = e.begin_tagged(1);
                e.i64(self.finalized_features_epoch);
                e.end_tagged(field);
            }
            if has_finalized_features {
                let field = e.begin_tagged(2);
                e.array(&self.finalized_features, flexible, |e, value| {
                    value.encode(e, version)
                })?;
                e.end_tagged(field);
            }
            if has_zk_migration_ready {
                let field = e.begin_tagged(3);
                e.bool(self.zk_migration_ready);
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
}

impl ApiVersion {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ApiVersion");
        let flexible = version >= 3;
        let api_key = d.i16()?;
        let min_version = d.i16()?;
        let max_version = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ApiVersion {
            api_key,
            min_version,
            max_version,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        e.i16(self.api_key);
        e.i16(self.min_version);
        e.i16(self.max_version);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupportedFeatureKey {
    pub name: StrBytes,
    pub min_version: i16,
    pub max_version: i16,
}

impl SupportedFeatureKey {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SupportedFeatureKey");
        let name = d.string(true)?;
        let min_version = d.i16()?;
        let max_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(SupportedFeatureKey {
            name,
            min_version,
            max_version,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i16(self.min_version);
        e.i16(self.max_version);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FinalizedFeatureKey {
    pub name: StrBytes,
    pub max_version_level: i16,
    pub min_version_level: i16,
}

impl FinalizedFeatureKey {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FinalizedFeatureKey");
        let name = d.string(true)?;
        let max_version_level = d.i16()?;
        let min_version_level = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(FinalizedFeatureKey {
            name,
            max_version_level,
            min_version_level,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i16(self.max_version_level);
        e.i16(self.min_version_level);
        e.unsigned_varint(0);
        Ok(())
    }
}
