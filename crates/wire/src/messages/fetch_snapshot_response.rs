// Made by `cargo xtask generate` from FetchSnapshotResponse.json in kafka-clients 4.3.1. Do not edit.

//! `FetchSnapshotResponse`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::record_set::Records;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchSnapshotResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub topics: Vec<TopicSnapshot>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for FetchSnapshotResponse {
    const NAME: &'static str = "FetchSnapshotResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchSnapshotResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let topics = d.array(true, 3, |d| TopicSnapshot::decode(d, version))?;
        let mut node_endpoints = Vec::new();
        d.tagged_fields(|d, tag| {
            match tag {
                0 if version == 1 => {
                    node_endpoints = d.array(true, 8, |d| NodeEndpoint::decode(d, version))?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(FetchSnapshotResponse {
            throttle_time_ms,
            error_code,
            topics,
            node_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        if version != 1 && !self.node_endpoints.is_empty() {
            return Err(unsupported("FetchSnapshotResponse.node_endpoints", version));
        }
        let has_node_endpoints = version == 1 && !self.node_endpoints.is_empty();
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
pub struct TopicSnapshot {
    pub name: StrBytes,
    pub partitions: Vec<PartitionSnapshot>,
}

impl TopicSnapshot {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicSnapshot");
        let name = d.string(true)?;
        let partitions = d.array(true, 37, |d| PartitionSnapshot::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicSnapshot { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionSnapshot {
    pub index: i32,
    pub error_code: i16,
    pub snapshot_id: SnapshotId,
    pub current_leader: LeaderIdAndEpoch,
    pub size: i64,
    pub position: i64,
    pub unaligned_records: Records,
}

impl PartitionSnapshot {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionSnapshot");
        let index = d.i32()?;
        let error_code = d.i16()?;
        let snapshot_id = SnapshotId::decode(d, version)?;
        let size = d.i64()?;
        let position = d.i64()?;
        let unaligned_records = d.records(true)?;
        let mut current_leader = LeaderIdAndEpoch::default();
        d.tagged_fields(|d, tag| {
            match tag {
                0 => current_leader = LeaderIdAndEpoch::decode(d, version)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(PartitionSnapshot {
            index,
            error_code,
            snapshot_id,
            current_leader,
            size,
            position,
            unaligned_records,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.index);
        e.i16(self.error_code);
        self.snapshot_id.encode(e, version)?;
        e.i64(self.size);
        e.i64(self.position);
        e.records(
            &self.unaligned_records,
            true,
            "PartitionSnapshot.unaligned_records",
        )?;
        let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
        e.unsigned_varint(u32::from(has_current_leader));
        if has_current_leader {
            let field = e.begin_tagged(0);
            self.current_leader.encode(e, version)?;
            e.end_tagged(field);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

impl SnapshotId {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SnapshotId");
        let end_offset = d.i64()?;
        let epoch = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(SnapshotId { end_offset, epoch })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i64(self.end_offset);
        e.i32(self.epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl LeaderIdAndEpoch {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaderIdAndEpoch");
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(LeaderIdAndEpoch {
            leader_id,
            leader_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
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
