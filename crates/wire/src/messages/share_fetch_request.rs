// Made by `cargo xtask generate` from ShareFetchRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ShareFetchRequest`, versions 1 to 2, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ShareFetchResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct ShareFetchRequest {
    pub group_id: Option<StrBytes>,
    pub member_id: Option<StrBytes>,
    pub share_session_epoch: i32,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub max_records: i32,
    pub batch_size: i32,
    pub share_acquire_mode: i8,
    pub is_renew_ack: bool,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
}

impl Default for ShareFetchRequest {
    fn default() -> ShareFetchRequest {
        ShareFetchRequest {
            group_id: None,
            member_id: Some(StrBytes::EMPTY),
            share_session_epoch: 0,
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            max_records: 0,
            batch_size: 0,
            share_acquire_mode: 0,
            is_renew_ack: false,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
        }
    }
}

impl Message for ShareFetchRequest {
    const NAME: &'static str = "ShareFetchRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareFetchRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.nullable_string(true)?;
        let member_id = d.nullable_string(true)?;
        let share_session_epoch = d.i32()?;
        let max_wait_ms = d.i32()?;
        let min_bytes = d.i32()?;
        let max_bytes = d.i32()?;
        let max_records = d.i32()?;
        let batch_size = d.i32()?;
        let share_acquire_mode = if version == 2 { d.i8()? } else { 0 };
        let is_renew_ack = if version == 2 { d.bool()? } else { false };
        let topics = d.array(true, 18, |d| FetchTopic::decode(d, version))?;
        let forgotten_topics_data = d.array(true, 18, |d| ForgottenTopic::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareFetchRequest {
            group_id,
            member_id,
            share_session_epoch,
            max_wait_ms,
            min_bytes,
            max_bytes,
            max_records,
            batch_size,
            share_acquire_mode,
            is_renew_ack,
            topics,
            forgotten_topics_data,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.group_id.as_deref(), true)?;
        e.nullable_string(self.member_id.as_deref(), true)?;
        e.i32(self.share_session_epoch);
        e.i32(self.max_wait_ms);
        e.i32(self.min_bytes);
        e.i32(self.max_bytes);
        e.i32(self.max_records);
        e.i32(self.batch_size);
        if version == 2 {
            e.i8(self.share_acquire_mode);
        }
        if version == 2 {
            e.bool(self.is_renew_ack);
        } else if self.is_renew_ack {
            return Err(unsupported("ShareFetchRequest.is_renew_ack", version));
        }
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.array(&self.forgotten_topics_data, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ShareFetchRequest {
    const KEY: ApiKey = ApiKey::ShareFetch;
    type Response = ShareFetchResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
}

impl FetchTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchTopic");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 6, |d| FetchPartition::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(FetchTopic {
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
pub struct FetchPartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
}

impl FetchPartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchPartition");
        let partition_index = d.i32()?;
        let acknowledgement_batches =
            d.array(true, 18, |d| AcknowledgementBatch::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(FetchPartition {
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForgottenTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl ForgottenTopic {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ForgottenTopic");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ForgottenTopic {
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
