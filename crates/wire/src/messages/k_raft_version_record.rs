// Made by `cargo xtask generate` from KRaftVersionRecord.json in kafka-clients 4.3.1. Do not edit.

//! `KRaftVersionRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KRaftVersionRecord {
    pub version: i16,
    pub k_raft_version: i16,
}

impl Message for KRaftVersionRecord {
    const NAME: &'static str = "KRaftVersionRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("KRaftVersionRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let version_field = d.i16()?;
        let k_raft_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(KRaftVersionRecord {
            version: version_field,
            k_raft_version,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.version);
        e.i16(self.k_raft_version);
        e.unsigned_varint(0);
        Ok(())
    }
}
