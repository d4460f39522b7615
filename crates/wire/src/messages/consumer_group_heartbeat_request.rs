// Made by `cargo xtask generate` from ConsumerGroupHeartbeatRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ConsumerGroupHeartbeatRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ConsumerGroupHeartbeatResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerGroupHeartbeatRequest {
    pub group_id: StrBytes,
    pub member_id: StrBytes,
    pub member_epoch: i32,
    pub instance_id: Option<StrBytes>,
    pub rack_id: Option<StrBytes>,
    pub rebalance_timeout_ms: i32,
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
    pub subscribed_topic_regex: Option<StrBytes>,
    pub server_assignor: Option<StrBytes>,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
}

impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest {
            group_id: StrBytes::EMPTY,
            member_id: StrBytes::EMPTY,
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }
}

impl Message for ConsumerGroupHeartbeatRequest {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupHeartbeatRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(true)?;
        let member_id = d.string(true)?;
        let member_epoch = d.i32()?;
        let instance_id = d.nullable_string(true)?;
        let rack_id = d.nullable_string(true)?;
        let rebalance_timeout_ms = d.i32()?;
        let subscribed_topic_names = d.nullable_array(true, 1, |d| d.string(true))?;
        let subscribed_topic_regex = if version == 1 {
            d.nullable_string(true)?
        } else {
            None
        };
        let server_assignor = d.nullable_string(true)?;
        let topic_partitions =
            d.nullable_array(true, 18, |d| TopicPartitions::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConsumerGroupHeartbeatRequest {
            group_id,
            member_id,
            member_epoch,
            instance_id,
            rack_id,
            rebalance_timeout_ms,
            subscribed_topic_names,
            subscribed_topic_regex,
            server_assignor,
            topic_partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, true)?;
        e.string(&self.member_id, true)?;
        e.i32(self.member_epoch);
        e.nullable_string(self.instance_id.as_deref(), true)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.i32(self.rebalance_timeout_ms);
        e.nullable_array(self.subscribed_topic_names.as_deref(), true, |e, value| {
            e.string(value, true)
        })?;
        if version == 1 {
            e.nullable_string(self.subscribed_topic_regex.as_deref(), true)?;
        } else if self.subscribed_topic_regex.is_some() {
            return Err(unsupported(
                "ConsumerGroupHeartbeatRequest.subscribed_topic_regex",
                version,
            ));
        }
        e.nullable_string(self.server_assignor.as_deref(), true)?;
        e.nullable_array(self.topic_partitions.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ConsumerGroupHeartbeatRequest {
    const KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
    type Response = ConsumerGroupHeartbeatResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicPartitions");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicPartitions {
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
