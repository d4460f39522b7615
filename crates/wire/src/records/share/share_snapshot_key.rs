// Made by `cargo xtask generate` from ShareSnapshotKey.json in kafka-share-coordinator 4.3.1. Do not edit.

//! `ShareSnapshotKey`, version 0, never flexible.

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
pub struct ShareSnapshotKey {
    pub group_id: StrBytes,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl Message for ShareSnapshotKey {
    const NAME: &'static str = "ShareSnapshotKey";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = None;

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareSnapshotKey");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let group_id = d.string(false)?;
        let topic_id = d.uuid()?;
        let partition = d.i32()?;
        d.leave(outer);
        Ok(ShareSnapshotKey {
            group_id,
            topic_id,
            partition,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.string(&self.group_id, false)?;
        e.uuid(self.topic_id);
        e.i32(self.partition);
        Ok(())
    }
}
