// Made by `cargo xtask generate` from DeleteGroupsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteGroupsRequest`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DeleteGroupsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteGroupsRequest {
    pub groups_names: Vec<StrBytes>,
}

impl Message for DeleteGroupsRequest {
    const NAME: &'static str = "DeleteGroupsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteGroupsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let groups_names = d.array(flexible, 1, |d| d.string(flexible))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteGroupsRequest { groups_names })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        e.array(&self.groups_names, flexible, |e, value| {
            e.string(value, flexible)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for DeleteGroupsRequest {
    const KEY: ApiKey = ApiKey::DeleteGroups;
    type Response = DeleteGroupsResponse;
}
