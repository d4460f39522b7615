// Made by `cargo xtask generate` from StreamsGroupHeartbeatResponse.json in kafka-clients 4.3.1. Do not edit.

//! `StreamsGroupHeartbeatResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub member_id: StrBytes,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    pub acceptable_recovery_lag: i32,
    pub task_offset_interval_ms: i32,
    pub status: Option<Vec<Status>>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub endpoint_information_epoch: i32,
    pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
}

impl Default for StreamsGroupHeartbeatResponse {
    fn default() -> StreamsGroupHeartbeatResponse {
        StreamsGroupHeartbeatResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            member_id: StrBytes::EMPTY,
            member_epoch: 0,
            heartbeat_interval_ms: 0,
            acceptable_recovery_lag: 0,
            task_offset_interval_ms: 0,
            status: Some(Vec::new()),
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            endpoint_information_epoch: 0,
            partitions_by_user_endpoint: None,
        }
    }
}

impl Message for StreamsGroupHeartbeatResponse {
    const NAME: &'static str = "StreamsGroupHeartbeatResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupHeartbeatResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let member_id = d.string(true)?;
        let member_epoch = d.i32()?;
        let heartbeat_interval_ms = d.i32()?;
        let acceptable_recovery_lag = d.i32()?;
        let task_offset_interval_ms = d.i32()?;
        let status = d.nullable_array(true, 3, |d| Status::decode(d, version))?;
        let active_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let endpoint_information_epoch = d.i32()?;
        let partitions_by_user_endpoint =
            d.nullable_array(true, 7, |d| EndpointToPartitions::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupHeartbeatResponse {
            throttle_time_ms,
            error_code,
            error_message,
            member_id,
            member_epoch,
            heartbeat_interval_ms,
            acceptable_recovery_lag,
            task_offset_interval_ms,
            status,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            endpoint_information_epoch,
            partitions_by_user_endpoint,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.string(&self.member_id, true)?;
        e.i32(self.member_epoch);
        e.i32(self.heartbeat_interval_ms);
        e.i32(self.acceptable_recovery_lag);
        e.i32(self.task_offset_interval_ms);
        e.nullable_array(self.status.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.active_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.standby_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.warmup_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.i32(self.endpoint_information_epoch);
        e.nullable_array(
            self.partitions_by_user_endpoint.as_deref(),
            true,
            |e, value| value.encode(e, version),
        )?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointToPartitions {
    pub user_endpoint: Endpoint,
    pub active_partitions: Vec<TopicPartition>,
    pub standby_partitions: Vec<TopicPartition>,
}

impl EndpointToPartitions {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EndpointToPartitions");
        let user_endpoint = Endpoint::decode(d, version)?;
        let active_partitions = d.array(true, 3, |d| TopicPartition::decode(d, version))?;
        let standby_partitions = d.array(true, 3, |d| TopicPartition::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EndpointToPartitions {
            user_endpoint,
            active_partitions,
            standby_partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        self.user_endpoint.encode(e, version)?;
        e.array(&self.active_partitions, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.standby_partitions, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    pub status_code: i8,
    pub status_detail: StrBytes,
}

impl Status {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Status");
        let status_code = d.i8()?;
        let status_detail = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Status {
            status_code,
            status_detail,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i8(self.status_code);
        e.string(&self.status_detail, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartition {
    pub topic: StrBytes,
    pub partitions: Vec<i32>,
}

impl TopicPartition {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicPartition");
        let topic = d.string(true)?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicPartition { topic, partitions })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic, true)?;
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskIds {
    pub subtopology_id: StrBytes,
    pub partitions: Vec<i32>,
}

impl TaskIds {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TaskIds");
        let subtopology_id = d.string(true)?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TaskIds {
            subtopology_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    pub host: StrBytes,
    pub port: u16,
}

impl Endpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Endpoint");
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Endpoint { host, port })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}
