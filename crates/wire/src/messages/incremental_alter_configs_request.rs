// Made by `cargo xtask generate` from IncrementalAlterConfigsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `IncrementalAlterConfigsRequest`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, IncrementalAlterConfigsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncrementalAlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
}

impl Message for IncrementalAlterConfigsRequest {
    const NAME: &'static str = "IncrementalAlterConfigsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("IncrementalAlterConfigsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let resources = d.array(flexible, 4, |d| AlterConfigsResource::decode(d, version))?;
        let validate_only = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(IncrementalAlterConfigsRequest {
            resources,
            validate_only,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.array(&self.resources, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.bool(self.validate_only);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for IncrementalAlterConfigsRequest {
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    type Response = IncrementalAlterConfigsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: StrBytes,
    pub configs: Vec<AlterableConfig>,
}

impl AlterConfigsResource {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterConfigsResource");
        let flexible = version == 1;
        let resource_type = d.i8()?;
        let resource_name = d.string(flexible)?;
        let configs = d.array(flexible, 4, |d| AlterableConfig::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AlterConfigsResource {
            resource_type,
            resource_name,
            configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
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
pub struct AlterableConfig {
    pub name: StrBytes,
    pub config_operation: i8,
    pub value: Option<StrBytes>,
}

impl Default for AlterableConfig {
    fn default() -> AlterableConfig {
        AlterableConfig {
            name: StrBytes::EMPTY,
            config_operation: 0,
            value: Some(StrBytes::EMPTY),
        }
    }
}

impl AlterableConfig {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterableConfig");
        let flexible = version == 1;
        let name = d.string(flexible)?;
        let config_operation = d.i8()?;
        let value = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AlterableConfig {
            name,
            config_operation,
            value,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.name, flexible)?;
        e.i8(self.config_operation);
        e.nullable_string(self.value.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
