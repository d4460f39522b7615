// Made by `cargo xtask generate` from LeaveGroupRequest.json in kafka-clients 4.3.1. Do not edit.

//! `LeaveGroupRequest`, versions 0 to 5, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, LeaveGroupResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaveGroupRequest {
    pub group_id: StrBytes,
    pub member_id: StrBytes,
    pub members: Vec<MemberIdentity>,
}

impl Message for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LeaveGroupRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let group_id = d.string(flexible)?;
        let member_id = if version <= 2 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let members = if version >= 3 {
            d.array(flexible, 3, |d| MemberIdentity::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(LeaveGroupRequest {
            group_id,
            member_id,
            members,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        e.string(&self.group_id, flexible)?;
        if version <= 2 {
            e.string(&self.member_id, flexible)?;
        } else if !self.member_id.is_empty() {
            return Err(unsupported("LeaveGroupRequest.member_id", version));
        }
        if version >= 3 {
            e.array(&self.members, flexible, |e, value| value.encode(e, version))?;
        } else if !self.members.is_empty() {
            return Err(unsupported("LeaveGroupRequest.members", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for LeaveGroupRequest {
    const KEY: ApiKey = ApiKey::LeaveGroup;
    type Response = LeaveGroupResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberIdentity {
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub reason: Option<StrBytes>,
}

impl MemberIdentity {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("MemberIdentity");
        let flexible = version >= 4;
        let member_id = d.string(flexible)?;
        let group_instance_id = d.nullable_string(flexible)?;
        let reason = if version == 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(MemberIdentity {
            member_id,
            group_instance_id,
            reason,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        e.string(&self.member_id, flexible)?;
        e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        if version == 5 {
            e.nullable_string(self.reason.as_deref(), flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
