// Made by `cargo xtask generate` from TransactionLogValue.json in kafka-transaction-coordinator 4.3.1. Do not edit.

//! `TransactionLogValue`, versions 0 to 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct TransactionLogValue {
    pub producer_id: i64,
    pub previous_producer_id: i64,
    pub next_producer_id: i64,
    pub producer_epoch: i16,
    pub next_producer_epoch: i16,
    pub transaction_timeout_ms: i32,
    pub transaction_status: i8,
    pub transaction_partitions: Option<Vec<PartitionsSchema>>,
    pub transaction_last_update_timestamp_ms: i64,
    pub transaction_start_timestamp_ms: i64,
    pub client_transaction_version: i16,
}

impl Default for TransactionLogValue {
    fn default() -> TransactionLogValue {
        TransactionLogValue {
            producer_id: 0,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: 0,
            next_producer_epoch: -1,
            transaction_timeout_ms: 0,
            transaction_status: 0,
            transaction_partitions: Some(Vec::new()),
            transaction_last_update_timestamp_ms: 0,
            transaction_start_timestamp_ms: 0,
            client_transaction_version: 0,
        }
    }
}

impl Message for TransactionLogValue {
    const NAME: &'static str = "TransactionLogValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TransactionLogValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        let producer_id = d.i64()?;
        let producer_epoch = d.i16()?;
        let transaction_timeout_ms = d.i32()?;
        let transaction_status = d.i8()?;
        let transaction_partitions =
            d.nullable_array(flexible, 3, |d| PartitionsSchema::decode(d, version))?;
        let transaction_last_update_timestamp_ms = d.i64()?;
        let transaction_start_timestamp_ms = d.i64()?;
        let mut previous_producer_id = -1;
        let mut next_producer_id = -1;
        let mut next_producer_epoch = -1;
        let mut client_transaction_version = 0;
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => previous_producer_id = d.i64()?,
                    1 => next_producer_id = d.i64()?,
                    3 => next_producer_epoch = d.i16()?,
                    2 => client_transaction_version = d.i16()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(TransactionLogValue {
            producer_id,
            previous_producer_id,
            next_producer_id,
            producer_epoch,
            next_producer_epoch,
            transaction_timeout_ms,
            transaction_status,
            transaction_partitions,
            transaction_last_update_timestamp_ms,
            transaction_start_timestamp_ms,
            client_transaction_version,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 1;
        e.i64(self.producer_id);
        e.i16(self.producer_epoch);
        e.i32(self.transaction_timeout_ms);
        e.i8(self.transaction_status);
        e.nullable_array(
            self.transaction_partitions.as_deref(),
            flexible,
            |e, value| value.encode(e, version),
        )?;
        e.i64(self.transaction_last_update_timestamp_ms);
        e.i64(self.transaction_start_timestamp_ms);
        if version != 1 && self.previous_producer_id != -1 {
            return Err(unsupported(
                "TransactionLogValue.previous_producer_id",
                version,
            ));
        }
        if version != 1 && self.next_producer_id != -1 {
            return Err(unsupported("TransactionLogValue.next_producer_id", version));
        }
        if version != 1 && self.client_transaction_version != 0 {
            return Err(unsupported(
                "TransactionLogValue.client_transaction_version",
                version,
            ));
        }
        if version != 1 && self.next_producer_epoch != -1 {
            return Err(unsupported(
                "TransactionLogValue.next_producer_epoch",
                version,
            ));
        }
        if flexible {
            let has_previous_producer_id = self.previous_producer_id != -1;
            let has_next_producer_id = self.next_producer_id != -1;
            let has_client_transaction_version = self.client_transaction_version != 0;
            let has_next_producer_epoch = self.next_producer_epoch != -1;
            e.unsigned_varint(
                u32::from(has_previous_producer_id)
                    + u32::from(has_next_producer_id)
                    + u32::from(has_client_transaction_version)
                    + u32::from(has_next_producer_epoch),
            );
            if has_previous_producer_id {
                let field = e.begin_tagged(0);
                e.i64(self.previous_producer_id);
                e.end_tagged(field);
            }
            if has_next_producer_id {
                let field = e.begin_tagged(1);
                e.i64(self.next_producer_id);
                e.end_tagged(field);
            }
            if has_client_transaction_version {
                let field = e.begin_tagged(2);
                e.i16(self.client_transaction_version);
                e.end_tagged(field);
            }
            if has_next_producer_epoch {
                let field = e.begin_tagged(3);
                e.i16(self.next_producer_epoch);
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct PartitionsSchema {
    pub topic: StrBytes,
    pub partition_ids: Vec<i32>,
}

impl PartitionsSchema {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionsSchema");
        let flexible = version == 1;
        let topic = d.string(flexible)?;
        let partition_ids = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(PartitionsSchema {
            topic,
            partition_ids,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 1;
        e.string(&self.topic, flexible)?;
        e.array(&self.partition_ids, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
