// Made by `cargo xtask generate` from ShareGroupMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ShareGroupMetadataValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ShareGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
}

impl Message for ShareGroupMetadataValue {
    const NAME: &'static str = "ShareGroupMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareGroupMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let epoch = d.i32()?;
        let metadata_hash = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareGroupMetadataValue {
            epoch,
            metadata_hash,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.epoch);
        e.i64(self.metadata_hash);
        e.unsigned_varint(0);
        Ok(())
    }
}
