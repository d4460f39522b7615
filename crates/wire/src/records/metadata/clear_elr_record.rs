// Made by `cargo xtask generate` from ClearElrRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `ClearElrRecord`, version 0, flexible from 0.

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
pub struct ClearElrRecord {
    pub topic_name: StrBytes,
}

impl Message for ClearElrRecord {
    const NAME: &'static str = "ClearElrRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ClearElrRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topic_name = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ClearElrRecord { topic_name })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.topic_name, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
