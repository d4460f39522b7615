// Made by `cargo xtask generate` from AddOffsetsToTxnRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AddOffsetsToTxnRequest`, versions 0 to 4, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{AddOffsetsToTxnResponse, ApiKey};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddOffsetsToTxnRequest {
    pub transactional_id: StrBytes,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub group_id: StrBytes,
}

impl Message for AddOffsetsToTxnRequest {
    const NAME: &'static str = "AddOffsetsToTxnRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddOffsetsToTxnRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let transactional_id = d.string(flexible)?;
        let producer_id = d.i64()?;
        let producer_epoch = d.i16()?;
        let group_id = d.string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddOffsetsToTxnRequest {
            transactional_id,
            producer_id,
            producer_epoch,
            group_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        e.string(&self.transactional_id, flexible)?;
        e.i64(self.producer_id);
        e.i16(self.producer_epoch);
        e.string(&self.group_id, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for AddOffsetsToTxnRequest {
    const KEY: ApiKey = ApiKey::AddOffsetsToTxn;
    type Response = AddOffsetsToTxnResponse;
}
