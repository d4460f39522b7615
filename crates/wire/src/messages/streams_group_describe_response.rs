// Made by `cargo xtask generate` from StreamsGroupDescribeResponse.json in kafka-clients 4.3.1. Do not edit.

//! `StreamsGroupDescribeResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamsGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

impl Message for StreamsGroupDescribeResponse {
    const NAME: &'static str = "StreamsGroupDescribeResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupDescribeResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let groups = d.array(true, 20, |d| DescribedGroup::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupDescribeResponse {
            throttle_time_ms,
            groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.array(&self.groups, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub group_id: StrBytes,
    pub group_state: StrBytes,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub topology: Option<Topology>,
    pub members: Vec<Member>,
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> DescribedGroup {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: StrBytes::EMPTY,
            group_state: StrBytes::EMPTY,
            group_epoch: 0,
            assignment_epoch: 0,
            topology: None,
            members: Vec::new(),
            authorized_operations: i32::MIN,
        }
    }
}

impl DescribedGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribedGroup");
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let group_id = d.string(true)?;
        let group_state = d.string(true)?;
        let group_epoch = d.i32()?;
        let assignment_epoch = d.i32()?;
        let topology = if d.is_present()? {
            Some(Topology::decode(d, version)?)
        } else {
            None
        };
        let members = d.array(true, 28, |d| Member::decode(d, version))?;
        let authorized_operations = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribedGroup {
            error_code,
            error_message,
            group_id,
            group_state,
            group_epoch,
            assignment_epoch,
            topology,
            members,
            authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.string(&self.group_id, true)?;
        e.string(&self.group_state, true)?;
        e.i32(self.group_epoch);
        e.i32(self.assignment_epoch);
        e.presence(self.topology.is_some());
        if let Some(value) = &self.topology {
            value.encode(e, version)?;
        }
        e.array(&self.members, true, |e, value| value.encode(e, version))?;
        e.i32(self.authorized_operations);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Option<Vec<Subtopology>>,
}

impl Topology {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Topology");
        let epoch = d.i32()?;
        let subtopologies = d.nullable_array(true, 6, |d| Subtopology::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Topology {
            epoch,
            subtopologies,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.epoch);
        e.nullable_array(self.subtopologies.as_deref(), true, |e, value| {
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
    pub repartition_sink_topics: Vec<StrBytes>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_source_topics: Vec<TopicInfo>,
}

impl Subtopology {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Subtopology");
        let subtopology_id = d.string(true)?;
        let source_topics = d.array(true, 1, |d| d.string(true))?;
        let repartition_sink_topics = d.array(true, 1, |d| d.string(true))?;
        let state_changelog_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        let repartition_source_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Subtopology {
            subtopology_id,
            source_topics,
            repartition_sink_topics,
            state_changelog_topics,
            repartition_source_topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.array(&self.source_topics, true, |e, value| e.string(value, true))?;
        e.array(&self.repartition_sink_topics, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.state_changelog_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.repartition_source_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    pub member_id: StrBytes,
    pub member_epoch: i32,
    pub instance_id: Option<StrBytes>,
    pub rack_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub topology_epoch: i32,
    pub process_id: StrBytes,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
    pub task_offsets: Vec<TaskOffset>,
    pub task_end_offsets: Vec<TaskOffset>,
    pub assignment: Assignment,
    pub target_assignment: Assignment,
    pub is_classic: bool,
}

impl Member {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Member");
        let member_id = d.string(true)?;
        let member_epoch = d.i32()?;
        let instance_id = d.nullable_string(true)?;
        let rack_id = d.nullable_string(true)?;
        let client_id = d.string(true)?;
        let client_host = d.string(true)?;
        let topology_epoch = d.i32()?;
        let process_id = d.string(true)?;
        let user_endpoint = if d.is_present()? {
            Some(Endpoint::decode(d, version)?)
        } else {
            None
        };
        let client_tags = d.array(true, 3, |d| KeyValue::decode(d, version))?;
        let task_offsets = d.array(true, 14, |d| TaskOffset::decode(d, version))?;
        let task_end_offsets = d.array(true, 14, |d| TaskOffset::decode(d, version))?;
        let assignment = Assignment::decode(d, version)?;
        let target_assignment = Assignment::decode(d, version)?;
        let is_classic = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Member {
            member_id,
            member_epoch,
            instance_id,
            rack_id,
            client_id,
            client_host,
            topology_epoch,
            process_id,
            user_endpoint,
            client_tags,
            task_offsets,
            task_end_offsets,
            assignment,
            target_assignment,
            is_classic,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.member_id, true)?;
        e.i32(self.member_epoch);
        e.nullable_string(self.instance_id.as_deref(), true)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.string(&self.client_id, true)?;
        e.string(&self.client_host, true)?;
        e.i32(self.topology_epoch);
        e.string(&self.process_id, true)?;
        e.presence(self.user_endpoint.is_some());
        if let Some(value) = &self.user_endpoint {
            value.encode(e, version)?;
        }
        e.array(&self.client_tags, true, |e, value| value.encode(e, version))?;
        e.array(&self.task_offsets, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.task_end_offsets, true, |e, value| {
            value.encode(e, version)
        })?;
        self.assignment.encode(e, version)?;
        self.target_assignment.encode(e, version)?;
        e.bool(self.is_classic);
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
pub struct Assignment {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
}

impl Assignment {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Assignment");
        let active_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Assignment {
            active_tasks,
            standby_tasks,
            warmup_tasks,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.array(&self.active_tasks, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.standby_tasks, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.warmup_tasks, true, |e, value| {
            value.encode(e, version)
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
