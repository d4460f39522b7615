// Made by `cargo xtask generate` from VotersRecord.json in kafka-clients 4.3.1. Do not edit.

//! `VotersRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct VotersRecord {
    pub version: i16,
    pub voters: Vec<Voter>,
}

impl Message for VotersRecord {
    const NAME: &'static str = "VotersRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("VotersRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let version_field = d.i16()?;
        let voters = d.array(true, 27, |d| Voter::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(VotersRecord {
            version: version_field,
            voters,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i16(self.version);
        e.array(&self.voters, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub endpoints: Vec<Endpoint>,
    pub k_raft_version_feature: KRaftVersionFeature,
}

impl Voter {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Voter");
        let voter_id = d.i32()?;
        let voter_directory_id = d.uuid()?;
        let endpoints = d.array(true, 5, |d| Endpoint::decode(d, version))?;
        let k_raft_version_feature = KRaftVersionFeature::decode(d, version)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Voter {
            voter_id,
            voter_directory_id,
            endpoints,
            k_raft_version_feature,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.voter_id);
        e.uuid(self.voter_directory_id);
        e.array(&self.endpoints, true, |e, value| value.encode(e, version))?;
        self.k_raft_version_feature.encode(e, version)?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
}

impl Endpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Endpoint");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Endpoint { name, host, port })
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
