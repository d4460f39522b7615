// Made by `cargo xtask generate` from SyncGroupRequest.json in kafka-clients 4.3.1. Do not edit.

//! `SyncGroupRequest`, versions 0 to 5, flexible from 4.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, SyncGroupResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupRequest {
    pub group_id: StrBytes,
    pub generation_id: i32,
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub protocol_type: Option<StrBytes>,
    pub protocol_name: Option<StrBytes>,
    pub assignments: Vec<SyncGroupRequestAssignment>,
}

impl Message for SyncGroupRequest {
    const NAME: &'static str = "SyncGroupRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SyncGroupRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        let group_id = d.string(flexible)?;
        let generation_id = d.i32()?;
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 3 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let protocol_type = if version == 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let protocol_name = if version == 5 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let assignments = d.array(flexible, 3, |d| {
            SyncGroupRequestAssignment::decode(d, version)
        })?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(SyncGroupRequest {
            group_id,
            generation_id,
            member_id,
            group_instance_id,
            protocol_type,
            protocol_name,
            assignments,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 4;
        e.string(&self.group_id, flexible)?;
        e.i32(self.generation_id);
        e.string(&self.member_id, flexible)?;
        if version >= 3 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        } else if self.group_instance_id.is_some() {
            return Err(unsupported("SyncGroupRequest.group_instance_id", version));
        }
        if version == 5 {
            e.nullable_string(self.protocol_type.as_deref(), flexible)?;
        }
        if version == 5 {
            e.nullable_string(self.protocol_name.as_deref(), flexible)?;
        }
        e.array(&self.assignments, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for SyncGroupRequest {
    const KEY: ApiKey = ApiKey::SyncGroup;
    type Response = SyncGroupResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncGroupRequestAssignment {
    pub member_id: StrBytes,
    pub assignment: Bytes,
}

impl SyncGroupRequestAssignment {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("SyncGroupRequestAssignment");
        let flexible = version >= 4;
        let member_id = d.string(flexible)?;
        let assignment = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(SyncGroupRequestAssignment {
            member_id,
            assignment,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        e.string(&self.member_id, flexible)?;
        e.bytes(&self.assignment, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
