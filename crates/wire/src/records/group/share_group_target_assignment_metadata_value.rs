// Made by `cargo xtask generate` from ShareGroupTargetAssignmentMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ShareGroupTargetAssignmentMetadataValue`, version 0, flexible from 0.

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
pub struct ShareGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    pub assignment_timestamp: i64,
}

impl Message for ShareGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ShareGroupTargetAssignmentMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareGroupTargetAssignmentMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let assignment_epoch = d.i32()?;
        let mut assignment_timestamp = 0;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => assignment_timestamp = d.i64()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(ShareGroupTargetAssignmentMetadataValue {
            assignment_epoch,
            assignment_timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.assignment_epoch);
        let has_assignment_timestamp = self.assignment_timestamp != 0;
        e.unsigned_varint(u32::from(has_assignment_timestamp));
        if has_assignment_timestamp {
            let field = e.begin_tagged(0);
            e.i64(self.assignment_timestamp);
            e.end_tagged(field);
        }
        Ok(())
    }
}
