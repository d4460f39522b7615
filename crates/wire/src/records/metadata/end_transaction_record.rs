// Made by `cargo xtask generate` from EndTransactionRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `EndTransactionRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct EndTransactionRecord {}

impl Message for EndTransactionRecord {
    const NAME: &'static str = "EndTransactionRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("EndTransactionRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(EndTransactionRecord {})
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
