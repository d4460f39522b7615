//! Logs: where they lie, when they roll, how long they are kept, how they are compacted.

use crate::config_def::topic::{CLEANUP_POLICIES, COMPRESSION_TYPES, TIMESTAMP_TYPES};
use crate::config_def::{
    Allowed, ConfigDef, LONG_MAX, Synonym, boolean, double, int, int_or_null, list, long,
    long_or_null, string,
};

pub(super) const CONFIGS: &[ConfigDef] = &[
    int("compression.gzip.level", "-1", "Level of gzip when the broker compresses; -1 is the codec's own default.").works()
        .allow(Allowed::BetweenOr(1, 9, -1)).cluster_wide(),
    int("compression.lz4.level", "9", "Level of lz4 when the broker compresses.").works().between(1, 17).cluster_wide(),
    string("compression.type", Some("producer"), "Compression on disk of topics that do not say otherwise; 'producer' keeps what was sent.").works()
        .allow(Allowed::OneOf(COMPRESSION_TYPES)).cluster_wide(),
    int("compression.zstd.level", "3", "Level of zstd when the broker compresses.").works().between(-131_072, 22).cluster_wide(),
    list("cordoned.log.dirs", Some(""), "Log directories that take no new partitions.").per_broker(),
    long("log.cleaner.backoff.ms", "15000", "Pause of the cleaner when there was nothing to compact.").works().at_least(0).cluster_wide(),
    long("log.cleaner.dedupe.buffer.size", "134217728", "Memory for the cleaner's map of keys, over all its threads.").works().cluster_wide(),
    long("log.cleaner.delete.retention.ms", "86400000", "How long deletion markers of compacted topics stay readable.").works().at_least(0).cluster_wide(),
    boolean("log.cleaner.enable", "true", "Whether compacted topics are compacted at all.").works(),
    double("log.cleaner.io.buffer.load.factor", "0.9", "How full the cleaner's map of keys may become.").works().cluster_wide(),
    int("log.cleaner.io.buffer.size", "524288", "Memory for the cleaner's reads and writes.").works().at_least(0).cluster_wide(),
    double("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", "Bytes per second the cleaner may read and write.").works().cluster_wide(),
    long("log.cleaner.max.compaction.lag.ms", LONG_MAX, "Longest time a record may wait before compaction considers it.").works().at_least(1).cluster_wide(),
    double("log.cleaner.min.cleanable.ratio", "0.5", "Share of a log that must be uncompacted before compaction runs.").works()
        .allow(Allowed::Fraction(0.0, 1.0)).cluster_wide(),
    long("log.cleaner.min.compaction.lag.ms", "0", "Shortest time a record stays uncompacted.").works().at_least(0).cluster_wide(),
    int("log.cleaner.threads", "1", "Logs compacted at once.").works().at_least(0).cluster_wide(),
    list("log.cleanup.policy", Some("delete"), "What becomes of old segments of topics that do not say otherwise.").works()
        .allow(Allowed::ListOf(CLEANUP_POLICIES)).cluster_wide(),
    list("log.dir", Some("vltava-data"), "Directory of the logs, if log.dirs is not set.").works(),
    long("log.dir.failure.timeout.ms", "30000", "How long a broker with a failed directory may keep the controller waiting before it stops.").at_least(1),
    list("log.dirs", None, "Directories of the logs; log.dir if not set.").works().or_else(&[Synonym::same("log.dir")]),
    long("log.flush.interval.messages", "1", "After how many records a log is forced to disk. 1 means that an acknowledged record is always on disk.").works().at_least(1).cluster_wide(),
    long_or_null("log.flush.interval.ms", "After how many milliseconds a log is forced to disk.").works()
        .or_else(&[Synonym::same("log.flush.scheduler.interval.ms")]).cluster_wide(),
    int("log.flush.offset.checkpoint.interval.ms", "60000", "How often recovery points are written down.").works().at_least(0),
    long("log.flush.scheduler.interval.ms", LONG_MAX, "How often the flusher looks for logs that are due.").works(),
    int("log.flush.start.offset.checkpoint.interval.ms", "60000", "How often log start offsets are written down.").at_least(0),
    int("log.index.interval.bytes", "4096", "Bytes of log between two entries of the offset index.").works().at_least(0).cluster_wide(),
    int("log.index.size.max.bytes", "10485760", "Largest size of a segment's index file.").works().at_least(4).cluster_wide(),
    long("log.local.retention.bytes", "-2", "Bytes of a tiered partition kept on local disk; -2 follows log.retention.bytes.").at_least(-2).cluster_wide(),
    long("log.local.retention.ms", "-2", "How long tiered segments are kept on local disk; -2 follows log.retention.ms.").at_least(-2).cluster_wide(),
    long("log.message.timestamp.after.max.ms", "3600000", "How far a record's timestamp may lie ahead of the broker's clock.").works().at_least(0).cluster_wide(),
    long("log.message.timestamp.before.max.ms", LONG_MAX, "How far a record's timestamp may lie behind the broker's clock.").works().at_least(0).cluster_wide(),
    string("log.message.timestamp.type", Some("CreateTime"), "Whose clock a record's timestamp is, of topics that do not say otherwise.").works()
        .allow(Allowed::OneOf(TIMESTAMP_TYPES)).cluster_wide(),
    boolean("log.preallocate", "false", "Whether a new segment's file is made at its full size at once.").cluster_wide(),
    long("log.retention.bytes", "-1", "Bytes a partition may hold before its oldest segments are deleted; -1 sets no limit.").works().cluster_wide(),
    long("log.retention.check.interval.ms", "300000", "How often retention is applied.").works().at_least(1),
    int("log.retention.hours", "168", "Hours that records are kept; minutes and milliseconds win if they are set.").works(),
    int_or_null("log.retention.minutes", "Minutes that records are kept; milliseconds win if they are set.").works()
        .or_else(&[Synonym::hours("log.retention.hours")]),
    long_or_null("log.retention.ms", "Milliseconds that records are kept; -1 keeps them for ever.").works()
        .or_else(&[Synonym::minutes("log.retention.minutes"), Synonym::hours("log.retention.hours")]).cluster_wide(),
    int("log.roll.hours", "168", "Hours after which a segment is closed even if it is not full.").works().at_least(1),
    int("log.roll.jitter.hours", "0", "Largest random number of hours taken off log.roll.hours.").works().at_least(0),
    long_or_null("log.roll.jitter.ms", "Largest random time taken off log.roll.ms.").works()
        .or_else(&[Synonym::hours("log.roll.jitter.hours")]).cluster_wide(),
    long_or_null("log.roll.ms", "Milliseconds after which a segment is closed even if it is not full.").works()
        .or_else(&[Synonym::hours("log.roll.hours")]).cluster_wide(),
    int("log.segment.bytes", "1073741824", "Size at which a segment is closed and the next one begins.").works().at_least(1_048_576).cluster_wide(),
    long("log.segment.delete.delay.ms", "60000", "How long a deleted segment's files stay on disk before they are removed.").works().at_least(0).cluster_wide(),
    long("vltava.log.dir.min.free.bytes", "268435456", "Free bytes below which a log directory takes no more records from clients; groups and deletion go on. Not a setting of Kafka.").works().at_least(0),
    int("vltava.log.dir.open.files.max", "200", "Files of a log directory that are held open, besides those in use at the moment. Not a setting of Kafka.").works().at_least(16),
];
