// Made by `cargo xtask generate` from CreateDelegationTokenRequest.json in kafka-clients 4.3.1. Do not edit.

//! `CreateDelegationTokenRequest`, versions 1 to 3, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, CreateDelegationTokenResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct CreateDelegationTokenRequest {
    pub owner_principal_type: Option<StrBytes>,
    pub owner_principal_name: Option<StrBytes>,
    pub renewers: Vec<CreatableRenewers>,
    pub max_lifetime_ms: i64,
}

impl Default for CreateDelegationTokenRequest {
    fn default() -> CreateDelegationTokenRequest {
        CreateDelegationTokenRequest {
            owner_principal_type: Some(StrBytes::EMPTY),
            owner_principal_name: Some(StrBytes::EMPTY),
            renewers: Vec::new(),
            max_lifetime_ms: 0,
        }
    }
}

impl Message for CreateDelegationTokenRequest {
    const NAME: &'static str = "CreateDelegationTokenRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreateDelegationTokenRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let owner_principal_type = if version == 3 {
            d.nullable_string(flexible)?
        } else {
            Some(StrBytes::EMPTY)
        };
        let owner_principal_name = if version == 3 {
            d.nullable_string(flexible)?
        } else {
            Some(StrBytes::EMPTY)
        };
        let renewers = d.array(flexible, 3, |d| CreatableRenewers::decode(d, version))?;
        let max_lifetime_ms = d.i64()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreateDelegationTokenRequest {
            owner_principal_type,
            owner_principal_name,
            renewers,
            max_lifetime_ms,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        if version == 3 {
            e.nullable_string(self.owner_principal_type.as_deref(), flexible)?;
        } else if self
            .owner_principal_type
            .as_ref()
            .is_none_or(|value| !value.is_empty())
        {
            return Err(unsupported(
                "CreateDelegationTokenRequest.owner_principal_type",
                version,
            ));
        }
        if version == 3 {
            e.nullable_string(self.owner_principal_name.as_deref(), flexible)?;
        } else if self
            .owner_principal_name
            .as_ref()
            .is_none_or(|value| !value.is_empty())
        {
            return Err(unsupported(
                "CreateDelegationTokenRequest.owner_principal_name",
                version,
            ));
        }
        e.array(&self.renewers, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.i64(self.max_lifetime_ms);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for CreateDelegationTokenRequest {
    const KEY: ApiKey = ApiKey::CreateDelegationToken;
    type Response = CreateDelegationTokenResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableRenewers {
    pub principal_type: StrBytes,
    pub principal_name: StrBytes,
}

impl CreatableRenewers {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("CreatableRenewers");
        let flexible = version >= 2;
        let principal_type = d.string(flexible)?;
        let principal_name = d.string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(CreatableRenewers {
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
