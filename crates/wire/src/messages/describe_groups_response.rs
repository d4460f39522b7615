// Made by `cargo xtask generate` from DescribeGroupsResponse.json in kafka-clients 4.3.1. Do not edit.

//! `DescribeGroupsResponse`, versions 0 to 6, flexible from 5.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribeGroupsResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

impl Message for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=6;
    const FIRST_FLEXIBLE: Option<i16> = Some(5);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribeGroupsResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let groups = d.array(flexible, 12, |d| DescribedGroup::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribeGroupsResponse {
            throttle_time_ms,
            groups,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 5;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        e.array(&self.groups, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub group_id: StrBytes,
    pub group_state: StrBytes,
    pub protocol_type: StrBytes,
    pub protocol_data: StrBytes,
    pub members: Vec<DescribedGroupMember>,
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> DescribedGroup {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: StrBytes::EMPTY,
            group_state: StrBytes::EMPTY,
            protocol_type: StrBytes::EMPTY,
            protocol_data: StrBytes::EMPTY,
            members: Vec::new(),
            authorized_operations: i32::MIN,
        }
    }
}

impl DescribedGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribedGroup");
        let flexible = version >= 5;
        let error_code = d.i16()?;
        let error_message = if version == 6 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let group_id = d.string(flexible)?;
        let group_state = d.string(flexible)?;
        let protocol_type = d.string(flexible)?;
        let protocol_data = d.string(flexible)?;
        let members = d.array(flexible, 7, |d| DescribedGroupMember::decode(d, version))?;
        let authorized_operations = if version >= 3 { d.i32()? } else { i32::MIN };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribedGroup {
            error_code,
            error_message,
            group_id,
            group_state,
            protocol_type,
            protocol_data,
            members,
            authorized_operations,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.i16(self.error_code);
        if version == 6 {
            e.nullable_string(self.error_message.as_deref(), flexible)?;
        } else if self.error_message.is_some() {
            return Err(unsupported("DescribedGroup.error_message", version));
        }
        e.string(&self.group_id, flexible)?;
        e.string(&self.group_state, flexible)?;
        e.string(&self.protocol_type, flexible)?;
        e.string(&self.protocol_data, flexible)?;
        e.array(&self.members, flexible, |e, value| value.encode(e, version))?;
        if version >= 3 {
            e.i32(self.authorized_operations);
        } else if self.authorized_operations != i32::MIN {
            return Err(unsupported("DescribedGroup.authorized_operations", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedGroupMember {
    pub member_id: StrBytes,
    pub group_instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub member_metadata: Bytes,
    pub member_assignment: Bytes,
}

impl DescribedGroupMember {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DescribedGroupMember");
        let flexible = version >= 5;
        let member_id = d.string(flexible)?;
        let group_instance_id = if version >= 4 {
            d.nullable_string(flexible)?
        } else {
            None
        };
        let client_id = d.string(flexible)?;
        let client_host = d.string(flexible)?;
        let member_metadata = d.bytes(flexible)?;
        let member_assignment = d.bytes(flexible)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DescribedGroupMember {
            member_id,
            group_instance_id,
            client_id,
            client_host,
            member_metadata,
            member_assignment,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        e.string(&self.member_id, flexible)?;
        if version >= 4 {
            e.nullable_string(self.group_instance_id.as_deref(), flexible)?;
        }
        e.string(&self.client_id, flexible)?;
        e.string(&self.client_host, flexible)?;
        e.bytes(&self.member_metadata, flexible)?;
        e.bytes(&self.member_assignment, flexible)?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
