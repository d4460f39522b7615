// Made by `cargo xtask generate` from ControlRecordTypeSchema.json in kafka-clients 4.3.1. Do not edit.

//! `ControlRecordTypeSchema`, version 0, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControlRecordTypeSchema {
    pub r#type: i16,
}

impl Message for ControlRecordTypeSchema {
    const NAME: &'static str = "ControlRecordTypeSchema";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ControlRecordTypeSchema");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let r#type = d.i16()?;
        d.leave(outer);
        Ok(ControlRecordTypeSchema { r#type })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.r#type);
        Ok(())
    }
}
