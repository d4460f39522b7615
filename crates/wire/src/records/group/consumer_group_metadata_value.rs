// Made by `cargo xtask generate` from ConsumerGroupMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupMetadataValue`, version 0, flexible from 0.

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
pub struct ConsumerGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
}

impl Message for ConsumerGroupMetadataValue {
    const NAME: &'static str = "ConsumerGroupMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let epoch = d.i32()?;
        let mut metadata_hash = 0;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => metadata_hash = d.i64()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(ConsumerGroupMetadataValue {
            epoch,
            metadata_hash,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.epoch);
        let has_metadata_hash = self.metadata_hash != 0;
        e.unsigned_varint(u32::from(has_metadata_hash));
        if has_metadata_hash {
            let field = e.begin_tagged(0);
            e.i64(self.metadata_hash);
            e.end_tagged(field);
        }
        Ok(())
    }
}
