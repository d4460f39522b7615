// Made by `cargo xtask generate` from DescribeDelegationTokenResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeDelegationTokenResponse`, versions 1 to 3, flexible from 2.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeDelegationTokenResponse {
    pub error_code: i16,
    pub tokens: Vec<DescribedDelegationToken>,
    pub throttle_time_ms: i32,
}

impl Message for DescribeDelegationTokenResponse {
    const NAME: &'static str = "DescribeDelegationTokenResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeDelegationTokenResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let error_code = d.i16()?;
        let tokens = d.array(flexible, 30, |d| {
            DescribedDelegationToken::decode(d, version)
        })?;
        let throttle_time_ms = d.i32()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeDelegationTokenResponse {
            error_code,
            tokens,
            throttle_time_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.i16(self.error_code);
        e.array(&self.tokens, flexible, |e, value| value.encode(e, version))?;
        e.i32(self.throttle_time_ms);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedDelegationToken {
    pub principal_type: StrBytes,
    pub principal_name: StrBytes,
    pub token_requester_principal_type: StrBytes,
    pub token_requester_principal_name: StrBytes,
    pub issue_timestamp: i64,
    pub expiry_timestamp: i64,
    pub max_timestamp: i64,
    pub token_id: StrBytes,
    pub hmac: Bytes,
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
}

impl DescribedDelegationToken {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribedDelegationToken");
        let flexible = version >= 2;
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
        let issue_timestamp = d.i64()?;
        let expiry_timestamp = d.i64()?;
        let max_timestamp = d.i64()?;
        let token_id = d.string(flexible)?;
        let hmac = d.bytes(flexible)?;
        let renewers = d.array(flexible, 3, |d| {
            DescribedDelegationTokenRenewer::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribedDelegationToken {
            principal_type,
            principal_name,
            token_requester_principal_type,
            token_requester_principal_name,
            issue_timestamp,
            expiry_timestamp,
            max_timestamp,
            token_id,
            hmac,
            renewers,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.string(&self.principal_type, flexible)?;
        e.string(&self.principal_name, flexible)?;
        if version == 3 {
            e.string(&self.token_requester_principal_type, flexible)?;
        } else if !self.token_requester_principal_type.is_empty() {
            return Err(unsupported(
                "DescribedDelegationToken.token_requester_principal_type",
                version,
            ));
        }
        if version == 3 {
            e.string(&self.token_requester_principal_name, flexible)?;
        } else if !self.token_requester_principal_name.is_empty() {
            return Err(unsupported(
                "DescribedDelegationToken.token_requester_principal_name",
                version,
            ));
        }
        e.i64(self.issue_timestamp);
        e.i64(self.expiry_timestamp);
        e.i64(self.max_timestamp);
        e.string(&self.token_id, flexible)?;
        e.bytes(&self.hmac, flexible)?;
        e.array(&self.renewers, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedDelegationTokenRenewer {
    pub principal_type: StrBytes,
    pub principal_name: StrBytes,
}

impl DescribedDelegationTokenRenewer {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribedDelegationTokenRenewer");
        let flexible = version >= 2;
        let principal_type = d.string(flexible)?;
        let principal_name = d.string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribedDelegationTokenRenewer {
            principal_type,
            principal_name,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.string(&self.principal_type, flexible)?;
        e.string(&self.principal_name, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
