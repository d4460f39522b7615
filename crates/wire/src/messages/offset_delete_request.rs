// Made by `cargo xtask generate` from OffsetDeleteRequest.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetDeleteRequest`, version 0, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, OffsetDeleteResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequest {
    pub group_id: StrBytes,
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

impl Message for OffsetDeleteRequest {
    const NAME: &'static str = "OffsetDeleteRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(false)?;
        let topics = d.array(false, 6, |d| OffsetDeleteRequestTopic::decode(d, version))?;
        d.leave(outer);
        Ok(OffsetDeleteRequest { group_id, topics })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, false)?;
        e.array(&self.topics, false, |e, value| value.encode(e, version))?;
        Ok(())
    }
}

impl Request for OffsetDeleteRequest {
    const KEY: ApiKey = ApiKey::OffsetDelete;
    type Response = OffsetDeleteResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequestTopic {
    pub name: StrBytes,
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl OffsetDeleteRequestTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteRequestTopic");
        let name = d.string(false)?;
        let partitions = d.array(false, 4, |d| {
            OffsetDeleteRequestPartition::decode(d, version)
        })?;
        d.leave(outer);
        Ok(OffsetDeleteRequestTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, false)?;
        e.array(&self.partitions, false, |e, value| value.encode(e, version))?;
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetDeleteRequestPartition {
    pub partition_index: i32,
}

impl OffsetDeleteRequestPartition {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetDeleteRequestPartition");
        let partition_index = d.i32()?;
        d.leave(outer);
        Ok(OffsetDeleteRequestPartition { partition_index })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        Ok(())
    }
}
