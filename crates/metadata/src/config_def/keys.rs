//! A constant for each setting that the code reads.
//!
//! Broker settings that only give a topic setting its default (`log.retention.ms`) have no constant: they
//! are read as the topic setting.

#![expect(missing_docs, reason = "the row of a setting documents it")]

use super::ConfigKey;
use super::broker::TABLES;
use super::key::Tables;

const BROKER: Tables = Tables(TABLES);

pub const ADVERTISED_LISTENERS: ConfigKey<Vec<String>> = BROKER.list("advertised.listeners");
pub const AUTO_CREATE_TOPICS_ENABLE: ConfigKey<bool> = BROKER.boolean("auto.create.topics.enable");
pub const BROKER_ID: ConfigKey<i32> = BROKER.int("broker.id");
pub const BROKER_RACK: ConfigKey<Option<String>> = BROKER.string_or_null("broker.rack");
pub const CONNECTIONS_MAX_IDLE_MS: ConfigKey<i64> = BROKER.long("connections.max.idle.ms");
pub const CONTROLLER_LISTENER_NAMES: ConfigKey<Vec<String>> =
    BROKER.list("controller.listener.names");
pub const CONTROLLER_QUORUM_VOTERS: ConfigKey<Vec<String>> =
    BROKER.list("controller.quorum.voters");
pub const DEFAULT_REPLICATION_FACTOR: ConfigKey<i32> = BROKER.int("default.replication.factor");
pub const DELETE_TOPIC_ENABLE: ConfigKey<bool> = BROKER.boolean("delete.topic.enable");
pub const FETCH_MAX_BYTES: ConfigKey<usize> = BROKER.size("fetch.max.bytes");
pub const GROUP_INITIAL_REBALANCE_DELAY_MS: ConfigKey<i32> =
    BROKER.int("group.initial.rebalance.delay.ms");
pub const GROUP_MAX_SESSION_TIMEOUT_MS: ConfigKey<i32> = BROKER.int("group.max.session.timeout.ms");
pub const GROUP_MAX_SIZE: ConfigKey<usize> = BROKER.size("group.max.size");
pub const GROUP_MIN_SESSION_TIMEOUT_MS: ConfigKey<i32> = BROKER.int("group.min.session.timeout.ms");
pub const LISTENER_SECURITY_PROTOCOL_MAP: ConfigKey<String> =
    BROKER.string("listener.security.protocol.map");
pub const LISTENERS: ConfigKey<Vec<String>> = BROKER.list("listeners");
pub const LOG_CLEANER_BACKOFF_MS: ConfigKey<i64> = BROKER.long("log.cleaner.backoff.ms");
pub const LOG_CLEANER_DEDUPE_BUFFER_SIZE: ConfigKey<usize> =
    BROKER.size("log.cleaner.dedupe.buffer.size");
pub const LOG_CLEANER_ENABLE: ConfigKey<bool> = BROKER.boolean("log.cleaner.enable");
pub const LOG_CLEANER_IO_BUFFER_LOAD_FACTOR: ConfigKey<f64> =
    BROKER.double("log.cleaner.io.buffer.load.factor");
pub const LOG_CLEANER_IO_BUFFER_SIZE: ConfigKey<usize> = BROKER.size("log.cleaner.io.buffer.size");
pub const LOG_CLEANER_IO_MAX_BYTES_PER_SECOND: ConfigKey<f64> =
    BROKER.double("log.cleaner.io.max.bytes.per.second");
pub const LOG_CLEANER_THREADS: ConfigKey<usize> = BROKER.size("log.cleaner.threads");
pub const LOG_DIR: ConfigKey<Vec<String>> = BROKER.list("log.dir");
pub const LOG_DIRS: ConfigKey<Vec<String>> = BROKER.list("log.dirs");
pub const LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS: ConfigKey<i64> =
    BROKER.long("log.flush.offset.checkpoint.interval.ms");
pub const LOG_RETENTION_CHECK_INTERVAL_MS: ConfigKey<i64> =
    BROKER.long("log.retention.check.interval.ms");
pub const MAX_CONNECTIONS: ConfigKey<usize> = BROKER.size("max.connections");
pub const MESSAGE_MAX_BYTES: ConfigKey<usize> = BROKER.size("message.max.bytes");
pub const METADATA_LOG_DIR: ConfigKey<Option<String>> = BROKER.string_or_null("metadata.log.dir");
pub const METADATA_LOG_MAX_RECORD_BYTES_BETWEEN_SNAPSHOTS: ConfigKey<usize> =
    BROKER.size("metadata.log.max.record.bytes.between.snapshots");
pub const METADATA_LOG_MAX_SNAPSHOT_INTERVAL_MS: ConfigKey<i64> =
    BROKER.long("metadata.log.max.snapshot.interval.ms");
pub const METADATA_LOG_SEGMENT_BYTES: ConfigKey<usize> = BROKER.size("metadata.log.segment.bytes");
pub const METADATA_LOG_SEGMENT_MS: ConfigKey<i64> = BROKER.long("metadata.log.segment.ms");
pub const METADATA_MAX_RETENTION_BYTES: ConfigKey<i64> =
    BROKER.long("metadata.max.retention.bytes");
pub const METADATA_MAX_RETENTION_MS: ConfigKey<i64> = BROKER.long("metadata.max.retention.ms");
pub const MIN_INSYNC_REPLICAS: ConfigKey<i32> = BROKER.int("min.insync.replicas");
pub const NODE_ID: ConfigKey<i32> = BROKER.int("node.id");
pub const NUM_PARTITIONS: ConfigKey<i32> = BROKER.int("num.partitions");
pub const OFFSET_METADATA_MAX_BYTES: ConfigKey<usize> = BROKER.size("offset.metadata.max.bytes");
pub const OFFSETS_RETENTION_CHECK_INTERVAL_MS: ConfigKey<i64> =
    BROKER.long("offsets.retention.check.interval.ms");
pub const OFFSETS_RETENTION_MINUTES: ConfigKey<i64> = BROKER.long("offsets.retention.minutes");
pub const OFFSETS_TOPIC_NUM_PARTITIONS: ConfigKey<i32> = BROKER.int("offsets.topic.num.partitions");
pub const OFFSETS_TOPIC_SEGMENT_BYTES: ConfigKey<i32> = BROKER.int("offsets.topic.segment.bytes");
pub const PROCESS_ROLES: ConfigKey<Vec<String>> = BROKER.list("process.roles");
pub const PRODUCER_ID_EXPIRATION_MS: ConfigKey<i64> = BROKER.long("producer.id.expiration.ms");
pub const QUEUED_MAX_REQUEST_BYTES: ConfigKey<i64> = BROKER.long("queued.max.request.bytes");
pub const SOCKET_RECEIVE_BUFFER_BYTES: ConfigKey<i32> = BROKER.int("socket.receive.buffer.bytes");
pub const SOCKET_REQUEST_MAX_BYTES: ConfigKey<usize> = BROKER.size("socket.request.max.bytes");
pub const SOCKET_SEND_BUFFER_BYTES: ConfigKey<i32> = BROKER.int("socket.send.buffer.bytes");
pub const VLTAVA_LOG_DIR_MIN_FREE_BYTES: ConfigKey<i64> =
    BROKER.long("vltava.log.dir.min.free.bytes");
pub const VLTAVA_LOG_DIR_OPEN_FILES_MAX: ConfigKey<usize> =
    BROKER.size("vltava.log.dir.open.files.max");
pub const VLTAVA_METRICS_LISTENER: ConfigKey<Option<String>> =
    BROKER.string_or_null("vltava.metrics.listener");

/// Topic settings, read from a topic's [`ConfigValues`](super::ConfigValues).
pub mod topic {
    use crate::config_def::ConfigKey;
    use crate::config_def::key::Tables;
    use crate::config_def::topic::TOPIC_CONFIGS;

    const TOPIC: Tables = Tables(&[TOPIC_CONFIGS]);

    pub const CLEANUP_POLICY: ConfigKey<Vec<String>> = TOPIC.list("cleanup.policy");
    pub const COMPRESSION_GZIP_LEVEL: ConfigKey<i32> = TOPIC.int("compression.gzip.level");
    pub const COMPRESSION_LZ4_LEVEL: ConfigKey<i32> = TOPIC.int("compression.lz4.level");
    pub const COMPRESSION_TYPE: ConfigKey<String> = TOPIC.string("compression.type");
    pub const COMPRESSION_ZSTD_LEVEL: ConfigKey<i32> = TOPIC.int("compression.zstd.level");
    pub const DELETE_RETENTION_MS: ConfigKey<i64> = TOPIC.long("delete.retention.ms");
    pub const FILE_DELETE_DELAY_MS: ConfigKey<i64> = TOPIC.long("file.delete.delay.ms");
    pub const FLUSH_MESSAGES: ConfigKey<i64> = TOPIC.long("flush.messages");
    pub const FLUSH_MS: ConfigKey<i64> = TOPIC.long("flush.ms");
    pub const INDEX_INTERVAL_BYTES: ConfigKey<i64> = TOPIC.long("index.interval.bytes");
    pub const MAX_COMPACTION_LAG_MS: ConfigKey<i64> = TOPIC.long("max.compaction.lag.ms");
    pub const MAX_MESSAGE_BYTES: ConfigKey<usize> = TOPIC.size("max.message.bytes");
    pub const MESSAGE_TIMESTAMP_AFTER_MAX_MS: ConfigKey<i64> =
        TOPIC.long("message.timestamp.after.max.ms");
    pub const MESSAGE_TIMESTAMP_BEFORE_MAX_MS: ConfigKey<i64> =
        TOPIC.long("message.timestamp.before.max.ms");
    pub const MESSAGE_TIMESTAMP_TYPE: ConfigKey<String> = TOPIC.string("message.timestamp.type");
    pub const MIN_CLEANABLE_DIRTY_RATIO: ConfigKey<f64> = TOPIC.double("min.cleanable.dirty.ratio");
    pub const MIN_COMPACTION_LAG_MS: ConfigKey<i64> = TOPIC.long("min.compaction.lag.ms");
    pub const MIN_INSYNC_REPLICAS: ConfigKey<i32> = TOPIC.int("min.insync.replicas");
    pub const RETENTION_BYTES: ConfigKey<i64> = TOPIC.long("retention.bytes");
    pub const RETENTION_MS: ConfigKey<i64> = TOPIC.long("retention.ms");
    pub const SEGMENT_BYTES: ConfigKey<i64> = TOPIC.long("segment.bytes");
    pub const SEGMENT_INDEX_BYTES: ConfigKey<i64> = TOPIC.long("segment.index.bytes");
    pub const SEGMENT_JITTER_MS: ConfigKey<i64> = TOPIC.long("segment.jitter.ms");
    pub const SEGMENT_MS: ConfigKey<i64> = TOPIC.long("segment.ms");
}
