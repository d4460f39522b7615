// Made by `cargo xtask generate` from DescribeClusterResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeClusterResponse`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub endpoint_type: i8,
    pub cluster_id: StrBytes,
    pub controller_id: i32,
    pub brokers: Vec<DescribeClusterBroker>,
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse {
    fn default() -> DescribeClusterResponse {
        DescribeClusterResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: StrBytes::EMPTY,
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: i32::MIN,
        }
    }
}

impl Message for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeClusterResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let throttle_time_ms = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        let endpoint_type = if version >= 1 { d.i8()? } else { 1 };
        let cluster_id = d.string(true)?;
        let controller_id = d.i32()?;
        let brokers = d.array(true, 11, |d| DescribeClusterBroker::decode(d, version))?;
        let cluster_authorized_operations = d.i32()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeClusterResponse {
            throttle_time_ms,
            error_code,
            error_message,
            endpoint_type,
            cluster_id,
            controller_id,
            brokers,
            cluster_authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.throttle_time_ms);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        if version >= 1 {
            e.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            return Err(unsupported(
                "DescribeClusterResponse.endpoint_type",
                version,
            ));
        }
        e.string(&self.cluster_id, true)?;
        e.i32(self.controller_id);
        e.array(&self.brokers, true, |e, value| value.encode(e, version))?;
        e.i32(self.cluster_authorized_operations);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeClusterBroker {
    pub broker_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub rack: Option<StrBytes>,
    pub is_fenced: bool,
}

impl DescribeClusterBroker {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeClusterBroker");
        let broker_id = d.i32()?;
        let host = d.string(true)?;
        let port = d.i32()?;
        let rack = d.nullable_string(true)?;
        let is_fenced = if version == 2 { d.bool()? } else { false };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeClusterBroker {
            broker_id,
            host,
            port,
            rack,
            is_fenced,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.broker_id);
        e.string(&self.host, true)?;
        e.i32(self.port);
        e.nullable_string(self.rack.as_deref(), true)?;
        if version == 2 {
            e.bool(self.is_fenced);
        } else if self.is_fenced {
            return Err(unsupported("DescribeClusterBroker.is_fenced", version));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}
