// Made by `cargo xtask generate` from DescribeTopicPartitionsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeTopicPartitionsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTopicPartitionsResponse {
    pub throttle_time_ms: i32,
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    pub next_cursor: Option<Cursor>,
}

impl Message for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeTopicPartitionsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let topics = d.array(true, 26, |d| {
            DescribeTopicPartitionsResponseTopic::decode(d, version)
        })?;
        let next_cursor = if d.is_present()? {
            Some(Cursor::decode(d, version)?)
        } else {
            None
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeTopicPartitionsResponse {
            throttle_time_ms,
            topics,
            next_cursor,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.presence(self.next_cursor.is_some());
        if let Some(value) = &self.next_cursor {
            value.encode(e, version)?;
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic {
    pub error_code: i16,
    pub name: Option<StrBytes>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic {
    fn default() -> DescribeTopicPartitionsResponseTopic {
        DescribeTopicPartitionsResponseTopic {
            error_code: 0,
            name: Some(StrBytes::EMPTY),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
        }
    }
}

impl DescribeTopicPartitionsResponseTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeTopicPartitionsResponseTopic");
        let error_code = d.i16()?;
        let name = d.nullable_string(true)?;
        let topic_id = d.uuid()?;
        let is_internal = d.bool()?;
        let partitions = d.array(true, 20, |d| {
            DescribeTopicPartitionsResponsePartition::decode(d, version)
        })?;
        let topic_authorized_operations = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeTopicPartitionsResponseTopic {
            error_code,
            name,
            topic_id,
            is_internal,
            partitions,
            topic_authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i16(self.error_code);
        e.nullable_string(self.name.as_deref(), true)?;
        e.uuid(self.topic_id);
        e.bool(self.is_internal);
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.i32(self.topic_authorized_operations);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
    pub offline_replicas: Vec<i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> DescribeTopicPartitionsResponsePartition {
        DescribeTopicPartitionsResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
        }
    }
}

impl DescribeTopicPartitionsResponsePartition {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeTopicPartitionsResponsePartition");
        let error_code = d.i16()?;
        let partition_index = d.i32()?;
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        let replica_nodes = d.array(true, 4, Decoder::i32)?;
        let isr_nodes = d.array(true, 4, Decoder::i32)?;
        let eligible_leader_replicas = d.nullable_array(true, 4, Decoder::i32)?;
        let last_known_elr = d.nullable_array(true, 4, Decoder::i32)?;
        let offline_replicas = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeTopicPartitionsResponsePartition {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            eligible_leader_replicas,
            last_known_elr,
            offline_replicas,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i16(self.error_code);
        e.i32(self.partition_index);
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        e.array(&self.replica_nodes, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.isr_nodes, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.nullable_array(
            self.eligible_leader_replicas.as_deref(),
            true,
            |e, value| {
                e.i32(*value);
                Ok(())
            },
        )?;
        e.nullable_array(self.last_known_elr.as_deref(), true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.offline_replicas, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    pub topic_name: StrBytes,
    pub partition_index: i32,
}

impl Cursor {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Cursor");
        let topic_name = d.string(true)?;
        let partition_index = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Cursor {
            topic_name,
            partition_index,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic_name, true)?;
        e.i32(self.partition_index);
        e.unsigned_varint(0);
        Ok(())
    }
}
