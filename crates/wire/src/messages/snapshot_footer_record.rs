// Made by `cargo xtask generate` from SnapshotFooterRecord.json in kafka-clients 4.3.1. Do not edit.

//! `SnapshotFooterRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotFooterRecord {
    pub version: i16,
}

impl Message for SnapshotFooterRecord {
    const NAME: &'static str = "SnapshotFooterRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SnapshotFooterRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let version_field = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(SnapshotFooterRecord {
            version: version_field,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.version);
        e.unsigned_varint(0);
        Ok(())
    }
}
