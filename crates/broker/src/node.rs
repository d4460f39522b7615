//! The parts of this node, which its connections and tasks share.

use std::sync::{Arc, OnceLock};

use io::{Address, Io};
use metadata::config_def::ConfigLayers;
use metadata::image::MetadataImage;
use tokio::sync::Notify;
use wire::StrBytes;

use crate::cleaner::CleanerCounts;
use crate::config::BrokerConfig;
use crate::partition::Partitions;
use crate::partition::deletion::Deletions;
use crate::partition::directories::Directories;
use crate::runtime::controller::Controller;
use crate::runtime::groups::Groups;
use crate::runtime::metadata_cache::MetadataCache;
use crate::runtime::producer_ids::ProducerIds;

/// The address of one listener of this node.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Name of the listener.
    pub listener: String,
    /// The advertised host.
    pub host: StrBytes,
    /// The advertised port; 0 for the in-process pipe.
    pub port: i32,
    /// The address that it listens on.
    pub bound: Address,
}

/// This node.
#[derive(Debug)]
pub(crate) struct Node {
    /// The outside world.
    pub io: Io,
    /// The settings it was started with.
    pub config: Arc<BrokerConfig>,
    /// The cluster's id.
    pub cluster_id: StrBytes,
    /// One per listener, in the order of [`crate::request::Peer::listener`].
    pub endpoints: Vec<Endpoint>,
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
    pub producer_ids: ProducerIds,
    /// What compaction has done so far.
    pub cleaner_counts: CleanerCounts,
    stop: Arc<Event<()>>,
    failure: Arc<Event<String>>,
}

/// Something that happens at most once. Waiters are notified in the order in which they began to
/// wait, so that simulations repeat; a `watch` channel has an order of its own.
#[derive(Debug)]
struct Event<T> {
    happened: OnceLock<T>,
    happening: Notify,
}

impl<T> Default for Event<T> {
    fn default() -> Self {
        Event {
            happened: OnceLock::new(),
            happening: Notify::new(),
        }
    }
}

impl<T> Event<T> {
    /// Notifies the waiters. Only the first call has an effect.
    fn happen(&self, with: T) {
        if self.happened.set(with).is_ok() {
            self.happening.notify_waiters();
        }
    }

    async fn wait(&self) -> &T {
        loop {
            let notified = self.happening.notified();
            tokio::pin!(notified);
            // Registered before the check, so that no notification is missed.
            notified.as_mut().enable();
            match self.happened.get() {
                Some(with) => return with,
                None => notified.await,
            }
        }
    }
}

/// The parts that a [`Node`] is made of.
pub(crate) struct Parts {
    pub io: Io,
    pub config: Arc<BrokerConfig>,
    pub cluster_id: StrBytes,
    pub endpoints: Vec<Endpoint>,
    pub metadata: Arc<MetadataCache>,
    pub controller: Arc<Controller>,
    pub partitions: Arc<Partitions>,
    pub directories: Arc<Directories>,
    pub deletions: Arc<Deletions>,
}

impl Node {
    /// A node of these parts.
    pub(crate) fn new(parts: Parts) -> Node {
        let groups = Groups::new(
            parts.io.clone(),
            parts.config.groups,
            Arc::clone(&parts.partitions),
            Arc::clone(&parts.metadata),
        );
        Node {
            groups: Arc::new(groups),
            producer_ids: ProducerIds::new(&parts.controller),
            cleaner_counts: CleanerCounts::default(),
            stop: Arc::default(),
            failure: Arc::default(),
            io: parts.io,
            config: parts.config,
            cluster_id: parts.cluster_id,
            endpoints: parts.endpoints,
            metadata: parts.metadata,
            controller: parts.controller,
            partitions: parts.partitions,
            directories: parts.directories,
            deletions: parts.deletions,
        }
    }

    /// The newest published metadata image.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.metadata.image()
    }

    /// The places a setting of this broker can come from, strongest first.
    pub(crate) fn layers<'a>(&'a self, image: &'a MetadataImage) -> ConfigLayers<'a> {
        ConfigLayers::new(
            image.configs(),
            self.config.node_id,
            self.config.properties(),
        )
    }

    /// Completes when the broker stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let stop = Arc::clone(&self.stop);
        async move {
            stop.wait().await;
        }
    }

    /// Stops connections and tasks.
    pub(crate) fn stop(&self) {
        self.stop.happen(());
        self.groups.stop();
    }

    /// Completes with the reason when the node cannot go on.
    pub(crate) fn failed(&self) -> impl Future<Output = String> + Send + use<> {
        let failure = Arc::clone(&self.failure);
        async move { failure.wait().await.clone() }
    }

    /// Reports that the node cannot go on, and why.
    pub(crate) fn fail(&self, why: String) {
        self.failure.happen(why);
    }
}
