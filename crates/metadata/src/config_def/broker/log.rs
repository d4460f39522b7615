//! Logs: where they lie, when they roll, how long they are kept, how they are compacted.

use crate::config_def::topic::{CLEANUP_POLICIES, COMPRESSION_TYPES, TIMESTAMP_TYPES};
use crate::config_def::{
    Allowed, ConfigDef, LONG_MAX, Synonym, boolean, double, int, int_or_null, list, long,
    long_or_null, string,
};

pub(super) const CONFIGS: &[ConfigDef] = &[
    int("compression.gzip.level", "-1", "Level of gzip when the broker compresses; -1 is the default of the codec.").works()
        .allow(Allowed::BetweenOr(1, 9, -1)).cluster_wide(),
    int("compression.lz4.level", "9", "Level of lz4 when the broker compresses.").works().between(1, 17).cluster_wide(),
    string("compression.type", Some("producer"), "Default of the topic setting compression.type; 'producer' keeps the producer's compression.").works()
        .allow(Allowed::OneOf(COMPRESSION_TYPES)).cluster_wide(),
    int("compression.zstd.level", "3", "Level of zstd when the broker compresses.").works().between(-131_072, 22).cluster_wide(),
    list("cordoned.log.dirs", Some(""), "Log directories that get no new partitions.").per_broker(),
    long("log.cleaner.backoff.ms", "15000", "Pause of a cleaner thread that finds nothing to compact, in milliseconds.").works().at_least(0).cluster_wide(),
    long("log.cleaner.dedupe.buffer.size", "134217728", "Memory for the maps of keys of all cleaner threads together, in bytes.").works().cluster_wide(),
    long("log.cleaner.delete.retention.ms", "86400000", "How long tombstones of compacted topics are kept, in milliseconds.").works().at_least(0).cluster_wide(),
    boolean("log.cleaner.enable", "true", "Whether compacted topics are compacted.").works(),
    double("log.cleaner.io.buffer.load.factor", "0.9", "Share of a cleaner's map of keys that may be used, from 0 to 1.").works().cluster_wide(),
    int("log.cleaner.io.buffer.size", "524288", "Memory for the reads and writes of all cleaner threads together, in bytes.").works().at_least(0).cluster_wide(),
    double("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", "Bytes per second that all cleaner threads together may read and write.").works().cluster_wide(),
    long("log.cleaner.max.compaction.lag.ms", LONG_MAX, "Longest time in milliseconds that a record may stay uncompacted.").works().at_least(1).cluster_wide(),
    double("log.cleaner.min.cleanable.ratio", "0.5", "Share of a log that must be dirty (not compacted) before it is compacted, from 0 to 1.").works()
        .allow(Allowed::Fraction(0.0, 1.0)).cluster_wide(),
    long("log.cleaner.min.compaction.lag.ms", "0", "Shortest time in milliseconds that a record stays uncompacted.").works().at_least(0).cluster_wide(),
    int("log.cleaner.threads", "1", "Number of cleaner threads, each of which compacts one log at a time; 0 compacts nothing.").works().at_least(0).cluster_wide(),
    list("log.cleanup.policy", Some("delete"), "Default of the topic setting cleanup.policy: 'delete', 'compact' or both.").works()
        .allow(Allowed::ListOf(CLEANUP_POLICIES)).cluster_wide(),
    list("log.dir", Some("vltava-data"), "Log directory, if log.dirs is not set.").works(),
    long("log.dir.failure.timeout.ms", "30000", "How long a broker with a failed directory may keep the controller waiting before it stops.").at_least(1),
    list("log.dirs", None, "Log directories, comma-separated; log.dir if not set.").works().or_else(&[Synonym::same("log.dir")]),
    long("log.flush.interval.messages", "1", "Number of records after which a log is synced to disk. With 1, an acknowledged record is always on disk.").works().at_least(1).cluster_wide(),
    long_or_null("log.flush.interval.ms", "Time after which a log is synced to disk, in milliseconds.").works()
        .or_else(&[Synonym::same("log.flush.scheduler.interval.ms")]).cluster_wide(),
    int("log.flush.offset.checkpoint.interval.ms", "60000", "Interval at which recovery points, log start offsets and high watermarks are checkpointed, in milliseconds.").works().at_least(0),
    long("log.flush.scheduler.interval.ms", LONG_MAX, "Default of log.flush.interval.ms.").works(),
    int("log.flush.start.offset.checkpoint.interval.ms", "60000", "Interval at which log start offsets are checkpointed; here log.flush.offset.checkpoint.interval.ms is used.").at_least(0),
    int("log.index.interval.bytes", "4096", "Bytes of the log between two entries of the offset index.").works().at_least(0).cluster_wide(),
    int("log.index.size.max.bytes", "10485760", "Largest size of an index file, in bytes.").works().at_least(4).cluster_wide(),
    long("log.local.retention.bytes", "-2", "Bytes of a tiered partition kept on local disk; -2 follows log.retention.bytes.").at_least(-2).cluster_wide(),
    long("log.local.retention.ms", "-2", "How long tiered segments are kept on local disk; -2 follows log.retention.ms.").at_least(-2).cluster_wide(),
    long("log.message.timestamp.after.max.ms", "3600000", "How far a record's timestamp may be ahead of the broker's clock, in milliseconds.").works().at_least(0).cluster_wide(),
    long("log.message.timestamp.before.max.ms", LONG_MAX, "How far a record's timestamp may be behind the broker's clock, in milliseconds.").works().at_least(0).cluster_wide(),
    string("log.message.timestamp.type", Some("CreateTime"), "Default of the topic setting message.timestamp.type.").works()
        .allow(Allowed::OneOf(TIMESTAMP_TYPES)).cluster_wide(),
    boolean("log.preallocate", "false", "Whether the file of a new segment is created with its full size.").cluster_wide(),
    long("log.retention.bytes", "-1", "Bytes of a partition above which its oldest segments are deleted; -1 means no limit.").works().cluster_wide(),
    long("log.retention.check.interval.ms", "300000", "Interval at which retention is applied, in milliseconds.").works().at_least(1),
    int("log.retention.hours", "168", "Time after which old segments are deleted, in hours. log.retention.minutes and log.retention.ms take precedence.").works(),
    int_or_null("log.retention.minutes", "Time after which old segments are deleted, in minutes. log.retention.ms takes precedence.").works()
        .or_else(&[Synonym::hours("log.retention.hours")]),
    long_or_null("log.retention.ms", "Time after which old segments are deleted, in milliseconds; -1 means no limit.").works()
        .or_else(&[Synonym::minutes("log.retention.minutes"), Synonym::hours("log.retention.hours")]).cluster_wide(),
    int("log.roll.hours", "168", "Age in hours at which a new segment is rolled even if the last one is not full.").works().at_least(1),
    int("log.roll.jitter.hours", "0", "Largest random time subtracted from log.roll.hours, in hours.").works().at_least(0),
    long_or_null("log.roll.jitter.ms", "Largest random time subtracted from log.roll.ms, in milliseconds.").works()
        .or_else(&[Synonym::hours("log.roll.jitter.hours")]).cluster_wide(),
    long_or_null("log.roll.ms", "Age in milliseconds at which a new segment is rolled even if the last one is not full.").works()
        .or_else(&[Synonym::hours("log.roll.hours")]).cluster_wide(),
    int("log.segment.bytes", "1073741824", "Size in bytes at which a new segment is rolled.").works().at_least(1_048_576).cluster_wide(),
    long("log.segment.delete.delay.ms", "60000", "How long the files of a deleted segment stay on disk before they are deleted, in milliseconds.").works().at_least(0).cluster_wide(),
    long("vltava.log.dir.min.free.bytes", "268435456", "Free bytes of a disk below which its log directory refuses records of clients. Groups and deletion continue. Not a setting of Kafka.").works().at_least(0),
    int("vltava.log.dir.open.files.max", "200", "Number of files of a log directory that stay open while they are not in use. Not a setting of Kafka.").works().at_least(16),
];
