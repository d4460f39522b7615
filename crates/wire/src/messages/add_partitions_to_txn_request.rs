// Made by `cargo xtask generate` from AddPartitionsToTxnRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AddPartitionsToTxnRequest`, versions 0 to 5, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{AddPartitionsToTxnResponse, ApiKey};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnRequest {
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    pub v3_and_below_transactional_id: StrBytes,
    pub v3_and_below_producer_id: i64,
    pub v3_and_below_producer_epoch: i16,
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
}

impl Message for AddPartitionsToTxnRequest {
    const NAME: &'static str = "AddPartitionsToTxnRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let transactions = if version >= 4 {
            d.array(flexible, 14, |d| {
                AddPartitionsToTxnTransaction::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        let v3_and_below_transactional_id = if version <= 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let v3_and_below_producer_id = if version <= 3 { d.i64()? } else { 0 };
        let v3_and_below_producer_epoch = if version <= 3 { d.i16()? } else { 0 };
        let v3_and_below_topics = if version <= 3 {
            d.array(flexible, 3, |d| AddPartitionsToTxnTopic::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddPartitionsToTxnRequest {
            transactions,
            v3_and_below_transactional_id,
            v3_and_below_producer_id,
            v3_and_below_producer_epoch,
            v3_and_below_topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version >= 4 {
            e.array(&self.transactions, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.transactions.is_empty() {
            return Err(unsupported(
                "AddPartitionsToTxnRequest.transactions",
                version,
            ));
        }
        if version <= 3 {
            e.string(&self.v3_and_below_transactional_id, flexible)?;
        } else if !self.v3_and_below_transactional_id.is_empty() {
            return Err(unsupported(
                "AddPartitionsToTxnRequest.v3_and_below_transactional_id",
                version,
            ));
        }
        if version <= 3 {
            e.i64(self.v3_and_below_producer_id);
        } else if self.v3_and_below_producer_id != 0 {
            return Err(unsupported(
                "AddPartitionsToTxnRequest.v3_and_below_producer_id",
                version,
            ));
        }
        if version <= 3 {
            e.i16(self.v3_and_below_producer_epoch);
        } else if self.v3_and_below_producer_epoch != 0 {
            return Err(unsupported(
                "AddPartitionsToTxnRequest.v3_and_below_producer_epoch",
                version,
            ));
        }
        if version <= 3 {
            e.array(&self.v3_and_below_topics, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.v3_and_below_topics.is_empty() {
            return Err(unsupported(
                "AddPartitionsToTxnRequest.v3_and_below_topics",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for AddPartitionsToTxnRequest {
    const KEY: ApiKey = ApiKey::AddPartitionsToTxn;
    type Response = AddPartitionsToTxnResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnTransaction {
    pub transactional_id: StrBytes,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub verify_only: bool,
    pub topics: Vec<AddPartitionsToTxnTopic>,
}

impl AddPartitionsToTxnTransaction {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnTransaction");
        let transactional_id = d.string(true)?;
        let producer_id = d.i64()?;
        let producer_epoch = d.i16()?;
        let verify_only = d.bool()?;
        let topics = d.array(true, 3, |d| AddPartitionsToTxnTopic::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AddPartitionsToTxnTransaction {
            transactional_id,
            producer_id,
            producer_epoch,
            verify_only,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.transactional_id, true)?;
        e.i64(self.producer_id);
        e.i16(self.producer_epoch);
        e.bool(self.verify_only);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnTopic {
    pub name: StrBytes,
    pub partitions: Vec<i32>,
}

impl AddPartitionsToTxnTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnTopic");
        let flexible = version >= 3;
        let name = d.string(flexible)?;
        let partitions = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddPartitionsToTxnTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        e.string(&self.name, flexible)?;
        e.array(&self.partitions, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
