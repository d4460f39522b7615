//! The image as records, for a snapshot.

use wire::StrBytes;
use wire::records::metadata::register_broker_record::{BrokerEndpoint, BrokerFeature};
use wire::records::metadata::register_controller_record::{ControllerEndpoint, ControllerFeature};
use wire::records::metadata::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionRecord, ProducerIdsRecord,
    RegisterBrokerRecord, RegisterControllerRecord, TopicRecord,
};

use super::{
    BrokerRegistration, ControllerRegistration, METADATA_VERSION_FEATURE, MetadataImage,
    PartitionImage, TopicImage,
};

impl MetadataImage {
    /// Records that make an equal image from an empty one, in the order in which Kafka writes a
    /// snapshot: the metadata version first.
    pub fn to_records(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        let version = self.features().level(METADATA_VERSION_FEATURE);
        if version != 0 {
            records.push(feature(
                &StrBytes::from_static(METADATA_VERSION_FEATURE),
                version,
            ));
        }
        for (name, level) in self
            .features()
            .iter()
            .filter(|(name, _)| &***name != METADATA_VERSION_FEATURE)
        {
            records.push(feature(name, level));
        }
        for broker in self.cluster().brokers().values() {
            records.push(MetadataRecord::RegisterBroker(broker_record(broker)));
        }
        for controller in self.cluster().controllers().values() {
            records.push(MetadataRecord::RegisterController(controller_record(
                controller,
            )));
        }
        for topic in self.topics().iter() {
            records.push(MetadataRecord::Topic(TopicRecord {
                name: topic.name.clone(),
                topic_id: topic.id,
            }));
            for (number, partition) in &topic.partitions {
                records.push(MetadataRecord::Partition(partition_record(
                    topic, *number, partition,
                )));
            }
        }
        for (resource, configs) in self.configs().iter() {
            for (name, value) in configs {
                records.push(MetadataRecord::Config(ConfigRecord {
                    resource_type: resource.kind.code(),
                    resource_name: resource.name.as_str().into(),
                    name: name.as_str().into(),
                    value: Some(value.as_str().into()),
                }));
            }
        }
        let ids = self.producer_ids();
        if ids.next_producer_id > 0 {
            records.push(MetadataRecord::ProducerIds(ProducerIdsRecord {
                broker_id: ids.broker_id,
                broker_epoch: ids.broker_epoch,
                next_producer_id: ids.next_producer_id,
            }));
        }
        records
    }
}

fn feature(name: &StrBytes, level: i16) -> MetadataRecord {
    MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: name.clone(),
        feature_level: level,
    })
}

/// The registration of a broker as a record.
pub(crate) fn broker_record(broker: &BrokerRegistration) -> RegisterBrokerRecord {
    RegisterBrokerRecord {
        broker_id: broker.id,
        is_migrating_zk_broker: false,
        incarnation_id: broker.incarnation_id,
        broker_epoch: broker.epoch,
        end_points: broker
            .endpoints
            .iter()
            .map(|endpoint| BrokerEndpoint {
                name: endpoint.listener.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect(),
        features: broker
            .features
            .iter()
            .map(|(name, range)| BrokerFeature {
                name: name.clone(),
                min_supported_version: range.min,
                max_supported_version: range.max,
            })
            .collect(),
        rack: broker.rack.clone(),
        fenced: broker.fenced,
        in_controlled_shutdown: broker.in_controlled_shutdown,
        log_dirs: broker.directories.clone(),
        cordoned_log_dirs: broker.cordoned_directories.clone(),
    }
}

fn controller_record(controller: &ControllerRegistration) -> RegisterControllerRecord {
    RegisterControllerRecord {
        controller_id: controller.id,
        incarnation_id: controller.incarnation_id,
        zk_migration_ready: false,
        end_points: controller
            .endpoints
            .iter()
            .map(|endpoint| ControllerEndpoint {
                name: endpoint.listener.clone(),
                host: endpoint.host.clone(),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })
            .collect(),
        features: controller
            .features
            .iter()
            .map(|(name, range)| ControllerFeature {
                name: name.clone(),
                min_supported_version: range.min,
                max_supported_version: range.max,
            })
            .collect(),
    }
}

fn partition_record(
    topic: &TopicImage,
    number: i32,
    partition: &PartitionImage,
) -> PartitionRecord {
    let if_any = |brokers: &Vec<i32>| Some(brokers).filter(|brokers| !brokers.is_empty()).cloned();
    PartitionRecord {
        partition_id: number,
        topic_id: topic.id,
        replicas: partition.replicas.clone(),
        isr: partition.isr.clone(),
        removing_replicas: partition.removing_replicas.clone(),
        adding_replicas: partition.adding_replicas.clone(),
        leader: partition.leader,
        leader_recovery_state: partition.leader_recovery_state,
        leader_epoch: partition.leader_epoch,
        partition_epoch: partition.partition_epoch,
        directories: partition.directories.clone(),
        eligible_leader_replicas: if_any(&partition.eligible_leader_replicas),
        last_known_elr: if_any(&partition.last_known_leaders),
    }
}
