// Made by `cargo xtask generate` from MetadataRequest.json in kafka-clients 4.3.1. Do not edit.

//! `MetadataRequest`, versions 0 to 13, flexible from 9.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::{Encoder, required};
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, MetadataResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequest {
    pub topics: Option<Vec<MetadataRequestTopic>>,
    pub allow_auto_topic_creation: bool,
    pub include_cluster_authorized_operations: bool,
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest {
    fn default() -> MetadataRequest {
        MetadataRequest {
            topics: Some(Vec::new()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl Message for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=13;
    const FIRST_FLEXIBLE: Option<i16> = Some(9);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        let topics = if version >= 1 {
            d.nullable_array(flexible, 2, |d| MetadataRequestTopic::decode(d, version))?
        } else {
            Some(d.array(flexible, 2, |d| MetadataRequestTopic::decode(d, version))?)
        };
        let allow_auto_topic_creation = if version >= 4 { d.bool()? } else { true };
        let include_cluster_authorized_operations = if (8..=10).contains(&version) {
            d.bool()?
        } else {
            false
        };
        let include_topic_authorized_operations = if version >= 8 { d.bool()? } else { false };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataRequest {
            topics,
            allow_auto_topic_creation,
            include_cluster_authorized_operations,
            include_topic_authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 9;
        if version >= 1 {
            e.nullable_array(self.topics.as_deref(), flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else {
            e.array(
                required(&self.topics, "MetadataRequest.topics")?,
                flexible,
                |e, value| value.encode(e, version),
            )?;
        }
        if version >= 4 {
            e.bool(self.allow_auto_topic_creation);
        } else if !self.allow_auto_topic_creation {
            return Err(unsupported(
                "MetadataRequest.allow_auto_topic_creation",
                version,
            ));
        }
        if (8..=10).contains(&version) {
            e.bool(self.include_cluster_authorized_operations);
        } else if self.include_cluster_authorized_operations {
            return Err(unsupported(
                "MetadataRequest.include_cluster_authorized_operations",
                version,
            ));
        }
        if version >= 8 {
            e.bool(self.include_topic_authorized_operations);
        } else if self.include_topic_authorized_operations {
            return Err(unsupported(
                "MetadataRequest.include_topic_authorized_operations",
                version,
            ));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for MetadataRequest {
    const KEY: ApiKey = ApiKey::Metadata;
    type Response = MetadataResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequestTopic {
    pub topic_id: Uuid,
    pub name: Option<StrBytes>,
}

impl Default for MetadataRequestTopic {
    fn default() -> MetadataRequestTopic {
        MetadataRequestTopic {
            topic_id: Uuid::ZERO,
            name: Some(StrBytes::EMPTY),
        }
    }
}

impl MetadataRequestTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MetadataRequestTopic");
        let flexible = version >= 9;
        let topic_id = if version >= 10 { d.uuid()? } else { Uuid::ZERO };
        let name = if version >= 10 {
            d.nullable_string(flexible)?
        } else {
            Some(d.string(flexible)?)
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MetadataRequestTopic { topic_id, name })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version >= 10 {
            e.uuid(self.topic_id);
        }
        if version >= 10 {
            e.nullable_string(self.name.as_deref(), flexible)?;
        } else {
            e.string(required(&self.name, "MetadataRequestTopic.name")?, flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
