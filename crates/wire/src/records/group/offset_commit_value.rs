// Made by `cargo xtask generate` from OffsetCommitValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `OffsetCommitValue`, versions 0 to 4, flexible from 4.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct OffsetCommitValue {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: StrBytes,
    pub commit_timestamp: i64,
    pub expire_timestamp: i64,
    pub topic_id: Uuid,
}

impl Default for OffsetCommitValue {
    fn default() -> OffsetCommitValue {
        OffsetCommitValue {
            offset: 0,
            leader_epoch: -1,
            metadata: StrBytes::EMPTY,
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: Uuid::ZERO,
        }
    }
}

impl Message for OffsetCommitValue {
    const NAME: &'static str = "OffsetCommitValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=4;
    const FIRST_FLEXIBLE: Option<i16> = Some(4);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetCommitValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        let offset = d.i64()?;
        let leader_epoch = if version >= 3 { d.i32()? } else { -1 };
        let metadata = d.string(flexible)?;
        let commit_timestamp = d.i64()?;
        let expire_timestamp = if version == 1 { d.i64()? } else { -1 };
        let mut topic_id = Uuid::ZERO;
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => topic_id = d.uuid()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(OffsetCommitValue {
            offset,
            leader_epoch,
            metadata,
            commit_timestamp,
            expire_timestamp,
            topic_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version == 4;
        e.i64(self.offset);
        if version >= 3 {
            e.i32(self.leader_epoch);
        }
        e.string(&self.metadata, flexible)?;
        e.i64(self.commit_timestamp);
        if version == 1 {
            e.i64(self.expire_timestamp);
        }
        if flexible {
            let has_topic_id = self.topic_id != Uuid::ZERO;
            e.unsigned_varint(u32::from(has_topic_id));
            if has_topic_id {
                let field = e.begin_tagged(0);
                e.uuid(self.topic_id);
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}
