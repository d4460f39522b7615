// Made by `cargo xtask generate` from ReadShareGroupStateSummaryResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ReadShareGroupStateSummaryResponse`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadShareGroupStateSummaryResponse {
    pub results: Vec<ReadStateSummaryResult>,
}

impl Message for ReadShareGroupStateSummaryResponse {
    const NAME: &'static str = "ReadShareGroupStateSummaryResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReadShareGroupStateSummaryResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let results = d.array(true, 18, |d| ReadStateSummaryResult::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReadShareGroupStateSummaryResponse { results })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.results, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadStateSummaryResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
}

impl ReadStateSummaryResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReadStateSummaryResult");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 24, |d| PartitionResult::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReadStateSummaryResult {
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

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionResult {
    pub partition: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
}

impl Default for PartitionResult {
    fn default() -> PartitionResult {
        PartitionResult {
            partition: 0,
            error_code: 0,
            error_message: None,
            state_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
        }
    }
}

impl PartitionResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionResult");
        let partition = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let state_epoch = d.i32()?;
        let leader_epoch = d.i32()?;
        let start_offset = d.i64()?;
        let delivery_complete_count = if version == 1 { d.i32()? } else { -1 };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionResult {
            partition,
            error_code,
            error_message,
            state_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.i32(self.state_epoch);
        e.i32(self.leader_epoch);
        e.i64(self.start_offset);
        if version == 1 {
            e.i32(self.delivery_complete_count);
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
