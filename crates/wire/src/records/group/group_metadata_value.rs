// Made by `cargo xtask generate` from GroupMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `GroupMetadataValue`, versions 0 to 4, flexible from 4.

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
pub struct GroupMetadataValue {
    pub protocol_type: StrBytes,
    pub generation: i32,
    pub protocol: Option<StrBytes>,
    pub leader: Option<StrBytes>,
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
}

impl Default for GroupMetadataValue {
    fn default() -> GroupMetadataValue {
        GroupMetadataValue {
            protocol_type: StrBytes::EMPTY,
            generation: 0,
            protocol: Some(StrBytes::EMPTY),
            leader: Some(StrBytes::EMPTY),
            current_state_timestamp: -1,
            members: Vec::new(),
        }
    }
}

impl Message for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("GroupMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        let protocol_type = d.string(flexible)?;
        let generation = d.i32()?;
        let protocol = d.nullable_string(flexible)?;
        let leader = d.nullable_string(flexible)?;
        let current_state_timestamp = if version >= 2 { d.i64()? } else { -1 };
        let members = d.array(flexible, 15, |d| MemberMetadata::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(GroupMetadataValue {
            protocol_type,
            generation,
            protocol,
            leader,
            current_state_timestamp,
            members,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        e.string(&self.protocol_type, flexible)?;
        e.i32(self.generation);
        e.nullable_string(self.protocol.as_deref(), flexible)?;
        e.nullable_string(self.leader.as_deref(), flexible)?;
        if version >= 2 {
            e.i64(self.current_state_timestamp);
        }
        e.array(&self.members, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct MemberMetadata {
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub subscription: Bytes,
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::hex"))]
    pub assignment: Bytes,
}

impl Default for MemberMetadata {
    fn default() -> MemberMetadata {
        MemberMetadata {
            member_id: StrBytes::EMPTY,
            group_instance_id: None,
            client_id: StrBytes::EMPTY,
            client_host: StrBytes::EMPTY,
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: Bytes::new(),
            assignment: Bytes::new(),
        }
    }
}

impl MemberMetadata {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MemberMetadata");
        let flexible = version == 4;
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 3 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let client_id = d.string(flexible)?;
        let client_host = d.string(flexible)?;
        let rebalance_timeout = if version >= 1 { d.i32()? } else { -1 };
        let session_timeout = d.i32()?;
        let subscription = d.bytes(flexible)?;
        let assignment = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MemberMetadata {
            member_id,
            group_instance_id,
            client_id,
            client_host,
            rebalance_timeout,
            session_timeout,
            subscription,
            assignment,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version == 4;
        e.string(&self.member_id, flexible)?;
        if version >= 3 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        }
        e.string(&self.client_id, flexible)?;
        e.string(&self.client_host, flexible)?;
        if version >= 1 {
            e.i32(self.rebalance_timeout);
        }
        e.i32(self.session_timeout);
        e.bytes(&self.subscription, flexible)?;
        e.bytes(&self.assignment, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
