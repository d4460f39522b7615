// Made by `cargo xtask generate` from OffsetFetchRequest.json in kafka-clients 4.3.1. Do not edit.

//! `OffsetFetchRequest`, versions 1 to 10, flexible from 6.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::{Encoder, required};
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, OffsetFetchResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequest {
    pub group_id: StrBytes,
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    pub groups: Vec<OffsetFetchRequestGroup>,
    pub require_stable: bool,
}

impl Default for OffsetFetchRequest {
    fn default() -> OffsetFetchRequest {
        OffsetFetchRequest {
            group_id: StrBytes::EMPTY,
            topics: Some(Vec::new()),
            groups: Vec::new(),
            require_stable: false,
        }
    }
}

impl Message for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 1..=10;
    const FIRST_FLEXIBLE: Option<i16> = Some(6);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        let group_id = if version <= 7 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topics = if version <= 7 {
            if version >= 2 {
                d.nullable_array(flexible, 3, |d| OffsetFetchRequestTopic::decode(d, version))?
            } else {
                Some(d.array(flexible, 3, |d| OffsetFetchRequestTopic::decode(d, version))?)
            }
        } else {
            Some(Vec::new())
        };
        let groups = if version >= 8 {
            d.array(flexible, 3, |d| OffsetFetchRequestGroup::decode(d, version))?
        } else {
            Vec::new()
        };
        let require_stable = if version >= 7 { d.bool()? } else { false };
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetFetchRequest {
            group_id,
            topics,
            groups,
            require_stable,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 6;
        if version <= 7 {
            e.string(&self.group_id, flexible)?;
        } else if !self.group_id.is_empty() {
            return Err(unsupported("OffsetFetchRequest.group_id", version));
        }
        if version <= 7 {
            if version >= 2 {
                e.nullable_array(self.topics.as_deref(), flexible, |e, value| {
                    value.encode(e, version)
                })?;
            } else {
                e.array(
                    required(&self.topics, "OffsetFetchRequest.topics")?,
                    flexible,
                    |e, value| value.encode(e, version),
                )?;
            }
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(unsupported("OffsetFetchRequest.topics", version));
        }
        if version >= 8 {
            e.array(&self.groups, flexible, |e, value| value.encode(e, version))?;
        } else if !self.groups.is_empty() {
            return Err(unsupported("OffsetFetchRequest.groups", version));
        }
        if version >= 7 {
            e.bool(self.require_stable);
        } else if self.require_stable {
            return Err(unsupported("OffsetFetchRequest.require_stable", version));
        }
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

impl Request for OffsetFetchRequest {
    const KEY: ApiKey = ApiKey::OffsetFetch;
    type Response = OffsetFetchResponse;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchRequestTopic {
    pub name: StrBytes,
    pub partition_indexes: Vec<i32>,
}

impl OffsetFetchRequestTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchRequestTopic");
        let flexible = version >= 6;
        let name = d.string(flexible)?;
        let partition_indexes = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(OffsetFetchRequestTopic {
            name,
            partition_indexes,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        e.string(&self.name, flexible)?;
        e.array(&self.partition_indexes, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestGroup {
    pub group_id: StrBytes,
    pub member_id: Option<StrBytes>,
    pub member_epoch: i32,
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> OffsetFetchRequestGroup {
        OffsetFetchRequestGroup {
            group_id: StrBytes::EMPTY,
            member_id: None,
            member_epoch: -1,
            topics: Some(Vec::new()),
        }
    }
}

impl OffsetFetchRequestGroup {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchRequestGroup");
        let group_id = d.string(true)?;
        let member_id = if version >= 9 {
            d.nullable_string(true)?
        } else {
            None
        };
        let member_epoch = if version >= 9 { d.i32()? } else { -1 };
        let topics = d.nullable_array(true, 3, |d| OffsetFetchRequestTopics::decode(d, version))?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(OffsetFetchRequestGroup {
            group_id,
            member_id,
            member_epoch,
            topics,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.string(&self.group_id, true)?;
        if version >= 9 {
            e.nullable_string(self.member_id.as_deref(), true)?;
        }
        if version >= 9 {
            e.i32(self.member_epoch);
        }
        e.nullable_array(self.topics.as_deref(), true, |e, value| {
            value.encode(e, version)
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetFetchRequestTopics {
    pub name: StrBytes,
    pub topic_id: Uuid,
    pub partition_indexes: Vec<i32>,
}

impl OffsetFetchRequestTopics {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("OffsetFetchRequestTopics");
        let name = if version <= 9 {
            d.string(true)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version == 10 { d.uuid()? } else { Uuid::ZERO };
        let partition_indexes = d.array(true, 4, Decoder::i32)?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(OffsetFetchRequestTopics {
            name,
            topic_id,
            partition_indexes,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        if version <= 9 {
            e.string(&self.name, true)?;
        }
        if version == 10 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partition_indexes, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.unsigned_varint(0);
        Ok(())
    }
}
