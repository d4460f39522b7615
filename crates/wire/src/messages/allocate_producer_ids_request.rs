// Made by `cargo xtask generate` from AllocateProducerIdsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AllocateProducerIdsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{AllocateProducerIdsResponse, ApiKey};

#[derive(Clone, Debug, PartialEq)]
pub struct AllocateProducerIdsRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
}

impl Default for AllocateProducerIdsRequest {
    fn default() -> AllocateProducerIdsRequest {
        AllocateProducerIdsRequest {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl Message for AllocateProducerIdsRequest {
    const NAME: &'static str = "AllocateProducerIdsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AllocateProducerIdsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AllocateProducerIdsRequest {
            broker_id,
            broker_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for AllocateProducerIdsRequest {
    const KEY: ApiKey = ApiKey::AllocateProducerIds;
    type Response = AllocateProducerIdsResponse;
}
