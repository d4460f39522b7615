// Made by `cargo xtask generate` from ShareGroupMemberMetadataValue.json in kafka-group-coordinator 4.3.1. Do not edit.

//! `ShareGroupMemberMetadataValue`, version 0, flexible from 0.

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
pub struct ShareGroupMemberMetadataValue {
    pub rack_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub subscribed_topic_names: Vec<StrBytes>,
}

impl Default for ShareGroupMemberMetadataValue {
    fn default() -> ShareGroupMemberMetadataValue {
        ShareGroupMemberMetadataValue {
            rack_id: Some(StrBytes::EMPTY),
            client_id: StrBytes::EMPTY,
            client_host: StrBytes::EMPTY,
            subscribed_topic_names: Vec::new(),
        }
    }
}

impl Message for ShareGroupMemberMetadataValue {
    const NAME: &'static str = "ShareGroupMemberMetadataValue";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=0;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ShareGroupMemberMetadataValue");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let rack_id = d.nullable_string(true)?;
        let client_id = d.string(true)?;
        let client_host = d.string(true)?;
        let subscribed_topic_names = d.array(true, 1, |d| d.string(true))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ShareGroupMemberMetadataValue {
            rack_id,
            client_id,
            client_host,
            subscribed_topic_names,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.nullable_string(self.rack_id.as_deref(), true)?;
        e.string(&self.client_id, true)?;
        e.string(&self.client_host, true)?;
        e.array(&self.subscribed_topic_names, true, |e, value| {
            e.string(value, true)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
