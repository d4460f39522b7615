//! The settings a topic can have.

use super::{Allowed, ConfigDef, LONG_MAX, Synonym, boolean, double, int, list, long, string};

/// Values of `compression.type`.
pub(super) const COMPRESSION_TYPES: &[&str] =
    &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
/// Cleanup policies, which may be combined.
pub(super) const CLEANUP_POLICIES: &[&str] = &["compact", "delete"];
/// Whose clock a record's timestamp is.
pub(super) const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];

/// Every topic setting, sorted by name.
pub const TOPIC_CONFIGS: &[ConfigDef] = &[
    list("cleanup.policy", Some("delete"), "What happens to old segments: 'delete' deletes them by time and size, 'compact' keeps the newest record of each key. Both can be given; an empty list keeps everything.").works()
        .allow(Allowed::ListOf(CLEANUP_POLICIES))
        .or_else(&[Synonym::same("log.cleanup.policy")]),
    int("compression.gzip.level", "-1", "Compression level when compression.type is gzip; -1 is the default of the codec.").works()
        .allow(Allowed::BetweenOr(1, 9, -1))
        .or_else(&[Synonym::same("compression.gzip.level")]),
    int("compression.lz4.level", "9", "Compression level when compression.type is lz4.").works()
        .between(1, 17)
        .or_else(&[Synonym::same("compression.lz4.level")]),
    string("compression.type", Some("producer"), "How batches are compressed on disk: 'producer' keeps the producer's compression; with any other value, the broker rewrites batches that differ.").works()
        .allow(Allowed::OneOf(COMPRESSION_TYPES))
        .or_else(&[Synonym::same("compression.type")]),
    int("compression.zstd.level", "3", "Compression level when compression.type is zstd.").works()
        .between(-131_072, 22)
        .or_else(&[Synonym::same("compression.zstd.level")]),
    long("delete.retention.ms", "86400000", "How long a tombstone of a compacted topic is kept, in milliseconds. A consumer that reads the whole topic within this time sees every deletion.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.cleaner.delete.retention.ms")]),
    long("file.delete.delay.ms", "60000", "How long the files of a deleted segment stay on disk under another name before they are deleted, in milliseconds.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.segment.delete.delay.ms")]),
    long("flush.messages", "1", "Number of records after which the log is synced to disk. With 1, an acknowledged record is always on disk. With a larger number, a crash of the machine can lose acknowledged records.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.flush.interval.messages")]),
    long("flush.ms", LONG_MAX, "Time after which the log is synced to disk, in milliseconds, independent of flush.messages.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.flush.interval.ms"), Synonym::same("log.flush.scheduler.interval.ms")]),
    list("follower.replication.throttled.replicas", Some(""), "Replicas whose fetches are limited by follower.replication.throttled.rate: '*' or a list of partition:broker.")
        .allow(Allowed::ThrottledReplicas),
    int("index.interval.bytes", "4096", "Bytes of the log between two entries of the offset index.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.index.interval.bytes")]),
    list("leader.replication.throttled.replicas", Some(""), "Replicas to which data is limited by leader.replication.throttled.rate: '*' or a list of partition:broker.")
        .allow(Allowed::ThrottledReplicas),
    long("local.retention.bytes", "-2", "Bytes of a tiered partition kept on local disk; -2 follows retention.bytes.")
        .at_least(-2)
        .or_else(&[Synonym::same("log.local.retention.bytes")]),
    long("local.retention.ms", "-2", "How long a tiered partition's segments are kept on local disk; -2 follows retention.ms.")
        .at_least(-2)
        .or_else(&[Synonym::same("log.local.retention.ms")]),
    long("max.compaction.lag.ms", LONG_MAX, "Longest time in milliseconds that a record may stay uncompacted.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.cleaner.max.compaction.lag.ms")]),
    int("max.message.bytes", "1048588", "Largest record batch that the topic accepts, in bytes after compression.").works()
        .at_least(0)
        .or_else(&[Synonym::same("message.max.bytes")]),
    long("message.timestamp.after.max.ms", "3600000", "How far a record's timestamp may be ahead of the broker's clock, in milliseconds. A record with a later timestamp is refused. Not used with LogAppendTime.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.message.timestamp.after.max.ms")]),
    long("message.timestamp.before.max.ms", LONG_MAX, "How far a record's timestamp may be behind the broker's clock, in milliseconds. A record with an earlier timestamp is refused. Not used with LogAppendTime.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.message.timestamp.before.max.ms")]),
    string("message.timestamp.type", Some("CreateTime"), "The timestamp of a record: the producer's time (CreateTime) or the broker's time of the append (LogAppendTime).").works()
        .allow(Allowed::OneOf(TIMESTAMP_TYPES))
        .or_else(&[Synonym::same("log.message.timestamp.type")]),
    double("min.cleanable.dirty.ratio", "0.5", "Share of the log that must be dirty (not compacted) before it is compacted, from 0 to 1.").works()
        .allow(Allowed::Fraction(0.0, 1.0))
        .or_else(&[Synonym::same("log.cleaner.min.cleanable.ratio")]),
    long("min.compaction.lag.ms", "0", "Shortest time in milliseconds that a record stays uncompacted.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.cleaner.min.compaction.lag.ms")]),
    int("min.insync.replicas", "1", "Number of in-sync replicas that a write with acks=all needs. With fewer, the write is refused.").works()
        .at_least(1)
        .or_else(&[Synonym::same("min.insync.replicas")]),
    boolean("preallocate", "false", "Whether the file of a new segment is created with its full size.")
        .or_else(&[Synonym::same("log.preallocate")]),
    boolean("remote.log.copy.disable", "false", "Whether a tiered topic does not copy segments to remote storage."),
    boolean("remote.log.delete.on.disable", "false", "Whether remote segments are deleted when tiered storage is turned off for the topic."),
    boolean("remote.storage.enable", "false", "Whether old segments are moved to remote storage."),
    long("retention.bytes", "-1", "Bytes of a partition above which its oldest segments are deleted; -1 means no limit.").works()
        .or_else(&[Synonym::same("log.retention.bytes")]),
    long("retention.ms", "604800000", "Time after which old segments are deleted, in milliseconds; -1 means no limit.").works()
        .at_least(-1)
        .or_else(&[
            Synonym::same("log.retention.ms"),
            Synonym::minutes("log.retention.minutes"),
            Synonym::hours("log.retention.hours"),
        ]),
    int("segment.bytes", "1073741824", "Size in bytes at which a new segment is rolled.").works()
        .at_least(1_048_576)
        .or_else(&[Synonym::same("log.segment.bytes")]),
    int("segment.index.bytes", "10485760", "Largest size of an index file, in bytes.").works()
        .at_least(4)
        .or_else(&[Synonym::same("log.index.size.max.bytes")]),
    long("segment.jitter.ms", "0", "Largest random time subtracted from segment.ms, in milliseconds, so that segments do not roll at the same time.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.roll.jitter.ms"), Synonym::hours("log.roll.jitter.hours")]),
    long("segment.ms", "604800000", "Age in milliseconds at which a new segment is rolled even if the last one is not full.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.roll.ms"), Synonym::hours("log.roll.hours")]),
    boolean("unclean.leader.election.enable", "false", "Whether a replica that is not in sync may become leader if there is no other. Records can be lost.")
        .or_else(&[Synonym::same("unclean.leader.election.enable")]),
];

/// The topic setting of this name.
pub fn topic_config(name: &str) -> Option<&'static ConfigDef> {
    TOPIC_CONFIGS
        .binary_search_by(|def| def.name.cmp(name))
        .ok()
        .map(|index| &TOPIC_CONFIGS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_by_name_for_the_binary_search() {
        assert!(
            TOPIC_CONFIGS
                .windows(2)
                .all(|pair| pair[0].name < pair[1].name)
        );
    }

    #[test]
    fn a_topic_is_flushed_at_every_record_by_default() {
        let flush = topic_config("flush.messages").expect("known");
        assert_eq!(flush.default, Some("1"));
    }
}
