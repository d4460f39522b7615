// Made by `cargo xtask generate` from TopicRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `TopicRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct TopicRecord {
    pub name: StrBytes,
    pub topic_id: Uuid,
}

impl Message for TopicRecord {
    const NAME: &'static str = "TopicRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let name = d.string(true)?;
        let topic_id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicRecord { name, topic_id })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.name, true)?;
        e.uuid(self.topic_id);
        e.unsigned_varint(0);
        Ok(())
    }
}
