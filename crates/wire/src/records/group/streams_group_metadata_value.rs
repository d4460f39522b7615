// Made by `cargo xtask generate` from StreamsGroupMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `StreamsGroupMetadataValue`, version 0, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct StreamsGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub validated_topology_epoch: i32,
    pub last_assignment_configs: Option<Vec<LastAssignmentConfig>>,
}

impl Default for StreamsGroupMetadataValue {
    fn default() -> StreamsGroupMetadataValue {
        StreamsGroupMetadataValue {
            epoch: 0,
            metadata_hash: 0,
            validated_topology_epoch: -1,
            last_assignment_configs: Some(Vec::new()),
        }
    }
}

impl Message for StreamsGroupMetadataValue {
    const NAME: &'static str = "StreamsGroupMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("StreamsGroupMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let epoch = d.i32()?;
        let metadata_hash = d.i64()?;
        let mut validated_topology_epoch = -1;
        let mut last_assignment_configs = Some(Vec::new());
        d.tagged_fields(|d, tag| {
            match tag {
                0 => validated_topology_epoch = d.i32()?,
                1 => {
                    last_assignment_configs =
                        d.nullable_array(true, 3, |d| LastAssignmentConfig::decode(d, version))?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(StreamsGroupMetadataValue {
            epoch,
            metadata_hash,
            validated_topology_epoch,
            last_assignment_configs,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.epoch);
        e.i64(self.metadata_hash);
        let has_validated_topology_epoch = self.validated_topology_epoch != -1;
        let has_last_assignment_configs = self
            .last_assignment_configs
            .as_ref()
            .is_none_or(|value| !value.is_empty());
        e.unsigned_varint(
            u32::from(has_validated_topology_epoch) + u32::from(has_last_assignment_configs),
        );
        if has_validated_topology_epoch {
            let field = e.begin_tagged(0);
            e.i32(self.validated_topology_epoch);
            e.end_tagged(field);
        }
        if has_last_assignment_configs {
            let field = e.begin_tagged(1);
            e.nullable_array(self.last_assignment_configs.as_deref(), true, |e, value| {
                value.encode(e, version)
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
pub struct LastAssignmentConfig {
    pub key: StrBytes,
    pub value: StrBytes,
}

impl LastAssignmentConfig {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("LastAssignmentConfig");
        let key = d.string(true)?;
        let value = d.string(true)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(LastAssignmentConfig { key, value })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.string(&self.key, true)?;
        e.string(&self.value, true)?;
        e.unsigned_varint(0);
        Ok(())
    }
}
