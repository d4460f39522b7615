// Made by `cargo xtask generate` from FindCoordinatorResponse.json in kafka-clients 4.3.1. Do not edit.

//! `FindCoordinatorResponse`, versions 0 to 6, flexible from 3.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
pub struct FindCoordinatorResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
    pub node_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub coordinators: Vec<Coordinator>,
}

impl Default for FindCoordinatorResponse {
    fn default() -> FindCoordinatorResponse {
        FindCoordinatorResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
            node_id: 0,
            host: StrBytes::EMPTY,
            port: 0,
            coordinators: Vec::new(),
        }
    }
}

impl Message for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=6;
    const FIRST_FLEXIBLE: Option<i16> = Some(3);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FindCoordinatorResponse");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        let throttle_time_ms = if version >= 1 { d.i32()? } else { 0 };
        let error_code = if version <= 3 { d.i16()? } else { 0 };
        let error_message = if (1..=3).contains(&version) {
            d.nullable_string(flexible)?
        } else {
            Some(StrBytes::EMPTY)
        };
        let node_id = if version <= 3 { d.i32()? } else { 0 };
        let host = if version <= 3 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let port = if version <= 3 { d.i32()? } else { 0 };
        let coordinators = if version >= 4 {
            d.array(flexible, 14, |d| Coordinator::decode(d, version))?
        } else {
            Vec::new()
        };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(FindCoordinatorResponse {
            throttle_time_ms,
            error_code,
            error_message,
            node_id,
            host,
            port,
            coordinators,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 3;
        if version >= 1 {
            e.i32(self.throttle_time_ms);
        }
        if version <= 3 {
            e.i16(self.error_code);
        } else if self.error_code != 0 {
            return Err(unsupported("FindCoordinatorResponse.error_code", version));
        }
        if (1..=3).contains(&version) {
            e.nullable_string(self.error_message.as_deref(), flexible)?;
        }
        if version <= 3 {
            e.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(unsupported("FindCoordinatorResponse.node_id", version));
        }
        if version <= 3 {
            e.string(&self.host, flexible)?;
        } else if !self.host.is_empty() {
            return Err(unsupported("FindCoordinatorResponse.host", version));
        }
        if version <= 3 {
            e.i32(self.port);
        } else if self.port != 0 {
            return Err(unsupported("FindCoordinatorResponse.port", version));
        }
        if version >= 4 {
            e.array(&self.coordinators, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.coordinators.is_empty() {
            return Err(unsupported("FindCoordinatorResponse.coordinators", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Coordinator {
    pub key: StrBytes,
    pub node_id: i32,
    pub host: StrBytes,
    pub port: i32,
    pub error_code: i16,
    pub error_message: Option<StrBytes>,
}

impl Default for Coordinator {
    fn default() -> Coordinator {
        Coordinator {
            key: StrBytes::EMPTY,
            node_id: 0,
            host: StrBytes::EMPTY,
            port: 0,
            error_code: 0,
            error_message: Some(StrBytes::EMPTY),
        }
    }
}

impl Coordinator {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Coordinator");
        let key = d.string(true)?;
        let node_id = d.i32()?;
        let host = d.string(true)?;
        let port = d.i32()?;
        let error_code = d.i16()?;
        let error_message = d.nullable_string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Coordinator {
            key,
            node_id,
            host,
            port,
            error_code,
            error_message,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.key, true)?;
        e.i32(self.node_id);
        e.string(&self.host, true)?;
        e.i32(self.port);
        e.i16(self.error_code);
        e.nullable_string(self.error_message.as_deref(), true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
