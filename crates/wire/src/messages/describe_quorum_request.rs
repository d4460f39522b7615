// Made by `cargo xtask generate` from DescribeQuorumRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeQuorumRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeQuorumResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeQuorumRequest {
    pub topics: Vec<TopicData>,
}

impl Message for DescribeQuorumRequest {
    const NAME: &'static str = "DescribeQuorumRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeQuorumRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topics = d.array(true, 3, |d| TopicData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeQuorumRequest { topics })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeQuorumRequest {
    const KEY: ApiKey = ApiKey::DescribeQuorum;
    type Response = DescribeQuorumResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicData {
    pub topic_name: StrBytes,
    pub partitions: Vec<PartitionData>,
}

impl TopicData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicData");
        let topic_name = d.string(true)?;
        let partitions = d.array(true, 5, |d| PartitionData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicData {
            topic_name,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic_name, true)?;
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
}

impl PartitionData {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData { partition_index })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.unsigned_varint(0);
        Ok(())
    }
}
