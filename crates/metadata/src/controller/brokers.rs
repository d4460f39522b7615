//! Brokers: registering, unfencing, and whose epoch counts.

use wire::records::metadata::register_broker_record::{BrokerEndpoint, BrokerFeature};
use wire::records::metadata::{
    BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord, RegisterBrokerRecord,
};
use wire::{ErrorCode, StrBytes, Uuid};

use super::{ApiError, Outcome};
use crate::MetadataImage;
use crate::image::{Endpoint, METADATA_VERSION_FEATURE, NO_LEADER};
use crate::record::METADATA_VERSION;

/// What a starting broker says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFacts {
    /// Its number.
    pub id: i32,
    /// Which run of the process this is.
    pub incarnation_id: Uuid,
    /// Where it can be reached.
    pub endpoints: Vec<Endpoint>,
    /// Rack or zone, if it has one.
    pub rack: Option<StrBytes>,
    /// Ids of its log directories.
    pub directories: Vec<Uuid>,
}

/// Register a broker, fenced; `next_offset` is where its record will lie, and becomes its epoch.
///
/// An earlier registration with the same number is replaced.
pub fn register(facts: &BrokerFacts, next_offset: i64) -> Outcome<i64> {
    let record = RegisterBrokerRecord {
        broker_id: facts.id,
        is_migrating_zk_broker: false,
        incarnation_id: facts.incarnation_id,
        broker_epoch: next_offset,
        end_points: facts
            .endpoints
            .iter()
            .map(|endpoint| BrokerEndpoint {
                name: endpoint.listener.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect(),
        features: vec![BrokerFeature {
            name: METADATA_VERSION_FEATURE.into(),
            min_supported_version: METADATA_VERSION,
            max_supported_version: METADATA_VERSION,
        }],
        rack: facts.rack.clone(),
        fenced: true,
        in_controlled_shutdown: false,
        log_dirs: facts.directories.clone(),
        cordoned_log_dirs: None,
    };
    Outcome {
        records: vec![MetadataRecord::RegisterBroker(record)],
        response: next_offset,
    }
}

/// Let a registered broker lead again, now that it has caught up.
///
/// Every partition that it led or that nobody leads, and in which it is in sync, gets it as leader
/// in a new epoch: whoever remembers the old epoch can find out what was cut off in between. So does
/// one without replicas in sync in which it is eligible (KIP-966; a Kafka that stops leaves its
/// partitions so).
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

/// Whether a broker speaks with the epoch of its newest registration.
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
