// Made by `cargo xtask generate` from ListConfigResourcesResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ListConfigResourcesResponse`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListConfigResourcesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub config_resources: Vec<ConfigResource>,
}

impl Message for ListConfigResourcesResponse {
    const NAME: &'static str = "ListConfigResourcesResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListConfigResourcesResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let config_resources = d.array(true, 2, |d| ConfigResource::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ListConfigResourcesResponse {
            throttle_time_ms,
            error_code,
            config_resources,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.array(&self.config_resources, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConfigResource {
    pub resource_name: StrBytes,
    pub resource_type: i8,
}

impl Default for ConfigResource {
    fn default() -> ConfigResource {
        ConfigResource {
            resource_name: StrBytes::EMPTY,
            resource_type: 16,
        }
    }
}

impl ConfigResource {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConfigResource");
        let resource_name = d.string(true)?;
        let resource_type = if version == 1 { d.i8()? } else { 16 };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConfigResource {
            resource_name,
            resource_type,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.resource_name, true)?;
        if version == 1 {
            e.i8(self.resource_type);
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
