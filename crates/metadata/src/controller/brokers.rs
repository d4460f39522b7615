//! Brokers: registration, unfencing, check of the broker epoch.

use std::collections::BTreeMap;

use wire::records::metadata::{
    BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord,
};
use wire::{ApiError, ErrorCode, StrBytes, Uuid};

use super::Outcome;
use crate::MetadataImage;
use crate::image::write::broker_record;
use crate::image::{
    BrokerRegistration, Endpoint, METADATA_VERSION_FEATURE, NO_LEADER, VersionRange,
};
use crate::record::METADATA_VERSION;

/// The registration data of a starting broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFacts {
    /// Its id.
    pub id: i32,
    /// Random id of this run of the process.
    pub incarnation_id: Uuid,
    /// Its addresses.
    pub endpoints: Vec<Endpoint>,
    /// Rack or zone, if configured.
    pub rack: Option<StrBytes>,
    /// Ids of its log directories.
    pub directories: Vec<Uuid>,
}

/// Registers a broker, fenced. `next_offset` is the offset of the record; it becomes the broker epoch,
/// which is the response.
///
/// Replaces an earlier registration with the same id.
pub fn register(facts: &BrokerFacts, next_offset: i64) -> Outcome<i64> {
    let features = VersionRange {
        min: METADATA_VERSION,
        max: METADATA_VERSION,
    };
    let record = broker_record(&BrokerRegistration {
        id: facts.id,
        epoch: next_offset,
        incarnation_id: facts.incarnation_id,
        endpoints: facts.endpoints.clone(),
        features: BTreeMap::from([(METADATA_VERSION_FEATURE.into(), features)]),
        rack: facts.rack.clone(),
        fenced: true,
        in_controlled_shutdown: false,
        directories: facts.directories.clone(),
        cordoned_directories: None,
    });
    Outcome {
        records: vec![MetadataRecord::RegisterBroker(record)],
        response: next_offset,
    }
}

/// Unfences a registered broker that has caught up.
///
/// Each partition that the broker led or that has no leader gets the broker as its leader, in a new
/// leader epoch. The broker must be in sync; or no replica is in sync and the broker is an eligible
/// leader replica (KIP-966; Kafka leaves partitions in this state when it stops). The new epoch lets
/// clients detect a truncation in between.
///
/// # Errors
/// If the broker is not registered with this epoch.
pub fn unfence(
    image: &MetadataImage,
    broker_id: i32,
    broker_epoch: i64,
) -> Result<Outcome<()>, ApiError> {
    check_epoch(image, broker_id, broker_epoch)?;
    let mut records = Vec::new();
    records.push(MetadataRecord::BrokerRegistrationChange(
        BrokerRegistrationChangeRecord {
            broker_id,
            broker_epoch,
            fenced: -1,
            ..BrokerRegistrationChangeRecord::default()
        },
    ));
    for topic in image.topics().iter() {
        for (number, partition) in &topic.partitions {
            if partition.leader != broker_id && partition.leader != NO_LEADER {
                continue;
            }
            let led_by_it = PartitionChangeRecord {
                partition_id: *number,
                topic_id: topic.id,
                leader: broker_id,
                ..PartitionChangeRecord::default()
            };
            let eligible = &partition.eligible_leader_replicas;
            if partition.isr.contains(&broker_id) {
                records.push(MetadataRecord::PartitionChange(led_by_it));
            } else if partition.isr.is_empty() && eligible.contains(&broker_id) {
                let others = eligible.iter().filter(|id| **id != broker_id);
                records.push(MetadataRecord::PartitionChange(PartitionChangeRecord {
                    isr: Some(vec![broker_id]),
                    eligible_leader_replicas: Some(others.copied().collect()),
                    last_known_elr: Some(Vec::new()),
                    ..led_by_it
                }));
            }
        }
    }
    Ok(Outcome {
        records,
        response: (),
    })
}

/// Checks that `broker_epoch` is the one of the broker's newest registration.
///
/// # Errors
/// `BROKER_ID_NOT_REGISTERED`, `STALE_BROKER_EPOCH`.
pub fn check_epoch(
    image: &MetadataImage,
    broker_id: i32,
    broker_epoch: i64,
) -> Result<(), ApiError> {
    match image.cluster().brokers().get(&broker_id) {
        None => Err(ApiError::new(
            ErrorCode::BrokerIdNotRegistered,
            format!("broker {broker_id} is not registered"),
        )),
        Some(broker) if broker.epoch != broker_epoch => Err(ApiError::new(
            ErrorCode::StaleBrokerEpoch,
            format!(
                "broker {broker_id} has epoch {}, not {broker_epoch}",
                broker.epoch
            ),
        )),
        Some(_) => Ok(()),
    }
}
