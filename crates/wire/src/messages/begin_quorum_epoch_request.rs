// Made by `cargo xtask generate` from BeginQuorumEpochRequest.json in kafka-clients 4.3.1. Do not edit.

//! `BeginQuorumEpochRequest`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, BeginQuorumEpochResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct BeginQuorumEpochRequest {
    pub cluster_id: Option<StrBytes>,
    pub voter_id: i32,
    pub topics: Vec<TopicData>,
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Default for BeginQuorumEpochRequest {
    fn default() -> BeginQuorumEpochRequest {
        BeginQuorumEpochRequest {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
            leader_endpoints: Vec::new(),
        }
    }
}

impl Message for BeginQuorumEpochRequest {
    const NAME: &'static str = "BeginQuorumEpochRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BeginQuorumEpochRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let cluster_id = d.nullable_string(flexible)?;
        let voter_id = if version == 1 { d.i32()? } else { -1 };
        let topics = d.array(flexible, 3, |d| TopicData::decode(d, version))?;
        let leader_endpoints = if version == 1 {
            d.array(flexible, 5, |d| LeaderEndpoint::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(BeginQuorumEpochRequest {
            cluster_id,
            voter_id,
            topics,
            leader_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.nullable_string(self.cluster_id.as_deref(), flexible)?;
        if version == 1 {
            e.i32(self.voter_id);
        }
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if version == 1 {
            e.array(&self.leader_endpoints, flexible, |e, value| {
                value.encode(e, version)
            })?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for BeginQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::BeginQuorumEpoch;
    type Response = BeginQuorumEpochResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicData {
    pub topic_name: StrBytes,
    pub partitions: Vec<PartitionData>,
}

impl TopicData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicData");
        let flexible = version == 1;
        let topic_name = d.string(flexible)?;
        let partitions = d.array(flexible, 12, |d| PartitionData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(TopicData {
            topic_name,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.topic_name, flexible)?;
        e.array(&self.partitions, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub voter_directory_id: Uuid,
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let flexible = version == 1;
        let partition_index = d.i32()?;
        let voter_directory_id = if version == 1 { d.uuid()? } else { Uuid::ZERO };
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            voter_directory_id,
            leader_id,
            leader_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.i32(self.partition_index);
        if version == 1 {
            e.uuid(self.voter_directory_id);
        }
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderEndpoint {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
}

impl LeaderEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaderEndpoint");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(LeaderEndpoint { name, host, port })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}
