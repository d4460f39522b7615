// Made by `cargo xtask generate` from DescribeClusterRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeClusterRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DescribeClusterResponse};

#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterRequest {
    pub include_cluster_authorized_operations: bool,
    pub endpoint_type: i8,
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> DescribeClusterRequest {
        DescribeClusterRequest {
            include_cluster_authorized_operations: false,
            endpoint_type: 1,
            include_fenced_brokers: false,
        }
    }
}

impl Message for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeClusterRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let include_cluster_authorized_operations = d.bool()?;
        let endpoint_type = if version >= 1 { d.i8()? } else { 1 };
        let include_fenced_brokers = if version == 2 { d.bool()? } else { false };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(DescribeClusterRequest {
            include_cluster_authorized_operations,
            endpoint_type,
            include_fenced_brokers,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            e.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            return Err(unsupported("DescribeClusterRequest.endpoint_type", version));
        }
        if version == 2 {
            e.bool(self.include_fenced_brokers);
        } else if self.include_fenced_brokers {
            return Err(unsupported(
                "DescribeClusterRequest.include_fenced_brokers",
                version,
            ));
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for DescribeClusterRequest {
    const KEY: ApiKey = ApiKey::DescribeCluster;
    type Response = DescribeClusterResponse;
}
