// Made by `cargo xtask generate` from PartitionRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `PartitionRecord`, versions 0 to 2, flexible from 0.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError, unsupported};
use crate::message::Message;
use crate::uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct PartitionRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub leader: i32,
    pub leader_recovery_state: i8,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    pub directories: Vec<Uuid>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionRecord {
    fn default() -> PartitionRecord {
        PartitionRecord {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            replicas: Vec::new(),
            isr: Vec::new(),
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let partition_id = d.i32()?;
        let topic_id = d.uuid()?;
        let replicas = d.array(true, 4, Decoder::i32)?;
        let isr = d.array(true, 4, Decoder::i32)?;
        let removing_replicas = d.array(true, 4, Decoder::i32)?;
        let adding_replicas = d.array(true, 4, Decoder::i32)?;
        let leader = d.i32()?;
        let leader_epoch = d.i32()?;
        let partition_epoch = d.i32()?;
        let directories = if version >= 1 {
            d.array(true, 16, Decoder::uuid)?
        } else {
            Vec::new()
        };
        let mut leader_recovery_state = 0;
        let mut eligible_leader_replicas = None;
        let mut last_known_elr = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => leader_recovery_state = d.i8()?,
                1 if version == 2 => {
                    eligible_leader_replicas = d.nullable_array(true, 4, Decoder::i32)?
                }
                2 if version == 2 => last_known_elr = d.nullable_array(true, 4, Decoder::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(PartitionRecord {
            partition_id,
            topic_id,
            replicas,
            isr,
            removing_replicas,
            adding_replicas,
            leader,
            leader_recovery_state,
            leader_epoch,
            partition_epoch,
            directories,
            eligible_leader_replicas,
            last_known_elr,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.partition_id);
        e.uuid(self.topic_id);
        e.array(&self.replicas, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.isr, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.removing_replicas, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.array(&self.adding_replicas, true, |e, value| {
            e.i32(*value);
            Ok(())
        })?;
        e.i32(self.leader);
        e.i32(self.leader_epoch);
        e.i32(self.partition_epoch);
        if version >= 1 {
            e.array(&self.directories, true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
        } else if !self.directories.is_empty() {
            return Err(unsupported("PartitionRecord.directories", version));
        }
        if version != 2 && self.eligible_leader_replicas.is_some() {
            return Err(unsupported(
                "PartitionRecord.eligible_leader_replicas",
                version,
            ));
        }
        if version != 2 && self.last_known_elr.is_some() {
            return Err(unsupported("PartitionRecord.last_known_elr", version));
        }
        let has_leader_recovery_state = self.leader_recovery_state != 0;
        let has_eligible_leader_replicas = version == 2 && self.eligible_leader_replicas.is_some();
        let has_last_known_elr = version == 2 && self.last_known_elr.is_some();
        e.unsigned_varint(
            u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr),
        );
        if has_leader_recovery_state {
            let field = e.begin_tagged(0);
            e.i8(self.leader_recovery_state);
            e.end_tagged(field);
        }
        if has_eligible_leader_replicas {
            let field = e.begin_tagged(1);
            e.nullable_array(
                self.eligible_leader_replicas.as_deref(),
                true,
                |e, value| {
                    e.i32(*value);
                    Ok(())
                },
            )?;
            e.end_tagged(field);
        }
        if has_last_known_elr {
            let field = e.begin_tagged(2);
            e.nullable_array(self.last_known_elr.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
