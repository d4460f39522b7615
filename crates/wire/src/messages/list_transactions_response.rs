// Made by `cargo xtask generate` from ListTransactionsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ListTransactionsResponse`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTransactionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_state_filters: Vec<StrBytes>,
    pub transaction_states: Vec<TransactionState>,
}

impl Message for ListTransactionsResponse {
    const NAME: &'static str = "ListTransactionsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListTransactionsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let unknown_state_filters = d.array(true, 1, |d| d.string(true))?;
        let transaction_states = d.array(true, 11, |d| TransactionState::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ListTransactionsResponse {
            throttle_time_ms,
            error_code,
            unknown_state_filters,
            transaction_states,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.array(&self.unknown_state_filters, true, |e, value| {
            e.string(value, true)
        })?;
        e.array(&self.transaction_states, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransactionState {
    pub transactional_id: StrBytes,
    pub producer_id: i64,
    pub transaction_state: StrBytes,
}

impl TransactionState {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TransactionState");
        let transactional_id = d.string(true)?;
        let producer_id = d.i64()?;
        let transaction_state = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TransactionState {
            transactional_id,
            producer_id,
            transaction_state,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.transactional_id, true)?;
        e.i64(self.producer_id);
        e.string(&self.transaction_state, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
