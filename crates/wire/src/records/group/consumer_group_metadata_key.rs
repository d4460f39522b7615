// Made by `cargo xtask generate` from ConsumerGroupMetadataKey.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupMetadataKey`, version 0, never flexible.

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
pub struct ConsumerGroupMetadataKey {
    pub group_id: StrBytes,
}

impl Message for ConsumerGroupMetadataKey {
    const NAME: &'static str = "ConsumerGroupMetadataKey";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupMetadataKey");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(false)?;
        d.leave(outer);
        Ok(ConsumerGroupMetadataKey { group_id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, false)?;
        Ok(())
    }
}
