// Made by `cargo xtask generate` from VoteRequest.json in kafka-clients 4.3.1. Do not edit.

//! `VoteRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, VoteResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct VoteRequest {
    pub cluster_id: Option<StrBytes>,
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
}

impl Default for VoteRequest {
    fn default() -> VoteRequest {
        VoteRequest {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for VoteRequest {
    const NAME: &'static str = "VoteRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("VoteRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let cluster_id = d.nullable_string(true)?;
        let voter_id = if version >= 1 { d.i32()? } else { -1 };
        let topics = d.array(true, 3, |d| TopicData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(VoteRequest {
            cluster_id,
            voter_id,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.cluster_id.as_deref(), true)?;
        if version >= 1 {
            e.i32(self.voter_id);
        }
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for VoteRequest {
    const KEY: ApiKey = ApiKey::Vote;
    type Response = VoteResponse;
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
        let partitions = d.array(true, 25, |d| PartitionData::decode(d, version))?;
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
    pub replica_epoch: i32,
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub voter_directory_id: Uuid,
    pub last_offset_epoch: i32,
    pub last_offset: i64,
    pub pre_vote: bool,
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        let replica_epoch = d.i32()?;
        let replica_id = d.i32()?;
        let replica_directory_id = if version >= 1 { d.uuid()? } else { Uuid::ZERO };
        let voter_directory_id = if version >= 1 { d.uuid()? } else { Uuid::ZERO };
        let last_offset_epoch = d.i32()?;
        let last_offset = d.i64()?;
        let pre_vote = if version == 2 { d.bool()? } else { false };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            replica_epoch,
            replica_id,
            replica_directory_id,
            voter_directory_id,
            last_offset_epoch,
            last_offset,
            pre_vote,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i32(self.replica_epoch);
        e.i32(self.replica_id);
        if version >= 1 {
            e.uuid(self.replica_directory_id);
        }
        if version >= 1 {
            e.uuid(self.voter_directory_id);
        }
        e.i32(self.last_offset_epoch);
        e.i64(self.last_offset);
        if version == 2 {
            e.bool(self.pre_vote);
        } else if self.pre_vote {
            return Err(unsupported("PartitionData.pre_vote", version));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
