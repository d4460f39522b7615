// Made by `cargo xtask generate` from StreamsGroupCurrentMemberAssignmentValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `StreamsGroupCurrentMemberAssignmentValue`, version 0, flexible from 0.

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
pub struct StreamsGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub active_tasks_pending_revocation: Vec<TaskIds>,
    pub standby_tasks_pending_revocation: Vec<TaskIds>,
    pub warmup_tasks_pending_revocation: Vec<TaskIds>,
}

impl Message for StreamsGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupCurrentMemberAssignmentValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let member_epoch = d.i32()?;
        let previous_member_epoch = d.i32()?;
        let state = d.i8()?;
        let active_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let active_tasks_pending_revocation = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let standby_tasks_pending_revocation = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        let warmup_tasks_pending_revocation = d.array(true, 3, |d| TaskIds::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupCurrentMemberAssignmentValue {
            member_epoch,
            previous_member_epoch,
            state,
            active_tasks,
            standby_tasks,
            warmup_tasks,
            active_tasks_pending_revocation,
            standby_tasks_pending_revocation,
            warmup_tasks_pending_revocation,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.member_epoch);
        e.i32(self.previous_member_epoch);
        e.i8(self.state);
        e.array(&self.active_tasks, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.standby_tasks, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.warmup_tasks, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.active_tasks_pending_revocation, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.standby_tasks_pending_revocation, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.warmup_tasks_pending_revocation, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct TaskIds {
    pub subtopology_id: StrBytes,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
}

impl Default for TaskIds {
    fn default() -> TaskIds {
        TaskIds {
            subtopology_id: StrBytes::EMPTY,
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
        }
    }
}

impl TaskIds {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TaskIds");
        let subtopology_id = d.string(true)?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        let mut assignment_epochs = Some(Vec::new());
        d.tagged_fields(|d, tag| {
            match tag {
                0 => assignment_epochs = d.nullable_array(true, 4, Decoder::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(TaskIds {
            subtopology_id,
            partitions,
            assignment_epochs,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        let has_assignment_epochs = self
            .assignment_epochs
            .as_ref()
            .is_none_or(|value| !value.is_empty());
        e.unsigned_varint(u32::from(has_assignment_epochs));
        if has_assignment_epochs {
            let field = e.begin_tagged(0);
            e.nullable_array(self.assignment_epochs.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
