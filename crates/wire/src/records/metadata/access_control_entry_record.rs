// Made by `cargo xtask generate` from AccessControlEntryRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `AccessControlEntryRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct AccessControlEntryRecord {
    pub id: Uuid,
    pub resource_type: i8,
    pub resource_name: StrBytes,
    pub pattern_type: i8,
    pub principal: StrBytes,
    pub host: StrBytes,
    pub operation: i8,
    pub permission_type: i8,
}

impl Message for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AccessControlEntryRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let id = d.uuid()?;
        let resource_type = d.i8()?;
        let resource_name = d.string(true)?;
        let pattern_type = d.i8()?;
        let principal = d.string(true)?;
        let host = d.string(true)?;
        let operation = d.i8()?;
        let permission_type = d.i8()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AccessControlEntryRecord {
            id,
            resource_type,
            resource_name,
            pattern_type,
            principal,
            host,
            operation,
            permission_type,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.uuid(self.id);
        e.i8(self.resource_type);
        e.string(&self.resource_name, true)?;
        e.i8(self.pattern_type);
        e.string(&self.principal, true)?;
        e.string(&self.host, true)?;
        e.i8(self.operation);
        e.i8(self.permission_type);
        e.unsigned_varint(0);
        Ok(())
    }
}
