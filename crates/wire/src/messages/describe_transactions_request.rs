// Made by `cargo xtask generate` from DescribeTransactionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeTransactionsRequest`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeTransactionsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeTransactionsRequest {
    pub transactional_ids: Vec<StrBytes>,
}

impl Message for DescribeTransactionsRequest {
    const NAME: &'static str = "DescribeTransactionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeTransactionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let transactional_ids = d.array(true, 1, |d| d.string(true))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeTransactionsRequest { transactional_ids })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.transactional_ids, true, |e, value| {
            e.string(value, true)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeTransactionsRequest {
    const KEY: ApiKey = ApiKey::DescribeTransactions;
    type Response = DescribeTransactionsResponse;
}
