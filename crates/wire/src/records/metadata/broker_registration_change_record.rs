// Made by `cargo xtask generate` from BrokerRegistrationChangeRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `BrokerRegistrationChangeRecord`, versions 0 to 3, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct BrokerRegistrationChangeRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub fenced: i8,
    pub in_controlled_shutdown: i8,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Message for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=3;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("BrokerRegistrationChangeRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let broker_id = d.i32()?;
        let broker_epoch = d.i64()?;
        let mut fenced = 0;
        let mut in_controlled_shutdown = 0;
        let mut log_dirs = Vec::new();
        let mut cordoned_log_dirs = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => fenced = d.i8()?,
                1 if version >= 1 => in_controlled_shutdown = d.i8()?,
                2 if version >= 2 => log_dirs = d.array(true, 16, Decoder::uuid)?,
                3 if version == 3 => {
                    cordoned_log_dirs = d.nullable_array(true, 16, Decoder::uuid)?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(BrokerRegistrationChangeRecord {
            broker_id,
            broker_epoch,
            fenced,
            in_controlled_shutdown,
            log_dirs,
            cordoned_log_dirs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.broker_id);
        e.i64(self.broker_epoch);
        if version < 1 && self.in_controlled_shutdown != 0 {
            return Err(unsupported(
                "BrokerRegistrationChangeRecord.in_controlled_shutdown",
                version,
            ));
        }
        if version < 2 && !self.log_dirs.is_empty() {
            return Err(unsupported(
                "BrokerRegistrationChangeRecord.log_dirs",
                version,
            ));
        }
        if version != 3 && self.cordoned_log_dirs.is_some() {
            return Err(unsupported(
                "BrokerRegistrationChangeRecord.cordoned_log_dirs",
                version,
            ));
        }
        let has_fenced = self.fenced != 0;
        let has_in_controlled_shutdown = version >= 1 && self.in_controlled_shutdown != 0;
        let has_log_dirs = version >= 2 && !self.log_dirs.is_empty();
        let has_cordoned_log_dirs = version == 3 && self.cordoned_log_dirs.is_some();
        e.unsigned_varint(
            u32::from(has_fenced)
                + u32::from(has_in_controlled_shutdown)
                + u32::from(has_log_dirs)
                + u32::from(has_cordoned_log_dirs),
        );
        if has_fenced {
            let field = e.begin_tagged(0);
            e.i8(self.fenced);
            e.end_tagged(field);
        }
        if has_in_controlled_shutdown {
            let field = e.begin_tagged(1);
            e.i8(self.in_controlled_shutdown);
            e.end_tagged(field);
        }
        if has_log_dirs {
            let field = e.begin_tagged(2);
            e.array(&self.log_dirs, true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_cordoned_log_dirs {
            let field = e.begin_tagged(3);
            e.nullable_array(self.cordoned_log_dirs.as_deref(), true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
