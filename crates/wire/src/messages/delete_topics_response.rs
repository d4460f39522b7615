// Made by `cargo xtask generate` from DeleteTopicsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteTopicsResponse`, versions 1 to 6, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::{Encoder, required};
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteTopicsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<DeletableTopicResult>,
}

impl Message for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=6;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteTopicsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let throttle_time_ms = d.i32()?;
        let responses = d.array(flexible, 4, |d| DeletableTopicResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteTopicsResponse {
            throttle_time_ms,
            responses,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        e.i32(self.throttle_time_ms);
        e.array(&self.responses, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeletableTopicResult {
    pub name: Option<StrBytes>,
    pub topic_id: Uuid,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for DeletableTopicResult {
    fn default() -> DeletableTopicResult {
        DeletableTopicResult {
            name: Some(StrBytes::EMPTY),
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: None,
        }
    }
}

impl DeletableTopicResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeletableTopicResult");
        let flexible = version >= 4;
        let name = if version == 6 {
            d.nullable_string(flexible)?
        } else {
            Some(d.string(flexible)?)
        };
        let topic_id = if version == 6 { d.uuid()? } else { Uuid::ZERO };
        let error_code = d.i16()?;
        let error_message = if version >= 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeletableTopicResult {
            name,
            topic_id,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        if version == 6 {
            e.nullable_string(self.name.as_deref(), flexible)?;
        } else {
            e.string(required(&self.name, "DeletableTopicResult.name")?, flexible)?;
        }
        if version == 6 {
            e.uuid(self.topic_id);
        }
        e.i16(self.error_code);
        if version >= 5 {
            e.nullable_string(self.error_message.as_deref(), flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
