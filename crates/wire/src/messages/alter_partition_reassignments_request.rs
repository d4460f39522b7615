// Made by `cargo xtask generate` from AlterPartitionReassignmentsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `AlterPartitionReassignmentsRequest`, versions 0 to 1, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{AlterPartitionReassignmentsResponse, ApiKey};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionReassignmentsRequest {
    pub timeout_ms: i32,
    pub allow_replication_factor_change: bool,
    pub topics: Vec<ReassignableTopic>,
}

impl Default for AlterPartitionReassignmentsRequest {
    fn default() -> AlterPartitionReassignmentsRequest {
        AlterPartitionReassignmentsRequest {
            timeout_ms: 60000,
            allow_replication_factor_change: true,
            topics: Vec::new(),
        }
    }
}

impl Message for AlterPartitionReassignmentsRequest {
    const NAME: &'static str = "AlterPartitionReassignmentsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("AlterPartitionReassignmentsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let timeout_ms = d.i32()?;
        let allow_replication_factor_change = if version == 1 { d.bool()? } else { true };
        let topics = d.array(true, 3, |d| ReassignableTopic::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(AlterPartitionReassignmentsRequest {
            timeout_ms,
            allow_replication_factor_change,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.timeout_ms);
        if version == 1 {
            e.bool(self.allow_replication_factor_change);
        } else if !self.allow_replication_factor_change {
            return Err(unsupported(
                "AlterPartitionReassignmentsRequest.allow_replication_factor_change",
                version,
            ));
        }
        e.array(&self.topics, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for AlterPartitionReassignmentsRequest {
    const KEY: ApiKey = ApiKey::AlterPartitionReassignments;
    type Response = AlterPartitionReassignmentsResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReassignableTopic {
    pub name: StrBytes,
    pub partitions: Vec<ReassignablePartition>,
}

impl ReassignableTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReassignableTopic");
        let name = d.string(true)?;
        let partitions = d.array(true, 6, |d| ReassignablePartition::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReassignableTopic { name, partitions })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.array(&self.partitions, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReassignablePartition {
    pub partition_index: i32,
    pub replicas: Option<Vec<i32>>,
}

impl ReassignablePartition {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReassignablePartition");
        let partition_index = d.i32()?;
        let replicas = d.nullable_array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReassignablePartition {
            partition_index,
            replicas,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.partition_index);
        e.nullable_array(self.replicas.as_deref(), true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
