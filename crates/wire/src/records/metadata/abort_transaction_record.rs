// Made by `cargo xtask generate` from AbortTransactionRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `AbortTransactionRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct AbortTransactionRecord {
    pub reason: Option<StrBytes>,
}

impl Message for AbortTransactionRecord {
    const NAME: &'static str = "AbortTransactionRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AbortTransactionRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let mut reason = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => reason = d.nullable_string(true)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(AbortTransactionRecord { reason })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let has_reason = self.reason.is_some();
        e.unsigned_varint(u32::from(has_reason));
        if has_reason {
            let field = e.begin_tagged(0);
            e.nullable_string(self.reason.as_deref(), true)?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
