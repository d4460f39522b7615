// Made by `cargo xtask generate` from DescribeClientQuotasRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeClientQuotasRequest`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeClientQuotasResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeClientQuotasRequest {
    pub components: Vec<ComponentData>,
    pub strict: bool,
}

impl Message for DescribeClientQuotasRequest {
    const NAME: &'static str = "DescribeClientQuotasRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeClientQuotasRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let components = d.array(flexible, 4, |d| ComponentData::decode(d, version))?;
        let strict = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeClientQuotasRequest { components, strict })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.array(&self.components, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.bool(self.strict);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for DescribeClientQuotasRequest {
    const KEY: ApiKey = ApiKey::DescribeClientQuotas;
    type Response = DescribeClientQuotasResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct ComponentData {
    pub entity_type: StrBytes,
    pub match_type: i8,
    pub r#match: Option<StrBytes>,
}

impl Default for ComponentData {
    fn default() -> ComponentData {
        ComponentData {
            entity_type: StrBytes::EMPTY,
            match_type: 0,
            r#match: Some(StrBytes::EMPTY),
        }
    }
}

impl ComponentData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ComponentData");
        let flexible = version == 1;
        let entity_type = d.string(flexible)?;
        let match_type = d.i8()?;
        let r#match = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ComponentData {
            entity_type,
            match_type,
            r#match,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.entity_type, flexible)?;
        e.i8(self.match_type);
        e.nullable_string(self.r#match.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
