// Made by `cargo xtask generate` from CreateTopicsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `CreateTopicsRequest`, versions 2 to 7, flexible from 5.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, CreateTopicsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest {
    pub topics: Vec<CreatableTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest {
    fn default() -> CreateTopicsRequest {
        CreateTopicsRequest {
            topics: Vec::new(),
            timeout_ms: 60000,
            validate_only: false,
        }
    }
}

impl Message for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 2..=7;
    const FIRST_FLEXIBLE: Option<i16> = Some(5);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreateTopicsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        let topics = d.array(flexible, 10, |d| CreatableTopic::decode(d, version))?;
        let timeout_ms = d.i32()?;
        let validate_only = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreateTopicsRequest {
            topics,
            timeout_ms,
            validate_only,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        e.i32(self.timeout_ms);
        e.bool(self.validate_only);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for CreateTopicsRequest {
    const KEY: ApiKey = ApiKey::CreateTopics;
    type Response = CreateTopicsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableTopic {
    pub name: StrBytes,
    pub num_partitions: i32,
    pub replication_factor: i16,
    pub assignments: Vec<CreatableReplicaAssignment>,
    pub configs: Vec<CreatableTopicConfig>,
}

impl CreatableTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableTopic");
        let flexible = version >= 5;
        let name = d.string(flexible)?;
        let num_partitions = d.i32()?;
        let replication_factor = d.i16()?;
        let assignments = d.array(flexible, 6, |d| {
            CreatableReplicaAssignment::decode(d, version)
        })?;
        let configs = d.array(flexible, 3, |d| CreatableTopicConfig::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatableTopic {
            name,
            num_partitions,
            replication_factor,
            assignments,
            configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.string(&self.name, flexible)?;
        e.i32(self.num_partitions);
        e.i16(self.replication_factor);
        e.array(&self.assignments, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.configs, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableReplicaAssignment {
    pub partition_index: i32,
    pub broker_ids: Vec<i32>,
}

impl CreatableReplicaAssignment {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableReplicaAssignment");
        let flexible = version >= 5;
        let partition_index = d.i32()?;
        let broker_ids = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatableReplicaAssignment {
            partition_index,
            broker_ids,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.i32(self.partition_index);
        e.array(&self.broker_ids, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfig {
    pub name: StrBytes,
    pub value: Option<StrBytes>,
}

impl Default for CreatableTopicConfig {
    fn default() -> CreatableTopicConfig {
        CreatableTopicConfig {
            name: StrBytes::EMPTY,
            value: Some(StrBytes::EMPTY),
        }
    }
}

impl CreatableTopicConfig {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableTopicConfig");
        let flexible = version >= 5;
        let name = d.string(flexible)?;
        let value = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatableTopicConfig { name, value })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.string(&self.name, flexible)?;
        e.nullable_string(self.value.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
