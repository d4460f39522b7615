// Made by `cargo xtask generate` from AlterClientQuotasRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AlterClientQuotasRequest`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{AlterClientQuotasResponse, ApiKey};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterClientQuotasRequest {
    pub entries: Vec<EntryData>,
    pub validate_only: bool,
}

impl Message for AlterClientQuotasRequest {
    const NAME: &'static str = "AlterClientQuotasRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterClientQuotasRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let entries = d.array(flexible, 3, |d| EntryData::decode(d, version))?;
        let validate_only = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AlterClientQuotasRequest {
            entries,
            validate_only,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.array(&self.entries, flexible, |e, value| value.encode(e, version))?;
        e.bool(self.validate_only);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for AlterClientQuotasRequest {
    const KEY: ApiKey = ApiKey::AlterClientQuotas;
    type Response = AlterClientQuotasResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryData {
    pub entity: Vec<EntityData>,
    pub ops: Vec<OpData>,
}

impl EntryData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EntryData");
        let flexible = version == 1;
        let entity = d.array(flexible, 3, |d| EntityData::decode(d, version))?;
        let ops = d.array(flexible, 11, |d| OpData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(EntryData { entity, ops })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.array(&self.entity, flexible, |e, value| value.encode(e, version))?;
        e.array(&self.ops, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
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
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EntityData");
        let flexible = version == 1;
        let entity_type = d.string(flexible)?;
        let entity_name = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(EntityData {
            entity_type,
            entity_name,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.entity_type, flexible)?;
        e.nullable_string(self.entity_name.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpData {
    pub key: StrBytes,
    pub value: f64,
    pub remove: bool,
}

impl OpData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OpData");
        let flexible = version == 1;
        let key = d.string(flexible)?;
        let value = d.f64()?;
        let remove = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OpData { key, value, remove })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.key, flexible)?;
        e.f64(self.value);
        e.bool(self.remove);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
