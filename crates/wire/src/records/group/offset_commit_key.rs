// Made by `cargo xtask generate` from OffsetCommitKey.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `OffsetCommitKey`, version 0, never flexible.

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
pub struct OffsetCommitKey {
    pub group: StrBytes,
    pub topic: StrBytes,
    pub partition: i32,
}

impl Message for OffsetCommitKey {
    const NAME: &'static str = "OffsetCommitKey";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetCommitKey");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group = d.string(false)?;
        let topic = d.string(false)?;
        let partition = d.i32()?;
        d.leave(outer);
        Ok(OffsetCommitKey {
            group,
            topic,
            partition,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group, false)?;
        e.string(&self.topic, false)?;
        e.i32(self.partition);
        Ok(())
    }
}
