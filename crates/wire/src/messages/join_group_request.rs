// Made by `cargo xtask generate` from JoinGroupRequest.json in kafka-clients 4.3.1. Do not edit.

//! `JoinGroupRequest`, versions 0 to 9, flexible from 6.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, JoinGroupResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupRequest {
    pub group_id: StrBytes,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub protocol_type: StrBytes,
    pub protocols: Vec<JoinGroupRequestProtocol>,
    pub reason: Option<StrBytes>,
}

impl Default for JoinGroupRequest {
    fn default() -> JoinGroupRequest {
        JoinGroupRequest {
            group_id: StrBytes::EMPTY,
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: StrBytes::EMPTY,
            group_instance_id: None,
            protocol_type: StrBytes::EMPTY,
            protocols: Vec::new(),
            reason: None,
        }
    }
}

impl Message for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=9;
    const FIRST_FLEXIBLE: Option<i16> = Some(6);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("JoinGroupRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        let group_id = d.string(flexible)?;
        let session_timeout_ms = d.i32()?;
        let rebalance_timeout_ms = if version >= 1 { d.i32()? } else { -1 };
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let protocol_type = d.string(flexible)?;
        let protocols = d.array(flexible, 3, |d| {
            JoinGroupRequestProtocol::decode(d, version)
        })?;
        let reason = if version >= 8 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(JoinGroupRequest {
            group_id,
            session_timeout_ms,
            rebalance_timeout_ms,
            member_id,
            group_instance_id,
            protocol_type,
            protocols,
            reason,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        e.string(&self.group_id, flexible)?;
        e.i32(self.session_timeout_ms);
        if version >= 1 {
            e.i32(self.rebalance_timeout_ms);
        }
        e.string(&self.member_id, flexible)?;
        if version >= 5 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        } else if self.group_instance_id.is_some() {
            return Err(unsupported("JoinGroupRequest.group_instance_id", version));
        }
        e.string(&self.protocol_type, flexible)?;
        e.array(&self.protocols, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if version >= 8 {
            e.nullable_string(self.reason.as_deref(), flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for JoinGroupRequest {
    const KEY: ApiKey = ApiKey::JoinGroup;
    type Response = JoinGroupResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct JoinGroupRequestProtocol {
    pub name: StrBytes,
    pub metadata: Bytes,
}

impl JoinGroupRequestProtocol {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("JoinGroupRequestProtocol");
        let flexible = version >= 6;
        let name = d.string(flexible)?;
        let metadata = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(JoinGroupRequestProtocol { name, metadata })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.string(&self.name, flexible)?;
        e.bytes(&self.metadata, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
