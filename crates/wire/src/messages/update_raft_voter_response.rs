// Made by `cargo xtask generate` from UpdateRaftVoterResponse.json in kafka-clients 4.3.1. Do not edit.

//! `UpdateRaftVoterResponse`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub current_leader: CurrentLeader,
}

impl Message for UpdateRaftVoterResponse {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UpdateRaftVoterResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let mut current_leader = CurrentLeader::default();
        d.tagged_fields(|d, tag| {
            match tag {
                0 => current_leader = CurrentLeader::decode(d, version)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(UpdateRaftVoterResponse {
            throttle_time_ms,
            error_code,
            current_leader,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        let has_current_leader = self.current_leader != CurrentLeader::default();
        e.unsigned_varint(u32::from(has_current_leader));
        if has_current_leader {
            let field = e.begin_tagged(0);
            self.current_leader.encode(e, version)?;
            e.end_tagged(field);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CurrentLeader {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub host: StrBytes,
    pub port: i32,
}

impl Default for CurrentLeader {
    fn default() -> CurrentLeader {
        CurrentLeader {
            leader_id: -1,
            leader_epoch: -1,
            host: StrBytes::EMPTY,
            port: 0,
        }
    }
}

impl CurrentLeader {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CurrentLeader");
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        let host = d.string(true)?;
        let port = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(CurrentLeader {
            leader_id,
            leader_epoch,
            host,
            port,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        e.string(&self.host, true)?;
        e.i32(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}
