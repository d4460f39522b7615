// Made by `cargo xtask generate` from AllocateProducerIdsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AllocateProducerIdsResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllocateProducerIdsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id_start: i64,
    pub producer_id_len: i32,
}

impl Message for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AllocateProducerIdsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let producer_id_start = d.i64()?;
        let producer_id_len = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AllocateProducerIdsResponse {
            throttle_time_ms,
            error_code,
            producer_id_start,
            producer_id_len,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.i64(self.producer_id_start);
        e.i32(self.producer_id_len);
        e.unsigned_varint(0);
        Ok(())
    }
}
