// Made by `cargo xtask generate` from EndQuorumEpochRequest.json in kafka-clients 4.3.1. Do not edit.

//! `EndQuorumEpochRequest`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, EndQuorumEpochResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndQuorumEpochRequest {
    pub cluster_id: Option<StrBytes>,
    pub topics: Vec<TopicData>,
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Message for EndQuorumEpochRequest {
    const NAME: &'static str = "EndQuorumEpochRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EndQuorumEpochRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let cluster_id = d.nullable_string(flexible)?;
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
        Ok(EndQuorumEpochRequest {
            cluster_id,
            topics,
            leader_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.nullable_string(self.cluster_id.as_deref(), flexible)?;
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

impl Request for EndQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::EndQuorumEpoch;
    type Response = EndQuorumEpochResponse;
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
        let partitions = d.array(flexible, 14, |d| PartitionData::decode(d, version))?;
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
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub preferred_successors: Vec<i32>,
    pub preferred_candidates: Vec<ReplicaInfo>,
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let flexible = version == 1;
        let partition_index = d.i32()?;
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        let preferred_successors = if version == 0 {
            d.array(flexible, 4, Decoder::i32)?
        } else {
            Vec::new()
        };
        let preferred_candidates = if version == 1 {
            d.array(flexible, 21, |d| ReplicaInfo::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            leader_id,
            leader_epoch,
            preferred_successors,
            preferred_candidates,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.i32(self.partition_index);
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        if version == 0 {
            e.array(&self.preferred_successors, flexible, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
        }
        if version == 1 {
            e.array(&self.preferred_candidates, flexible, |e, value| {
                value.encode(e, version)
            })?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaInfo {
    pub candidate_id: i32,
    pub candidate_directory_id: Uuid,
}

impl ReplicaInfo {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReplicaInfo");
        let candidate_id = d.i32()?;
        let candidate_directory_id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReplicaInfo {
            candidate_id,
            candidate_directory_id,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.candidate_id);
        e.uuid(self.candidate_directory_id);
        e.unsigned_varint(0);
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
