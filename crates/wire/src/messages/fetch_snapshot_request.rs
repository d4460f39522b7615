// Made by `cargo xtask generate` from FetchSnapshotRequest.json in kafka-clients 4.3.1. Do not edit.

//! `FetchSnapshotRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, FetchSnapshotResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct FetchSnapshotRequest {
    pub cluster_id: Option<StrBytes>,
    pub replica_id: i32,
    pub max_bytes: i32,
    pub topics: Vec<TopicSnapshot>,
}

impl Default for FetchSnapshotRequest {
    fn default() -> FetchSnapshotRequest {
        FetchSnapshotRequest {
            cluster_id: None,
            replica_id: -1,
            max_bytes: i32::MAX,
            topics: Vec::new(),
        }
    }
}

impl Message for FetchSnapshotRequest {
    const NAME: &'static str = "FetchSnapshotRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchSnapshotRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let replica_id = d.i32()?;
        let max_bytes = d.i32()?;
        let topics = d.array(true, 3, |d| TopicSnapshot::decode(d, version))?;
        let mut cluster_id = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => cluster_id = d.nullable_string(true)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(FetchSnapshotRequest {
            cluster_id,
            replica_id,
            max_bytes,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.replica_id);
        e.i32(self.max_bytes);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        let has_cluster_id = self.cluster_id.is_some();
        e.unsigned_varint(u32::from(has_cluster_id));
        if has_cluster_id {
            let field = e.begin_tagged(0);
            e.nullable_string(self.cluster_id.as_deref(), true)?;
            e.end_tagged(field);
        }
        Ok(())
    }
}

impl Request for FetchSnapshotRequest {
    const KEY: ApiKey = ApiKey::FetchSnapshot;
    type Response = FetchSnapshotResponse;
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
        let partitions = d.array(true, 30, |d| PartitionSnapshot::decode(d, version))?;
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
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub snapshot_id: SnapshotId,
    pub position: i64,
    pub replica_directory_id: Uuid,
}

impl PartitionSnapshot {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionSnapshot");
        let partition = d.i32()?;
        let current_leader_epoch = d.i32()?;
        let snapshot_id = SnapshotId::decode(d, version)?;
        let position = d.i64()?;
        let mut replica_directory_id = Uuid::ZERO;
        d.tagged_fields(|d, tag| {
            match tag {
                0 if version == 1 => replica_directory_id = d.uuid()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(PartitionSnapshot {
            partition,
            current_leader_epoch,
            snapshot_id,
            position,
            replica_directory_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition);
        e.i32(self.current_leader_epoch);
        self.snapshot_id.encode(e, version)?;
        e.i64(self.position);
        let has_replica_directory_id = version == 1 && self.replica_directory_id != Uuid::ZERO;
        e.unsigned_varint(u32::from(has_replica_directory_id));
        if has_replica_directory_id {
            let field = e.begin_tagged(0);
            e.uuid(self.replica_directory_id);
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
