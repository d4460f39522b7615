// Made by `cargo xtask generate` from AlterUserScramCredentialsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AlterUserScramCredentialsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{AlterUserScramCredentialsResponse, ApiKey};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterUserScramCredentialsRequest {
    pub deletions: Vec<ScramCredentialDeletion>,
    pub upsertions: Vec<ScramCredentialUpsertion>,
}

impl Message for AlterUserScramCredentialsRequest {
    const NAME: &'static str = "AlterUserScramCredentialsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterUserScramCredentialsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let deletions = d.array(true, 3, |d| ScramCredentialDeletion::decode(d, version))?;
        let upsertions = d.array(true, 9, |d| ScramCredentialUpsertion::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterUserScramCredentialsRequest {
            deletions,
            upsertions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.deletions, true, |e, value| value.encode(e, version))?;
        e.array(&self.upsertions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for AlterUserScramCredentialsRequest {
    const KEY: ApiKey = ApiKey::AlterUserScramCredentials;
    type Response = AlterUserScramCredentialsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScramCredentialDeletion {
    pub name: StrBytes,
    pub mechanism: i8,
}

impl ScramCredentialDeletion {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ScramCredentialDeletion");
        let name = d.string(true)?;
        let mechanism = d.i8()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ScramCredentialDeletion { name, mechanism })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i8(self.mechanism);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScramCredentialUpsertion {
    pub name: StrBytes,
    pub mechanism: i8,
    pub iterations: i32,
    pub salt: Bytes,
    pub salted_password: Bytes,
}

impl ScramCredentialUpsertion {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ScramCredentialUpsertion");
        let name = d.string(true)?;
        let mechanism = d.i8()?;
        let iterations = d.i32()?;
        let salt = d.bytes(true)?;
        let salted_password = d.bytes(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ScramCredentialUpsertion {
            name,
            mechanism,
            iterations,
            salt,
            salted_password,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i8(self.mechanism);
        e.i32(self.iterations);
        e.bytes(&self.salt, true)?;
        e.bytes(&self.salted_password, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
