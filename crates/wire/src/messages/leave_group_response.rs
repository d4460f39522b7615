// Made by `cargo xtask generate` from LeaveGroupResponse.json in kafka-clients 4.3.1. Do not edit.

//! `LeaveGroupResponse`, versions 0 to 5, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaveGroupResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub members: Vec<MemberResponse>,
}

impl Message for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaveGroupResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let error_code = d.i16()?;
        let members = if version >= 3 {
            d.array(flexible, 5, |d| MemberResponse::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(LeaveGroupResponse {
            throttle_time_ms,
            error_code,
            members,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        e.i16(self.error_code);
        if version >= 3 {
            e.array(&self.members, flexible, |e, value| value.encode(e, version))?;
        } else if !self.members.is_empty() {
            return Err(unsupported("LeaveGroupResponse.members", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MemberResponse {
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub error_code: i16,
}

impl Default for MemberResponse {
    fn default() -> MemberResponse {
        MemberResponse {
            member_id: StrBytes::EMPTY,
            group_instance_id: Some(StrBytes::EMPTY),
            error_code: 0,
        }
    }
}

impl MemberResponse {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MemberResponse");
        let flexible = version >= 4;
        let member_id = d.string(flexible)?;
        let group_instance_id = d.nullable_string(flexible)?;
        let error_code = d.i16()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MemberResponse {
            member_id,
            group_instance_id,
            error_code,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        e.string(&self.member_id, flexible)?;
        e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        e.i16(self.error_code);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
