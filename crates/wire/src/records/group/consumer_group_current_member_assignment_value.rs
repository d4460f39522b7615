// Made by `cargo xtask generate` from ConsumerGroupCurrentMemberAssignmentValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupCurrentMemberAssignmentValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ConsumerGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub assigned_partitions: Vec<TopicPartitions>,
    pub partitions_pending_revocation: Vec<TopicPartitions>,
}

impl Message for ConsumerGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupCurrentMemberAssignmentValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let member_epoch = d.i32()?;
        let previous_member_epoch = d.i32()?;
        let state = d.i8()?;
        let assigned_partitions = d.array(true, 18, |d| TopicPartitions::decode(d, version))?;
        let partitions_pending_revocation =
            d.array(true, 18, |d| TopicPartitions::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConsumerGroupCurrentMemberAssignmentValue {
            member_epoch,
            previous_member_epoch,
            state,
            assigned_partitions,
            partitions_pending_revocation,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.member_epoch);
        e.i32(self.previous_member_epoch);
        e.i8(self.state);
        e.array(&self.assigned_partitions, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.partitions_pending_revocation, true, |e, value| {
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
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
}

impl Default for TopicPartitions {
    fn default() -> TopicPartitions {
        TopicPartitions {
            topic_id: Uuid::ZERO,
            partitions: Vec::new(),
            assignment_epochs: Some(Vec::new()),
        }
    }
}

impl TopicPartitions {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicPartitions");
        let topic_id = d.uuid()?;
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
        Ok(TopicPartitions {
            topic_id,
            partitions,
            assignment_epochs,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
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
