// Made by `cargo xtask generate` from DeleteAclsRequest.json in kafka-clients 4.3.1. Do not edit.

//! `DeleteAclsRequest`, versions 1 to 3, flexible from 2.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, DeleteAclsResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeleteAclsRequest {
    pub filters: Vec<DeleteAclsFilter>,
}

impl Message for DeleteAclsRequest {
    const NAME: &'static str = "DeleteAclsRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(2);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteAclsRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        let filters = d.array(flexible, 8, |d| DeleteAclsFilter::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteAclsRequest { filters })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 2;
        e.array(&self.filters, flexible, |e, value| value.encode(e, version))?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for DeleteAclsRequest {
    const KEY: ApiKey = ApiKey::DeleteAcls;
    type Response = DeleteAclsResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilter {
    pub resource_type_filter: i8,
    pub resource_name_filter: Option<StrBytes>,
    pub pattern_type_filter: i8,
    pub principal_filter: Option<StrBytes>,
    pub host_filter: Option<StrBytes>,
    pub operation: i8,
    pub permission_type: i8,
}

impl Default for DeleteAclsFilter {
    fn default() -> DeleteAclsFilter {
        DeleteAclsFilter {
            resource_type_filter: 0,
            resource_name_filter: Some(StrBytes::EMPTY),
            pattern_type_filter: 3,
            principal_filter: Some(StrBytes::EMPTY),
            host_filter: Some(StrBytes::EMPTY),
            operation: 0,
            permission_type: 0,
        }
    }
}

impl DeleteAclsFilter {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("DeleteAclsFilter");
        let flexible = version >= 2;
        let resource_type_filter = d.i8()?;
        let resource_name_filter = d.nullable_string(flexible)?;
        let pattern_type_filter = d.i8()?;
        let principal_filter = d.nullable_string(flexible)?;
        let host_filter = d.nullable_string(flexible)?;
        let operation = d.i8()?;
        let permission_type = d.i8()?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(DeleteAclsFilter {
            resource_type_filter,
            resource_name_filter,
            pattern_type_filter,
            principal_filter,
            host_filter,
            operation,
            permission_type,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        e.i8(self.resource_type_filter);
        e.nullable_string(self.resource_name_filter.as_deref(), flexible)?;
        e.i8(self.pattern_type_filter);
        e.nullable_string(self.principal_filter.as_deref(), flexible)?;
        e.nullable_string(self.host_filter.as_deref(), flexible)?;
        e.i8(self.operation);
        e.i8(self.permission_type);
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
