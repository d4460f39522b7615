// Made by `cargo xtask generate` from ElectLeadersRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ElectLeadersRequest`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ElectLeadersResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeadersRequest {
    pub election_type: i8,
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    pub timeout_ms: i32,
}

impl Default for ElectLeadersRequest {
    fn default() -> ElectLeadersRequest {
        ElectLeadersRequest {
            election_type: 0,
            topic_partitions: Some(Vec::new()),
            timeout_ms: 60000,
        }
    }
}

impl Message for ElectLeadersRequest {
    const NAME: &'static str = "ElectLeadersRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ElectLeadersRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let election_type = if version >= 1 { d.i8()? } else { 0 };
        let topic_partitions =
            d.nullable_array(flexible, 3, |d| TopicPartitions::decode(d, version))?;
        let timeout_ms = d.i32()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ElectLeadersRequest {
            election_type,
            topic_partitions,
            timeout_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        if version >= 1 {
            e.i8(self.election_type);
        } else if self.election_type != 0 {
            return Err(unsupported("ElectLeadersRequest.election_type", version));
        }
        e.nullable_array(self.topic_partitions.as_deref(), flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.i32(self.timeout_ms);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for ElectLeadersRequest {
    const KEY: ApiKey = ApiKey::ElectLeaders;
    type Response = ElectLeadersResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartitions {
    pub topic: StrBytes,
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicPartitions");
        let flexible = version == 2;
        let topic = d.string(flexible)?;
        let partitions = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(TopicPartitions { topic, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 2;
        e.string(&self.topic, flexible)?;
        e.array(&self.partitions, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
