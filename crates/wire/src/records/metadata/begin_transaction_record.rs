// Made by `cargo xtask generate` from BeginTransactionRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `BeginTransactionRecord`, version 0, flexible from 0.

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
pub struct BeginTransactionRecord {
    pub name: Option<StrBytes>,
}

impl Message for BeginTransactionRecord {
    const NAME: &'static str = "BeginTransactionRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BeginTransactionRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let mut name = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => name = d.nullable_string(true)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(BeginTransactionRecord { name })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let has_name = self.name.is_some();
        e.unsigned_varint(u32::from(has_name));
        if has_name {
            let field = e.begin_tagged(0);
            e.nullable_string(self.name.as_deref(), true)?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
