// Made by `cargo xtask generate` from RegisterControllerRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `RegisterControllerRecord`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct RegisterControllerRecord {
    pub controller_id: i32,
    pub incarnation_id: Uuid,
    pub zk_migration_ready: bool,
    pub end_points: Vec<ControllerEndpoint>,
    pub features: Vec<ControllerFeature>,
}

impl Message for RegisterControllerRecord {
    const NAME: &'static str = "RegisterControllerRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RegisterControllerRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let controller_id = d.i32()?;
        let incarnation_id = d.uuid()?;
        let zk_migration_ready = d.bool()?;
        let end_points = d.array(true, 7, |d| ControllerEndpoint::decode(d, version))?;
        let features = d.array(true, 6, |d| ControllerFeature::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(RegisterControllerRecord {
            controller_id,
            incarnation_id,
            zk_migration_ready,
            end_points,
            features,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.controller_id);
        e.uuid(self.incarnation_id);
        e.bool(self.zk_migration_ready);
        e.array(&self.end_points, true, |e, value| value.encode(e, version))?;
        e.array(&self.features, true, |e, value| value.encode(e, version))?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ControllerEndpoint {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
    pub security_protocol: i16,
}

impl ControllerEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ControllerEndpoint");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        let security_protocol = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ControllerEndpoint {
            name,
            host,
            port,
            security_protocol,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.string(&self.host, true)?;
        e.u16(self.port);
        e.i16(self.security_protocol);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct ControllerFeature {
    pub name: StrBytes,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl ControllerFeature {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ControllerFeature");
        let name = d.string(true)?;
        let min_supported_version = d.i16()?;
        let max_supported_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ControllerFeature {
            name,
            min_supported_version,
            max_supported_version,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.name, true)?;
        e.i16(self.min_supported_version);
        e.i16(self.max_supported_version);
        e.unsigned_varint(0);
        Ok(())
    }
}
