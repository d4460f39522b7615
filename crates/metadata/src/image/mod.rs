//! The image: what the cluster is, after every record up to an offset.
//!
//! An image never changes; replaying records makes the next one, which shares with the old one
//! everything the records did not touch. Keeping one is cheap, and so is handing it to every thread.
//!
//! Invariant: equal sequences of records make equal images.
//! Does not know ACLs, quotas, SCRAM credentials and delegation tokens yet: their records are errors,
//! so that nothing a data directory says is silently dropped.

mod cluster;
mod configs;
mod features;
mod producer_ids;
mod topics;
mod write;

use std::fmt;
use std::sync::Arc;

use wire::Uuid;
use wire::records::metadata::MetadataRecord;

use crate::record;

pub use cluster::{
    BrokerRegistration, ClusterImage, ControllerRegistration, Endpoint, VersionRange,
};
pub use configs::{ConfigResource, ConfigsImage, ResourceType};
pub use features::{ELIGIBLE_LEADER_REPLICAS_FEATURE, FeaturesImage, METADATA_VERSION_FEATURE};
pub use producer_ids::ProducerIdsImage;
pub use topics::{NO_LEADER, PartitionImage, TopicChange, TopicImage, TopicsImage};

/// What the cluster is.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataImage {
    last_offset: i64,
    epoch: i32,
    features: Arc<FeaturesImage>,
    cluster: Arc<ClusterImage>,
    topics: Arc<TopicsImage>,
    configs: Arc<ConfigsImage>,
    producer_ids: ProducerIdsImage,
    /// What was so before the transaction that is open.
    before_transaction: Option<Box<MetadataImage>>,
}

/// A record that cannot follow the ones before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// A kind of record this version does not understand, by Kafka's name.
    Unsupported(&'static str),
    /// A record about a topic that is not there.
    UnknownTopic(Uuid),
    /// A record about a partition that is not there.
    UnknownPartition(Uuid, i32),
    /// A second topic of this name.
    DuplicateTopic(String),
    /// A record about a broker that is not registered, or is registered with another epoch.
    StaleBroker {
        /// Number of the broker.
        broker_id: i32,
        /// Epoch the record speaks of.
        epoch: i64,
    },
    /// Producer ids would be given out twice.
    ProducerIdsGoBack {
        /// First id not given out yet.
        next: i64,
        /// First id not given out yet, as the record says.
        record: i64,
    },
    /// A setting of a kind of resource this version does not understand.
    UnknownResourceType(i8),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Unsupported(name) => write!(
                f,
                "this version does not understand {name}: ACLs, quotas, SCRAM credentials and \
                 delegation tokens would be lost"
            ),
            ReplayError::UnknownTopic(id) => write!(f, "no topic with id {id}"),
            ReplayError::UnknownPartition(id, partition) => {
                write!(f, "topic with id {id} has no partition {partition}")
            }
            ReplayError::DuplicateTopic(name) => write!(f, "topic \"{name}\" exists already"),
            ReplayError::StaleBroker { broker_id, epoch } => {
                write!(f, "broker {broker_id} is not registered with epoch {epoch}")
            }
            ReplayError::ProducerIdsGoBack { next, record } => {
                write!(f, "producer ids go back from {next} to {record}")
            }
            ReplayError::UnknownResourceType(code) => {
                write!(f, "settings of unknown resource type {code}")
            }
        }
    }
}

impl std::error::Error for ReplayError {}

impl Default for MetadataImage {
    fn default() -> Self {
        MetadataImage::empty()
    }
}

impl MetadataImage {
    /// The image before the first record.
    pub fn empty() -> Self {
        MetadataImage {
            last_offset: -1,
            epoch: 0,
            features: Arc::default(),
            cluster: Arc::default(),
            topics: Arc::default(),
            configs: Arc::default(),
            producer_ids: ProducerIdsImage::default(),
            before_transaction: None,
        }
    }

    /// Offset of the last record this image contains; −1 before the first.
    pub fn last_offset(&self) -> i64 {
        self.last_offset
    }

    /// Leader epoch of the batch that record was in.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Whether a transaction was begun whose end did not come yet: until then, its records may
    /// still be taken back.
    pub fn is_in_transaction(&self) -> bool {
        self.before_transaction.is_some()
    }

    /// Feature levels.
    pub fn features(&self) -> &FeaturesImage {
        &self.features
    }

    /// Registered brokers and controllers.
    pub fn cluster(&self) -> &ClusterImage {
        &self.cluster
    }

    /// Topics and partitions.
    pub fn topics(&self) -> &TopicsImage {
        &self.topics
    }

    /// Settings that were changed while running.
    pub fn configs(&self) -> &ConfigsImage {
        &self.configs
    }

    /// Producer ids given out so far.
    pub fn producer_ids(&self) -> ProducerIdsImage {
        self.producer_ids
    }

    /// The image after these records, which end at `last_offset` and were written in `epoch`.
    ///
    /// Errors: the first record that cannot follow; this image is left as it was.
    pub fn apply<'a>(
        &self,
        records: impl IntoIterator<Item = &'a MetadataRecord>,
        last_offset: i64,
        epoch: i32,
    ) -> Result<MetadataImage, ReplayError> {
        let mut next = self.clone();
        for record in records {
            next.replay(record)?;
        }
        next.last_offset = last_offset;
        next.epoch = epoch;
        Ok(next)
    }

    /// Offset and epoch after a batch that holds no facts (a control batch).
    pub fn skip_to(&self, last_offset: i64, epoch: i32) -> MetadataImage {
        MetadataImage {
            last_offset,
            epoch,
            ..self.clone()
        }
    }

    fn replay(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        match record {
            MetadataRecord::FeatureLevel(record) => {
                Arc::make_mut(&mut self.features).replay(record)
            }
            MetadataRecord::RegisterBroker(record) => {
                Arc::make_mut(&mut self.cluster).register(record)
            }
            MetadataRecord::UnregisterBroker(record) => {
                return Arc::make_mut(&mut self.cluster).unregister(record);
            }
            MetadataRecord::FenceBroker(record) => {
                return Arc::make_mut(&mut self.cluster).set_fenced(record.id, record.epoch, true);
            }
            MetadataRecord::UnfenceBroker(record) => {
                return Arc::make_mut(&mut self.cluster).set_fenced(record.id, record.epoch, false);
            }
            MetadataRecord::BrokerRegistrationChange(record) => {
                return Arc::make_mut(&mut self.cluster).change(record);
            }
            MetadataRecord::RegisterController(record) => {
                Arc::make_mut(&mut self.cluster).register_controller(record);
            }
            MetadataRecord::Topic(record) => {
                return Arc::make_mut(&mut self.topics).add_topic(record);
            }
            MetadataRecord::Partition(record) => {
                return Arc::make_mut(&mut self.topics).add_partition(record);
            }
            MetadataRecord::PartitionChange(record) => {
                return Arc::make_mut(&mut self.topics).change_partition(record);
            }
            MetadataRecord::RemoveTopic(record) => {
                let name = Arc::make_mut(&mut self.topics).remove_topic(record.topic_id)?;
                Arc::make_mut(&mut self.configs).forget(&ConfigResource::topic(&name));
            }
            MetadataRecord::Config(record) => {
                return Arc::make_mut(&mut self.configs).replay(record);
            }
            MetadataRecord::ProducerIds(record) => return self.producer_ids.replay(record),
            MetadataRecord::NoOp(_) => {}
            MetadataRecord::ClearElr(record) => {
                return Arc::make_mut(&mut self.topics).clear_eligible_leaders(&record.topic_name);
            }
            // Kafka wraps its bootstrap records in a transaction, and large requests.
            MetadataRecord::BeginTransaction(_) => {
                self.before_transaction = Some(Box::new(self.clone()));
            }
            MetadataRecord::EndTransaction(_) => self.before_transaction = None,
            MetadataRecord::AbortTransaction(_) => {
                if let Some(before) = self.before_transaction.take() {
                    *self = *before;
                }
            }
            // The state says only that there never was a ZooKeeper to come from.
            MetadataRecord::ZkMigrationState(_) => {}
            MetadataRecord::DelegationToken(_)
            | MetadataRecord::UserScramCredential(_)
            | MetadataRecord::ClientQuota(_)
            | MetadataRecord::AccessControlEntry(_)
            | MetadataRecord::RemoveAccessControlEntry(_)
            | MetadataRecord::RemoveUserScramCredential(_)
            | MetadataRecord::RemoveDelegationToken(_) => {
                return Err(ReplayError::Unsupported(record::name(record)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
