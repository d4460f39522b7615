// Made by `cargo xtask generate` from DescribeConfigsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeConfigsResponse`, versions 1 to 4, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeConfigsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DescribeConfigsResult>,
}

impl Message for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        let throttle_time_ms = d.i32()?;
        let results = d.array(flexible, 7, |d| DescribeConfigsResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsResponse {
            throttle_time_ms,
            results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        e.i32(self.throttle_time_ms);
        e.array(&self.results, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResult {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub resource_type: i8,
    pub resource_name: StrBytes,
    pub configs: Vec<DescribeConfigsResourceResult>,
}

impl Default for DescribeConfigsResult {
    fn default() -> DescribeConfigsResult {
        DescribeConfigsResult {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            resource_type: 0,
            resource_name: StrBytes::EMPTY,
            configs: Vec::new(),
        }
    }
}

impl DescribeConfigsResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsResult");
        let flexible = version == 4;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        let resource_type = d.i8()?;
        let resource_name = d.string(flexible)?;
        let configs = d.array(flexible, 9, |d| {
            DescribeConfigsResourceResult::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsResult {
            error_code,
            error_message,
            resource_type,
            resource_name,
            configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        e.i8(self.resource_type);
        e.string(&self.resource_name, flexible)?;
        e.array(&self.configs, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResourceResult {
    pub name: StrBytes,
    pub value: Option<StrBytes>,
    pub read_only: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
    pub synonyms: Vec<DescribeConfigsSynonym>,
    pub config_type: i8,
    pub documentation: Option<StrBytes>,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> DescribeConfigsResourceResult {
        DescribeConfigsResourceResult {
            name: StrBytes::EMPTY,
            value: Some(StrBytes::EMPTY),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(StrBytes::EMPTY),
        }
    }
}

impl DescribeConfigsResourceResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsResourceResult");
        let flexible = version == 4;
        let name = d.string(flexible)?;
        let value = d.nullable_string(flexible)?;
        let read_only = d.bool()?;
        let config_source = d.i8()?;
        let is_sensitive = d.bool()?;
        let synonyms = d.array(flexible, 4, |d| DescribeConfigsSynonym::decode(d, version))?;
        let config_type = if version >= 3 { d.i8()? } else { 0 };
        let documentation = if version >= 3 {
            d.nullable_string(flexible)?
        } else {
            Some(StrBytes::EMPTY)
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsResourceResult {
            name,
            value,
            read_only,
            config_source,
            is_sensitive,
            synonyms,
            config_type,
            documentation,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.string(&self.name, flexible)?;
        e.nullable_string(self.value.as_deref(), flexible)?;
        e.bool(self.read_only);
        e.i8(self.config_source);
        e.bool(self.is_sensitive);
        e.array(&self.synonyms, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if version >= 3 {
            e.i8(self.config_type);
        }
        if version >= 3 {
            e.nullable_string(self.documentation.as_deref(), flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsSynonym {
    pub name: StrBytes,
    pub value: Option<StrBytes>,
    pub source: i8,
}

impl Default for DescribeConfigsSynonym {
    fn default() -> DescribeConfigsSynonym {
        DescribeConfigsSynonym {
            name: StrBytes::EMPTY,
            value: Some(StrBytes::EMPTY),
            source: 0,
        }
    }
}

impl DescribeConfigsSynonym {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsSynonym");
        let flexible = version == 4;
        let name = d.string(flexible)?;
        let value = d.nullable_string(flexible)?;
        let source = d.i8()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsSynonym {
            name,
            value,
            source,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.string(&self.name, flexible)?;
        e.nullable_string(self.value.as_deref(), flexible)?;
        e.i8(self.source);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
