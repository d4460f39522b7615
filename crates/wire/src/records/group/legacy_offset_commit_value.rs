// Made by `cargo xtask generate` from LegacyOffsetCommitValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `LegacyOffsetCommitValue`, version 0, never flexible.

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
pub struct LegacyOffsetCommitValue {
    pub offset: i64,
    pub metadata: StrBytes,
    pub commit_timestamp: i64,
}

impl Message for LegacyOffsetCommitValue {
    const NAME: &'static str = "LegacyOffsetCommitValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LegacyOffsetCommitValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let offset = d.i64()?;
        let metadata = d.string(false)?;
        let commit_timestamp = d.i64()?;
        d.leave(outer);
        Ok(LegacyOffsetCommitValue {
            offset,
            metadata,
            commit_timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i64(self.offset);
        e.string(&self.metadata, false)?;
        e.i64(self.commit_timestamp);
        Ok(())
    }
}
