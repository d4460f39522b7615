// Made by `cargo xtask generate` from DeleteShareGroupOffsetsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteShareGroupOffsetsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteShareGroupOffsetsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub responses: Vec<DeleteShareGroupOffsetsResponseTopic>,
}

impl Message for DeleteShareGroupOffsetsResponse {
    const NAME: &'static str = "DeleteShareGroupOffsetsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteShareGroupOffsetsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let responses = d.array(true, 21, |d| {
            DeleteShareGroupOffsetsResponseTopic::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DeleteShareGroupOffsetsResponse {
            throttle_time_ms,
            error_code,
            error_message,
            responses,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.array(&self.responses, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteShareGroupOffsetsResponseTopic {
    pub topic_name: StrBytes,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl DeleteShareGroupOffsetsResponseTopic {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteShareGroupOffsetsResponseTopic");
        let topic_name = d.string(true)?;
        let topic_id = d.uuid()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DeleteShareGroupOffsetsResponseTopic {
            topic_name,
            topic_id,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.topic_name, true)?;
        e.uuid(self.topic_id);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
