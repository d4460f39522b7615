// Made by `cargo xtask generate` from StreamsGroupTopologyValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `StreamsGroupTopologyValue`, version 0, flexible from 0.

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
pub struct StreamsGroupTopologyValue {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
}

impl Message for StreamsGroupTopologyValue {
    const NAME: &'static str = "StreamsGroupTopologyValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupTopologyValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let epoch = d.i32()?;
        let subtopologies = d.array(true, 8, |d| Subtopology::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupTopologyValue {
            epoch,
            subtopologies,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.epoch);
        e.array(&self.subtopologies, true, |e, value| {
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
pub struct Subtopology {
    pub subtopology_id: StrBytes,
    pub source_topics: Vec<StrBytes>,
    pub source_topic_regex: Vec<StrBytes>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<StrBytes>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
}

impl Subtopology {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Subtopology");
        let subtopology_id = d.string(true)?;
        let source_topics = d.array(true, 1, |d| d.string(true))?;
        let source_topic_regex = d.array(true, 1, |d| d.string(true))?;
        let state_changelog_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        let repartition_sink_topics = d.array(true, 1, |d| d.string(true))?;
        let repartition_source_topics = d.array(true, 9, |d| TopicInfo::decode(d, version))?;
        let copartition_groups = d.array(true, 4, |d| CopartitionGroup::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Subtopology {
            subtopology_id,
            source_topics,
            source_topic_regex,
            state_changelog_topics,
            repartition_sink_topics,
            repartition_source_topics,
            copartition_groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.subtopology_id, true)?;
        e.array(&self.source_topics, true, |e, value| e.string(value, true))?;
        e.array(&self.source_topic_regex, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.state_changelog_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.repartition_sink_topics, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.repartition_source_topics, true, |e, value| {
            value.encode(e, version)
        })?;
        e.array(&self.copartition_groups, true, |e, value| {
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
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
}

impl CopartitionGroup {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CopartitionGroup");
        let source_topics = d.array(true, 2, Decoder::i16)?;
        let source_topic_regex = d.array(true, 2, Decoder::i16)?;
        let repartition_source_topics = d.array(true, 2, Decoder::i16)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(CopartitionGroup {
            source_topics,
            source_topic_regex,
            repartition_source_topics,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.array(&self.source_topics, true, |e, value| {
            e.i16(*value);
            Ok(())
        })?;
        e.array(&self.source_topic_regex, true, |e, value| {
            e.i16(*value);
            Ok(())
        })?;
        e.array(&self.repartition_source_topics, true, |e, value| {
            e.i16(*value);
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
pub struct TopicConfig {
    pub key: StrBytes,
    pub value: StrBytes,
}

impl TopicConfig {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicConfig");
        let key = d.string(true)?;
        let value = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicConfig { key, value })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.key, true)?;
        e.string(&self.value, true)?;
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
    pub name: StrBytes,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<TopicConfig>,
}

impl TopicInfo {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicInfo");
        let name = d.string(true)?;
        let partitions = d.i32()?;
        let replication_factor = d.i16()?;
        let topic_configs = d.array(true, 3, |d| TopicConfig::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicInfo {
            name,
            partitions,
            replication_factor,
            topic_configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i32(self.partitions);
        e.i16(self.replication_factor);
        e.array(&self.topic_configs, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
