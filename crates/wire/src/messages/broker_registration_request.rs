// Made by `cargo xtask generate` from BrokerRegistrationRequest.json in kafka-clients 4.3.1. Do not edit.

//! `BrokerRegistrationRequest`, versions 0 to 4, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, BrokerRegistrationResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistrationRequest {
    pub broker_id: i32,
    pub cluster_id: StrBytes,
    pub incarnation_id: Uuid,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
    pub rack: Option<StrBytes>,
    pub is_migrating_zk_broker: bool,
    pub log_dirs: Vec<Uuid>,
    pub previous_broker_epoch: i64,
}

impl Default for BrokerRegistrationRequest {
    fn default() -> BrokerRegistrationRequest {
        BrokerRegistrationRequest {
            broker_id: 0,
            cluster_id: StrBytes::EMPTY,
            incarnation_id: Uuid::ZERO,
            listeners: Vec::new(),
            features: Vec::new(),
            rack: Some(StrBytes::EMPTY),
            is_migrating_zk_broker: false,
            log_dirs: Vec::new(),
            previous_broker_epoch: -1,
        }
    }
}

impl Message for BrokerRegistrationRequest {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerRegistrationRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let cluster_id = d.string(true)?;
        let incarnation_id = d.uuid()?;
        let listeners = d.array(true, 7, |d| Listener::decode(d, version))?;
        let features = d.array(true, 6, |d| Feature::decode(d, version))?;
        let rack = d.nullable_string(true)?;
        let is_migrating_zk_broker = if version >= 1 { d.bool()? } else { false };
        let log_dirs = if version >= 2 {
            d.array(true, 16, Decoder::uuid)?
        } else {
            Vec::new()
        };
        let previous_broker_epoch = if version >= 3 { d.i64()? } else { -1 };
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(BrokerRegistrationRequest {
            broker_id,
            cluster_id,
            incarnation_id,
            listeners,
            features,
            rack,
            is_migrating_zk_broker,
            log_dirs,
            previous_broker_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.string(&self.cluster_id, true)?;
        e.uuid(self.incarnation_id);
        e.array(&self.listeners, true, |e, value| value.encode(e, version))?;
        e.array(&self.features, true, |e, value| value.encode(e, version))?;
        e.nullable_string(self.rack.as_deref(), true)?;
        if version >= 1 {
            e.bool(self.is_migrating_zk_broker);
        } else if self.is_migrating_zk_broker {
            return Err(unsupported(
                "BrokerRegistrationRequest.is_migrating_zk_broker",
                version,
            ));
        }
        if version >= 2 {
            e.array(&self.log_dirs, true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
        }
        if version >= 3 {
            e.i64(self.previous_broker_epoch);
        }
        e.unsigned_varint(0);
        Ok(())
    }
}

impl Request for BrokerRegistrationRequest {
    const KEY: ApiKey = ApiKey::BrokerRegistration;
    type Response = BrokerRegistrationResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    pub name: StrBytes,
    pub host: StrBytes,
    pub port: u16,
    pub security_protocol: i16,
}

impl Listener {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Listener");
        let name = d.string(true)?;
        let host = d.string(true)?;
        let port = d.u16()?;
        let security_protocol = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Listener {
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
pub struct Feature {
    pub name: StrBytes,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl Feature {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("Feature");
        let name = d.string(true)?;
        let min_supported_version = d.i16()?;
        let max_supported_version = d.i16()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(Feature {
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
