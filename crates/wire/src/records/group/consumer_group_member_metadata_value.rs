// Made by `cargo xtask generate` from ConsumerGroupMemberMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ConsumerGroupMemberMetadataValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ConsumerGroupMemberMetadataValue {
    pub instance_id: Option<StrBytes>,
    pub rack_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub subscribed_topic_names: Vec<StrBytes>,
    pub subscribed_topic_regex: Option<StrBytes>,
    pub rebalance_timeout_ms: i32,
    pub server_assignor: Option<StrBytes>,
    pub classic_member_metadata: Option<ClassicMemberMetadata>,
}

impl Default for ConsumerGroupMemberMetadataValue {
    fn default() -> ConsumerGroupMemberMetadataValue {
        ConsumerGroupMemberMetadataValue {
            instance_id: Some(StrBytes::EMPTY),
            rack_id: Some(StrBytes::EMPTY),
            client_id: StrBytes::EMPTY,
            client_host: StrBytes::EMPTY,
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: Some(StrBytes::EMPTY),
            rebalance_timeout_ms: -1,
            server_assignor: Some(StrBytes::EMPTY),
            classic_member_metadata: Some(ClassicMemberMetadata::default()),
        }
    }
}

impl Message for ConsumerGroupMemberMetadataValue {
    const NAME: &'static str = "ConsumerGroupMemberMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ConsumerGroupMemberMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let instance_id = d.nullable_string(true)?;
        let rack_id = d.nullable_string(true)?;
        let client_id = d.string(true)?;
        let client_host = d.string(true)?;
        let subscribed_topic_names = d.array(true, 1, |d| d.string(true))?;
        let subscribed_topic_regex = d.nullable_string(true)?;
        let rebalance_timeout_ms = d.i32()?;
        let server_assignor = d.nullable_string(true)?;
        let mut classic_member_metadata = Some(ClassicMemberMetadata::default());
        d.tagged_fields(|d, tag| {
            match tag {
                0 => {
                    classic_member_metadata = if d.is_present_tagged()? {
                        Some(ClassicMemberMetadata::decode(d, version)?)
                    } else {
                        None
                    }
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(ConsumerGroupMemberMetadataValue {
            instance_id,
            rack_id,
            client_id,
            client_host,
            subscribed_topic_names,
            subscribed_topic_regex,
            rebalance_timeout_ms,
            server_assignor,
            classic_member_metadata,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.instance_id.as_deref(), true)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.string(&self.client_id, true)?;
        e.string(&self.client_host, true)?;
        e.array(&self.subscribed_topic_names, true, |e, value| {
            e.string(value, true)
        })?;
        e.nullable_string(self.subscribed_topic_regex.as_deref(), true)?;
        e.i32(self.rebalance_timeout_ms);
        e.nullable_string(self.server_assignor.as_deref(), true)?;
        let has_classic_member_metadata =
            self.classic_member_metadata != Some(ClassicMemberMetadata::default());
        e.unsigned_varint(u32::from(has_classic_member_metadata));
        if has_classic_member_metadata {
            let field = e.begin_tagged(0);
            e.presence_tagged(self.classic_member_metadata.is_some());
            if let Some(value) = &self.classic_member_metadata {
                value.encode(e, version)?;
            }
            e.end_tagged(field);
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
pub struct ClassicMemberMetadata {
    pub session_timeout_ms: i32,
    pub supported_protocols: Vec<ClassicProtocol>,
}

impl ClassicMemberMetadata {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ClassicMemberMetadata");
        let session_timeout_ms = d.i32()?;
        let supported_protocols = d.array(true, 3, |d| ClassicProtocol::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ClassicMemberMetadata {
            session_timeout_ms,
            supported_protocols,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.i32(self.session_timeout_ms);
        e.array(&self.supported_protocols, true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ClassicProtocol {
    pub name: StrBytes,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub metadata: Bytes,
}

impl ClassicProtocol {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ClassicProtocol");
        let name = d.string(true)?;
        let metadata = d.bytes(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ClassicProtocol { name, metadata })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.bytes(&self.metadata, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
