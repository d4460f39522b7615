// Made by `cargo xtask generate` from RemoveDelegationTokenRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `RemoveDelegationTokenRecord`, version 0, flexible from 0.

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
pub struct RemoveDelegationTokenRecord {
    pub token_id: StrBytes,
}

impl Message for RemoveDelegationTokenRecord {
    const NAME: &'static str = "RemoveDelegationTokenRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RemoveDelegationTokenRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let token_id = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(RemoveDelegationTokenRecord { token_id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.token_id, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
