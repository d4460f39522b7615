// Made by `cargo xtask generate` from ConsumerGroupRegularExpressionValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupRegularExpressionValue`, version 0, flexible from 0.

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
pub struct ConsumerGroupRegularExpressionValue {
    pub topics: Vec<StrBytes>,
    pub version: i64,
    pub timestamp: i64,
}

impl Message for ConsumerGroupRegularExpressionValue {
    const NAME: &'static str = "ConsumerGroupRegularExpressionValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupRegularExpressionValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let topics = d.array(true, 1, |d| d.string(true))?;
        let version_field = d.i64()?;
        let timestamp = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConsumerGroupRegularExpressionValue {
            topics,
            version: version_field,
            timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.topics, true, |e, value| e.string(value, true))?;
        e.i64(self.version);
        e.i64(self.timestamp);
        e.unsigned_varint(0);
        Ok(())
    }
}
