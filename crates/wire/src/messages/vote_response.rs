// Made by `cargo xtask generate` from VoteResponse.json in kafka-clients 4.3.1. Do not edit.

//! `VoteResponse`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoteResponse {
    pub error_code: i16,
    pub topics: Vec<TopicData>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for VoteResponse {
    const NAME: &'static str = "VoteResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("VoteResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let error_code = d.i16()?;
        let topics = d.array(true, 3, |d| TopicData::decode(d, version))?;
        let mut node_endpoints = Vec::new();
        d.tagged_fields(|d, tag| {
            match tag {
                0 if version >= 1 => {
                    node_endpoints = d.array(true, 8, |d| NodeEndpoint::decode(d, version))?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(VoteResponse {
            error_code,
            topics,
            node_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.error_code);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        if version < 1 && !self.node_endpoints.is_empty() {
            return Err(unsupported("VoteResponse.node_endpoints", version));
        }
        let has_node_endpoints = version >= 1 && !self.node_endpoints.is_empty();
        e.unsigned_varint(u32::from(has_node_endpoints));
        if has_node_endpoints {
            let field = e.begin_tagged(0);
            e.array(&self.node_endpoints, true, |e, value| {
                value.encode(e, version)
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
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
        let partitions = d.array(true, 16, |d| PartitionData::decode(d, version))?;
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
    pub error_code: i16,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub vote_granted: bool,
}

impl PartitionData {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        let vote_granted = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            error_code,
            leader_id,
            leader_epoch,
            vote_granted,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i16(self.error_code);
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        e.bool(self.vote_granted);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: StrBytes,
    pub port: u16,
}

impl NodeEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("NodeEndpoint");
        let node_id = d.i32()?;
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(NodeEndpoint {
            node_id,
            host,
            port,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.node_id);
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}
