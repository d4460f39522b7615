// Made by `cargo xtask generate` from FetchRequest.json in kafka-clients 4.3.1. Do not edit.

//! `FetchRequest`, versions 4 to 18, flexible from 12.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::{Message, Request};
use crate::messages::{ApiKey, FetchResponse};
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct FetchRequest {
    pub cluster_id: Option<StrBytes>,
    pub replica_id: i32,
    pub replica_state: ReplicaState,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub isolation_level: i8,
    pub session_id: i32,
    pub session_epoch: i32,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    pub rack_id: StrBytes,
}

impl Default for FetchRequest {
    fn default() -> FetchRequest {
        FetchRequest {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: StrBytes::EMPTY,
        }
    }
}

impl Message for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const VALID_VERSIONS: RangeInclusive<i16> = 4..=18;
    const FIRST_FLEXIBLE: Option<i16> = Some(12);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchRequest");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let flexible = version >= 12;
        let replica_id = if version <= 14 { d.i32()? } else { -1 };
        let max_wait_ms = d.i32()?;
        let min_bytes = d.i32()?;
        let max_bytes = d.i32()?;
        let isolation_level = d.i8()?;
        let session_id = if version >= 7 { d.i32()? } else { 0 };
        let session_epoch = if version >= 7 { d.i32()? } else { -1 };
        let topics = d.array(flexible, 3, |d| FetchTopic::decode(d, version))?;
        let forgotten_topics_data = if version >= 7 {
            d.array(flexible, 3, |d| ForgottenTopic::decode(d, version))?
        } else {
            Vec::new()
        };
        let rack_id = if version >= 11 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let mut cluster_id = None;
        let mut replica_state = ReplicaState::default();
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 => cluster_id = d.nullable_string(flexible)?,
                    1 if version >= 15 => replica_state = ReplicaState::decode(d, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(FetchRequest {
            cluster_id,
            replica_id,
            replica_state,
            max_wait_ms,
            min_bytes,
            max_bytes,
            isolation_level,
            session_id,
            session_epoch,
            topics,
            forgotten_topics_data,
            rack_id,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        let flexible = version >= 12;
        if version <= 14 {
            e.i32(self.replica_id);
        } else if self.replica_id != -1 {
            return Err(unsupported("FetchRequest.replica_id", version));
        }
        e.i32(self.max_wait_ms);
        e.i32(self.min_bytes);
        e.i32(self.max_bytes);
        e.i8(self.isolation_level);
        if version >= 7 {
            e.i32(self.session_id);
        }
        if version >= 7 {
            e.i32(self.session_epoch);
        }
        e.array(&self.topics, flexible, |e, value| value.encode(e, version))?;
        if version >= 7 {
            e.array(&self.forgotten_topics_data, flexible, |e, value| {
                value.encode(e, version)
            })?;
        } else if !self.forgotten_topics_data.is_empty() {
            return Err(unsupported("FetchRequest.forgotten_topics_data", version));
        }
        if version >= 11 {
            e.string(&self.rack_id, flexible)?;
        }
        if version < 15 && self.replica_state != ReplicaState::default() {
            return Err(unsupported("FetchRequest.replica_state", version));
        }
        if flexible {
            let has_cluster_id = self.cluster_id.is_some();
            let has_replica_state = version >= 15 && self.replica_state != ReplicaState::default();
            e.unsigned_varint(u32::from(has_cluster_id) + u32::from(has_replica_state));
            if has_cluster_id {
                let field = e.begin_tagged(0);
                e.nullable_string(self.cluster_id.as_deref(), flexible)?;
                e.end_tagged(field);
            }
            if has_replica_state {
                let field = e.begin_tagged(1);
                self.replica_state.encode(e, version)?;
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

impl Request for FetchRequest {
    const KEY: ApiKey = ApiKey::Fetch;
    type Response = FetchResponse;
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    pub replica_id: i32,
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> ReplicaState {
        ReplicaState {
            replica_id: -1,
            replica_epoch: -1,
        }
    }
}

impl ReplicaState {
    fn decode(d: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ReplicaState");
        let replica_id = d.i32()?;
        let replica_epoch = d.i64()?;
        d.skip_tagged_fields()?;
        d.leave(outer);
        Ok(ReplicaState {
            replica_id,
            replica_epoch,
        })
    }

    fn encode(&self, e: &mut Encoder, _version: i16) -> Result<(), EncodeError> {
        e.i32(self.replica_id);
        e.i64(self.replica_epoch);
        e.unsigned_varint(0);
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchTopic {
    pub topic: StrBytes,
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
}

impl FetchTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchTopic");
        let flexible = version >= 12;
        let topic = if version <= 12 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version >= 13 { d.uuid()? } else { Uuid::ZERO };
        let partitions = d.array(flexible, 16, |d| FetchPartition::decode(d, version))?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(FetchTopic {
            topic,
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version <= 12 {
            e.string(&self.topic, flexible)?;
        }
        if version >= 13 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partitions, flexible, |e, value| {
            value.encode(e, version)
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct FetchPartition {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    pub last_fetched_epoch: i32,
    pub log_start_offset: i64,
    pub partition_max_bytes: i32,
    pub replica_directory_id: Uuid,
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> FetchPartition {
        FetchPartition {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
        }
    }
}

impl FetchPartition {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("FetchPartition");
        let flexible = version >= 12;
        let partition = d.i32()?;
        let current_leader_epoch = if version >= 9 { d.i32()? } else { -1 };
        let fetch_offset = d.i64()?;
        let last_fetched_epoch = if version >= 12 { d.i32()? } else { -1 };
        let log_start_offset = if version >= 5 { d.i64()? } else { -1 };
        let partition_max_bytes = d.i32()?;
        let mut replica_directory_id = Uuid::ZERO;
        let mut high_watermark = i64::MAX;
        if flexible {
            d.tagged_fields(|d, tag| {
                match tag {
                    0 if version >= 17 => replica_directory_id = d.uuid()?,
                    1 if version == 18 => high_watermark = d.i64()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        d.leave(outer);
        Ok(FetchPartition {
            partition,
            current_leader_epoch,
            fetch_offset,
            last_fetched_epoch,
            log_start_offset,
            partition_max_bytes,
            replica_directory_id,
            high_watermark,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        e.i32(self.partition);
        if version >= 9 {
            e.i32(self.current_leader_epoch);
        }
        e.i64(self.fetch_offset);
        if version >= 12 {
            e.i32(self.last_fetched_epoch);
        } else if self.last_fetched_epoch != -1 {
            return Err(unsupported("FetchPartition.last_fetched_epoch", version));
        }
        if version >= 5 {
            e.i64(self.log_start_offset);
        }
        e.i32(self.partition_max_bytes);
        if flexible {
            let has_replica_directory_id = version >= 17 && self.replica_directory_id != Uuid::ZERO;
            let has_high_watermark = version == 18 && self.high_watermark != i64::MAX;
            e.unsigned_varint(u32::from(has_replica_directory_id) + u32::from(has_high_watermark));
            if has_replica_directory_id {
                let field = e.begin_tagged(0);
                e.uuid(self.replica_directory_id);
                e.end_tagged(field);
            }
            if has_high_watermark {
                let field = e.begin_tagged(1);
                e.i64(self.high_watermark);
                e.end_tagged(field);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForgottenTopic {
    pub topic: StrBytes,
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
}

impl ForgottenTopic {
    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("ForgottenTopic");
        let flexible = version >= 12;
        let topic = if version <= 12 {
            d.string(flexible)?
        } else {
            StrBytes::EMPTY
        };
        let topic_id = if version >= 13 { d.uuid()? } else { Uuid::ZERO };
        let partitions = d.array(flexible, 4, Decoder::i32)?;
        if flexible {
            d.skip_tagged_fields()?;
        }
        d.leave(outer);
        Ok(ForgottenTopic {
            topic,
            topic_id,
            partitions,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version <= 12 {
            e.string(&self.topic, flexible)?;
        }
        if version >= 13 {
            e.uuid(self.topic_id);
        }
        e.array(&self.partitions, flexible, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        if flexible {
            e.unsigned_varint(0);
        }
        Ok(())
    }
}
