//! Starting and stopping a broker.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use io::{Address, Io, Listener, Pool, Task};
use log::RecoveryFacts;
use metadata::controller::brokers::BrokerFacts;
use metadata::image;
use wire::{StrBytes, Uuid};

use crate::config::{self, BrokerConfig};
use crate::descriptors::{self, Shares};
use crate::event::OneTimeEvent;
use crate::identity::{AdvertisedListener, BrokerIdentity};
use crate::node::Node;
use crate::partition::Partitions;
use crate::partition::deletion::Deletions;
use crate::partition::directories::Directories;
use crate::partition::directory::Directory;
use crate::runtime::controller::{self, Controller, ControllerParts};
use crate::runtime::groups::Groups;
use crate::runtime::metadata_cache::MetadataCache;
use crate::runtime::metadata_log::{MetadataLog, Opened};
use crate::runtime::producer_ids::ProducerIds;
use crate::runtime::publisher::Publisher;
use crate::runtime::snapshots::Snapshots;
use crate::server::Server;
use crate::{background, metrics};

/// The name of the in-process listener: connect to `pipe:broker`.
pub const PIPE: &str = "broker";

/// How long a stop waits for connections to close.
const CLOSE_CONNECTIONS_MAX: Duration = Duration::from_secs(7);

/// How long a stop waits, once the logs are closed, until nothing uses the log directories any more.
const RELEASE_DIRECTORIES_MAX: Duration = Duration::from_secs(5);

/// Why a broker cannot start. The text says what is wrong and where.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

fn failed(what: impl fmt::Display, why: impl fmt::Display) -> StartError {
    StartError(format!("{what}: {why}"))
}

/// A listener after it was bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundListener {
    /// The name in `listeners`.
    pub name: String,
    /// The address that it listens on, with the port that the system chose for port 0.
    pub address: Address,
    /// `host:port` as it is advertised to clients.
    pub advertised: String,
}

/// A running broker. Stop it with [`Broker::shutdown`]; dropping it leaves its tasks running.
#[derive(Debug)]
pub struct Broker {
    node: Arc<Node>,
    server: Arc<Server>,
    metrics: Option<Address>,
    tasks: Vec<Task>,
}

impl Broker {
    /// Starts a broker: locks its directories, recovers their contents, and listens.
    ///
    /// # Errors
    /// When a directory is in use, unreadable or of another cluster, the cluster metadata cannot
    /// be read, or an address cannot be bound.
    pub async fn start(io: Io, mut config: BrokerConfig) -> Result<Broker, StartError> {
        share_descriptors(io.descriptor_limit(), &mut config);
        // Bound first, so that the addresses are known when the broker registers itself.
        // Connections are accepted when everything is ready.
        let (listeners, endpoints) = listen(&io, &config).await?;
        let metrics_listener = listen_for_metrics(&io, &config).await?;
        let now_ms = io.clock.now_ms();
        let config = Arc::new(config);
        let directories = Directories::open(&io, &config).map_err(|e| failed("cannot start", e))?;
        let Opened {
            mut log,
            image,
            deleted,
            bytes_since_snapshot,
        } = MetadataLog::open(
            &io,
            &config.metadata_log_dir,
            &config.metadata_log,
            RecoveryFacts {
                clean_shutdown: directories.metadata_was_cleanly_shut_down(),
                recovery_point: directories.metadata_recovery_point(),
                ..RecoveryFacts::default()
            },
            config.node_id,
        )
        .map_err(|e| failed("cannot start", e))?;
        let facts = broker_facts(&io, &config, &endpoints, &directories);
        let image = controller::register(&mut log, image, &facts, &config, now_ms)
            .map_err(|e| failed("cannot start", e))?;
        let identity = Arc::new(BrokerIdentity {
            cluster_id: directories.cluster_id().into(),
            node_id: config.node_id,
            rack: config.rack.as_deref().map(Into::into),
            endpoints,
        });
        let directories = Arc::new(directories);
        let metadata = Arc::new(MetadataCache::new(Arc::new(image)));
        let partitions: Arc<Partitions> = Arc::default();
        let leftovers = directories.finish_deletions(&deleted);
        let (deletions, mut tasks) = Deletions::start(&io, leftovers);
        let controller = Controller::new(ControllerParts {
            io: &io,
            config: &config,
            directories: &directories,
            metadata: &metadata,
            log,
            bytes_since_snapshot,
        });
        let controller = Arc::new(controller);
        let groups = Groups::new(io.clone(), config.groups, &partitions, &metadata);
        let groups = Arc::new(groups);
        let publisher = Arc::new(Publisher {
            io: io.clone(),
            config: Arc::clone(&config),
            metadata: Arc::clone(&metadata),
            partitions: Arc::clone(&partitions),
            directories: Arc::clone(&directories),
            deletions: Arc::clone(&deletions),
            groups: Arc::clone(&groups),
        });
        publisher.publish_first();
        tasks.extend(controller.start(publisher));
        let snapshots = Snapshots {
            io: io.clone(),
            controller: Arc::clone(&controller),
            metadata: Arc::clone(&metadata),
            deletions: Arc::clone(&deletions),
            directories: Arc::clone(&directories),
            policy: config.metadata_log.snapshots,
            retention: config.metadata_log.retention,
        };
        tasks.push(
            io.tasks
                .spawn_critical("metadata snapshots", snapshots.run()),
        );
        groups.start();
        let (stop, failure) = (OneTimeEvent::default(), OneTimeEvent::default());
        let background =
            background::start(&io, &config, &partitions, &directories, &metadata, &failure);
        tasks.extend(background);
        let metrics_address = metrics_listener.as_ref().map(Listener::local_addr);
        if let Some(listener) = metrics_listener {
            let (directories, partitions) = (Arc::clone(&directories), Arc::clone(&partitions));
            let gather = Arc::new(move || metrics::all(&directories, &partitions));
            tasks.push(metrics::http::serve(&io, &stop, listener, gather));
        }
        let node = Arc::new(Node {
            producer_ids: Arc::new(ProducerIds::new(&controller)),
            io,
            config,
            identity,
            metadata,
            controller,
            partitions,
            directories,
            deletions,
            groups,
            stop,
            failure,
        });
        let server = Server::new(Arc::clone(&node));
        for (number, listener) in listeners.into_iter().enumerate() {
            tasks.push(server.accept(listener, number));
        }
        Ok(Broker {
            node,
            server,
            metrics: metrics_address,
            tasks,
        })
    }

    /// The listeners, in the order of the configuration; the in-process one is last.
    pub fn listeners(&self) -> Vec<BoundListener> {
        let bound = self
            .node
            .identity
            .endpoints
            .iter()
            .map(|endpoint| BoundListener {
                name: endpoint.listener.clone(),
                address: endpoint.bound.clone(),
                advertised: match endpoint.port {
                    0 => endpoint.host.to_string(),
                    port => format!("{}:{port}", endpoint.host),
                },
            });
        bound.collect()
    }

    /// The address of the metrics listener, if there is one.
    pub fn metrics_address(&self) -> Option<&Address> {
        self.metrics.as_ref()
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        &self.node.identity.cluster_id
    }

    /// Waits until the broker cannot continue because all log directories have failed, or the one
    /// with `__cluster_metadata`; returns the reason. The caller then stops the broker.
    pub fn failed(&self) -> impl Future<Output = String> + Send + use<> {
        self.node.failure.happened()
    }

    /// Stops the broker: accepts no more connections, answers the requests that clients have sent,
    /// syncs and closes all logs, and writes the checkpoints of a clean shutdown.
    pub async fn shutdown(self) {
        let node = self.node;
        node.stop.happen(());
        node.groups.stop();
        let clock = node.io.clock.clone();
        let deadline = clock.elapsed() + CLOSE_CONNECTIONS_MAX;
        while self.server.connections() > 0 && clock.elapsed() < deadline {
            clock.sleep(Duration::from_millis(5)).await;
        }
        drop(self.server);
        // After these have ended, nothing is written any more.
        node.groups.ended().await;
        node.controller.quiesced().await;
        node.deletions.all_renamed().await;
        for task in self.tasks {
            task.abort();
            let _ = task.await;
        }
        let closing = Arc::clone(&node);
        let close = move || {
            background::close(
                closing.config.node_id,
                &closing.partitions,
                &closing.directories,
                &closing.metadata,
                &closing.controller,
            );
        };
        node.io.tasks.blocking(Pool::Request, close).await;
        // Tasks that were aborted may still hold their directory. The last one to drop it releases
        // the lock, and the next broker can take it.
        let directories: Vec<Weak<Directory>> =
            node.directories.all().iter().map(Arc::downgrade).collect();
        drop(node);
        let is_held = |directory: &Weak<Directory>| directory.strong_count() > 0;
        let deadline = clock.elapsed() + RELEASE_DIRECTORIES_MAX;
        while directories.iter().any(is_held) && clock.elapsed() < deadline {
            clock.sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Reduces the settings for connections and open files to what the system allows.
fn share_descriptors(limit: u64, config: &mut BrokerConfig) {
    let wanted = Shares {
        connections_max: config.connections_max,
        open_files_max: config.open_files_max,
    };
    let shares = descriptors::share(limit, config.log_dirs.len(), wanted);
    config.connections_max = shares.connections_max;
    config.open_files_max = shares.open_files_max;
    if shares != wanted {
        tracing::info!(
            "the limit of {limit} open files allows {} connections, and {} unused open files per \
             log directory",
            shares.connections_max,
            shares.open_files_max
        );
    }
}

async fn listen(
    io: &Io,
    config: &BrokerConfig,
) -> Result<(Vec<Listener>, Vec<AdvertisedListener>), StartError> {
    let mut listeners = Vec::new();
    let mut endpoints = Vec::new();
    for configured in &config.listeners {
        let address = format!("{}:{}", configured.host, configured.port);
        let listener = io
            .net
            .listen_with(&address, config.socket_buffers)
            .await
            .map_err(|e| failed(format!("listener {}", configured.name), e))?;
        endpoints.push(endpoint(io, configured, &listener));
        listeners.push(listener);
    }
    let pipe = io
        .net
        .listen_pipe(PIPE)
        .map_err(|e| failed("the in-process listener", e))?;
    endpoints.push(AdvertisedListener {
        listener: "PIPE".into(),
        host: format!("pipe:{PIPE}").into(),
        port: 0,
        bound: pipe.local_addr(),
    });
    listeners.push(pipe);
    Ok((listeners, endpoints))
}

async fn listen_for_metrics(
    io: &Io,
    config: &BrokerConfig,
) -> Result<Option<Listener>, StartError> {
    let Some(address) = &config.metrics_listener else {
        return Ok(None);
    };
    let bound = io.net.listen(address).await;
    bound
        .map(Some)
        .map_err(|e| failed("vltava.metrics.listener", e))
}

fn endpoint(io: &Io, configured: &config::Listener, listener: &Listener) -> AdvertisedListener {
    let bound = listener.local_addr();
    let bound_port = bound.port().unwrap_or(configured.port);
    let port = configured
        .advertised_port
        .filter(|port| *port != 0)
        .unwrap_or(bound_port);
    let host = match (&configured.advertised_host, configured.host.as_str()) {
        (Some(host), _) => host.clone(),
        (None, "") => host_name(io),
        (None, host) => host.to_owned(),
    };
    // Without brackets: clients add them to an IPv6 address themselves.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    AdvertisedListener {
        listener: configured.name.clone(),
        host: host.into(),
        port: i32::from(port),
        bound,
    }
}

/// The name of this machine, for a listener on all addresses without an advertised host.
fn host_name(io: &Io) -> String {
    let name = io.disk.read(Path::new("/etc/hostname")).ok();
    let name = name.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    name.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

fn broker_facts(
    io: &Io,
    config: &BrokerConfig,
    endpoints: &[AdvertisedListener],
    directories: &Directories,
) -> BrokerFacts {
    const PLAINTEXT: i16 = 0;
    let registered = endpoints.iter().filter(|endpoint| endpoint.port != 0);
    BrokerFacts {
        id: config.node_id,
        incarnation_id: Uuid(io.rng.uuid()),
        endpoints: registered
            .map(|endpoint| image::Endpoint {
                listener: StrBytes::from(&endpoint.listener),
                host: endpoint.host.clone(),
                port: endpoint.port as u16,
                security_protocol: PLAINTEXT,
            })
            .collect(),
        rack: config.rack.as_deref().map(Into::into),
        directories: directories
            .live()
            .iter()
            .map(|directory: &Arc<Directory>| directory.id())
            .collect(),
    }
}
