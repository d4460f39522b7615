// Made by `cargo xtask generate` from ShareAcknowledgeRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ShareAcknowledgeRequest`, versions 1 to 2, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ShareAcknowledgeResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct ShareAcknowledgeRequest {
    pub group_id: Option<StrBytes>,
    pub member_id: Option<StrBytes>,
    pub share_session_epoch: i32,
    pub is_renew_ack: bool,
    pub topics: Vec<AcknowledgeTopic>,
}

impl Default for ShareAcknowledgeRequest {
    fn default() -> ShareAcknowledgeRequest {
        ShareAcknowledgeRequest {
            group_id: None,
            member_id: Some(StrBytes::EMPTY),
            share_session_epoch: 0,
            is_renew_ack: false,
            topics: Vec::new(),
        }
    }
}

impl Message for ShareAcknowledgeRequest {
    const NAME: &'static str = "ShareAcknowledgeRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareAcknowledgeRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.nullable_string(true)?;
        let member_id = d.nullable_string(true)?;
        let share_session_epoch = d.i32()?;
        let is_renew_ack = if version == 2 { d.bool()? } else { false };
        let topics = d.array(true, 18, |d| AcknowledgeTopic::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareAcknowledgeRequest {
            group_id,
            member_id,
            share_session_epoch,
            is_renew_ack,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.group_id.as_deref(), true)?;
        e.nullable_string(self.member_id.as_deref(), true)?;
        e.i32(self.share_session_epoch);
        if version == 2 {
            e.bool(self.is_renew_ack);
        } else if self.is_renew_ack {
            return Err(unsupported("ShareAcknowledgeRequest.is_renew_ack", version));
        }
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ShareAcknowledgeRequest {
    const KEY: ApiKey = ApiKey::ShareAcknowledge;
    type Response = ShareAcknowledgeResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcknowledgeTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<AcknowledgePartition>,
}

impl AcknowledgeTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AcknowledgeTopic");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 6, |d| AcknowledgePartition::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AcknowledgeTopic {
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcknowledgePartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
}

impl AcknowledgePartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AcknowledgePartition");
        let partition_index = d.i32()?;
        let acknowledgement_batches =
            d.array(true, 18, |d| AcknowledgementBatch::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AcknowledgePartition {
            partition_index,
            acknowledgement_batches,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.array(&self.acknowledgement_batches, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcknowledgementBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub acknowledge_types: Vec<i8>,
}

impl AcknowledgementBatch {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AcknowledgementBatch");
        let first_offset = d.i64()?;
        let last_offset = d.i64()?;
        let acknowledge_types = d.array(true, 1, Decoder::i8)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AcknowledgementBatch {
            first_offset,
            last_offset,
            acknowledge_types,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i64(self.first_offset);
        e.i64(self.last_offset);
        e.array(&self.acknowledge_types, true, |e, value| {
            e.i8(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
