// Made by `cargo xtask generate` from ReadShareGroupStateRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ReadShareGroupStateRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ReadShareGroupStateResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadShareGroupStateRequest {
    pub group_id: StrBytes,
    pub topics: Vec<ReadStateData>,
}

impl Message for ReadShareGroupStateRequest {
    const NAME: &'static str = "ReadShareGroupStateRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReadShareGroupStateRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(true)?;
        let topics = d.array(true, 18, |d| ReadStateData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReadShareGroupStateRequest { group_id, topics })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, true)?;
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ReadShareGroupStateRequest {
    const KEY: ApiKey = ApiKey::ReadShareGroupState;
    type Response = ReadShareGroupStateResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadStateData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl ReadStateData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReadStateData");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 9, |d| PartitionData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReadStateData {
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionData {
    pub partition: i32,
    pub leader_epoch: i32,
}

impl PartitionData {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition = d.i32()?;
        let leader_epoch = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition,
            leader_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition);
        e.i32(self.leader_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}
