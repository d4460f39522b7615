// Made by `cargo xtask generate` from DescribeTopicPartitionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeTopicPartitionsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeTopicPartitionsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsRequest {
    pub topics: Vec<TopicRequest>,
    pub response_partition_limit: i32,
    pub cursor: Option<Cursor>,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> DescribeTopicPartitionsRequest {
        DescribeTopicPartitionsRequest {
            topics: Vec::new(),
            response_partition_limit: 2000,
            cursor: None,
        }
    }
}

impl Message for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeTopicPartitionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topics = d.array(true, 2, |d| TopicRequest::decode(d, version))?;
        let response_partition_limit = d.i32()?;
        let cursor = if d.is_present()? {
            Some(Cursor::decode(d, version)?)
        } else {
            None
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeTopicPartitionsRequest {
            topics,
            response_partition_limit,
            cursor,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.i32(self.response_partition_limit);
        e.presence(self.cursor.is_some());
        if let Some(value) = &self.cursor {
            value.encode(e, version)?;
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeTopicPartitionsRequest {
    const KEY: ApiKey = ApiKey::DescribeTopicPartitions;
    type Response = DescribeTopicPartitionsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicRequest {
    pub name: StrBytes,
}

impl TopicRequest {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicRequest");
        let name = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicRequest { name })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    pub topic_name: StrBytes,
    pub partition_index: i32,
}

impl Cursor {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Cursor");
        let topic_name = d.string(true)?;
        let partition_index = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Cursor {
            topic_name,
            partition_index,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic_name, true)?;
        e.i32(self.partition_index);
        e.unsigned_varint(0);
        Ok(())
    }
}
