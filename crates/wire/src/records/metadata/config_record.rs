// Made by `cargo xtask generate` from ConfigRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `ConfigRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ConfigRecord {
    pub resource_type: i8,
    pub resource_name: StrBytes,
    pub name: StrBytes,
    pub value: Option<StrBytes>,
}

impl Default for ConfigRecord {
    fn default() -> ConfigRecord {
        ConfigRecord {
            resource_type: 0,
            resource_name: StrBytes::EMPTY,
            name: StrBytes::EMPTY,
            value: Some(StrBytes::EMPTY),
        }
    }
}

impl Message for ConfigRecord {
    const NAME: &'static str = "ConfigRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConfigRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let resource_type = d.i8()?;
        let resource_name = d.string(true)?;
        let name = d.string(true)?;
        let value = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConfigRecord {
            resource_type,
            resource_name,
            name,
            value,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i8(self.resource_type);
        e.string(&self.resource_name, true)?;
        e.string(&self.name, true)?;
        e.nullable_string(self.value.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
