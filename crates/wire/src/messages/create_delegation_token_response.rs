// Made by `cargo xtask generate` from CreateDelegationTokenResponse.json in kafka-clients 4.3.1. Do not edit.

//! `CreateDelegationTokenResponse`, versions 1 to 3, flexible from 2.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateDelegationTokenResponse {
    pub error_code: i16,
    pub principal_type: StrBytes,
    pub principal_name: StrBytes,
    pub token_requester_principal_type: StrBytes,
    pub token_requester_principal_name: StrBytes,
    pub issue_timestamp_ms: i64,
    pub expiry_timestamp_ms: i64,
    pub max_timestamp_ms: i64,
    pub token_id: StrBytes,
    pub hmac: Bytes,
    pub throttle_time_ms: i32,
}

impl Message for CreateDelegationTokenResponse {
    const NAME: &'static str = "CreateDelegationTokenResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreateDelegationTokenResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let error_code = d.i16()?;
        let principal_type = d.string(flexible)?;
        let principal_name = d.string(flexible)?;
        let token_requester_principal_type = if version == 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let token_requester_principal_name = if version == 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let issue_timestamp_ms = d.i64()?;
        let expiry_timestamp_ms = d.i64()?;
        let max_timestamp_ms = d.i64()?;
        let token_id = d.string(flexible)?;
        let hmac = d.bytes(flexible)?;
        let throttle_time_ms = d.i32()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreateDelegationTokenResponse {
            error_code,
            principal_type,
            principal_name,
            token_requester_principal_type,
            token_requester_principal_name,
            issue_timestamp_ms,
            expiry_timestamp_ms,
            max_timestamp_ms,
            token_id,
            hmac,
            throttle_time_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.i16(self.error_code);
        e.string(&self.principal_type, flexible)?;
        e.string(&self.principal_name, flexible)?;
        if version == 3 {
            e.string(&self.token_requester_principal_type, flexible)?;
        } else if !self.token_requester_principal_type.is_empty() {
            return Err(unsupported(
                "CreateDelegationTokenResponse.token_requester_principal_type",
                version,
            ));
        }
        if version == 3 {
            e.string(&self.token_requester_principal_name, flexible)?;
        } else if !self.token_requester_principal_name.is_empty() {
            return Err(unsupported(
                "CreateDelegationTokenResponse.token_requester_principal_name",
                version,
            ));
        }
        e.i64(self.issue_timestamp_ms);
        e.i64(self.expiry_timestamp_ms);
        e.i64(self.max_timestamp_ms);
        e.string(&self.token_id, flexible)?;
        e.bytes(&self.hmac, flexible)?;
        e.i32(self.throttle_time_ms);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
