// Made by `cargo xtask generate` from ConsumerGroupPartitionMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupPartitionMetadataValue`, version 0, flexible from 0.

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
pub struct ConsumerGroupPartitionMetadataValue {
    pub topics: Vec<TopicMetadata>,
}

impl Message for ConsumerGroupPartitionMetadataValue {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupPartitionMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topics = d.array(true, 23, |d| TopicMetadata::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConsumerGroupPartitionMetadataValue { topics })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
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
pub struct TopicMetadata {
    pub topic_id: Uuid,
    pub topic_name: StrBytes,
    pub num_partitions: i32,
    pub partition_metadata: Vec<PartitionMetadata>,
}

impl TopicMetadata {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicMetadata");
        let topic_id = d.uuid()?;
        let topic_name = d.string(true)?;
        let num_partitions = d.i32()?;
        let partition_metadata = d.array(true, 6, |d| PartitionMetadata::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicMetadata {
            topic_id,
            topic_name,
            num_partitions,
            partition_metadata,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.string(&self.topic_name, true)?;
        e.i32(self.num_partitions);
        e.array(&self.partition_metadata, true, |e, value| {
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
pub struct PartitionMetadata {
    pub partition: i32,
    pub racks: Vec<StrBytes>,
}

impl PartitionMetadata {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionMetadata");
        let partition = d.i32()?;
        let racks = d.array(true, 1, |d| d.string(true))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionMetadata { partition, racks })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition);
        e.array(&self.racks, true, |e, value| e.string(value, true))?;
        e.unsigned_varint(0);
        Ok(())
    }
}
