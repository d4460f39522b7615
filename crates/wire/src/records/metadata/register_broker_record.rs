// Made by `cargo xtask generate` from RegisterBrokerRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `RegisterBrokerRecord`, versions 0 to 4, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct RegisterBrokerRecord {
    pub broker_id: i32,
    pub is_migrating_zk_broker: bool,
    pub incarnation_id: Uuid,
    pub broker_epoch: i64,
    pub end_points: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    pub rack: Option<StrBytes>,
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for RegisterBrokerRecord {
    fn default() -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: Uuid::ZERO,
            broker_epoch: 0,
            end_points: Vec::new(),
            features: Vec::new(),
            rack: Some(StrBytes::EMPTY),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

impl Message for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("RegisterBrokerRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let is_migrating_zk_broker = if version >= 2 { d.bool()? } else { false };
        let incarnation_id = d.uuid()?;
        let broker_epoch = d.i64()?;
        let end_points = d.array(true, 7, |d| BrokerEndpoint::decode(d, version))?;
        let features = d.array(true, 6, |d| BrokerFeature::decode(d, version))?;
        let rack = d.nullable_string(true)?;
        let fenced = d.bool()?;
        let in_controlled_shutdown = if version >= 1 { d.bool()? } else { false };
        let mut log_dirs = Vec::new();
        let mut cordoned_log_dirs = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 if version >= 3 => log_dirs = d.array(true, 16, Decoder::uuid)?,
                1 if version == 4 => {
                    cordoned_log_dirs = d.nullable_array(true, 16, Decoder::uuid)?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(RegisterBrokerRecord {
            broker_id,
            is_migrating_zk_broker,
            incarnation_id,
            broker_epoch,
            end_points,
            features,
            rack,
            fenced,
            in_controlled_shutdown,
            log_dirs,
            cordoned_log_dirs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        if version >= 2 {
            e.bool(self.is_migrating_zk_broker);
        } else if self.is_migrating_zk_broker {
            return Err(unsupported(
                "RegisterBrokerRecord.is_migrating_zk_broker",
                version,
            ));
        }
        e.uuid(self.incarnation_id);
        e.i64(self.broker_epoch);
        e.array(&self.end_points, true, |e, value| value.encode(e, version))?;
        e.array(&self.features, true, |e, value| value.encode(e, version))?;
        e.nullable_string(self.rack.as_deref(), true)?;
        e.bool(self.fenced);
        if version >= 1 {
            e.bool(self.in_controlled_shutdown);
        } else if self.in_controlled_shutdown {
            return Err(unsupported(
                "RegisterBrokerRecord.in_controlled_shutdown",
                version,
            ));
        }
        if version < 3 && !self.log_dirs.is_empty() {
            return Err(unsupported("RegisterBrokerRecord.log_dirs", version));
        }
        if version != 4 && self.cordoned_log_dirs.is_some() {
            return Err(unsupported(
                "RegisterBrokerRecord.cordoned_log_dirs",
                version,
            ));
        }
        let has_log_dirs = version >= 3 && !self.log_dirs.is_empty();
        let has_cordoned_log_dirs = version == 4 && self.cordoned_log_dirs.is_some();
        e.unsigned_varint(u32::from(has_log_dirs) + u32::from(has_cordoned_log_dirs));
        if has_log_dirs {
            let field = e.begin_tagged(0);
            e.array(&self.log_dirs, true, |e, value| {
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

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct BrokerEndpoint {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
    pub security_protocol: i16,
}

impl BrokerEndpoint {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerEndpoint");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        let security_protocol = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(BrokerEndpoint {
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
pub struct BrokerFeature {
    pub name: StrBytes,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl BrokerFeature {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerFeature");
        let name = d.string(true)?;
        let min_supported_version = d.i16()?;
        let max_supported_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(BrokerFeature {
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
