// Made by `cargo xtask generate` from StreamsGroupHeartbeatRequest.json in kafka-clients 4.3.1. Do not edit.

//! `StreamsGroupHeartbeatRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, StreamsGroupHeartbeatResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupHeartbeatRequest {
    pub group_id: StrBytes,
    pub member_id: StrBytes,
    pub member_epoch: i32,
    pub endpoint_information_epoch: i32,
    pub instance_id: Option<StrBytes>,
    pub rack_id: Option<StrBytes>,
    pub rebalance_timeout_ms: i32,
    pub topology: Option<Topology>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub process_id: Option<StrBytes>,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Option<Vec<KeyValue>>,
    pub task_offsets: Option<Vec<TaskOffset>>,
    pub task_end_offsets: Option<Vec<TaskOffset>>,
    pub shutdown_application: bool,
}

impl Default for StreamsGroupHeartbeatRequest {
    fn default() -> StreamsGroupHeartbeatRequest {
        StreamsGroupHeartbeatRequest {
            group_id: StrBytes::EMPTY,
            member_id: StrBytes::EMPTY,
            member_epoch: 0,
            endpoint_information_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            topology: None,
            active_tasks: None,
            standby_tasks: None,
            warmup_tasks: None,
            process_id: None,
            user_endpoint: None,
            client_tags: None,
            task_offsets: None,
            task_end_offsets: None,
            shutdown_application: false,
        }
    }
}

impl Message for StreamsGroupHeartbeatRequest {
    const NAME: &'static str = "StreamsGroupHeartbeatRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupHeartbeatRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(true)?;
        let member_id = d.string(true)?;
        let member_epoch = d.i32()?;
        let endpoint_information_epoch = d.i32()?;
        let instance_id = d.nullable_string(true)?;
        let rack_id = d.nullable_string(true)?;
        let rebalance_timeout_ms = d.i32()?;
        let topology = if d.is_present()? {
            Some(Topology::decode(d, version)?)
        } else {
            None
        };
        let active_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks = d.nullable_array(true, 3, |d| TaskIds::decode(d, version))?;
        let process_id = d.nullable_string(true)?;
        let user_endpoint = if d.is_present()? {
            Some(Endpoint::decode(d, version)?)
        } else {
            None
        };
        let client_tags = d.nullable_array(true, 3, |d| KeyValue::decode(d, version))?;
        let task_offsets = d.nullable_array(true, 14, |d| TaskOffset::decode(d, version))?;
        let task_end_offsets = d.nullable_array(true, 14, |d| TaskOffset::decode(d, version))?;
        let shutdown_application = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupHeartbeatRequest {
            group_id,
            member_id,
            member_epoch,
            endpoint_information_epoch,
            instance_id,
            rack_id,
            rebalance_timeout_ms,
            topology,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            process_id,
            user_endpoint,
            client_tags,
            task_offsets,
            task_end_offsets,
            shutdown_application,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, true)?;
        e.string(&self.member_id, true)?;
        e.i32(self.member_epoch);
        e.i32(self.endpoint_information_epoch);
        e.nullable_string(self.instance_id.as_deref(), true)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.i32(self.rebalance_timeout_ms);
        e.presence(self.topology.is_some());
        if let Some(value) = &self.topology {
            value.encode(e, version)?;
        }
        e.nullable_array(self.active_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.standby_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.warmup_tasks.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_string(self.process_id.as_deref(), true)?;
        e.presence(self.user_endpoint.is_some());
        if let Some(value) = &self.user_endpoint {
            value.encode(e, version)?;
        }
        e.nullable_array(self.client_tags.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.task_offsets.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_array(self.task_end_offsets.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.bool(self.shutdown_application);
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for StreamsGroupHeartbeatRequest {
    const KEY: ApiKey = ApiKey::StreamsGroupHeartbeat;
    type Response = StreamsGroupHeartbeatResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
}

impl Topology {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Topology");
        let epoch = d.i32()?;
        let subtopologies = d.array(true, 8, |d| Subtopology::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Topology {
            epoch,
            subtopologies,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.epoch);
        e.array(&self.subtopologies, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subtopology {
    pub subtopology_id: StrBytes,
    pub source_topics: Vec<StrBytes>,
    pub source_topic_regex: Vec<StrBytes>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<StrBytes>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
}

impl Subtopology {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Subtopology");
        let subtopology_id = d.string(true)?;
        let source_topics = d.array(true, 1, |d| d.string(true))?;
        let source_topic_regex = d.array(true, 1, |d| d.string(true))?;
        let state_changelog_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        let repartition_sink_topics = d.array(true, 1, |d| d.string(true))?;
        let repartition_source_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        let copartition_groups = d.array(true, 4, |d| CopartitionGroup::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Subtopology {
            subtopology_id,
            source_topics,
            source_topic_regex,
            state_changelog_topics,
            repartition_sink_topics,
            repartition_source_topics,
            copartition_groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.array(&self.source_topics, true, |e, value| e.string(value, true))?;
        e.array(&self.source_topic_regex, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.state_changelog_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.repartition_sink_topics, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.repartition_source_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.copartition_groups, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
}

impl CopartitionGroup {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CopartitionGroup");
        let source_topics = d.array(true, 2, Decoder::i16)?;
        let source_topic_regex = d.array(true, 2, Decoder::i16)?;
        let repartition_source_topics = d.array(true, 2, Decoder::i16)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(CopartitionGroup {
            source_topics,
            source_topic_regex,
            repartition_source_topics,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.array(&self.source_topics, true, |e, value| {
            e.i16(*value);
            Ok(())
        })?;
        e.array(&self.source_topic_regex, true, |e, value| {
            e.i16(*value);
            Ok(())
        })?;
        e.array(&self.repartition_source_topics, true, |e, value| {
            e.i16(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyValue {
    pub key: StrBytes,
    pub value: StrBytes,
}

impl KeyValue {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("KeyValue");
        let key = d.string(true)?;
        let value = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(KeyValue { key, value })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.key, true)?;
        e.string(&self.value, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicInfo {
    pub name: StrBytes,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<KeyValue>,
}

impl TopicInfo {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicInfo");
        let name = d.string(true)?;
        let partitions = d.i32()?;
        let replication_factor = d.i16()?;
        let topic_configs = d.array(true, 3, |d| KeyValue::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicInfo {
            name,
            partitions,
            replication_factor,
            topic_configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i32(self.partitions);
        e.i16(self.replication_factor);
        e.array(&self.topic_configs, true, |e, value| {
            value.encode(e, version)
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskOffset {
    pub subtopology_id: StrBytes,
    pub partition: i32,
    pub offset: i64,
}

impl TaskOffset {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TaskOffset");
        let subtopology_id = d.string(true)?;
        let partition = d.i32()?;
        let offset = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TaskOffset {
            subtopology_id,
            partition,
            offset,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.i32(self.partition);
        e.i64(self.offset);
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
