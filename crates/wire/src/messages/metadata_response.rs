// Made by `cargo xtask generate` from MetadataResponse.json in kafka-clients 4.3.1. Do not edit.

//! `MetadataResponse`, versions 0 to 13, flexible from 9.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::{Encoder, required};
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponse {
    pub throttle_time_ms: i32,
    pub brokers: Vec<MetadataResponseBroker>,
    pub cluster_id: Option<StrBytes>,
    pub controller_id: i32,
    pub topics: Vec<MetadataResponseTopic>,
    pub cluster_authorized_operations: i32,
    pub error_code: i16,
}

impl Default for MetadataResponse {
    fn default() -> MetadataResponse {
        MetadataResponse {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            error_code: 0,
        }
    }
}

impl Message for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=13;
    const FIRST_FLEXIBLE: Option<i16> = Some(9);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        let throttle_time_ms = if version >= 3 { d.i32()? } else { 0 };
        let brokers = d.array(flexible, 10, |d| MetadataResponseBroker::decode(d, version))?;
        let cluster_id = if version >= 2 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let controller_id = if version >= 1 { d.i32()? } else { -1 };
        let topics = d.array(flexible, 8, |d| MetadataResponseTopic::decode(d, version))?;
        let cluster_authorized_operations = if (8..=10).contains(&version) {
            d.i32()?
        } else {
            i32::MIN
        };
        let error_code = if version == 13 { d.i16()? } else { 0 };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataResponse {
            throttle_time_ms,
            brokers,
            cluster_id,
            controller_id,
            topics,
            cluster_authorized_operations,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        if version >= 3 {
            e.i32(self.throttle_time_ms);
        }
        e.array(&self.brokers, flexible, |e, value| value.encode(e, version))?;
        if version >= 2 {
            e.nullable_string(self.cluster_id.as_deref(), flexible)?;
        }
        if version >= 1 {
            e.i32(self.controller_id);
        }
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if (8..=10).contains(&version) {
            e.i32(self.cluster_authorized_operations);
        } else if self.cluster_authorized_operations != i32::MIN {
            return Err(unsupported(
                "MetadataResponse.cluster_authorized_operations",
                version,
            ));
        }
        if version == 13 {
            e.i16(self.error_code);
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataResponseBroker {
    pub node_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub rack: Option<StrBytes>,
}

impl MetadataResponseBroker {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataResponseBroker");
        let flexible = version >= 9;
        let node_id = d.i32()?;
        let host = d.string(flexible)?;
        let port = d.i32()?;
        let rack = if version >= 1 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataResponseBroker {
            node_id,
            host,
            port,
            rack,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i32(self.node_id);
        e.string(&self.host, flexible)?;
        e.i32(self.port);
        if version >= 1 {
            e.nullable_string(self.rack.as_deref(), flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseTopic {
    pub error_code: i16,
    pub name: Option<StrBytes>,
    pub topic_id: Uuid,
    pub is_internal: bool,
    pub partitions: Vec<MetadataResponsePartition>,
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic {
    fn default() -> MetadataResponseTopic {
        MetadataResponseTopic {
            error_code: 0,
            name: Some(StrBytes::EMPTY),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
        }
    }
}

impl MetadataResponseTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataResponseTopic");
        let flexible = version >= 9;
        let error_code = d.i16()?;
        let name = if version >= 12 {
            d.nullable_string(flexible)?
        } else {
            Some(d.string(flexible)?)
        };
        let topic_id = if version >= 10 { d.uuid()? } else { Uuid::ZERO };
        let is_internal = if version >= 1 { d.bool()? } else { false };
        let partitions = d.array(flexible, 18, |d| {
            MetadataResponsePartition::decode(d, version)
        })?;
        let topic_authorized_operations = if version >= 8 { d.i32()? } else { i32::MIN };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataResponseTopic {
            error_code,
            name,
            topic_id,
            is_internal,
            partitions,
            topic_authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i16(self.error_code);
        if version >= 12 {
            e.nullable_string(self.name.as_deref(), flexible)?;
        } else {
            e.string(
                required(&self.name, "MetadataResponseTopic.name")?,
                flexible,
            )?;
        }
        if version >= 10 {
            e.uuid(self.topic_id);
        }
        if version >= 1 {
            e.bool(self.is_internal);
        }
        e.array(&self.partitions, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if version >= 8 {
            e.i32(self.topic_authorized_operations);
        } else if self.topic_authorized_operations != i32::MIN {
            return Err(unsupported(
                "MetadataResponseTopic.topic_authorized_operations",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponsePartition {
    pub error_code: i16,
    pub partition_index: i32,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub replica_nodes: Vec<i32>,
    pub isr_nodes: Vec<i32>,
    pub offline_replicas: Vec<i32>,
}

impl Default for MetadataResponsePartition {
    fn default() -> MetadataResponsePartition {
        MetadataResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
        }
    }
}

impl MetadataResponsePartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataResponsePartition");
        let flexible = version >= 9;
        let error_code = d.i16()?;
        let partition_index = d.i32()?;
        let leader_id = d.i32()?;
        let leader_epoch = if version >= 7 { d.i32()? } else { -1 };
        let replica_nodes = d.array(flexible, 4, Decoder::i32)?;
        let isr_nodes = d.array(flexible, 4, Decoder::i32)?;
        let offline_replicas = if version >= 5 {
            d.array(flexible, 4, Decoder::i32)?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataResponsePartition {
            error_code,
            partition_index,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            offline_replicas,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        e.i16(self.error_code);
        e.i32(self.partition_index);
        e.i32(self.leader_id);
        if version >= 7 {
            e.i32(self.leader_epoch);
        }
        e.array(&self.replica_nodes, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.isr_nodes, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if version >= 5 {
            e.array(&self.offline_replicas, flexible, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
