// Made by `cargo xtask generate` from ProduceResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ProduceResponse`, versions 3 to 13, flexible from 9.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProduceResponse {
    pub responses: Vec<TopicProduceResponse>,
    pub throttle_time_ms: i32,
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 3..=13;
    const FIRST_FLEXIBLE: Option<i16> = Some(9);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ProduceResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        let responses = d.array(flexible, 3, |d| TopicProduceResponse::decode(d, version))?;
        let throttle_time_ms = d.i32()?;
        let mut node_endpoints = Vec::new();
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 if version >= 10 => {
                        node_endpoints =
                            d.array(flexible, 11, |d| NodeEndpoint::decode(d, version))?
                    }
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(ProduceResponse {
            responses,
            throttle_time_ms,
            node_endpoints,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        e.array(&self.responses, flexible, |e, value| {
            value.encode(e, version)
        })?;
        e.i32(self.throttle_time_ms);
        if version < 10 && !self.node_endpoints.is_empty() {
            return Err(unsupported("ProduceResponse.node_endpoints", version));
        }
        if flexible {
            let has_node_endpoints = version >= 10 && !self.node_endpoints.is_empty();
            e.unsigned_varint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                let field = e.begin_tagged(0);
                e.array(&self.node_endpoints, flexible, |e, value| {
                    value.encode(e, version)
                })?;
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicProduceResponse {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub partition_responses: Vec<PartitionProduceResponse>,
}

impl TopicProduceResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("TopicProduceResponse");
        let flexible = version >= 9;
        let name = if version <= 12 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version == 13 { d.uuid()? } else { Uuid::ZERO };
        let partition_responses = d.array(flexible, 22, |d| {
            PartitionProduceResponse::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(TopicProduceResponse {
            name,
            topic_id,
            partition_responses,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version <= 12 {
            e.string(&self.name, flexible)?;
        }
        if version == 13 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partition_responses, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceResponse {
    pub index: i32,
    pub error_code: i16,
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    pub error_message: Option<StrBytes>,
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse {
    fn default() -> PartitionProduceResponse {
        PartitionProduceResponse {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl PartitionProduceResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionProduceResponse");
        let flexible = version >= 9;
        let index = d.i32()?;
        let error_code = d.i16()?;
        let base_offset = d.i64()?;
        let log_append_time_ms = d.i64()?;
        let log_start_offset = if version >= 5 { d.i64()? } else { -1 };
        let record_errors = if version >= 8 {
            d.array(flexible, 6, |d| {
                BatchIndexAndErrorMessage::decode(d, version)
            })?
        } else {
            Vec::new()
        };
        let error_message = if version >= 8 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let mut current_leader = LeaderIdAndEpoch::default();
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 if version >= 10 => current_leader = LeaderIdAndEpoch::decode(d, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(PartitionProduceResponse {
            index,
            error_code,
            base_offset,
            log_append_time_ms,
            log_start_offset,
            record_errors,
            error_message,
            current_leader,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i32(self.index);
        e.i16(self.error_code);
        e.i64(self.base_offset);
        e.i64(self.log_append_time_ms);
        if version >= 5 {
            e.i64(self.log_start_offset);
        }
        if version >= 8 {
            e.array(&self.record_errors, flexible, |e, value| {
                value.encode(e, version)
            })?;
        }
        if version >= 8 {
            e.nullable_string(self.error_message.as_deref(), flexible)?;
        }
        if version < 10 && self.current_leader != LeaderIdAndEpoch::default() {
            return Err(unsupported(
                "PartitionProduceResponse.current_leader",
                version,
            ));
        }
        if flexible {
            let has_current_leader =
                version >= 10 && self.current_leader != LeaderIdAndEpoch::default();
            e.unsigned_varint(u32::from(has_current_leader));
            if has_current_leader {
                let field = e.begin_tagged(0);
                self.current_leader.encode(e, version)?;
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchIndexAndErrorMessage {
    pub batch_index: i32,
    pub batch_index_error_message: Option<StrBytes>,
}

impl BatchIndexAndErrorMessage {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BatchIndexAndErrorMessage");
        let flexible = version >= 9;
        let batch_index = d.i32()?;
        let batch_index_error_message = d.nullable_string(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(BatchIndexAndErrorMessage {
            batch_index,
            batch_index_error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i32(self.batch_index);
        e.nullable_string(self.batch_index_error_message.as_deref(), flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> LeaderIdAndEpoch {
        LeaderIdAndEpoch {
            leader_id: -1,
            leader_epoch: -1,
        }
    }
}

impl LeaderIdAndEpoch {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaderIdAndEpoch");
        let leader_id = d.i32()?;
        let leader_epoch = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(LeaderIdAndEpoch {
            leader_id,
            leader_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.leader_id);
        e.i32(self.leader_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub rack: Option<StrBytes>,
}

impl NodeEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("NodeEndpoint");
        let node_id = d.i32()?;
        let host = d.string(true)?;
        let port = d.i32()?;
        let rack = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(NodeEndpoint {
            node_id,
            host,
            port,
            rack,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.node_id);
        e.string(&self.host, true)?;
        e.i32(self.port);
        e.nullable_string(self.rack.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
