// Made by `cargo xtask generate` from TransactionLogKey.json in kafka-transaction-coordinator 4.3.1. Do not edit.

//! `TransactionLogKey`, version 0, never flexible.

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
pub struct TransactionLogKey {
    pub transactional_id: StrBytes,
}

impl Message for TransactionLogKey {
    const NAME: &'static str = "TransactionLogKey";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TransactionLogKey");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let transactional_id = d.string(false)?;
        d.leave(outer);
        Ok(TransactionLogKey { transactional_id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.transactional_id, false)?;
        Ok(())
    }
}
