// Made by `cargo xtask generate` from ListConfigResourcesRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ListConfigResourcesRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ListConfigResourcesResponse};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListConfigResourcesRequest {
    pub resource_types: Vec<i8>,
}

impl Message for ListConfigResourcesRequest {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListConfigResourcesRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let resource_types = if version == 1 {
            d.array(true, 1, Decoder::i8)?
        } else {
            Vec::new()
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ListConfigResourcesRequest { resource_types })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        if version == 1 {
            e.array(&self.resource_types, true, |e, value| {
                e.i8(*value);
                Ok(())
            })?;
        } else if !self.resource_types.is_empty() {
            return Err(unsupported(
                "ListConfigResourcesRequest.resource_types",
                version,
            ));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ListConfigResourcesRequest {
    const KEY: ApiKey = ApiKey::ListConfigResources;
    type Response = ListConfigResourcesResponse;
}
