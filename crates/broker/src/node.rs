//! The parts of this node.
//!
//! [`crate::broker`] creates them; `server` and the dispatch in `handler` pass each request the parts
//! that it needs. Nothing else takes a `Node`: a handler, a task or a metric takes only the parts it
//! uses. `tests/it/layers.rs` checks this.

use std::sync::Arc;

use io::Io;

use crate::config::BrokerConfig;
use crate::event::OneTimeEvent;
use crate::identity::BrokerIdentity;
use crate::partition::Partitions;
use crate::partition::deletion::Deletions;
use crate::partition::directories::Directories;
use crate::runtime::controller::Controller;
use crate::runtime::groups::Groups;
use crate::runtime::metadata_cache::MetadataCache;
use crate::runtime::producer_ids::ProducerIds;

/// This node.
#[derive(Debug)]
pub(crate) struct Node {
    /// Disk, network, clock, random numbers and tasks.
    pub io: Io,
    /// The settings it was started with.
    pub config: Arc<BrokerConfig>,
    /// What clients are told about it.
    pub identity: Arc<BrokerIdentity>,
    /// The published cluster metadata.
    pub metadata: Arc<MetadataCache>,
    /// Changes the cluster metadata.
    pub controller: Arc<Controller>,
    /// The partitions on this node's disks.
    pub partitions: Arc<Partitions>,
    /// The log directories.
    pub directories: Arc<Directories>,
    /// Deletion of partitions whose topic was deleted.
    pub deletions: Arc<Deletions>,
    /// Consumer groups.
    pub groups: Arc<Groups>,
    /// The producer ids that this node can give out.
    pub producer_ids: Arc<ProducerIds>,
    /// Happens when the broker stops.
    pub stop: OneTimeEvent<()>,
    /// Happens when the node cannot continue; with the reason.
    pub failure: OneTimeEvent<String>,
}
