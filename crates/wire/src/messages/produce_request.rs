// Made by `cargo xtask generate` from ProduceRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ProduceRequest`, versions 3 to 13, flexible from 9.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ProduceResponse};
use crate::record_set::Records;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProduceRequest {
    pub transactional_id: Option<StrBytes>,
    pub acks: i16,
    pub timeout_ms: i32,
    pub topic_data: Vec<TopicProduceData>,
}

impl Message for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 3..=13;
    const FIRST_FLEXIBLE: Option<i16> = Some(9);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ProduceRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        let transactional_id = d.nullable_string(flexible)?;
        let acks = d.i16()?;
        let timeout_ms = d.i32()?;
        let topic_data = d.array(flexible, 3, |d| TopicProduceData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ProduceRequest {
            transactional_id,
            acks,
            timeout_ms,
            topic_data,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        e.nullable_string(self.transactional_id.as_deref(), flexible)?;
        e.i16(self.acks);
        e.i32(self.timeout_ms);
        e.array(&self.topic_data, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for ProduceRequest {
    const KEY: ApiKey = ApiKey::Produce;
    type Response = ProduceResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicProduceData {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub partition_data: Vec<PartitionProduceData>,
}

impl TopicProduceData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicProduceData");
        let flexible = version >= 9;
        let name = if version <= 12 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version == 13 { d.uuid()? } else { Uuid::ZERO };
        let partition_data = d.array(flexible, 6, |d| PartitionProduceData::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(TopicProduceData {
            name,
            topic_id,
            partition_data,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version <= 12 {
            e.string(&self.name, flexible)?;
        }
        if version == 13 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partition_data, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionProduceData {
    pub index: i32,
    pub records: Records,
}

impl PartitionProduceData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionProduceData");
        let flexible = version >= 9;
        let index = d.i32()?;
        let records = d.nullable_records(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(PartitionProduceData { index, records })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i32(self.index);
        e.nullable_records(&self.records, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
