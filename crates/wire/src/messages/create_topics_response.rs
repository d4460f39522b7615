// Made by `cargo xtask generate` from CreateTopicsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `CreateTopicsResponse`, versions 2 to 7, flexible from 5.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTopicsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<CreatableTopicResult>,
}

impl Message for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 2..=7;
    const FIRST_FLEXIBLE: Option<i16> = Some(5);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreateTopicsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        let throttle_time_ms = d.i32()?;
        let topics = d.array(flexible, 6, |d| CreatableTopicResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreateTopicsResponse {
            throttle_time_ms,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        e.i32(self.throttle_time_ms);
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicResult {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub topic_config_error_code: i16,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}

impl Default for CreatableTopicResult {
    fn default() -> CreatableTopicResult {
        CreatableTopicResult {
            name: StrBytes::EMPTY,
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Vec::new()),
        }
    }
}

impl CreatableTopicResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableTopicResult");
        let flexible = version >= 5;
        let name = d.string(flexible)?;
        let topic_id = if version == 7 { d.uuid()? } else { Uuid::ZERO };
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        let num_partitions = if version >= 5 { d.i32()? } else { -1 };
        let replication_factor = if version >= 5 { d.i16()? } else { -1 };
        let configs = if version >= 5 {
            d.nullable_array(flexible, 6, |d| CreatableTopicConfigs::decode(d, version))?
        } else {
            Some(Vec::new())
        };
        let mut topic_config_error_code = 0;
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => topic_config_error_code = d.i16()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(CreatableTopicResult {
            name,
            topic_id,
            error_code,
            error_message,
            topic_config_error_code,
            num_partitions,
            replication_factor,
            configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.string(&self.name, flexible)?;
        if version == 7 {
            e.uuid(self.topic_id);
        }
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        if version >= 5 {
            e.i32(self.num_partitions);
        }
        if version >= 5 {
            e.i16(self.replication_factor);
        }
        if version >= 5 {
            e.nullable_array(self.configs.as_deref(), flexible, |e, value| {
                value.encode(e, version)
            })?;
        }
        if flexible {
            let has_topic_config_error_code = self.topic_config_error_code != 0;
            e.unsigned_varint(u32::from(has_topic_config_error_code));
            if has_topic_config_error_code {
                let field = e.begin_tagged(0);
                e.i16(self.topic_config_error_code);
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfigs {
    pub name: StrBytes,
    pub value: Option<StrBytes>,
    pub read_only: bool,
    pub config_source: i8,
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs {
    fn default() -> CreatableTopicConfigs {
        CreatableTopicConfigs {
            name: StrBytes::EMPTY,
            value: Some(StrBytes::EMPTY),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}

impl CreatableTopicConfigs {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableTopicConfigs");
        let name = d.string(true)?;
        let value = d.nullable_string(true)?;
        let read_only = d.bool()?;
        let config_source = d.i8()?;
        let is_sensitive = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(CreatableTopicConfigs {
            name,
            value,
            read_only,
            config_source,
            is_sensitive,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.nullable_string(self.value.as_deref(), true)?;
        e.bool(self.read_only);
        e.i8(self.config_source);
        e.bool(self.is_sensitive);
        e.unsigned_varint(0);
        Ok(())
    }
}
