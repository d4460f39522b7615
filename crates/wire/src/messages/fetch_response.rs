// Made by `cargo xtask generate` from FetchResponse.json in kafka-clients 4.3.1. Do not edit.

//! `FetchResponse`, versions 4 to 18, flexible from 12.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::record_set::Records;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub session_id: i32,
    pub responses: Vec<FetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 4..=18;
    const FIRST_FLEXIBLE: Option<i16> = Some(12);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 12;
        let throttle_time_ms = d.i32()?;
        let error_code = if version >= 7 { d.i16()? } else { 0 };
        let session_id = if version >= 7 { d.i32()? } else { 0 };
        let responses = d.array(flexible, 3, |d| FetchableTopicResponse::decode(d, version))?;
        let mut node_endpoints = Vec::new();
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 if version >= 16 => {
                        node_endpoints =
                            d.array(flexible, 11, |d| NodeEndpoint::decode(d, version))?
                    }
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(FetchResponse {
            throttle_time_ms,
            error_code,
            session_id,
            responses,
            node_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 12;
        e.i32(self.throttle_time_ms);
        if version >= 7 {
            e.i16(self.error_code);
        }
        if version >= 7 {
            e.i32(self.session_id);
        } else if self.session_id != 0 {
            return Err(unsupported("FetchResponse.session_id", version));
        }
        e.array(&self.responses, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if version < 16 && !self.node_endpoints.is_empty() {
            return Err(unsupported("FetchResponse.node_endpoints", version));
        }
        if flexible {
            let has_node_endpoints = version >= 16 && !self.node_endpoints.is_empty();
            e.unsigned_varint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                let field = e.begin_tagged(0);
                e.array(&self.node_endpoints, flexible, |e, value| {
                    value.encode(e, version)
                })?;
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchableTopicResponse {
    pub topic: StrBytes,
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl FetchableTopicResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchableTopicResponse");
        let flexible = version >= 12;
        let topic = if version <= 12 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version >= 13 { d.uuid()? } else { Uuid::ZERO };
        let partitions = d.array(flexible, 30, |d| PartitionData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(FetchableTopicResponse {
            topic,
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version <= 12 {
            e.string(&self.topic, flexible)?;
        }
        if version >= 13 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partitions, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    pub diverging_epoch: EpochEndOffset,
    pub current_leader: LeaderIdAndEpoch,
    pub snapshot_id: SnapshotId,
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    pub preferred_read_replica: i32,
    pub records: Records,
}

impl Default for PartitionData {
    fn default() -> PartitionData {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Vec::new()),
            preferred_read_replica: -1,
            records: Records::Null,
        }
    }
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let flexible = version >= 12;
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        let high_watermark = d.i64()?;
        let last_stable_offset = d.i64()?;
        let log_start_offset = if version >= 5 { d.i64()? } else { -1 };
        let aborted_transactions =
            d.nullable_array(flexible, 16, |d| AbortedTransaction::decode(d, version))?;
        let preferred_read_replica = if version >= 11 { d.i32()? } else { -1 };
        let records = d.nullable_records(flexible)?;
        let mut diverging_epoch = EpochEndOffset::default();
        let mut current_leader = LeaderIdAndEpoch::default();
        let mut snapshot_id = SnapshotId::default();
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => diverging_epoch = EpochEndOffset::decode(d, version)?,
                    1 => current_leader = LeaderIdAndEpoch::decode(d, version)?,
                    2 => snapshot_id = SnapshotId::decode(d, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            error_code,
            high_watermark,
            last_stable_offset,
            log_start_offset,
            diverging_epoch,
            current_leader,
            snapshot_id,
            aborted_transactions,
            preferred_read_replica,
            records,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        e.i32(self.partition_index);
        e.i16(self.error_code);
        e.i64(self.high_watermark);
        e.i64(self.last_stable_offset);
        if version >= 5 {
            e.i64(self.log_start_offset);
        }
        e.nullable_array(
            self.aborted_transactions.as_deref(),
            flexible,
            |e, value| value.encode(e, version),
        )?;
        if version >= 11 {
            e.i32(self.preferred_read_replica);
        } else if self.preferred_read_replica != -1 {
            return Err(unsupported("PartitionData.preferred_read_replica", version));
        }
        e.nullable_records(&self.records, flexible)?;
        if version < 12 && self.diverging_epoch != EpochEndOffset::default() {
            return Err(unsupported("PartitionData.diverging_epoch", version));
        }
        if version < 12 && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(unsupported("PartitionData.current_leader", version));
        }
        if version < 12 && self.snapshot_id != SnapshotId::default() {
            return Err(unsupported("PartitionData.snapshot_id", version));
        }
        if flexible {
            let has_diverging_epoch = self.diverging_epoch != EpochEndOffset::default();
            let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
            let has_snapshot_id = self.snapshot_id != SnapshotId::default();
            e.unsigned_varint(
                u32::from(has_diverging_epoch)
                    + u32::from(has_current_leader)
                    + u32::from(has_snapshot_id),
            );
            if has_diverging_epoch {
                let field = e.begin_tagged(0);
                self.diverging_epoch.encode(e, version)?;
                e.end_tagged(field);
            }
            if has_current_leader {
                let field = e.begin_tagged(1);
                self.current_leader.encode(e, version)?;
                e.end_tagged(field);
            }
            if has_snapshot_id {
                let field = e.begin_tagged(2);
                self.snapshot_id.encode(e, version)?;
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    pub epoch: i32,
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> EpochEndOffset {
        EpochEndOffset {
            epoch: -1,
            end_offset: -1,
        }
    }
}

impl EpochEndOffset {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EpochEndOffset");
        let epoch = d.i32()?;
        let end_offset = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EpochEndOffset { epoch, end_offset })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.epoch);
        e.i64(self.end_offset);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> LeaderIdAndEpoch {
        LeaderIdAndEpoch {
            leader_id: -1,
            leader_epoch: -1,
        }
    }
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

#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> SnapshotId {
        SnapshotId {
            end_offset: -1,
            epoch: -1,
        }
    }
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
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
}

impl AbortedTransaction {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AbortedTransaction");
        let flexible = version >= 12;
        let producer_id = d.i64()?;
        let first_offset = d.i64()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AbortedTransaction {
            producer_id,
            first_offset,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        e.i64(self.producer_id);
        e.i64(self.first_offset);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub rack: Option<StrBytes>,
}

impl NodeEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("NodeEndpoint");
        let node_id = d.i32()?;
        let host = d.string(true)?;
        let port = d.i32()?;
        let rack = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(NodeEndpoint {
            node_id,
            host,
            port,
            rack,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.node_id);
        e.string(&self.host, true)?;
        e.i32(self.port);
        e.nullable_string(self.rack.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
