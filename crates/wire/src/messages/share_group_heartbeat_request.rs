// Made by `cargo xtask generate` from ShareGroupHeartbeatRequest.json in kafka-clients 4.3.1. Do not edit.

//! `ShareGroupHeartbeatRequest`, version 1, flexible from 1.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, ShareGroupHeartbeatResponse};
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareGroupHeartbeatRequest {
    pub group_id: StrBytes,
    pub member_id: StrBytes,
    pub member_epoch: i32,
    pub rack_id: Option<StrBytes>,
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
}

impl Message for ShareGroupHeartbeatRequest {
    const NAME: &'static str = "ShareGroupHeartbeatRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=1;
    const FIRST_FLEXIBLE: Option<i16> = Some(1);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareGroupHeartbeatRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(true)?;
        let member_id = d.string(true)?;
        let member_epoch = d.i32()?;
        let rack_id = d.nullable_string(true)?;
        let subscribed_topic_names = d.nullable_array(true, 1, |d| d.string(true))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareGroupHeartbeatRequest {
            group_id,
            member_id,
            member_epoch,
            rack_id,
            subscribed_topic_names,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, true)?;
        e.string(&self.member_id, true)?;
        e.i32(self.member_epoch);
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.nullable_array(self.subscribed_topic_names.as_deref(), true, |e, value| {
            e.string(value, true)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for ShareGroupHeartbeatRequest {
    const KEY: ApiKey = ApiKey::ShareGroupHeartbeat;
    type Response = ShareGroupHeartbeatResponse;
}
