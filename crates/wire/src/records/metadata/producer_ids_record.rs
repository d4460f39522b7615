// Made by `cargo xtask generate` from ProducerIdsRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `ProducerIdsRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ProducerIdsRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub next_producer_id: i64,
}

impl Default for ProducerIdsRecord {
    fn default() -> ProducerIdsRecord {
        ProducerIdsRecord {
            broker_id: 0,
            broker_epoch: -1,
            next_producer_id: 0,
        }
    }
}

impl Message for ProducerIdsRecord {
    const NAME: &'static str = "ProducerIdsRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ProducerIdsRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        let next_producer_id = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ProducerIdsRecord {
            broker_id,
            broker_epoch,
            next_producer_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        e.i64(self.next_producer_id);
        e.unsigned_varint(0);
        Ok(())
    }
}
