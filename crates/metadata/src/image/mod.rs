//! The metadata image: the cluster metadata after every record up to an offset.
//!
//! An image never changes. Replaying records makes the next image, which shares all unchanged parts
//! with the old one. So images are cheap to keep and to pass to other threads.
//!
//! Invariant: equal sequences of records make equal images.
//! Does not support ACLs, quotas, SCRAM credentials and delegation tokens yet. Their records are
//! errors, so that nothing in a data directory is silently ignored.

mod cluster;
mod configs;
mod features;
mod producer_ids;
mod quorum;
mod topics;
pub(crate) mod write;

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
pub use quorum::QuorumRecords;
pub use topics::{NO_LEADER, PartitionImage, TopicChange, TopicImage, TopicsImage};

/// The cluster metadata at an offset.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataImage {
    last_offset: i64,
    epoch: i32,
    features: Arc<FeaturesImage>,
    cluster: Arc<ClusterImage>,
    topics: Arc<TopicsImage>,
    configs: Arc<ConfigsImage>,
    producer_ids: ProducerIdsImage,
    quorum: Arc<QuorumRecords>,
    /// The image before the open transaction, if one is open.
    before_transaction: Option<Box<MetadataImage>>,
}

/// A record cannot follow the records before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A record type that this version does not support, by Kafka's name.
    #[error(
        "this version does not support {0}: ACLs, quotas, SCRAM credentials and delegation tokens \
         would be lost"
    )]
    Unsupported(&'static str),
    /// A record about a topic that does not exist.
    #[error("no topic with id {0}")]
    UnknownTopic(Uuid),
    /// A record about a partition that does not exist.
    #[error("topic with id {0} has no partition {1}")]
    UnknownPartition(Uuid, i32),
    /// A second topic with the same name.
    #[error("topic \"{0}\" already exists")]
    DuplicateTopic(String),
    /// A record about a broker that is not registered, or is registered with another epoch.
    #[error("broker {broker_id} is not registered with epoch {epoch}")]
    StaleBroker {
        /// Id of the broker.
        broker_id: i32,
        /// Broker epoch in the record.
        epoch: i64,
    },
    /// Producer ids would be allocated twice.
    #[error("producer ids go back from {next} to {record}")]
    ProducerIdsGoBack {
        /// First id that is not allocated.
        next: i64,
        /// First id that is not allocated, according to the record.
        record: i64,
    },
    /// A setting of a resource type that this version does not know.
    #[error("settings of unknown resource type {0}")]
    UnknownResourceType(i8),
}

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
            quorum: Arc::default(),
            before_transaction: None,
        }
    }

    /// Offset of the last record that this image contains; −1 before the first.
    pub fn last_offset(&self) -> i64 {
        self.last_offset
    }

    /// Leader epoch of the batch of the last record.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Whether a transaction has begun and not ended: its records may still be aborted.
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

    /// Dynamic settings.
    pub fn configs(&self) -> &ConfigsImage {
        &self.configs
    }

    /// Producer ids allocated so far.
    pub fn producer_ids(&self) -> ProducerIdsImage {
        self.producer_ids
    }

    /// Control records about the quorum.
    pub fn quorum(&self) -> &QuorumRecords {
        &self.quorum
    }

    /// The same metadata with other control records about the quorum.
    pub(crate) fn with_quorum(&self, quorum: QuorumRecords) -> MetadataImage {
        MetadataImage {
            quorum: Arc::new(quorum),
            ..self.clone()
        }
    }

    /// The image after these records, which end at `last_offset` and were written in `epoch`.
    ///
    /// # Errors
    /// The first record that cannot follow.
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

    /// The same metadata at the offset and epoch of a later control batch.
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
                Arc::make_mut(&mut self.configs).remove(&ConfigResource::topic(&name));
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
            // Always "none" in a cluster that was created without ZooKeeper.
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
