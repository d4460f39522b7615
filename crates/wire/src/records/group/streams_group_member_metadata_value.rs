// Made by `cargo xtask generate` from StreamsGroupMemberMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `StreamsGroupMemberMetadataValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

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
pub struct StreamsGroupMemberMetadataValue {
    pub instance_id: Option<StrBytes>,
    pub rack_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub rebalance_timeout_ms: i32,
    pub topology_epoch: i32,
    pub process_id: StrBytes,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
}

impl Default for StreamsGroupMemberMetadataValue {
    fn default() -> StreamsGroupMemberMetadataValue {
        StreamsGroupMemberMetadataValue {
            instance_id: Some(StrBytes::EMPTY),
            rack_id: Some(StrBytes::EMPTY),
            client_id: StrBytes::EMPTY,
            client_host: StrBytes::EMPTY,
            rebalance_timeout_ms: -1,
            topology_epoch: 0,
            process_id: StrBytes::EMPTY,
            user_endpoint: None,
            client_tags: Vec::new(),
        }
    }
}

impl Message for StreamsGroupMemberMetadataValue {
    const NAME: &'static str = "StreamsGroupMemberMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupMemberMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let instance_id = d.nullable_string(true)?;
        let rack_id = d.nullable_string(true)?;
        let client_id = d.string(true)?;
        let client_host = d.string(true)?;
        let rebalance_timeout_ms = d.i32()?;
        let topology_epoch = d.i32()?;
        let process_id = d.string(true)?;
        let user_endpoint = if d.is_present()? {
            Some(Endpoint::decode(d, version)?)
        } else {
            None
        };
        let client_tags = d.array(true, 3, |d| KeyValue::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(StreamsGroupMemberMetadataValue {
            instance_id,
            rack_id,
            client_id,
            client_host,
            rebalance_timeout_ms,
            topology_epoch,
            process_id,
            user_endpoint,
            client_tags,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.instance_id.as_deref(), true)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.string(&self.client_id, true)?;
        e.string(&self.client_host, true)?;
        e.i32(self.rebalance_timeout_ms);
        e.i32(self.topology_epoch);
        e.string(&self.process_id, true)?;
        e.presence(self.user_endpoint.is_some());
        if let Some(value) = &self.user_endpoint {
            value.encode(e, version)?;
        }
        e.array(&self.client_tags, true, |e, value| value.encode(e, version))?;
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
pub struct Endpoint {
    pub host: StrBytes,
    pub port: u16,
}

impl Endpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Endpoint");
        let host = d.string(true)?;
        let port = d.u16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Endpoint { host, port })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.host, true)?;
        e.u16(self.port);
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
pub struct KeyValue {
    pub key: StrBytes,
    pub value: StrBytes,
}

impl KeyValue {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("KeyValue");
        let key = d.string(true)?;
        let value = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(KeyValue { key, value })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.key, true)?;
        e.string(&self.value, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
