//! Broker configuration: Kafka's property names, read into typed settings.
//!
//! [`BrokerConfig::from_properties`] is the only way in. Where the properties come from (file,
//! environment, command line) is up to the caller. The texts stay with the settings, because
//! DescribeConfigs shows them.
//!
//! Every key of Kafka is known (`metadata::config_def`). A key that has no effect here yet is accepted
//! with a warning. A security setting without effect refuses the start, because the operator would rely
//! on it. An unknown key is a warning, unless it is similar to a known one: then it refuses the start.

mod listener;
mod name;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use coordinator::group::GroupConfig;
use io::SocketBuffers;
use log::CompactionLimits;
use metadata::config_def::{
    ConfigDef, ConfigValues, InvalidValue, Support, broker_config, check_broker_value, keys,
};
use metadata::controller::NodeFacts;
use metadata::snapshot::{SnapshotPolicy, SnapshotRetention};

pub use listener::Listener;

/// Why a configuration is refused. The text names the property and its value, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

/// Something in a configuration that the operator should know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub(crate) String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The settings of one broker.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Id of this node.
    pub node_id: i32,
    /// Rack of this node, which clients can see.
    pub rack: Option<String>,
    /// Addresses to listen on, and the addresses that clients get to connect to.
    pub listeners: Vec<Listener>,
    /// Address (`host:port`) at which metrics are served over HTTP; `None` serves none.
    pub metrics_listener: Option<String>,
    /// Directories that hold partitions.
    pub log_dirs: Vec<PathBuf>,
    /// Directory of `__cluster_metadata-0`; one of `log_dirs` or another.
    pub metadata_log_dir: PathBuf,
    /// Segments and snapshots of `__cluster_metadata-0`.
    pub metadata_log: MetadataLogConfig,
    /// Whether a Metadata request for a topic that does not exist may create it.
    pub auto_create_topics: bool,
    /// Largest request, in bytes; a longer one closes the connection.
    pub request_bytes_max: usize,
    /// Bytes of requests in memory over all connections; above it reading pauses.
    pub in_flight_bytes_max: usize,
    /// Buffers of clients' sockets.
    pub socket_buffers: SocketBuffers,
    /// Connections at one time.
    pub connections_max: usize,
    /// A connection silent for this long is closed, in milliseconds.
    pub connection_idle_ms: i64,
    /// Largest fetch response, in bytes.
    pub fetch_bytes_max: usize,
    /// Interval of retention, in milliseconds.
    pub retention_check_interval_ms: i64,
    /// Settings of log compaction.
    pub cleaner: CleanerConfig,
    /// Interval at which recovery points, log start offsets and high watermarks are checkpointed, in
    /// milliseconds.
    pub checkpoint_interval_ms: i64,
    /// A log directory with fewer free bytes takes no records from clients.
    pub free_bytes_min: u64,
    /// Files of a log directory that are kept open while they are not in use.
    pub open_files_max: usize,
    /// Size of each of the two files of a log directory's redo log, in bytes. Not a property.
    pub redo_bytes: u64,
    /// Limits and intervals of consumer groups.
    pub groups: GroupConfig,
    /// Settings of `__consumer_offsets`.
    pub offsets_topic: OffsetsTopicSettings,
    /// Known properties that were set, as text, by name.
    properties: BTreeMap<String, String>,
}

/// Settings of log compaction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CleanerConfig {
    /// Threads of the cleaner, each of which compacts one log at a time; 0 compacts none.
    pub threads: usize,
    /// Memory that one thread may use.
    pub limits: CompactionLimits,
    /// Bytes per second that one thread may read and write.
    pub bytes_per_second: f64,
    /// Pause of a thread that finds nothing to compact, in milliseconds.
    pub backoff_ms: i64,
}

/// Segments and snapshots of the metadata log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataLogConfig {
    /// `metadata.log.segment.bytes`.
    pub segment_bytes: u64,
    /// `metadata.log.segment.ms`.
    pub segment_ms: i64,
    /// When a snapshot is written.
    pub snapshots: SnapshotPolicy,
    /// How long snapshots and the log before them are kept.
    pub retention: SnapshotRetention,
}

impl MetadataLogConfig {
    /// Largest batch of the metadata log, in bytes.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        let segment_bytes = usize::try_from(self.segment_bytes).unwrap_or(usize::MAX);
        segment_bytes.min(metadata::snapshot::BATCH_BYTES_MAX / 2)
    }
}

/// Settings of `__consumer_offsets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetsTopicSettings {
    /// Number of partitions; a group belongs to the partition that its id hashes to.
    pub partitions: i32,
    /// Segment size in bytes.
    pub segment_bytes: i32,
}

impl BrokerConfig {
    /// Reads properties.
    ///
    /// # Errors
    /// A value is malformed or out of range, a key is similar to a known one, a security setting has
    /// no effect yet, or settings contradict each other.
    pub fn from_properties(
        given: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<Warning>), ConfigError> {
        let mut warnings = Vec::new();
        let mut properties = BTreeMap::new();
        let mut values = ConfigValues::default();
        for (name, text) in given {
            if let Some(def) = known(name, text, &mut warnings)? {
                let invalid = |why: InvalidValue| ConfigError(why.0);
                let value = def.parse(text).map_err(invalid)?;
                check_broker_value(def, &value).map_err(invalid)?;
                values.set(def, value);
                properties.insert(name.clone(), text.trim().to_owned());
            }
        }
        let node_id = node_id(&values)?;
        // Kafka gives each of the two settings the value of the other.
        if values.is_set(keys::NODE_ID) || values.is_set(keys::BROKER_ID) {
            for key in [keys::NODE_ID, keys::BROKER_ID] {
                properties.insert(key.def().name.to_owned(), node_id.to_string());
            }
        }
        check_voters(&values, node_id)?;
        if !values
            .get(keys::PROCESS_ROLES)
            .iter()
            .any(|role| role == "broker")
        {
            return Err(ConfigError(
                "process.roles has no \"broker\": this program is always broker and controller \
                 of its own cluster; remove the line or write process.roles=broker,controller"
                    .into(),
            ));
        }
        let replicas = values.get(keys::DEFAULT_REPLICATION_FACTOR);
        if replicas != 1 {
            return Err(ConfigError(format!(
                "default.replication.factor={replicas}: this cluster has one broker, so it must be 1"
            )));
        }
        let listeners = listener::read(&values, &mut warnings)?;
        let log_dirs = match values.is_set(keys::LOG_DIRS) {
            true => values.get(keys::LOG_DIRS),
            false => values.get(keys::LOG_DIR),
        };
        let log_dirs: Vec<PathBuf> = log_dirs.into_iter().map(PathBuf::from).collect();
        let Some(first_dir) = log_dirs.first().cloned() else {
            return Err(ConfigError(
                "log.dirs is empty: name at least one directory".into(),
            ));
        };
        let in_flight = values.get(keys::QUEUED_MAX_REQUEST_BYTES);
        let config = BrokerConfig {
            node_id,
            rack: values.get(keys::BROKER_RACK),
            listeners,
            metrics_listener: values.get(keys::VLTAVA_METRICS_LISTENER),
            metadata_log_dir: values
                .get(keys::METADATA_LOG_DIR)
                .map_or(first_dir, PathBuf::from),
            metadata_log: MetadataLogConfig {
                segment_bytes: values.get(keys::METADATA_LOG_SEGMENT_BYTES) as u64,
                segment_ms: values.get(keys::METADATA_LOG_SEGMENT_MS),
                snapshots: SnapshotPolicy {
                    bytes_between: values.get(keys::METADATA_LOG_MAX_RECORD_BYTES_BETWEEN_SNAPSHOTS)
                        as u64,
                    interval_ms: values.get(keys::METADATA_LOG_MAX_SNAPSHOT_INTERVAL_MS),
                },
                retention: SnapshotRetention {
                    bytes: values.get(keys::METADATA_MAX_RETENTION_BYTES),
                    ms: values.get(keys::METADATA_MAX_RETENTION_MS),
                },
            },
            log_dirs,
            auto_create_topics: values.get(keys::AUTO_CREATE_TOPICS_ENABLE),
            request_bytes_max: values.get(keys::SOCKET_REQUEST_MAX_BYTES),
            in_flight_bytes_max: if in_flight < 0 {
                usize::MAX
            } else {
                in_flight as usize
            },
            socket_buffers: SocketBuffers {
                send: u32::try_from(values.get(keys::SOCKET_SEND_BUFFER_BYTES)).ok(),
                receive: u32::try_from(values.get(keys::SOCKET_RECEIVE_BUFFER_BYTES)).ok(),
            },
            connections_max: values.get(keys::MAX_CONNECTIONS),
            connection_idle_ms: values.get(keys::CONNECTIONS_MAX_IDLE_MS),
            fetch_bytes_max: values.get(keys::FETCH_MAX_BYTES),
            retention_check_interval_ms: values.get(keys::LOG_RETENTION_CHECK_INTERVAL_MS),
            cleaner: cleaner(&values),
            checkpoint_interval_ms: values
                .get(keys::LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS)
                .max(100),
            free_bytes_min: values.get(keys::VLTAVA_LOG_DIR_MIN_FREE_BYTES) as u64,
            open_files_max: values.get(keys::VLTAVA_LOG_DIR_OPEN_FILES_MAX),
            redo_bytes: log::redo::REDO_BYTES,
            groups: GroupConfig {
                session_timeout_min_ms: values.get(keys::GROUP_MIN_SESSION_TIMEOUT_MS),
                session_timeout_max_ms: values.get(keys::GROUP_MAX_SESSION_TIMEOUT_MS),
                members_max: values.get(keys::GROUP_MAX_SIZE),
                initial_rebalance_delay_ms: values.get(keys::GROUP_INITIAL_REBALANCE_DELAY_MS),
                batch_bytes_max: values.get(keys::MESSAGE_MAX_BYTES),
                offset_metadata_bytes_max: values.get(keys::OFFSET_METADATA_MAX_BYTES),
                offsets_retention_ms: values.get(keys::OFFSETS_RETENTION_MINUTES) * 60_000,
                offsets_retention_check_interval_ms: values
                    .get(keys::OFFSETS_RETENTION_CHECK_INTERVAL_MS),
            },
            offsets_topic: OffsetsTopicSettings {
                partitions: values.get(keys::OFFSETS_TOPIC_NUM_PARTITIONS),
                segment_bytes: values.get(keys::OFFSETS_TOPIC_SEGMENT_BYTES),
            },
            properties,
        };
        Ok((config, warnings))
    }

    /// What the controller knows about this node.
    pub(crate) fn facts(&self) -> NodeFacts<'_> {
        NodeFacts {
            node_id: self.node_id,
            static_config: &self.properties,
        }
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

fn node_id(values: &ConfigValues) -> Result<i32, ConfigError> {
    let given = |key| values.is_set(key).then(|| values.get(key));
    let node = given(keys::NODE_ID);
    let broker = given(keys::BROKER_ID).filter(|id| *id >= 0);
    match (node, broker) {
        (Some(node), Some(broker)) if node != broker => Err(ConfigError(format!(
            "node.id={node} and broker.id={broker} are the same setting; remove broker.id"
        ))),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Ok(values.get(keys::NODE_ID)),
    }
}

/// Refuses voters other than this node: it would start as a cluster of its own.
fn check_voters(values: &ConfigValues, node_id: i32) -> Result<(), ConfigError> {
    let voters = values.get(keys::CONTROLLER_QUORUM_VOTERS);
    let is_this_node = |voter: &String| {
        let id = voter.split_once('@').map(|(id, _)| id.trim());
        id.and_then(|id| id.parse().ok()) == Some(node_id)
    };
    match voters.iter().find(|voter| !is_this_node(voter)) {
        Some(voter) => Err(ConfigError(format!(
            "controller.quorum.voters: {voter} is not this node ({node_id}@host:port); clusters of several \
             nodes are not supported yet"
        ))),
        None => Ok(()),
    }
}

fn cleaner(values: &ConfigValues) -> CleanerConfig {
    let threads = match values.get(keys::LOG_CLEANER_ENABLE) {
        true => values.get(keys::LOG_CLEANER_THREADS),
        false => 0,
    };
    let share = threads.max(1);
    CleanerConfig {
        threads,
        limits: CompactionLimits {
            map_bytes: values.get(keys::LOG_CLEANER_DEDUPE_BUFFER_SIZE) / share,
            map_load_factor: values.get(keys::LOG_CLEANER_IO_BUFFER_LOAD_FACTOR),
            read_bytes: values.get(keys::LOG_CLEANER_IO_BUFFER_SIZE) / share,
        },
        bytes_per_second: values.get(keys::LOG_CLEANER_IO_MAX_BYTES_PER_SECOND) / share as f64,
        backoff_ms: values.get(keys::LOG_CLEANER_BACKOFF_MS),
    }
}

/// The definition of a known property; `None` if the property is ignored, with a warning.
fn known(
    name: &str,
    text: &str,
    warnings: &mut Vec<Warning>,
) -> Result<Option<&'static ConfigDef>, ConfigError> {
    if let Some(def) = broker_config(name) {
        let is_default = def.default.unwrap_or("") == text.trim();
        match def.support {
            Support::Security if !is_default => return Err(ignored_security(name)),
            Support::Nothing if !is_default => warnings.push(without_effect(name)),
            _ => {}
        }
        return Ok(Some(def));
    }
    if name::is_removed(name) {
        warnings.push(Warning(format!(
            "{name} was removed from Kafka and has no effect"
        )));
        return Ok(None);
    }
    if let Some(rest) = name.strip_prefix("listener.name.") {
        if rest.contains(".ssl.") || rest.contains(".sasl.") || rest.contains("principal") {
            return Err(ignored_security(name));
        }
        warnings.push(without_effect(name));
        return Ok(None);
    }
    if let Some(known) = name::similar(name) {
        return Err(ConfigError(format!(
            "unknown property {name}: did you mean {known}?"
        )));
    }
    warnings.push(Warning(format!("unknown property {name} is ignored")));
    Ok(None)
}

fn without_effect(name: &str) -> Warning {
    Warning(format!("{name} is accepted but has no effect here yet"))
}

fn ignored_security(name: &str) -> ConfigError {
    ConfigError(format!(
        "{name} has no effect yet, and a server that ignored it would be less secure than its \
         configuration says; remove the line to start without it"
    ))
}

#[cfg(test)]
mod tests;
