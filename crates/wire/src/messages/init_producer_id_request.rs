// Made by `cargo xtask generate` from InitProducerIdRequest.json in kafka-clients 4.3.1. Do not edit.

//! `InitProducerIdRequest`, versions 0 to 5, flexible from 2; the release's unstable version 6 is left out.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, InitProducerIdResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdRequest {
    pub transactional_id: Option<StrBytes>,
    pub transaction_timeout_ms: i32,
    pub producer_id: i64,
    pub producer_epoch: i16,
}

impl Default for InitProducerIdRequest {
    fn default() -> InitProducerIdRequest {
        InitProducerIdRequest {
            transactional_id: Some(StrBytes::EMPTY),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
        }
    }
}

impl Message for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("InitProducerIdRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let transactional_id = d.nullable_string(flexible)?;
        let transaction_timeout_ms = d.i32()?;
        let producer_id = if version >= 3 { d.i64()? } else { -1 };
        let producer_epoch = if version >= 3 { d.i16()? } else { -1 };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(InitProducerIdRequest {
            transactional_id,
            transaction_timeout_ms,
            producer_id,
            producer_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.nullable_string(self.transactional_id.as_deref(), flexible)?;
        e.i32(self.transaction_timeout_ms);
        if version >= 3 {
            e.i64(self.producer_id);
        } else if self.producer_id != -1 {
            return Err(unsupported("InitProducerIdRequest.producer_id", version));
        }
        if version >= 3 {
            e.i16(self.producer_epoch);
        } else if self.producer_epoch != -1 {
            return Err(unsupported("InitProducerIdRequest.producer_epoch", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for InitProducerIdRequest {
    const KEY: ApiKey = ApiKey::InitProducerId;
    type Response = InitProducerIdResponse;
}
