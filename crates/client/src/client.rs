//! A client of one cluster: its connections and its cache of metadata.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use io::Io;
use parking_lot::Mutex;
use wire::messages::metadata_request::MetadataRequestTopic;
use wire::messages::{
    FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse,
};
use wire::{ErrorCode, Request, StrBytes};

use crate::metadata::{Broker, Cluster, Topic, topic_from_response};
use crate::retry::{Backoff, Retry};
use crate::{
    Admin, ClientConfig, Connection, ConnectionPool, Consumer, ConsumerConfig, Error, Producer,
    ProducerConfig, Result,
};

/// The prefix of an address inside this process.
const PIPE: &str = "pipe:";

/// The first version of Metadata with `AllowAutoTopicCreation`.
const METADATA_ALLOW_AUTO_TOPIC_CREATION: i16 = 4;

/// A client of one cluster. Clones share connections and metadata.
#[derive(Debug, Clone)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    io: Io,
    config: ClientConfig,
    /// Connections for requests to which brokers respond at once.
    pool: ConnectionPool,
    cluster: Mutex<Arc<Cluster>>,
    topics: Mutex<BTreeMap<StrBytes, Cached>>,
}

#[derive(Debug, Clone)]
struct Cached {
    topic: Arc<Topic>,
    /// Monotonic time of the response.
    fetched_at: Duration,
}

impl Client {
    /// Connects to a cluster by one of the configured brokers.
    ///
    /// # Errors
    /// [`Error::Timeout`] if no broker responds within `default.api.timeout.ms`.
    pub async fn connect(io: &Io, config: ClientConfig) -> Result<Client> {
        let client = Client(Arc::new(Shared {
            io: io.clone(),
            pool: ConnectionPool::new(io, config.connection()),
            config,
            cluster: Mutex::new(Arc::default()),
            topics: Mutex::new(BTreeMap::new()),
        }));
        let mut retry = client.retry("connect to the cluster");
        loop {
            match client.fetch_metadata(Some(Vec::new()), false).await {
                Ok(_) => return Ok(client),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// Clock, network and tasks of this client.
    pub fn io(&self) -> &Io {
        &self.0.io
    }

    /// The configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// Administration of topics, groups and configurations.
    pub fn admin(&self) -> Admin {
        Admin::new(self.clone())
    }

    /// A producer, with connections of its own.
    pub fn producer(&self, config: ProducerConfig) -> Producer {
        Producer::new(self.clone(), config)
    }

    /// A consumer, with connections of its own.
    pub fn consumer(&self, config: ConsumerConfig) -> Consumer {
        Consumer::new(self.clone(), config)
    }

    /// A new pool of connections with this client's configuration, for requests that wait at the broker.
    pub(crate) fn new_pool(&self) -> ConnectionPool {
        ConnectionPool::new(&self.0.io, self.0.config.connection())
    }

    /// The cluster, as the last Metadata response described it.
    pub fn cluster(&self) -> Arc<Cluster> {
        Arc::clone(&self.0.cluster.lock())
    }

    /// A connection to a broker, from the client's own pool.
    ///
    /// # Errors
    /// [`Error::Connection`] if the broker cannot be reached or is not in the cluster's metadata.
    pub async fn broker(&self, id: i32) -> Result<Connection> {
        self.broker_in(&self.0.pool, id).await
    }

    /// A connection to a broker, from another pool.
    ///
    /// # Errors
    /// As [`Client::broker`].
    pub(crate) async fn broker_in(&self, pool: &ConnectionPool, id: i32) -> Result<Connection> {
        pool.get(&self.address(id)?).await
    }

    /// Sends a request to any broker that can be reached, and waits for the response.
    ///
    /// # Errors
    /// As [`Connection::request`]. Does not retry.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response> {
        self.any_broker().await?.request(request).await
    }

    /// Sends a request to the controller, or to a broker that forwards it.
    ///
    /// # Errors
    /// As [`Connection::request`]. Does not retry.
    pub(crate) async fn request_controller<R: Request>(&self, request: &R) -> Result<R::Response> {
        let controller = self.cluster().controller;
        match self.broker(controller).await {
            Ok(connection) => connection.request(request).await,
            Err(_) => self.request(request).await,
        }
    }

    /// A connection to any broker: first an open one, then a broker of the metadata, then a bootstrap server.
    async fn any_broker(&self) -> Result<Connection> {
        if let Some(open) = self.0.pool.any_open() {
            return Ok(open);
        }
        let mut last = None;
        let known: Vec<i32> = self.cluster().brokers.keys().copied().collect();
        for id in known {
            match self.broker(id).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        for address in &self.0.config.bootstrap_servers {
            match self.0.pool.get(address).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there is at least one configured broker"))
    }

    /// A topic, from the cache unless the entry is older than `metadata.max.age.ms`.
    ///
    /// With `create`, the broker may create a missing topic (`auto.create.topics.enable`). Waits until
    /// the topic exists and its partitions are known.
    ///
    /// # Errors
    /// The broker's, for an invalid topic or, without `create`, a missing one; [`Error::Timeout`] after
    /// `default.api.timeout.ms`.
    pub async fn topic(&self, name: &str, create: bool) -> Result<Arc<Topic>> {
        let timeout = self.0.config.api_timeout;
        self.topic_within(name, create, timeout).await
    }

    pub(crate) async fn topic_within(
        &self,
        name: &str,
        create: bool,
        timeout: Duration,
    ) -> Result<Arc<Topic>> {
        if let Some(topic) = self.cached_topic(name) {
            return Ok(topic);
        }
        let mut retry = Retry::within(&self.0.io, &self.0.config, "find a topic", timeout);
        loop {
            match self.fetch_topic(name, create).await {
                Ok(topic) => return Ok(topic),
                // Nobody creates the topic: waiting does not help.
                Err(error)
                    if !create && error.code() == Some(ErrorCode::UnknownTopicOrPartition) =>
                {
                    return Err(error);
                }
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// A topic from the cache, unless the entry is older than `metadata.max.age.ms`.
    pub(crate) fn cached_topic(&self, name: &str) -> Option<Arc<Topic>> {
        let topics = self.0.topics.lock();
        let cached = topics.get(name)?;
        let age = self.0.io.clock.elapsed().saturating_sub(cached.fetched_at);
        (age < self.0.config.metadata_max_age).then(|| Arc::clone(&cached.topic))
    }

    /// Removes a topic from the cache, because its leaders may have changed.
    pub(crate) fn forget_topic(&self, name: &str) {
        self.0.topics.lock().remove(name);
    }

    async fn fetch_topic(&self, name: &str, create: bool) -> Result<Arc<Topic>> {
        let response = self
            .fetch_metadata(Some(vec![StrBytes::from(name)]), create)
            .await?;
        let found = response
            .topics
            .iter()
            .find(|topic| topic.name.as_deref() == Some(name));
        let topic = match found.map(topic_from_response) {
            Some(Ok(topic)) if !topic.partitions.is_empty() => topic,
            Some(Err(code)) => return Err(topic_error(name, code)),
            _ => return Err(topic_error(name, ErrorCode::LeaderNotAvailable)),
        };
        let topic = Arc::new(topic);
        let cached = Cached {
            topic: Arc::clone(&topic),
            fetched_at: self.0.io.clock.elapsed(),
        };
        self.0.topics.lock().insert(topic.name.clone(), cached);
        Ok(topic)
    }

    /// Requests the metadata of these topics (`None`: all) from any broker, and updates the cached cluster.
    pub(crate) async fn fetch_metadata(
        &self,
        topics: Option<Vec<StrBytes>>,
        create: bool,
    ) -> Result<MetadataResponse> {
        let topics = topics.map(|names| {
            names
                .into_iter()
                .map(|name| MetadataRequestTopic {
                    name: Some(name),
                    ..MetadataRequestTopic::default()
                })
                .collect()
        });
        let connection = self.any_broker().await?;
        let version = connection.version::<MetadataRequest>()?;
        let request = MetadataRequest {
            topics,
            // Older versions always create a missing topic.
            allow_auto_topic_creation: create || version < METADATA_ALLOW_AUTO_TOPIC_CREATION,
            ..MetadataRequest::default()
        };
        let response = connection.request_in(&request, version).await?;
        Error::check(response.error_code, None, || "fetch metadata".to_owned())?;
        if response.brokers.is_empty() {
            return Err(topic_error("", ErrorCode::CoordinatorNotAvailable));
        }
        *self.0.cluster.lock() = Arc::new(Cluster::from_response(&response));
        Ok(response)
    }

    /// The id of a group's coordinator. Does not retry.
    pub(crate) async fn find_group_coordinator(&self, group: &str) -> Result<i32> {
        const GROUP: i8 = 0;
        const FIRST_BATCHED: i16 = 4;
        let connection = self.any_broker().await?;
        let version = connection.version::<FindCoordinatorRequest>()?;
        let mut request = FindCoordinatorRequest {
            key_type: GROUP,
            ..FindCoordinatorRequest::default()
        };
        if version >= FIRST_BATCHED {
            request.coordinator_keys = vec![StrBytes::from(group)];
        } else {
            request.key = StrBytes::from(group);
        }
        let response = connection.request_in(&request, version).await?;
        let broker = coordinator(&response, group)?;
        let id = broker.id;
        // A broker that joined after the last Metadata response.
        let mut cluster = self.0.cluster.lock();
        if !cluster.brokers.contains_key(&id) {
            Arc::make_mut(&mut cluster).brokers.insert(id, broker);
        }
        Ok(id)
    }

    pub(crate) fn retry(&self, what: &'static str) -> Retry {
        Retry::new(&self.0.io, &self.0.config, what)
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(&self.0.config)
    }

    /// The address of a broker.
    ///
    /// A client that was configured with a pipe always uses it: it leads to the only broker of the process.
    fn address(&self, id: i32) -> Result<String> {
        if let Some(pipe) = self
            .0
            .config
            .bootstrap_servers
            .iter()
            .find(|server| server.starts_with(PIPE))
        {
            return Ok(pipe.clone());
        }
        match self.cluster().brokers.get(&id) {
            Some(broker) if broker.host.contains(':') => {
                Ok(format!("[{}]:{}", broker.host, broker.port))
            }
            Some(broker) => Ok(format!("{}:{}", broker.host, broker.port)),
            None => Err(Error::Connection {
                broker: id.to_string(),
                reason: "no such broker in the metadata of the cluster".to_owned(),
            }),
        }
    }
}

fn topic_error(name: &str, code: ErrorCode) -> Error {
    Error::Broker {
        what: format!("find topic \"{name}\""),
        code,
        message: None,
    }
}

fn coordinator(response: &FindCoordinatorResponse, group: &str) -> Result<Broker> {
    let what = || format!("find the coordinator of group \"{group}\"");
    let (code, message, broker) = match response.coordinators.first() {
        Some(found) => (
            found.error_code,
            &found.error_message,
            (found.node_id, &found.host, found.port),
        ),
        None => (
            response.error_code,
            &response.error_message,
            (response.node_id, &response.host, response.port),
        ),
    };
    Error::check(code, message.as_deref(), what)?;
    let (id, host, port) = broker;
    Ok(Broker {
        id,
        host: host.detached(),
        port,
        rack: None,
    })
}
