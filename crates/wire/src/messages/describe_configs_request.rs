// Made by `cargo xtask generate` from DescribeConfigsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeConfigsRequest`, versions 1 to 4, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeConfigsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeConfigsRequest {
    pub resources: Vec<DescribeConfigsResource>,
    pub include_synonyms: bool,
    pub include_documentation: bool,
}

impl Message for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        let resources = d.array(flexible, 4, |d| DescribeConfigsResource::decode(d, version))?;
        let include_synonyms = d.bool()?;
        let include_documentation = if version >= 3 { d.bool()? } else { false };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsRequest {
            resources,
            include_synonyms,
            include_documentation,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        e.array(&self.resources, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.bool(self.include_synonyms);
        if version >= 3 {
            e.bool(self.include_documentation);
        } else if self.include_documentation {
            return Err(unsupported(
                "DescribeConfigsRequest.include_documentation",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for DescribeConfigsRequest {
    const KEY: ApiKey = ApiKey::DescribeConfigs;
    type Response = DescribeConfigsResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResource {
    pub resource_type: i8,
    pub resource_name: StrBytes,
    pub configuration_keys: Option<Vec<StrBytes>>,
}

impl Default for DescribeConfigsResource {
    fn default() -> DescribeConfigsResource {
        DescribeConfigsResource {
            resource_type: 0,
            resource_name: StrBytes::EMPTY,
            configuration_keys: Some(Vec::new()),
        }
    }
}

impl DescribeConfigsResource {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeConfigsResource");
        let flexible = version == 4;
        let resource_type = d.i8()?;
        let resource_name = d.string(flexible)?;
        let configuration_keys = d.nullable_array(flexible, 1, |d| d.string(flexible))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeConfigsResource {
            resource_type,
            resource_name,
            configuration_keys,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.i8(self.resource_type);
        e.string(&self.resource_name, flexible)?;
        e.nullable_array(self.configuration_keys.as_deref(), flexible, |e, value| {
            e.string(value, flexible)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
