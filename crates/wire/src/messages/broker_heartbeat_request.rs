// Made by `cargo xtask generate` from BrokerHeartbeatRequest.json in kafka-clients 4.3.1. Do not edit.

//! `BrokerHeartbeatRequest`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, BrokerHeartbeatResponse};
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHeartbeatRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub current_metadata_offset: i64,
    pub want_fence: bool,
    pub want_shut_down: bool,
    pub offline_log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for BrokerHeartbeatRequest {
    fn default() -> BrokerHeartbeatRequest {
        BrokerHeartbeatRequest {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

impl Message for BrokerHeartbeatRequest {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerHeartbeatRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        let current_metadata_offset = d.i64()?;
        let want_fence = d.bool()?;
        let want_shut_down = d.bool()?;
        let mut offline_log_dirs = Vec::new();
        let mut cordoned_log_dirs = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 if version >= 1 => offline_log_dirs = d.array(true, 16, Decoder::uuid)?,
                1 if version == 2 => {
                    cordoned_log_dirs = d.nullable_array(true, 16, Decoder::uuid)?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(BrokerHeartbeatRequest {
            broker_id,
            broker_epoch,
            current_metadata_offset,
            want_fence,
            want_shut_down,
            offline_log_dirs,
            cordoned_log_dirs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        e.i64(self.current_metadata_offset);
        e.bool(self.want_fence);
        e.bool(self.want_shut_down);
        if version < 1 && !self.offline_log_dirs.is_empty() {
            return Err(unsupported(
                "BrokerHeartbeatRequest.offline_log_dirs",
                version,
            ));
        }
        if version != 2 && self.cordoned_log_dirs.is_some() {
            return Err(unsupported(
                "BrokerHeartbeatRequest.cordoned_log_dirs",
                version,
            ));
        }
        let has_offline_log_dirs = version >= 1 && !self.offline_log_dirs.is_empty();
        let has_cordoned_log_dirs = version == 2 && self.cordoned_log_dirs.is_some();
        e.unsigned_varint(u32::from(has_offline_log_dirs) + u32::from(has_cordoned_log_dirs));
        if has_offline_log_dirs {
            let field = e.begin_tagged(0);
            e.array(&self.offline_log_dirs, true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_cordoned_log_dirs {
            let field = e.begin_tagged(1);
            e.nullable_array(self.cordoned_log_dirs.as_deref(), true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
}

impl Request for BrokerHeartbeatRequest {
    const KEY: ApiKey = ApiKey::BrokerHeartbeat;
    type Response = BrokerHeartbeatResponse;
}
