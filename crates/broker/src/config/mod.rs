//! Broker configuration: Kafka's property names, read into typed settings.
//!
//! [`BrokerConfig::from_properties`] is the only way in; where the properties came from (file,
//! environment, command line) is the caller's business. The raw values stay with the settings,
//! because DescribeConfigs shows them.
//!
//! Every key of Kafka is known (`metadata::config_def`). A key that has no effect here yet is accepted
//! with a warning; one that touches security refuses to start, since somebody would rely on it.
//! A key nobody knows is a warning too, unless it looks like a slip for a known one.

mod effect;
mod listener;
mod lookalike;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use coordinator::group::GroupConfig;
use io::SocketBuffers;
use log::CompactionLimits;
use metadata::config_def::{BROKER_CONFIGS, ConfigValue, broker_config};

pub use listener::Listener;

use self::effect::Effect;

/// Why a configuration is refused. The text names the property, its value and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Something in a configuration its author should know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub(crate) String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one broker was told.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// This node's id.
    pub node_id: i32,
    /// Its rack, told to clients.
    pub rack: Option<String>,
    /// Where to listen and what to tell clients to connect to.
    pub listeners: Vec<Listener>,
    /// Where metrics are served over HTTP, as `host:port`; nowhere if `None`.
    pub metrics_listener: Option<String>,
    /// Directories partitions live in.
    pub log_dirs: Vec<PathBuf>,
    /// Directory of `__cluster_metadata-0`; one of `log_dirs` or another.
    pub metadata_log_dir: PathBuf,
    /// Whether a Metadata request for a topic that does not exist may create it.
    pub auto_create_topics: bool,
    /// Whether topics can be deleted.
    pub delete_topics: bool,
    /// Partitions of a topic created without a count.
    pub num_partitions: i32,
    /// Replicas of a topic created without a factor.
    pub default_replication_factor: i16,
    /// Largest request, in bytes; a longer one closes the connection.
    pub request_bytes_max: usize,
    /// Requests in memory over all connections, in bytes; above it reading pauses.
    pub in_flight_bytes_max: usize,
    /// Buffers of clients' sockets.
    pub socket_buffers: SocketBuffers,
    /// Connections at one time.
    pub connections_max: usize,
    /// A connection silent for this long is closed, in milliseconds.
    pub connection_idle_ms: i64,
    /// Upper bound of a fetch answer, in bytes.
    pub fetch_bytes_max: usize,
    /// How long a producer that writes nothing is remembered, in milliseconds.
    pub producer_id_expiration_ms: i64,
    /// How often retention looks, in milliseconds.
    pub retention_check_interval_ms: i64,
    /// How compacted topics are compacted.
    pub cleaner: CleanerConfig,
    /// How often recovery points, log starts and high watermarks are written down, in milliseconds.
    pub checkpoint_interval_ms: i64,
    /// Free bytes below which a log directory takes no records from clients.
    pub free_bytes_min: u64,
    /// Files of a log directory that are held open though nobody is using them.
    pub open_files_max: usize,
    /// Size of each of the two files of a log directory's redo log, in bytes. Not a property.
    pub redo_bytes: u64,
    /// What bounds consumer groups.
    pub groups: GroupConfig,
    /// The topic consumer groups are kept in.
    pub offsets_topic: OffsetsTopicSettings,
    /// Known properties that were set, as text.
    properties: BTreeMap<String, String>,
}

/// What the cleaner, which compacts logs, may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CleanerConfig {
    /// Logs compacted at once; 0 compacts none.
    pub threads: usize,
    /// What each may use.
    pub limits: CompactionLimits,
    /// Bytes per second each may read and write.
    pub bytes_per_second: f64,
    /// Pause when there was nothing to do, in milliseconds.
    pub backoff_ms: i64,
}

/// The shape of `__consumer_offsets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetsTopicSettings {
    /// Its partitions; a group belongs to the one its name hashes to.
    pub partitions: i32,
    /// Its segment size in bytes.
    pub segment_bytes: i32,
}

impl BrokerConfig {
    /// Reads properties.
    ///
    /// # Errors
    /// When a value is malformed or out of range, a key looks like a slip for a known one, a
    /// security setting has no effect yet, or settings contradict each other.
    pub fn from_properties(
        given: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<Warning>), ConfigError> {
        let mut warnings = Vec::new();
        let mut properties = BTreeMap::new();
        for (name, value) in given {
            if admit(name, value, &mut warnings)? {
                properties.insert(name.clone(), value.trim().to_owned());
            }
        }
        let values = Values {
            properties: &properties,
        };
        let node_id = node_id(&values)?;
        if !values
            .list("process.roles")
            .iter()
            .any(|role| role == "broker")
        {
            return Err(ConfigError(
                "process.roles has no \"broker\": this program is always broker and controller \
                 of its own cluster; remove the line or write process.roles=broker,controller"
                    .into(),
            ));
        }
        let listeners = listener::read(&values, &mut warnings)?;
        let log_dirs: Vec<PathBuf> = match values.is_set("log.dirs") {
            true => values.list("log.dirs"),
            false => values.list("log.dir"),
        }
        .into_iter()
        .map(PathBuf::from)
        .collect();
        let Some(first_dir) = log_dirs.first().cloned() else {
            return Err(ConfigError(
                "log.dirs is empty: name at least one directory".into(),
            ));
        };
        let in_flight = values.long("queued.max.request.bytes");
        let config = BrokerConfig {
            node_id,
            rack: values.text("broker.rack"),
            listeners,
            metrics_listener: values
                .text("vltava.metrics.listener")
                .filter(|address| !address.is_empty()),
            metadata_log_dir: values
                .text("metadata.log.dir")
                .map_or(first_dir, PathBuf::from),
            log_dirs,
            auto_create_topics: values.boolean("auto.create.topics.enable"),
            delete_topics: values.boolean("delete.topic.enable"),
            num_partitions: values.int("num.partitions"),
            default_replication_factor: values.int("default.replication.factor") as i16,
            request_bytes_max: values.size("socket.request.max.bytes"),
            in_flight_bytes_max: if in_flight < 0 {
                usize::MAX
            } else {
                in_flight as usize
            },
            socket_buffers: SocketBuffers {
                send: u32::try_from(values.int("socket.send.buffer.bytes")).ok(),
                receive: u32::try_from(values.int("socket.receive.buffer.bytes")).ok(),
            },
            connections_max: values.size("max.connections"),
            connection_idle_ms: values.long("connections.max.idle.ms"),
            fetch_bytes_max: values.size("fetch.max.bytes"),
            producer_id_expiration_ms: values.long("producer.id.expiration.ms"),
            retention_check_interval_ms: values.long("log.retention.check.interval.ms"),
            cleaner: cleaner(&values),
            checkpoint_interval_ms: values
                .long("log.flush.offset.checkpoint.interval.ms")
                .max(100),
            free_bytes_min: values.long("vltava.log.dir.min.free.bytes") as u64,
            open_files_max: values.size("vltava.log.dir.open.files.max"),
            redo_bytes: log::redo::REDO_BYTES,
            groups: GroupConfig {
                session_timeout_min_ms: values.int("group.min.session.timeout.ms"),
                session_timeout_max_ms: values.int("group.max.session.timeout.ms"),
                members_max: values.size("group.max.size"),
                initial_rebalance_delay_ms: values.int("group.initial.rebalance.delay.ms"),
                batch_bytes_max: values.size("message.max.bytes"),
                offset_metadata_bytes_max: values.size("offset.metadata.max.bytes"),
                offsets_retention_ms: values.long("offsets.retention.minutes") * 60_000,
                offsets_retention_check_interval_ms: values
                    .long("offsets.retention.check.interval.ms"),
            },
            offsets_topic: OffsetsTopicSettings {
                partitions: values.int("offsets.topic.num.partitions"),
                segment_bytes: values.int("offsets.topic.segment.bytes"),
            },
            properties,
        };
        if config.default_replication_factor > 1 {
            return Err(ConfigError(format!(
                "default.replication.factor={} is more than the one broker of this cluster",
                config.default_replication_factor
            )));
        }
        Ok((config, warnings))
    }

    /// The known properties that were set, by name.
    pub fn properties(&self) -> &BTreeMap<String, String> {
        &self.properties
    }
}

impl Default for BrokerConfig {
    fn default() -> Self {
        match Self::from_properties(&BTreeMap::new()) {
            Ok((config, _)) => config,
            Err(e) => unreachable!("the defaults are refused: {e}"),
        }
    }
}

fn node_id(values: &Values<'_>) -> Result<i32, ConfigError> {
    let node = values.is_set("node.id").then(|| values.int("node.id"));
    let broker = values
        .is_set("broker.id")
        .then(|| values.int("broker.id"))
        .filter(|id| *id >= 0);
    match (node, broker) {
        (Some(node), Some(broker)) if node != broker => Err(ConfigError(format!(
            "node.id={node} and broker.id={broker} are the same setting; remove broker.id"
        ))),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Ok(values.int("node.id")),
    }
}

fn cleaner(values: &Values<'_>) -> CleanerConfig {
    let threads = match values.boolean("log.cleaner.enable") {
        true => values.size("log.cleaner.threads"),
        false => 0,
    };
    let share = threads.max(1);
    CleanerConfig {
        threads,
        limits: CompactionLimits {
            map_bytes: values.size("log.cleaner.dedupe.buffer.size") / share,
            map_load_factor: values.double("log.cleaner.io.buffer.load.factor"),
            read_bytes: values.size("log.cleaner.io.buffer.size") / share,
        },
        bytes_per_second: values.double("log.cleaner.io.max.bytes.per.second") / share as f64,
        backoff_ms: values.long("log.cleaner.backoff.ms"),
    }
}

/// Whether a property is known and acceptable; `false` means it is left out with a warning.
fn admit(name: &str, value: &str, warnings: &mut Vec<Warning>) -> Result<bool, ConfigError> {
    if let Some(def) = broker_config(name) {
        def.parse(value).map_err(|e| ConfigError(e.to_string()))?;
        let is_default = def.default.unwrap_or("") == value.trim();
        match effect::of(name) {
            Effect::Security if !is_default => {
                return Err(ConfigError(format!(
                    "{name} has no effect yet, and a server that ignored it would be less \
                     secure than its configuration says; remove the line to start without it"
                )));
            }
            Effect::Waits if !is_default => {
                warnings.push(Warning(format!(
                    "{name} is accepted but has no effect here yet"
                )));
            }
            _ => {}
        }
        return Ok(true);
    }
    if effect::is_removed(name) {
        warnings.push(Warning(format!(
            "{name} was removed from Kafka and has no effect"
        )));
        return Ok(false);
    }
    if let Some(rest) = name.strip_prefix("listener.name.") {
        if rest.contains(".ssl.") || rest.contains(".sasl.") || rest.contains("principal") {
            return Err(ConfigError(format!(
                "{name} has no effect yet, and a server that ignored it would be less \
                 secure than its configuration says; remove the line to start without it"
            )));
        }
        warnings.push(Warning(format!(
            "{name} is accepted but has no effect here yet"
        )));
        return Ok(false);
    }
    if let Some(known) = lookalike::of(name, BROKER_CONFIGS.iter().map(|def| def.name)) {
        return Err(ConfigError(format!(
            "unknown property {name}: did you mean {known}?"
        )));
    }
    warnings.push(Warning(format!("unknown property {name} is ignored")));
    Ok(false)
}

fn elements(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|e| !e.is_empty())
}

/// Properties whose values were checked, by name. Names and types are `config_def`'s, so a
/// mismatch is a slip in this crate, not in the configuration.
struct Values<'a> {
    properties: &'a BTreeMap<String, String>,
}

impl Values<'_> {
    fn is_set(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    fn value(&self, name: &str) -> Option<ConfigValue> {
        let def = broker_config(name).unwrap_or_else(|| unreachable!("{name} is not known"));
        let text = self
            .properties
            .get(name)
            .map(String::as_str)
            .or(def.default)?;
        Some(
            def.parse(text)
                .unwrap_or_else(|e| unreachable!("{name} was checked: {e}")),
        )
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.to_string())
    }

    fn boolean(&self, name: &str) -> bool {
        matches!(self.value(name), Some(ConfigValue::Boolean(true)))
    }

    fn long(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(ConfigValue::Number(number)) => number,
            other => unreachable!("{name} is no number: {other:?}"),
        }
    }

    fn double(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(ConfigValue::Double(number)) => number,
            other => unreachable!("{name} is no fraction: {other:?}"),
        }
    }

    fn int(&self, name: &str) -> i32 {
        self.long(name) as i32
    }

    fn size(&self, name: &str) -> usize {
        self.long(name).max(0) as usize
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(ConfigValue::List(items)) => items.into_iter().filter(|i| !i.is_empty()).collect(),
            None => Vec::new(),
            Some(other) => unreachable!("{name} is no list: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests;
