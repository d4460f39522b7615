// Made by `cargo xtask generate` from FindCoordinatorRequest.json in kafka-clients 4.3.1. Do not edit.

//! `FindCoordinatorRequest`, versions 0 to 6, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, FindCoordinatorResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindCoordinatorRequest {
    pub key: StrBytes,
    pub key_type: i8,
    pub coordinator_keys: Vec<StrBytes>,
}

impl Message for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=6;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FindCoordinatorRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let key = if version <= 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let key_type = if version >= 1 { d.i8()? } else { 0 };
        let coordinator_keys = if version >= 4 {
            d.array(flexible, 1, |d| d.string(flexible))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(FindCoordinatorRequest {
            key,
            key_type,
            coordinator_keys,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version <= 3 {
            e.string(&self.key, flexible)?;
        } else if !self.key.is_empty() {
            return Err(unsupported("FindCoordinatorRequest.key", version));
        }
        if version >= 1 {
            e.i8(self.key_type);
        } else if self.key_type != 0 {
            return Err(unsupported("FindCoordinatorRequest.key_type", version));
        }
        if version >= 4 {
            e.array(&self.coordinator_keys, flexible, |e, value| {
                e.string(value, flexible)
            })?;
        } else if !self.coordinator_keys.is_empty() {
            return Err(unsupported(
                "FindCoordinatorRequest.coordinator_keys",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for FindCoordinatorRequest {
    const KEY: ApiKey = ApiKey::FindCoordinator;
    type Response = FindCoordinatorResponse;
}
