// Made by `cargo xtask generate` from DefaultPrincipalData.json in kafka-clients 4.3.1. Do not edit.

//! `DefaultPrincipalData`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DefaultPrincipalData {
    pub r#type: StrBytes,
    pub name: StrBytes,
    pub token_authenticated: bool,
}

impl Message for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DefaultPrincipalData");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let r#type = d.string(true)?;
        let name = d.string(true)?;
        let token_authenticated = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DefaultPrincipalData {
            r#type,
            name,
            token_authenticated,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.r#type, true)?;
        e.string(&self.name, true)?;
        e.bool(self.token_authenticated);
        e.unsigned_varint(0);
        Ok(())
    }
}
