// Made by `cargo xtask generate` from UpdateRaftVoterRequest.json in kafka-clients 4.3.1. Do not edit.

//! `UpdateRaftVoterRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, UpdateRaftVoterResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRaftVoterRequest {
    pub cluster_id: Option<StrBytes>,
    pub current_leader_epoch: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub k_raft_version_feature: KRaftVersionFeature,
}

impl Default for UpdateRaftVoterRequest {
    fn default() -> UpdateRaftVoterRequest {
        UpdateRaftVoterRequest {
            cluster_id: Some(StrBytes::EMPTY),
            current_leader_epoch: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            k_raft_version_feature: KRaftVersionFeature::default(),
        }
    }
}

impl Message for UpdateRaftVoterRequest {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("UpdateRaftVoterRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let cluster_id = d.nullable_string(true)?;
        let current_leader_epoch = d.i32()?;
        let voter_id = d.i32()?;
        let voter_directory_id = d.uuid()?;
        let listeners = d.array(true, 5, |d| Listener::decode(d, version))?;
        let k_raft_version_feature = KRaftVersionFeature::decode(d, version)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(UpdateRaftVoterRequest {
            cluster_id,
            current_leader_epoch,
            voter_id,
            voter_directory_id,
            listeners,
            k_raft_version_feature,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.cluster_id.as_deref(), true)?;
        e.i32(self.current_leader_epoch);
        e.i32(self.voter_id);
        e.uuid(self.voter_directory_id);
        e.array(&self.listeners, true, |e, value| value.encode(e, version))?;
        self.k_raft_version_feature.encode(e, version)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for UpdateRaftVoterRequest {
    const KEY: ApiKey = ApiKey::UpdateRaftVoter;
    type Response = UpdateRaftVoterResponse;
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KRaftVersionFeature {
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl KRaftVersionFeature {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("KRaftVersionFeature");
        let min_supported_version = d.i16()?;
        let max_supported_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(KRaftVersionFeature {
            min_supported_version,
            max_supported_version,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i16(self.min_supported_version);
        e.i16(self.max_supported_version);
        e.unsigned_varint(0);
        Ok(())
    }
}
