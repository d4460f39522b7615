// Made by `cargo xtask generate` from ShareUpdateValue.json in kafka-share-coordinator 4.3.1. Do not edit.

//! `ShareUpdateValue`, version 0, flexible from 0.

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
pub struct ShareUpdateValue {
    pub snapshot_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    pub delivery_complete_count: i32,
    pub state_batches: Vec<StateBatch>,
}

impl Default for ShareUpdateValue {
    fn default() -> ShareUpdateValue {
        ShareUpdateValue {
            snapshot_epoch: 0,
            leader_epoch: 0,
            start_offset: 0,
            delivery_complete_count: -1,
            state_batches: Vec::new(),
        }
    }
}

impl Message for ShareUpdateValue {
    const NAME: &'static str = "ShareUpdateValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareUpdateValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let snapshot_epoch = d.i32()?;
        let leader_epoch = d.i32()?;
        let start_offset = d.i64()?;
        let state_batches = d.array(true, 20, |d| StateBatch::decode(d, version))?;
        let mut delivery_complete_count = -1;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => delivery_complete_count = d.i32()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(ShareUpdateValue {
            snapshot_epoch,
            leader_epoch,
            start_offset,
            delivery_complete_count,
            state_batches,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.snapshot_epoch);
        e.i32(self.leader_epoch);
        e.i64(self.start_offset);
        e.array(&self.state_batches, true, |e, value| {
            value.encode(e, version)
        })?;
        let has_delivery_complete_count = self.delivery_complete_count != -1;
        e.unsigned_varint(u32::from(has_delivery_complete_count));
        if has_delivery_complete_count {
            let field = e.begin_tagged(0);
            e.i32(self.delivery_complete_count);
            e.end_tagged(field);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
}

impl StateBatch {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StateBatch");
        let first_offset = d.i64()?;
        let last_offset = d.i64()?;
        let delivery_state = d.i8()?;
        let delivery_count = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StateBatch {
            first_offset,
            last_offset,
            delivery_state,
            delivery_count,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i64(self.first_offset);
        e.i64(self.last_offset);
        e.i8(self.delivery_state);
        e.i16(self.delivery_count);
        e.unsigned_varint(0);
        Ok(())
    }
}
