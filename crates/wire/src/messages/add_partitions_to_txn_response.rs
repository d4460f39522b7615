// Made by `cargo xtask generate` from AddPartitionsToTxnResponse.json in kafka-clients 4.3.1. Do not edit.

//! `AddPartitionsToTxnResponse`, versions 0 to 5, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
}

impl Message for AddPartitionsToTxnResponse {
    const NAME: &'static str = "AddPartitionsToTxnResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let throttle_time_ms = d.i32()?;
        let error_code = if version >= 4 { d.i16()? } else { 0 };
        let results_by_transaction = if version >= 4 {
            d.array(flexible, 3, |d| {
                AddPartitionsToTxnResult::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        let results_by_topic_v3_and_below = if version <= 3 {
            d.array(flexible, 3, |d| {
                AddPartitionsToTxnTopicResult::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddPartitionsToTxnResponse {
            throttle_time_ms,
            error_code,
            results_by_transaction,
            results_by_topic_v3_and_below,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        e.i32(self.throttle_time_ms);
        if version >= 4 {
            e.i16(self.error_code);
        }
        if version >= 4 {
            e.array(&self.results_by_transaction, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.results_by_transaction.is_empty() {
            return Err(unsupported(
                "AddPartitionsToTxnResponse.results_by_transaction",
                version,
            ));
        }
        if version <= 3 {
            e.array(&self.results_by_topic_v3_and_below, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.results_by_topic_v3_and_below.is_empty() {
            return Err(unsupported(
                "AddPartitionsToTxnResponse.results_by_topic_v3_and_below",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnResult {
    pub transactional_id: StrBytes,
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
}

impl AddPartitionsToTxnResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnResult");
        let transactional_id = d.string(true)?;
        let topic_results = d.array(true, 3, |d| {
            AddPartitionsToTxnTopicResult::decode(d, version)
        })?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AddPartitionsToTxnResult {
            transactional_id,
            topic_results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.transactional_id, true)?;
        e.array(&self.topic_results, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnTopicResult {
    pub name: StrBytes,
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
}

impl AddPartitionsToTxnTopicResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnTopicResult");
        let flexible = version >= 3;
        let name = d.string(flexible)?;
        let results_by_partition = d.array(flexible, 6, |d| {
            AddPartitionsToTxnPartitionResult::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddPartitionsToTxnTopicResult {
            name,
            results_by_partition,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        e.string(&self.name, flexible)?;
        e.array(&self.results_by_partition, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddPartitionsToTxnPartitionResult {
    pub partition_index: i32,
    pub partition_error_code: i16,
}

impl AddPartitionsToTxnPartitionResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AddPartitionsToTxnPartitionResult");
        let flexible = version >= 3;
        let partition_index = d.i32()?;
        let partition_error_code = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(AddPartitionsToTxnPartitionResult {
            partition_index,
            partition_error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        e.i32(self.partition_index);
        e.i16(self.partition_error_code);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
