// Made by `cargo xtask generate` from ShareFetchResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ShareFetchResponse`, versions 1 to 2, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::record_set::Records;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareFetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareFetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for ShareFetchResponse {
    const NAME: &'static str = "ShareFetchResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareFetchResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let acquisition_lock_timeout_ms = d.i32()?;
        let responses = d.array(true, 18, |d| {
            ShareFetchableTopicResponse::decode(d, version)
        })?;
        let node_endpoints = d.array(true, 11, |d| NodeEndpoint::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareFetchResponse {
            throttle_time_ms,
            error_code,
            error_message,
            acquisition_lock_timeout_ms,
            responses,
            node_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.i32(self.acquisition_lock_timeout_ms);
        e.array(&self.responses, true, |e, value| value.encode(e, version))?;
        e.array(&self.node_endpoints, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareFetchableTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl ShareFetchableTopicResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareFetchableTopicResponse");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 22, |d| PartitionData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareFetchableTopicResponse {
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
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub acknowledge_error_code: i16,
    pub acknowledge_error_message: Option<StrBytes>,
    pub current_leader: LeaderIdAndEpoch,
    pub records: Records,
    pub acquired_records: Vec<AcquiredRecords>,
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let acknowledge_error_code = d.i16()?;
        let acknowledge_error_message = d.nullable_string(true)?;
        let current_leader = LeaderIdAndEpoch::decode(d, version)?;
        let records = d.records(true)?;
        let acquired_records = d.array(true, 19, |d| AcquiredRecords::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            error_code,
            error_message,
            acknowledge_error_code,
            acknowledge_error_message,
            current_leader,
            records,
            acquired_records,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.i16(self.acknowledge_error_code);
        e.nullable_string(self.acknowledge_error_message.as_deref(), true)?;
        self.current_leader.encode(e, version)?;
        e.records(&self.records, true, "PartitionData.records")?;
        e.array(&self.acquired_records, true, |e, value| {
            value.encode(e, version)
        })?;
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
pub struct AcquiredRecords {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_count: i16,
}

impl AcquiredRecords {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AcquiredRecords");
        let first_offset = d.i64()?;
        let last_offset = d.i64()?;
        let delivery_count = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AcquiredRecords {
            first_offset,
            last_offset,
            delivery_count,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i64(self.first_offset);
        e.i64(self.last_offset);
        e.i16(self.delivery_count);
        e.unsigned_varint(0);
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
