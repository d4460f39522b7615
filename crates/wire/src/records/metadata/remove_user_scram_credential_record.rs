// Made by `cargo xtask generate` from RemoveUserScramCredentialRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `RemoveUserScramCredentialRecord`, version 0, flexible from 0.

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
pub struct RemoveUserScramCredentialRecord {
    pub name: StrBytes,
    pub mechanism: i8,
}

impl Message for RemoveUserScramCredentialRecord {
    const NAME: &'static str = "RemoveUserScramCredentialRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RemoveUserScramCredentialRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let name = d.string(true)?;
        let mechanism = d.i8()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(RemoveUserScramCredentialRecord { name, mechanism })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.name, true)?;
        e.i8(self.mechanism);
        e.unsigned_varint(0);
        Ok(())
    }
}
