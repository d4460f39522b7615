// Made by `cargo xtask generate` from AlterClientQuotasResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AlterClientQuotasResponse`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterClientQuotasResponse {
    pub throttle_time_ms: i32,
    pub entries: Vec<EntryData>,
}

impl Message for AlterClientQuotasResponse {
    const NAME: &'static str = "AlterClientQuotasResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterClientQuotasResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let throttle_time_ms = d.i32()?;
        let entries = d.array(flexible, 5, |d| EntryData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AlterClientQuotasResponse {
            throttle_time_ms,
            entries,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.i32(self.throttle_time_ms);
        e.array(&self.entries, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct EntryData {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub entity: Vec<EntityData>,
}

impl Default for EntryData {
    fn default() -> EntryData {
        EntryData {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            entity: Vec::new(),
        }
    }
}

impl EntryData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EntryData");
        let flexible = version == 1;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        let entity = d.array(flexible, 3, |d| EntityData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(EntryData {
            error_code,
            error_message,
            entity,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        e.array(&self.entity, flexible, |e, value| value.encode(e, version))?;
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
