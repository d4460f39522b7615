// Made by `cargo xtask generate` from ConsumerGroupDescribeRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ConsumerGroupDescribeRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ConsumerGroupDescribeResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsumerGroupDescribeRequest {
    pub group_ids: Vec<StrBytes>,
    pub include_authorized_operations: bool,
}

impl Message for ConsumerGroupDescribeRequest {
    const NAME: &'static str = "ConsumerGroupDescribeRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupDescribeRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_ids = d.array(true, 1, |d| d.string(true))?;
        let include_authorized_operations = d.bool()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ConsumerGroupDescribeRequest {
            group_ids,
            include_authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.group_ids, true, |e, value| e.string(value, true))?;
        e.bool(self.include_authorized_operations);
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ConsumerGroupDescribeRequest {
    const KEY: ApiKey = ApiKey::ConsumerGroupDescribe;
    type Response = ConsumerGroupDescribeResponse;
}
