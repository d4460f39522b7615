// Made by `cargo xtask generate` from ShareGroupStatePartitionMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ShareGroupStatePartitionMetadataValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ShareGroupStatePartitionMetadataValue {
    pub initializing_topics: Vec<TopicPartitionsInfo>,
    pub initialized_topics: Vec<TopicPartitionsInfo>,
    pub deleting_topics: Vec<TopicInfo>,
}

impl Message for ShareGroupStatePartitionMetadataValue {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareGroupStatePartitionMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let initializing_topics = d.array(true, 19, |d| TopicPartitionsInfo::decode(d, version))?;
        let initialized_topics = d.array(true, 19, |d| TopicPartitionsInfo::decode(d, version))?;
        let deleting_topics = d.array(true, 18, |d| TopicInfo::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareGroupStatePartitionMetadataValue {
            initializing_topics,
            initialized_topics,
            deleting_topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.initializing_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.initialized_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.deleting_topics, true, |e, value| {
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
pub struct TopicPartitionsInfo {
    pub topic_id: Uuid,
    pub topic_name: StrBytes,
    pub partitions: Vec<i32>,
}

impl TopicPartitionsInfo {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicPartitionsInfo");
        let topic_id = d.uuid()?;
        let topic_name = d.string(true)?;
        let partitions = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicPartitionsInfo {
            topic_id,
            topic_name,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.string(&self.topic_name, true)?;
        e.array(&self.partitions, true, |e, value| {
            e.i32(*value);
            Ok(())
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
pub struct TopicInfo {
    pub topic_id: Uuid,
    pub topic_name: StrBytes,
}

impl TopicInfo {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicInfo");
        let topic_id = d.uuid()?;
        let topic_name = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicInfo {
            topic_id,
            topic_name,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.string(&self.topic_name, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
