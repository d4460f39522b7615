// Made by `cargo xtask generate` from EndTxnResponse.json in kafka-clients 4.3.1. Do not edit.

//! `EndTxnResponse`, versions 0 to 5, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, PartialEq)]
pub struct EndTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id: i64,
    pub producer_epoch: i16,
}

impl Default for EndTxnResponse {
    fn default() -> EndTxnResponse {
        EndTxnResponse {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: -1,
        }
    }
}

impl Message for EndTxnResponse {
    const NAME: &'static str = "EndTxnResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EndTxnResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let producer_id = if version == 5 { d.i64()? } else { -1 };
        let producer_epoch = if version == 5 { d.i16()? } else { -1 };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(EndTxnResponse {
            throttle_time_ms,
            error_code,
            producer_id,
            producer_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        if version == 5 {
            e.i64(self.producer_id);
        }
        if version == 5 {
            e.i16(self.producer_epoch);
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
