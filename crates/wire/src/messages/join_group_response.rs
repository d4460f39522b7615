// Made by `cargo xtask generate` from JoinGroupResponse.json in kafka-clients 4.3.1. Do not edit.

//! `JoinGroupResponse`, versions 0 to 9, flexible from 6.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::{Encoder, required};
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub generation_id: i32,
    pub protocol_type: Option<StrBytes>,
    pub protocol_name: Option<StrBytes>,
    pub leader: StrBytes,
    pub skip_assignment: bool,
    pub member_id: StrBytes,
    pub members: Vec<JoinGroupResponseMember>,
}

impl Default for JoinGroupResponse {
    fn default() -> JoinGroupResponse {
        JoinGroupResponse {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(StrBytes::EMPTY),
            leader: StrBytes::EMPTY,
            skip_assignment: false,
            member_id: StrBytes::EMPTY,
            members: Vec::new(),
        }
    }
}

impl Message for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=9;
    const FIRST_FLEXIBLE: Option<i16> = Some(6);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("JoinGroupResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        let throttle_time_ms = if version >= 2 { d.i32()? } else { 0 };
        let error_code = d.i16()?;
        let generation_id = d.i32()?;
        let protocol_type = if version >= 7 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let protocol_name = if version >= 7 {
            d.nullable_string(flexible)?
        } else {
            Some(d.string(flexible)?)
        };
        let leader = d.string(flexible)?;
        let skip_assignment = if version == 9 { d.bool()? } else { false };
        let member_id = d.string(flexible)?;
        let members = d.array(flexible, 4, |d| JoinGroupResponseMember::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(JoinGroupResponse {
            throttle_time_ms,
            error_code,
            generation_id,
            protocol_type,
            protocol_name,
            leader,
            skip_assignment,
            member_id,
            members,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        if version >= 2 {
            e.i32(self.throttle_time_ms);
        }
        e.i16(self.error_code);
        e.i32(self.generation_id);
        if version >= 7 {
            e.nullable_string(self.protocol_type.as_deref(), flexible)?;
        }
        if version >= 7 {
            e.nullable_string(self.protocol_name.as_deref(), flexible)?;
        } else {
            e.string(
                required(&self.protocol_name, "JoinGroupResponse.protocol_name")?,
                flexible,
            )?;
        }
        e.string(&self.leader, flexible)?;
        if version == 9 {
            e.bool(self.skip_assignment);
        } else if self.skip_assignment {
            return Err(unsupported("JoinGroupResponse.skip_assignment", version));
        }
        e.string(&self.member_id, flexible)?;
        e.array(&self.members, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct JoinGroupResponseMember {
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub metadata: Bytes,
}

impl JoinGroupResponseMember {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("JoinGroupResponseMember");
        let flexible = version >= 6;
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let metadata = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(JoinGroupResponseMember {
            member_id,
            group_instance_id,
            metadata,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.string(&self.member_id, flexible)?;
        if version >= 5 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        }
        e.bytes(&self.metadata, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
