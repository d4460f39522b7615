// Made by `cargo xtask generate` from RemoveRaftVoterRequest.json in kafka-clients 4.3.1. Do not edit.

//! `RemoveRaftVoterRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, RemoveRaftVoterResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct RemoveRaftVoterRequest {
    pub cluster_id: Option<StrBytes>,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
}

impl Default for RemoveRaftVoterRequest {
    fn default() -> RemoveRaftVoterRequest {
        RemoveRaftVoterRequest {
            cluster_id: Some(StrBytes::EMPTY),
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
        }
    }
}

impl Message for RemoveRaftVoterRequest {
    const NAME: &'static str = "RemoveRaftVoterRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RemoveRaftVoterRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let cluster_id = d.nullable_string(true)?;
        let voter_id = d.i32()?;
        let voter_directory_id = d.uuid()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(RemoveRaftVoterRequest {
            cluster_id,
            voter_id,
            voter_directory_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.cluster_id.as_deref(), true)?;
        e.i32(self.voter_id);
        e.uuid(self.voter_directory_id);
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for RemoveRaftVoterRequest {
    const KEY: ApiKey = ApiKey::RemoveRaftVoter;
    type Response = RemoveRaftVoterResponse;
}
