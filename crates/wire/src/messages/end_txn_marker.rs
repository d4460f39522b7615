// Made by `cargo xtask generate` from EndTxnMarker.json in kafka-clients 4.3.1. Do not edit.

//! `EndTxnMarker`, version 0, never flexible.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndTxnMarker {
    pub coordinator_epoch: i32,
}

impl Message for EndTxnMarker {
    const NAME: &'static str = "EndTxnMarker";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EndTxnMarker");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let coordinator_epoch = d.i32()?;
        d.leave(outer);
        Ok(EndTxnMarker { coordinator_epoch })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.coordinator_epoch);
        Ok(())
    }
}
