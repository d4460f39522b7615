// Made by `cargo xtask generate` from DescribeQuorumResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeQuorumResponse`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeQuorumResponse {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub topics: Vec<TopicData>,
    pub nodes: Vec<Node>,
}

impl Default for DescribeQuorumResponse {
    fn default() -> DescribeQuorumResponse {
        DescribeQuorumResponse {
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            topics: Vec::new(),
            nodes: Vec::new(),
        }
    }
}

impl Message for DescribeQuorumResponse {
    const NAME: &'static str = "DescribeQuorumResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeQuorumResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let error_code = d.i16()?;
        let error_message = if version == 2 {
            d.nullable_string(true)?
        } else {
            Some(StrBytes::EMPTY)
        };
        let topics = d.array(true, 3, |d| TopicData::decode(d, version))?;
        let nodes = if version == 2 {
            d.array(true, 6, |d| Node::decode(d, version))?
        } else {
            Vec::new()
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeQuorumResponse {
            error_code,
            error_message,
            topics,
            nodes,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.error_code);
        if version == 2 {
            e.nullable_string(self.error_message.as_deref(), true)?;
        }
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        if version == 2 {
            e.array(&self.nodes, true, |e, value| value.encode(e, version))?;
        } else if !self.nodes.is_empty() {
            return Err(unsupported("DescribeQuorumResponse.nodes", version));
        }
        e.unsigned_varint(0);
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

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub current_voters: Vec<ReplicaState>,
    pub observers: Vec<ReplicaState>,
}

impl Default for PartitionData {
    fn default() -> PartitionData {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Vec::new(),
            observers: Vec::new(),
        }
    }
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        let error_message = if version == 2 {
            d.nullable_string(true)?
        } else {
            Some(StrBytes::EMPTY)
        };
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        let high_watermark = d.i64()?;
        let current_voters = d.array(true, 13, |d| ReplicaState::decode(d, version))?;
        let observers = d.array(true, 13, |d| ReplicaState::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            error_code,
            error_message,
            leader_id,
            leader_epoch,
            high_watermark,
            current_voters,
            observers,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i16(self.error_code);
        if version == 2 {
            e.nullable_string(self.error_message.as_deref(), true)?;
        }
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        e.i64(self.high_watermark);
        e.array(&self.current_voters, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.observers, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub node_id: i32,
    pub listeners: Vec<Listener>,
}

impl Node {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Node");
        let node_id = d.i32()?;
        let listeners = d.array(true, 5, |d| Listener::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Node { node_id, listeners })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.node_id);
        e.array(&self.listeners, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
}

impl Listener {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Listener");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Listener { name, host, port })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_directory_id: Uuid,
    pub log_end_offset: i64,
    pub last_fetch_timestamp: i64,
    pub last_caught_up_timestamp: i64,
}

impl Default for ReplicaState {
    fn default() -> ReplicaState {
        ReplicaState {
            replica_id: 0,
            replica_directory_id: Uuid::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
        }
    }
}

impl ReplicaState {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReplicaState");
        let replica_id = d.i32()?;
        let replica_directory_id = if version == 2 { d.uuid()? } else { Uuid::ZERO };
        let log_end_offset = d.i64()?;
        let last_fetch_timestamp = if version >= 1 { d.i64()? } else { -1 };
        let last_caught_up_timestamp = if version >= 1 { d.i64()? } else { -1 };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReplicaState {
            replica_id,
            replica_directory_id,
            log_end_offset,
            last_fetch_timestamp,
            last_caught_up_timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.replica_id);
        if version == 2 {
            e.uuid(self.replica_directory_id);
        } else if self.replica_directory_id != Uuid::ZERO {
            return Err(unsupported("ReplicaState.replica_directory_id", version));
        }
        e.i64(self.log_end_offset);
        if version >= 1 {
            e.i64(self.last_fetch_timestamp);
        }
        if version >= 1 {
            e.i64(self.last_caught_up_timestamp);
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
