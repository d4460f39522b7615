// Made by `cargo xtask generate` from ConsumerProtocolSubscription.json in kafka-clients 4.3.1. Do not edit.

//! `ConsumerProtocolSubscription`, versions 0 to 3, never flexible.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<StrBytes>,
    pub user_data: Option<Bytes>,
    pub owned_partitions: Vec<TopicPartition>,
    pub generation_id: i32,
    pub rack_id: Option<StrBytes>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> ConsumerProtocolSubscription {
        ConsumerProtocolSubscription {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Message for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=3;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerProtocolSubscription");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topics = d.array(false, 2, |d| d.string(false))?;
        let user_data = d.nullable_bytes(false)?;
        let owned_partitions = if version >= 1 {
            d.array(false, 6, |d| TopicPartition::decode(d, version))?
        } else {
            Vec::new()
        };
        let generation_id = if version >= 2 { d.i32()? } else { -1 };
        let rack_id = if version == 3 {
            d.nullable_string(false)?
        } else {
            None
        };
        d.leave(outer);
        Ok(ConsumerProtocolSubscription {
            topics,
            user_data,
            owned_partitions,
            generation_id,
            rack_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.topics, false, |e, value| e.string(value, false))?;
        e.nullable_bytes(self.user_data.as_deref(), false)?;
        if version >= 1 {
            e.array(&self.owned_partitions, false, |e, value| {
                value.encode(e, version)
            })?;
        }
        if version >= 2 {
            e.i32(self.generation_id);
        }
        if version == 3 {
            e.nullable_string(self.rack_id.as_deref(), false)?;
        }
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
