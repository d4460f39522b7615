//! A cluster as seen from outside: its brokers, its topics, and the way to them.

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

use crate::metadata::{Broker, Cluster, Topic, topic_from_answer};
use crate::retry::{Backoff, Retry};
use crate::{
    Admin, ClientConfig, Connection, Consumer, ConsumerConfig, Error, Producer, ProducerConfig,
    Result,
};

/// The prefix of an address inside the process.
const PIPE: &str = "pipe:";

/// The first version of Metadata that says whether missing topics are to be made.
const CREATION_ASKED_FOR: i16 = 4;

/// A client of one cluster. Clones share connections and what is known of the cluster.
#[derive(Debug, Clone)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    io: Io,
    config: ClientConfig,
    /// For requests that are answered at once, by anybody.
    lane: Lane,
    cluster: Mutex<Arc<Cluster>>,
    topics: Mutex<BTreeMap<StrBytes, Cached>>,
}

#[derive(Debug, Clone)]
struct Cached {
    topic: Arc<Topic>,
    /// Monotonic time at which it was asked for.
    asked: Duration,
}

impl Client {
    /// Finds the cluster behind the configured brokers.
    ///
    /// # Errors
    /// [`Error::Timeout`] if none of them answers within `default.api.timeout.ms`.
    pub async fn connect(io: &Io, config: ClientConfig) -> Result<Client> {
        let client = Client(Arc::new(Shared {
            io: io.clone(),
            lane: Lane::new(io, &config),
            config,
            cluster: Mutex::new(Arc::default()),
            topics: Mutex::new(BTreeMap::new()),
        }));
        let mut retry = client.retry("connect to the cluster");
        loop {
            match client.ask_metadata(Some(Vec::new()), false).await {
                Ok(_) => return Ok(client),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// The world this client lives in.
    pub fn io(&self) -> &Io {
        &self.0.io
    }

    /// How it was configured.
    pub fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// Changes and descriptions of topics, groups and configurations.
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

    /// Connections that are not shared with anybody who might block them.
    pub fn lane(&self) -> Lane {
        Lane::new(&self.0.io, &self.0.config)
    }

    /// The cluster as of the last answer.
    pub fn cluster(&self) -> Arc<Cluster> {
        Arc::clone(&self.0.cluster.lock())
    }

    /// A connection to a broker, on the client's own lane.
    ///
    /// # Errors
    /// As [`Lane::to`].
    pub async fn broker(&self, id: i32) -> Result<Connection> {
        self.0.lane.to(self, id).await
    }

    /// Sends a request to whichever broker can be reached, and waits for the answer.
    ///
    /// # Errors
    /// As [`Connection::request`]. Does not try again.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response> {
        self.any_broker().await?.request(request).await
    }

    /// Sends a request to the controller, or to a broker that passes it on.
    ///
    /// # Errors
    /// As [`Connection::request`]. Does not try again.
    pub(crate) async fn request_controller<R: Request>(&self, request: &R) -> Result<R::Response> {
        let controller = self.cluster().controller;
        match self.broker(controller).await {
            Ok(connection) => connection.request(request).await,
            Err(_) => self.request(request).await,
        }
    }

    /// A connection to any broker: one that is open, one that is known, or a configured one.
    async fn any_broker(&self) -> Result<Connection> {
        if let Some(open) = self.0.lane.open_connection() {
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
            match self.0.lane.to_address(address).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there is at least one configured broker"))
    }

    /// A topic, from the cache while that is fresh.
    ///
    /// Waits for a topic that is being made (`create` lets the broker make one that is missing,
    /// if it does such things), and for a partition that has no leader yet.
    ///
    /// # Errors
    /// The broker's, for a topic that cannot be; [`Error::Timeout`] after
    /// `default.api.timeout.ms`, and for a topic that is not there, unless `create`.
    pub async fn topic(&self, name: &str, create: bool) -> Result<Arc<Topic>> {
        let patience = self.0.config.api_timeout;
        self.topic_within(name, create, patience).await
    }

    pub(crate) async fn topic_within(
        &self,
        name: &str,
        create: bool,
        patience: Duration,
    ) -> Result<Arc<Topic>> {
        if let Some(topic) = self.cached_topic(name) {
            return Ok(topic);
        }
        let mut retry = Retry::within(&self.0.io, &self.0.config, "find a topic", patience);
        loop {
            match self.ask_topic(name, create).await {
                Ok(topic) => return Ok(topic),
                // Without creation, nothing will make it appear.
                Err(error)
                    if !create && error.code() == Some(ErrorCode::UnknownTopicOrPartition) =>
                {
                    return Err(error);
                }
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// A topic from the cache, if it is there and fresh.
    pub(crate) fn cached_topic(&self, name: &str) -> Option<Arc<Topic>> {
        let topics = self.0.topics.lock();
        let cached = topics.get(name)?;
        let age = self.0.io.clock.elapsed().saturating_sub(cached.asked);
        (age < self.0.config.metadata_max_age).then(|| Arc::clone(&cached.topic))
    }

    /// Forgets a topic, whose leaders may have changed: the next one to need it asks again.
    pub(crate) fn forget_topic(&self, name: &str) {
        self.0.topics.lock().remove(name);
    }

    async fn ask_topic(&self, name: &str, create: bool) -> Result<Arc<Topic>> {
        let answer = self
            .ask_metadata(Some(vec![StrBytes::from(name)]), create)
            .await?;
        let found = answer
            .topics
            .iter()
            .find(|topic| topic.name.as_deref() == Some(name));
        let topic = match found.map(topic_from_answer) {
            Some(Ok(topic)) if !topic.partitions.is_empty() => topic,
            Some(Err(code)) => return Err(topic_error(name, code)),
            _ => return Err(topic_error(name, ErrorCode::LeaderNotAvailable)),
        };
        let topic = Arc::new(topic);
        let cached = Cached {
            topic: Arc::clone(&topic),
            asked: self.0.io.clock.elapsed(),
        };
        self.0.topics.lock().insert(topic.name.clone(), cached);
        Ok(topic)
    }

    /// Asks any broker about these topics (`None`: all), and remembers the brokers it names.
    pub(crate) async fn ask_metadata(
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
            // Before that version, asking was creating.
            allow_auto_topic_creation: create || version < CREATION_ASKED_FOR,
            ..MetadataRequest::default()
        };
        let answer = connection.request_in(&request, version).await?;
        Error::check(answer.error_code, None, || "read metadata".to_owned())?;
        if answer.brokers.is_empty() {
            return Err(topic_error("", ErrorCode::CoordinatorNotAvailable));
        }
        *self.0.cluster.lock() = Arc::new(Cluster::from_answer(&answer));
        Ok(answer)
    }

    /// The broker that coordinates a group. Does not try again.
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
        let answer = connection.request_in(&request, version).await?;
        let broker = coordinator(&answer, group)?;
        let id = broker.id;
        // It may be one that no metadata has named yet.
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

    /// Where a broker can be reached.
    ///
    /// Whoever came through a pipe stays in the process: the pipe leads to the only broker there.
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
                reason: "the cluster names no such broker".to_owned(),
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

fn coordinator(answer: &FindCoordinatorResponse, group: &str) -> Result<Broker> {
    let what = || format!("find the coordinator of group \"{group}\"");
    let (code, message, broker) = match answer.coordinators.first() {
        Some(found) => (
            found.error_code,
            &found.error_message,
            (found.node_id, &found.host, found.port),
        ),
        None => (
            answer.error_code,
            &answer.error_message,
            (answer.node_id, &answer.host, answer.port),
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

/// A set of connections, one to each broker, opened when needed.
///
/// Answers come in order, so a request that waits at the broker (a long poll, a join) holds up
/// what was sent after it: who sends such requests has a lane of their own.
#[derive(Debug)]
pub struct Lane {
    io: Io,
    config: ClientConfig,
    slots: Mutex<BTreeMap<String, Slot>>,
}

/// One at a time opens the connection to an address.
type Slot = Arc<tokio::sync::Mutex<Option<Connection>>>;

impl Lane {
    fn new(io: &Io, config: &ClientConfig) -> Lane {
        Lane {
            io: io.clone(),
            config: config.clone(),
            slots: Mutex::new(BTreeMap::new()),
        }
    }

    /// A connection to a broker of `client`'s cluster.
    ///
    /// # Errors
    /// [`Error::Connection`] if it cannot be reached, or the cluster names no such broker.
    pub async fn to(&self, client: &Client, broker: i32) -> Result<Connection> {
        self.to_address(&client.address(broker)?).await
    }

    async fn to_address(&self, address: &str) -> Result<Connection> {
        let slot = Arc::clone(self.slots.lock().entry(address.to_owned()).or_default());
        let mut connection = slot.lock().await;
        if let Some(open) = connection.as_ref().filter(|open| !open.is_broken()) {
            return Ok(open.clone());
        }
        *connection = None;
        let opened = Connection::open(&self.io, address, &self.config).await?;
        *connection = Some(opened.clone());
        Ok(opened)
    }

    /// A connection that is open already.
    fn open_connection(&self) -> Option<Connection> {
        let slots = self.slots.lock();
        slots.values().find_map(|slot| {
            let connection = slot.try_lock().ok()?;
            connection.clone().filter(|open| !open.is_broken())
        })
    }
}
