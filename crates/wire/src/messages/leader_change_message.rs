// Made by `cargo xtask generate` from LeaderChangeMessage.json in kafka-clients 4.3.1. Do not edit.

//! `LeaderChangeMessage`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderChangeMessage {
    pub version: i16,
    pub leader_id: i32,
    pub voters: Vec<Voter>,
    pub granting_voters: Vec<Voter>,
}

impl Message for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaderChangeMessage");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let version_field = d.i16()?;
        let leader_id = d.i32()?;
        let voters = d.array(true, 5, |d| Voter::decode(d, version))?;
        let granting_voters = d.array(true, 5, |d| Voter::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(LeaderChangeMessage {
            version: version_field,
            leader_id,
            voters,
            granting_voters,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.version);
        e.i32(self.leader_id);
        e.array(&self.voters, true, |e, value| value.encode(e, version))?;
        e.array(&self.granting_voters, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
}

impl Voter {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Voter");
        let voter_id = d.i32()?;
        let voter_directory_id = if version == 1 { d.uuid()? } else { Uuid::ZERO };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Voter {
            voter_id,
            voter_directory_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.voter_id);
        if version == 1 {
            e.uuid(self.voter_directory_id);
        } else if self.voter_directory_id != Uuid::ZERO {
            return Err(unsupported("Voter.voter_directory_id", version));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
