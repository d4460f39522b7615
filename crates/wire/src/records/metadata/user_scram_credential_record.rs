// Made by `cargo xtask generate` from UserScramCredentialRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `UserScramCredentialRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

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
pub struct UserScramCredentialRecord {
    pub name: StrBytes,
    pub mechanism: i8,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub salt: Bytes,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub stored_key: Bytes,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub server_key: Bytes,
    pub iterations: i32,
}

impl Message for UserScramCredentialRecord {
    const NAME: &'static str = "UserScramCredentialRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UserScramCredentialRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let name = d.string(true)?;
        let mechanism = d.i8()?;
        let salt = d.bytes(true)?;
        let stored_key = d.bytes(true)?;
        let server_key = d.bytes(true)?;
        let iterations = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UserScramCredentialRecord {
            name,
            mechanism,
            salt,
            stored_key,
            server_key,
            iterations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.name, true)?;
        e.i8(self.mechanism);
        e.bytes(&self.salt, true)?;
        e.bytes(&self.stored_key, true)?;
        e.bytes(&self.server_key, true)?;
        e.i32(self.iterations);
        e.unsigned_varint(0);
        Ok(())
    }
}
