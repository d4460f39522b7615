//! Metadata of a cluster: brokers, topics, leaders of partitions.

use std::collections::BTreeMap;

use wire::messages::MetadataResponse;
use wire::messages::metadata_response::MetadataResponseTopic;
use wire::{ErrorCode, StrBytes, Uuid};

/// A broker of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Id of the broker.
    pub id: i32,
    /// The advertised host.
    pub host: StrBytes,
    /// The advertised port.
    pub port: i32,
    /// The rack, if the broker has one.
    pub rack: Option<StrBytes>,
}

/// A cluster, without its topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Its id.
    pub id: Option<StrBytes>,
    /// The broker that handles changes or forwards them; −1 if unknown.
    pub controller: i32,
    /// The brokers, by id.
    pub brokers: BTreeMap<i32, Broker>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: StrBytes,
    /// The topic id; zero from brokers without topic ids.
    pub id: Uuid,
    /// Whether the topic is internal, such as `__consumer_offsets`.
    pub is_internal: bool,
    /// The partitions, sorted by number.
    pub partitions: Vec<Partition>,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<i32>,
    /// The leader epoch; −1 if unknown.
    pub leader_epoch: i32,
    /// The replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// The in-sync replicas.
    pub in_sync: Vec<i32>,
    /// The offline replicas.
    pub offline: Vec<i32>,
}

impl Topic {
    pub(crate) fn partition(&self, partition: i32) -> Option<&Partition> {
        // The position is the number, unless the broker left out a partition.
        self.partitions
            .get(usize::try_from(partition).ok()?)
            .filter(|found| found.partition == partition)
            .or_else(|| {
                self.partitions
                    .iter()
                    .find(|found| found.partition == partition)
            })
    }
}

impl Cluster {
    pub(crate) fn from_response(response: &MetadataResponse) -> Cluster {
        Cluster {
            id: response.cluster_id.as_ref().map(StrBytes::detached),
            controller: response.controller_id,
            brokers: response
                .brokers
                .iter()
                .map(|broker| {
                    let broker = Broker {
                        id: broker.node_id,
                        host: broker.host.detached(),
                        port: broker.port,
                        rack: broker.rack.as_ref().map(StrBytes::detached),
                    };
                    (broker.id, broker)
                })
                .collect(),
        }
    }
}

/// A topic of a Metadata response, or its error.
pub(crate) fn topic_from_response(response: &MetadataResponseTopic) -> Result<Topic, ErrorCode> {
    let code = ErrorCode::from_code(response.error_code);
    if code.is_error() {
        return Err(code);
    }
    let mut partitions: Vec<_> = response
        .partitions
        .iter()
        .map(|partition| Partition {
            partition: partition.partition_index,
            leader: (partition.leader_id >= 0).then_some(partition.leader_id),
            leader_epoch: partition.leader_epoch,
            replicas: partition.replica_nodes.clone(),
            in_sync: partition.isr_nodes.clone(),
            offline: partition.offline_replicas.clone(),
        })
        .collect();
    partitions.sort_by_key(|partition| partition.partition);
    Ok(Topic {
        name: response
            .name
            .as_ref()
            .map(StrBytes::detached)
            .unwrap_or_default(),
        id: response.topic_id,
        is_internal: response.is_internal,
        partitions,
    })
}
