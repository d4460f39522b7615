//! What a cluster says of itself: brokers, topics, who leads which partition.

use std::collections::BTreeMap;

use wire::messages::MetadataResponse;
use wire::messages::metadata_response::MetadataResponseTopic;
use wire::{ErrorCode, StrBytes, Uuid};

/// A broker of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its number.
    pub id: i32,
    /// The host it wants to be reached at.
    pub host: StrBytes,
    /// The port.
    pub port: i32,
    /// Where it stands, if it says so.
    pub rack: Option<StrBytes>,
}

/// A cluster, without its topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Its id.
    pub id: Option<StrBytes>,
    /// The broker that takes changes, or passes them on; −1 if unknown.
    pub controller: i32,
    /// Its brokers, by number.
    pub brokers: BTreeMap<i32, Broker>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: StrBytes,
    /// Its id; zero from brokers that have none.
    pub id: Uuid,
    /// Whether it is the brokers' own.
    pub is_internal: bool,
    /// Its partitions, by number.
    pub partitions: Vec<Partition>,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// The broker that leads it, if one does.
    pub leader: Option<i32>,
    /// The epoch of that leadership; −1 if unknown.
    pub leader_epoch: i32,
    /// The brokers that hold it, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those of them that are up to date.
    pub in_sync: Vec<i32>,
    /// Those of them that are off.
    pub offline: Vec<i32>,
}

impl Topic {
    pub(crate) fn partition(&self, partition: i32) -> Option<&Partition> {
        // By number and without gaps, unless the broker is strange.
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
    pub(crate) fn from_answer(answer: &MetadataResponse) -> Cluster {
        Cluster {
            id: answer.cluster_id.as_ref().map(StrBytes::detached),
            controller: answer.controller_id,
            brokers: answer
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

/// A topic as a broker describes it, or why it does not.
pub(crate) fn topic_from_answer(answer: &MetadataResponseTopic) -> Result<Topic, ErrorCode> {
    let code = ErrorCode::from_code(answer.error_code);
    if code.is_error() {
        return Err(code);
    }
    let mut partitions: Vec<_> = answer
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
        name: answer
            .name
            .as_ref()
            .map(StrBytes::detached)
            .unwrap_or_default(),
        id: answer.topic_id,
        is_internal: answer.is_internal,
        partitions,
    })
}
