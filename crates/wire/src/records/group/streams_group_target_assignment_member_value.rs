// Made by `cargo xtask generate` from StreamsGroupTargetAssignmentMemberValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `StreamsGroupTargetAssignmentMemberValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct StreamsGroupTargetAssignmentMemberValue {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
}

impl Message for StreamsGroupTargetAssignmentMemberValue {
    const NAME: &'static str = "StreamsGroupTargetAssignmentMemberValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupTargetAssignmentMemberValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let active_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupTargetAssignmentMemberValue {
            active_tasks,
            standby_tasks,
            warmup_tasks,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
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
