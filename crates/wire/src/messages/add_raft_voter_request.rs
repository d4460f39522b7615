// Made by `cargo xtask generate` from AddRaftVoterRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AddRaftVoterRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{AddRaftVoterResponse, ApiKey};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct AddRaftVoterRequest {
    pub cluster_id: Option<StrBytes>,
    pub timeout_ms: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub ack_when_committed: bool,
}

impl Default for AddRaftVoterRequest {
    fn default() -> AddRaftVoterRequest {
        AddRaftVoterRequest {
            cluster_id: Some(StrBytes::EMPTY),
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            ack_when_committed: true,
        }
    }
}

impl Message for AddRaftVoterRequest {
    const NAME: &'static str = "AddRaftVoterRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddRaftVoterRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let cluster_id = d.nullable_string(true)?;
        let timeout_ms = d.i32()?;
        let voter_id = d.i32()?;
        let voter_directory_id = d.uuid()?;
        let listeners = d.array(true, 5, |d| Listener::decode(d, version))?;
        let ack_when_committed = if version == 1 { d.bool()? } else { true };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AddRaftVoterRequest {
            cluster_id,
            timeout_ms,
            voter_id,
            voter_directory_id,
            listeners,
            ack_when_committed,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.cluster_id.as_deref(), true)?;
        e.i32(self.timeout_ms);
        e.i32(self.voter_id);
        e.uuid(self.voter_directory_id);
        e.array(&self.listeners, true, |e, value| value.encode(e, version))?;
        if version == 1 {
            e.bool(self.ack_when_committed);
        } else if !self.ack_when_committed {
            return Err(unsupported(
                "AddRaftVoterRequest.ack_when_committed",
                version,
            ));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for AddRaftVoterRequest {
    const KEY: ApiKey = ApiKey::AddRaftVoter;
    type Response = AddRaftVoterResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
}

impl Listener {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Listener");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Listener { name, host, port })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.unsigned_varint(0);
        Ok(())
    }
}
