// Made by `cargo xtask generate` from DescribeShareGroupOffsetsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeShareGroupOffsetsRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeShareGroupOffsetsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeShareGroupOffsetsRequest {
    pub groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
}

impl Message for DescribeShareGroupOffsetsRequest {
    const NAME: &'static str = "DescribeShareGroupOffsetsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeShareGroupOffsetsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let groups = d.array(true, 3, |d| {
            DescribeShareGroupOffsetsRequestGroup::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeShareGroupOffsetsRequest { groups })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.groups, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeShareGroupOffsetsRequest {
    const KEY: ApiKey = ApiKey::DescribeShareGroupOffsets;
    type Response = DescribeShareGroupOffsetsResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeShareGroupOffsetsRequestGroup {
    pub group_id: StrBytes,
    pub topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>>,
}

impl Default for DescribeShareGroupOffsetsRequestGroup {
    fn default() -> DescribeShareGroupOffsetsRequestGroup {
        DescribeShareGroupOffsetsRequestGroup {
            group_id: StrBytes::EMPTY,
            topics: Some(Vec::new()),
        }
    }
}

impl DescribeShareGroupOffsetsRequestGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeShareGroupOffsetsRequestGroup");
        let group_id = d.string(true)?;
        let topics = d.nullable_array(true, 3, |d| {
            DescribeShareGroupOffsetsRequestTopic::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeShareGroupOffsetsRequestGroup { group_id, topics })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.group_id, true)?;
        e.nullable_array(self.topics.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeShareGroupOffsetsRequestTopic {
    pub topic_name: StrBytes,
    pub partitions: Vec<i32>,
}

impl DescribeShareGroupOffsetsRequestTopic {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeShareGroupOffsetsRequestTopic");
        let topic_name = d.string(true)?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeShareGroupOffsetsRequestTopic {
            topic_name,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic_name, true)?;
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
