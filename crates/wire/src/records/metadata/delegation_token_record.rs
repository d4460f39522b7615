// Made by `cargo xtask generate` from DelegationTokenRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `DelegationTokenRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct DelegationTokenRecord {
    pub owner: StrBytes,
    pub requester: StrBytes,
    pub renewers: Vec<StrBytes>,
    pub issue_timestamp: i64,
    pub max_timestamp: i64,
    pub expiration_timestamp: i64,
    pub token_id: StrBytes,
}

impl Message for DelegationTokenRecord {
    const NAME: &'static str = "DelegationTokenRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DelegationTokenRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let owner = d.string(true)?;
        let requester = d.string(true)?;
        let renewers = d.array(true, 1, |d| d.string(true))?;
        let issue_timestamp = d.i64()?;
        let max_timestamp = d.i64()?;
        let expiration_timestamp = d.i64()?;
        let token_id = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DelegationTokenRecord {
            owner,
            requester,
            renewers,
            issue_timestamp,
            max_timestamp,
            expiration_timestamp,
            token_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.owner, true)?;
        e.string(&self.requester, true)?;
        e.array(&self.renewers, true, |e, value| e.string(value, true))?;
        e.i64(self.issue_timestamp);
        e.i64(self.max_timestamp);
        e.i64(self.expiration_timestamp);
        e.string(&self.token_id, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
