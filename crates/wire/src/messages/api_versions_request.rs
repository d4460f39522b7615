// Made by `cargo xtask generate` from ApiVersionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ApiVersionsRequest`, versions 0 to 4, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ApiVersionsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiVersionsRequest {
    pub client_software_name: StrBytes,
    pub client_software_version: StrBytes,
}

impl Message for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ApiVersionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let client_software_name = if version >= 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let client_software_version = if version >= 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ApiVersionsRequest {
            client_software_name,
            client_software_version,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version >= 3 {
            e.string(&self.client_software_name, flexible)?;
        }
        if version >= 3 {
            e.string(&self.client_software_version, flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for ApiVersionsRequest {
    const KEY: ApiKey = ApiKey::ApiVersions;
    type Response = ApiVersionsResponse;
}
