// Made by `cargo xtask generate` from ConsumerProtocolAssignment.json in kafka-clients 4.3.1. Do not edit.

//! `ConsumerProtocolAssignment`, versions 0 to 3, never flexible.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    pub user_data: Option<Bytes>,
}

impl Message for ConsumerProtocolAssignment {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=3;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerProtocolAssignment");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let assigned_partitions = d.array(false, 6, |d| TopicPartition::decode(d, version))?;
        let user_data = d.nullable_bytes(false)?;
        d.leave(outer);
        Ok(ConsumerProtocolAssignment {
            assigned_partitions,
            user_data,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.assigned_partitions, false, |e, value| {
            value.encode(e, version)
        })?;
        e.nullable_bytes(self.user_data.as_deref(), false)?;
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
        let topic = d.string(false)?;
        let partitions = d.array(false, 4, Decoder::i32)?;
        d.leave(outer);
        Ok(TopicPartition { topic, partitions })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic, false)?;
        e.array(&self.partitions, false, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        Ok(())
    }
}
