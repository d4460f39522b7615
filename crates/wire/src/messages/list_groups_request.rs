// Made by `cargo xtask generate` from ListGroupsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ListGroupsRequest`, versions 0 to 5, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ListGroupsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsRequest {
    pub states_filter: Vec<StrBytes>,
    pub types_filter: Vec<StrBytes>,
}

impl Message for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListGroupsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let states_filter = if version >= 4 {
            d.array(flexible, 1, |d| d.string(flexible))?
        } else {
            Vec::new()
        };
        let types_filter = if version == 5 {
            d.array(flexible, 1, |d| d.string(flexible))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListGroupsRequest {
            states_filter,
            types_filter,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version >= 4 {
            e.array(&self.states_filter, flexible, |e, value| {
                e.string(value, flexible)
            })?;
        } else if !self.states_filter.is_empty() {
            return Err(unsupported("ListGroupsRequest.states_filter", version));
        }
        if version == 5 {
            e.array(&self.types_filter, flexible, |e, value| {
                e.string(value, flexible)
            })?;
        } else if !self.types_filter.is_empty() {
            return Err(unsupported("ListGroupsRequest.types_filter", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for ListGroupsRequest {
    const KEY: ApiKey = ApiKey::ListGroups;
    type Response = ListGroupsResponse;
}
