// Made by `cargo xtask generate` from PartitionChangeRecord.json in kafka-metadata 4.3.1. Do not edit.

//! `PartitionChangeRecord`, versions 0 to 2, flexible from 0.

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
pub struct PartitionChangeRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub isr: Option<Vec<i32>>,
    pub leader: i32,
    pub replicas: Option<Vec<i32>>,
    pub removing_replicas: Option<Vec<i32>>,
    pub adding_replicas: Option<Vec<i32>>,
    pub leader_recovery_state: i8,
    pub directories: Option<Vec<Uuid>>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionChangeRecord {
    fn default() -> PartitionChangeRecord {
        PartitionChangeRecord {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
    const VALID_VERSIONS: RangeInclusive<i16> = 0..=2;
    const FIRST_FLEXIBLE: Option<i16> = Some(0);

    fn decode(d: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let outer = d.enter("PartitionChangeRecord");
        d.check_version(version, Self::VALID_VERSIONS)?;
        let partition_id = d.i32()?;
        let topic_id = d.uuid()?;
        let mut isr = None;
        let mut leader = -2;
        let mut replicas = None;
        let mut removing_replicas = None;
        let mut adding_replicas = None;
        let mut leader_recovery_state = -1;
        let mut directories = None;
        let mut eligible_leader_replicas = None;
        let mut last_known_elr = None;
        d.tagged_fields(|d, tag| {
            match tag {
                0 => isr = d.nullable_array(true, 4, Decoder::i32)?,
                1 => leader = d.i32()?,
                2 => replicas = d.nullable_array(true, 4, Decoder::i32)?,
                3 => removing_replicas = d.nullable_array(true, 4, Decoder::i32)?,
                4 => adding_replicas = d.nullable_array(true, 4, Decoder::i32)?,
                5 => leader_recovery_state = d.i8()?,
                8 if version >= 1 => directories = d.nullable_array(true, 16, Decoder::uuid)?,
                6 if version == 2 => {
                    eligible_leader_replicas = d.nullable_array(true, 4, Decoder::i32)?
                }
                7 if version == 2 => last_known_elr = d.nullable_array(true, 4, Decoder::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        d.leave(outer);
        Ok(PartitionChangeRecord {
            partition_id,
            topic_id,
            isr,
            leader,
            replicas,
            removing_replicas,
            adding_replicas,
            leader_recovery_state,
            directories,
            eligible_leader_replicas,
            last_known_elr,
        })
    }

    fn encode(&self, e: &mut Encoder, version: i16) -> Result<(), EncodeError> {
        e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;
        e.i32(self.partition_id);
        e.uuid(self.topic_id);
        if version != 2 && self.eligible_leader_replicas.is_some() {
            return Err(unsupported(
                "PartitionChangeRecord.eligible_leader_replicas",
                version,
            ));
        }
        if version != 2 && self.last_known_elr.is_some() {
            return Err(unsupported("PartitionChangeRecord.last_known_elr", version));
        }
        if version < 1 && self.directories.is_some() {
            return Err(unsupported("PartitionChangeRecord.directories", version));
        }
        let has_isr = self.isr.is_some();
        let has_leader = self.leader != -2;
        let has_replicas = self.replicas.is_some();
        let has_removing_replicas = self.removing_replicas.is_some();
        let has_adding_replicas = self.adding_replicas.is_some();
        let has_leader_recovery_state = self.leader_recovery_state != -1;
        let has_eligible_leader_replicas = version == 2 && self.eligible_leader_replicas.is_some();
        let has_last_known_elr = version == 2 && self.last_known_elr.is_some();
        let has_directories = version >= 1 && self.directories.is_some();
        e.unsigned_varint(
            u32::from(has_isr)
                + u32::from(has_leader)
                + u32::from(has_replicas)
                + u32::from(has_removing_replicas)
                + u32::from(has_adding_replicas)
                + u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr)
                + u32::from(has_directories),
        );
        if has_isr {
            let field = e.begin_tagged(0);
            e.nullable_array(self.isr.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_leader {
            let field = e.begin_tagged(1);
            e.i32(self.leader);
            e.end_tagged(field);
        }
        if has_replicas {
            let field = e.begin_tagged(2);
            e.nullable_array(self.replicas.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_removing_replicas {
            let field = e.begin_tagged(3);
            e.nullable_array(self.removing_replicas.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_adding_replicas {
            let field = e.begin_tagged(4);
            e.nullable_array(self.adding_replicas.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_leader_recovery_state {
            let field = e.begin_tagged(5);
            e.i8(self.leader_recovery_state);
            e.end_tagged(field);
        }
        if has_eligible_leader_replicas {
            let field = e.begin_tagged(6);
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
            let field = e.begin_tagged(7);
            e.nullable_array(self.last_known_elr.as_deref(), true, |e, value| {
                e.i32(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        if has_directories {
            let field = e.begin_tagged(8);
            e.nullable_array(self.directories.as_deref(), true, |e, value| {
                e.uuid(*value);
                Ok(())
            })?;
            e.end_tagged(field);
        }
        Ok(())
    }
}
