// Made by `cargo xtask generate` from DeleteTopicsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteTopicsRequest`, versions 1 to 6, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DeleteTopicsResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicsRequest {
    pub topics: Vec<DeleteTopicState>,
    pub topic_names: Vec<StrBytes>,
    pub timeout_ms: i32,
}

impl Message for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=6;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteTopicsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let topics = if version == 6 {
            d.array(flexible, 18, |d| DeleteTopicState::decode(d, version))?
        } else {
            Vec::new()
        };
        let topic_names = if version <= 5 {
            d.array(flexible, 1, |d| d.string(flexible))?
        } else {
            Vec::new()
        };
        let timeout_ms = d.i32()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteTopicsRequest {
            topics,
            topic_names,
            timeout_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        if version == 6 {
            e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        } else if !self.topics.is_empty() {
            return Err(unsupported("DeleteTopicsRequest.topics", version));
        }
        if version <= 5 {
            e.array(&self.topic_names, flexible, |e, value| {
                e.string(value, flexible)
            })?;
        }
        e.i32(self.timeout_ms);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for DeleteTopicsRequest {
    const KEY: ApiKey = ApiKey::DeleteTopics;
    type Response = DeleteTopicsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicState {
    pub name: Option<StrBytes>,
    pub topic_id: Uuid,
}

impl DeleteTopicState {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteTopicState");
        let name = d.nullable_string(true)?;
        let topic_id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DeleteTopicState { name, topic_id })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.nullable_string(self.name.as_deref(), true)?;
        e.uuid(self.topic_id);
        e.unsigned_varint(0);
        Ok(())
    }
}
