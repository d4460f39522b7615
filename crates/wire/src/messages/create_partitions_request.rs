// Made by `cargo xtask generate` from CreatePartitionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `CreatePartitionsRequest`, versions 0 to 3, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, CreatePartitionsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsRequest {
    pub topics: Vec<CreatePartitionsTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
}

impl Message for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatePartitionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let topics = d.array(flexible, 7, |d| CreatePartitionsTopic::decode(d, version))?;
        let timeout_ms = d.i32()?;
        let validate_only = d.bool()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatePartitionsRequest {
            topics,
            timeout_ms,
            validate_only,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        e.i32(self.timeout_ms);
        e.bool(self.validate_only);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for CreatePartitionsRequest {
    const KEY: ApiKey = ApiKey::CreatePartitions;
    type Response = CreatePartitionsResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic {
    pub name: StrBytes,
    pub count: i32,
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

impl Default for CreatePartitionsTopic {
    fn default() -> CreatePartitionsTopic {
        CreatePartitionsTopic {
            name: StrBytes::EMPTY,
            count: 0,
            assignments: Some(Vec::new()),
        }
    }
}

impl CreatePartitionsTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatePartitionsTopic");
        let flexible = version >= 2;
        let name = d.string(flexible)?;
        let count = d.i32()?;
        let assignments = d.nullable_array(flexible, 2, |d| {
            CreatePartitionsAssignment::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatePartitionsTopic {
            name,
            count,
            assignments,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.string(&self.name, flexible)?;
        e.i32(self.count);
        e.nullable_array(self.assignments.as_deref(), flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatePartitionsAssignment {
    pub broker_ids: Vec<i32>,
}

impl CreatePartitionsAssignment {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatePartitionsAssignment");
        let flexible = version >= 2;
        let broker_ids = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatePartitionsAssignment { broker_ids })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
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
