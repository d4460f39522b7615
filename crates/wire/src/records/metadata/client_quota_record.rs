// Made by `cargo xtask generate` from ClientQuotaRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `ClientQuotaRecord`, version 0, flexible from 0.

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
pub struct ClientQuotaRecord {
    pub entity: Vec<EntityData>,
    pub key: StrBytes,
    pub value: f64,
    pub remove: bool,
}

impl Message for ClientQuotaRecord {
    const NAME: &'static str = "ClientQuotaRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ClientQuotaRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let entity = d.array(true, 3, |d| EntityData::decode(d, version))?;
        let key = d.string(true)?;
        let value = d.f64()?;
        let remove = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ClientQuotaRecord {
            entity,
            key,
            value,
            remove,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.entity, true, |e, value| value.encode(e, version))?;
        e.string(&self.key, true)?;
        e.f64(self.value);
        e.bool(self.remove);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct EntityData {
    pub entity_type: StrBytes,
    pub entity_name: Option<StrBytes>,
}

impl Default for EntityData {
    fn default() -> EntityData {
        EntityData {
            entity_type: StrBytes::EMPTY,
            entity_name: Some(StrBytes::EMPTY),
        }
    }
}

impl EntityData {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EntityData");
        let entity_type = d.string(true)?;
        let entity_name = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EntityData {
            entity_type,
            entity_name,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.entity_type, true)?;
        e.nullable_string(self.entity_name.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
