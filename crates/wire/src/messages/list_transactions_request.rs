// Made by `cargo xtask generate` from ListTransactionsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ListTransactionsRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ListTransactionsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct ListTransactionsRequest {
    pub state_filters: Vec<StrBytes>,
    pub producer_id_filters: Vec<i64>,
    pub duration_filter: i64,
    pub transactional_id_pattern: Option<StrBytes>,
}

impl Default for ListTransactionsRequest {
    fn default() -> ListTransactionsRequest {
        ListTransactionsRequest {
            state_filters: Vec::new(),
            producer_id_filters: Vec::new(),
            duration_filter: -1,
            transactional_id_pattern: None,
        }
    }
}

impl Message for ListTransactionsRequest {
    const NAME: &'static str = "ListTransactionsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListTransactionsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let state_filters = d.array(true, 1, |d| d.string(true))?;
        let producer_id_filters = d.array(true, 8, Decoder::i64)?;
        let duration_filter = if version >= 1 { d.i64()? } else { -1 };
        let transactional_id_pattern = if version == 2 {
            d.nullable_string(true)?
        } else {
            None
        };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ListTransactionsRequest {
            state_filters,
            producer_id_filters,
            duration_filter,
            transactional_id_pattern,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.array(&self.state_filters, true, |e, value| e.string(value, true))?;
        e.array(&self.producer_id_filters, true, |e, value| {
            e.i64(*value);
            Ok(())
        })?;
        if version >= 1 {
            e.i64(self.duration_filter);
        } else if self.duration_filter != -1 {
            return Err(unsupported(
                "ListTransactionsRequest.duration_filter",
                version,
            ));
        }
        if version == 2 {
            e.nullable_string(self.transactional_id_pattern.as_deref(), true)?;
        } else if self.transactional_id_pattern.is_some() {
            return Err(unsupported(
                "ListTransactionsRequest.transactional_id_pattern",
                version,
            ));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ListTransactionsRequest {
    const KEY: ApiKey = ApiKey::ListTransactions;
    type Response = ListTransactionsResponse;
}
