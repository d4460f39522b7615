// Made by `cargo xtask generate` from ListGroupsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `ListGroupsResponse`, versions 0 to 5, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroupsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub groups: Vec<ListedGroup>,
}

impl Message for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=5;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListGroupsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let error_code = d.i16()?;
        let groups = d.array(flexible, 3, |d| ListedGroup::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListGroupsResponse {
            throttle_time_ms,
            error_code,
            groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        e.i16(self.error_code);
        e.array(&self.groups, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListedGroup {
    pub group_id: StrBytes,
    pub protocol_type: StrBytes,
    pub group_state: StrBytes,
    pub group_type: StrBytes,
}

impl ListedGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ListedGroup");
        let flexible = version >= 3;
        let group_id = d.string(flexible)?;
        let protocol_type = d.string(flexible)?;
        let group_state = if version >= 4 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let group_type = if version == 5 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ListedGroup {
            group_id,
            protocol_type,
            group_state,
            group_type,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        e.string(&self.group_id, flexible)?;
        e.string(&self.protocol_type, flexible)?;
        if version >= 4 {
            e.string(&self.group_state, flexible)?;
        }
        if version == 5 {
            e.string(&self.group_type, flexible)?;
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
