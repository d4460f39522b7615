// Made by `cargo xtask generate` from ElectLeadersResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ElectLeadersResponse`, versions 0 to 2, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ElectLeadersResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub replica_election_results: Vec<ReplicaElectionResult>,
}

impl Message for ElectLeadersResponse {
    const NAME: &'static str = "ElectLeadersResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ElectLeadersResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        let throttle_time_ms = d.i32()?;
        let error_code = if version >= 1 { d.i16()? } else { 0 };
        let replica_election_results =
            d.array(flexible, 3, |d| ReplicaElectionResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ElectLeadersResponse {
            throttle_time_ms,
            error_code,
            replica_election_results,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 2;
        e.i32(self.throttle_time_ms);
        if version >= 1 {
            e.i16(self.error_code);
        } else if self.error_code != 0 {
            return Err(unsupported("ElectLeadersResponse.error_code", version));
        }
        e.array(&self.replica_election_results, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaElectionResult {
    pub topic: StrBytes,
    pub partition_result: Vec<PartitionResult>,
}

impl ReplicaElectionResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReplicaElectionResult");
        let flexible = version == 2;
        let topic = d.string(flexible)?;
        let partition_result = d.array(flexible, 8, |d| PartitionResult::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ReplicaElectionResult {
            topic,
            partition_result,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 2;
        e.string(&self.topic, flexible)?;
        e.array(&self.partition_result, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionResult {
    pub partition_id: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for PartitionResult {
    fn default() -> PartitionResult {
        PartitionResult {
            partition_id: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl PartitionResult {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionResult");
        let flexible = version == 2;
        let partition_id = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(PartitionResult {
            partition_id,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 2;
        e.i32(self.partition_id);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
