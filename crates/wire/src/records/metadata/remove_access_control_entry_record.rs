// Made by `cargo xtask generate` from RemoveAccessControlEntryRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `RemoveAccessControlEntryRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct RemoveAccessControlEntryRecord {
    pub id: Uuid,
}

impl Message for RemoveAccessControlEntryRecord {
    const NAME: &'static str = "RemoveAccessControlEntryRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RemoveAccessControlEntryRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(RemoveAccessControlEntryRecord { id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.uuid(self.id);
        e.unsigned_varint(0);
        Ok(())
    }
}
