// Made by `cargo xtask generate` from AlterPartitionRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AlterPartitionRequest`, versions 2 to 3, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{AlterPartitionResponse, ApiKey};
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub topics: Vec<TopicData>,
}

impl Default for AlterPartitionRequest {
    fn default() -> AlterPartitionRequest {
        AlterPartitionRequest {
            broker_id: 0,
            broker_epoch: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for AlterPartitionRequest {
    const NAME: &'static str = "AlterPartitionRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 2..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterPartitionRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        let topics = d.array(true, 18, |d| TopicData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterPartitionRequest {
            broker_id,
            broker_epoch,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for AlterPartitionRequest {
    const KEY: ApiKey = ApiKey::AlterPartition;
    type Response = AlterPartitionResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl TopicData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicData");
        let topic_id = d.uuid()?;
        let partitions = d.array(true, 15, |d| PartitionData::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(TopicData {
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.uuid(self.topic_id);
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionData {
    pub partition_index: i32,
    pub leader_epoch: i32,
    pub new_isr: Vec<i32>,
    pub new_isr_with_epochs: Vec<BrokerState>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
}

impl PartitionData {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionData");
        let partition_index = d.i32()?;
        let leader_epoch = d.i32()?;
        let new_isr = if version == 2 {
            d.array(true, 4, Decoder::i32)?
        } else {
            Vec::new()
        };
        let new_isr_with_epochs = if version == 3 {
            d.array(true, 13, |d| BrokerState::decode(d, version))?
        } else {
            Vec::new()
        };
        let leader_recovery_state = d.i8()?;
        let partition_epoch = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(PartitionData {
            partition_index,
            leader_epoch,
            new_isr,
            new_isr_with_epochs,
            leader_recovery_state,
            partition_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.i32(self.leader_epoch);
        if version == 2 {
            e.array(&self.new_isr, true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
        } else if !self.new_isr.is_empty() {
            return Err(unsupported("PartitionData.new_isr", version));
        }
        if version == 3 {
            e.array(&self.new_isr_with_epochs, true, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.new_isr_with_epochs.is_empty() {
            return Err(unsupported("PartitionData.new_isr_with_epochs", version));
        }
        e.i8(self.leader_recovery_state);
        e.i32(self.partition_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerState {
    pub broker_id: i32,
    pub broker_epoch: i64,
}

impl Default for BrokerState {
    fn default() -> BrokerState {
        BrokerState {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl BrokerState {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerState");
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(BrokerState {
            broker_id,
            broker_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}
