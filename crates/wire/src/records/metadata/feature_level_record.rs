// Made by `cargo xtask generate` from FeatureLevelRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `FeatureLevelRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct FeatureLevelRecord {
    pub name: StrBytes,
    pub feature_level: i16,
}

impl Message for FeatureLevelRecord {
    const NAME: &'static str = "FeatureLevelRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FeatureLevelRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let name = d.string(true)?;
        let feature_level = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(FeatureLevelRecord {
            name,
            feature_level,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.name, true)?;
        e.i16(self.feature_level);
        e.unsigned_varint(0);
        Ok(())
    }
}
