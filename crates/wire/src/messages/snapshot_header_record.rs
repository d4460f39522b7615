// Made by `cargo xtask generate` from SnapshotHeaderRecord.json in kafka-clients 4.3.1. Do not edit.

//! `SnapshotHeaderRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotHeaderRecord {
    pub version: i16,
    pub last_contained_log_timestamp: i64,
}

impl Message for SnapshotHeaderRecord {
    const NAME: &'static str = "SnapshotHeaderRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SnapshotHeaderRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let version_field = d.i16()?;
        let last_contained_log_timestamp = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(SnapshotHeaderRecord {
            version: version_field,
            last_contained_log_timestamp,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.version);
        e.i64(self.last_contained_log_timestamp);
        e.unsigned_varint(0);
        Ok(())
    }
}
