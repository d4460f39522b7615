// Made by `cargo xtask generate` from AddOffsetsToTxnResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AddOffsetsToTxnResponse`, versions 0 to 4, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddOffsetsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
}

impl Message for AddOffsetsToTxnResponse {
    const NAME: &'static str = "AddOffsetsToTxnResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddOffsetsToTxnResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddOffsetsToTxnResponse {
            throttle_time_ms,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
