//! The settings a topic can have.

use super::{Allowed, ConfigDef, LONG_MAX, Synonym, boolean, double, int, list, long, string};

/// Compression types that a topic or broker may ask for.
pub(super) const COMPRESSION_TYPES: &[&str] =
    &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
/// Cleanup policies, which may be combined.
pub(super) const CLEANUP_POLICIES: &[&str] = &["compact", "delete"];
/// Whose clock a record's timestamp is.
pub(super) const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];

/// Every topic setting, sorted by name.
pub const TOPIC_CONFIGS: &[ConfigDef] = &[
    list("cleanup.policy", Some("delete"), "What becomes of old segments: 'delete' drops them by time and size, 'compact' keeps the newest record of each key; both may be given, and an empty list keeps everything.").works()
        .allow(Allowed::ListOf(CLEANUP_POLICIES))
        .or_else(&[Synonym::same("log.cleanup.policy")]),
    int("compression.gzip.level", "-1", "Level at which the broker compresses when compression.type is gzip; -1 is the codec's own default.").works()
        .allow(Allowed::BetweenOr(1, 9, -1))
        .or_else(&[Synonym::same("compression.gzip.level")]),
    int("compression.lz4.level", "9", "Level at which the broker compresses when compression.type is lz4.").works()
        .between(1, 17)
        .or_else(&[Synonym::same("compression.lz4.level")]),
    string("compression.type", Some("producer"), "How batches are compressed on disk: 'producer' keeps what the producer sent, any other value makes the broker rewrite batches that differ.").works()
        .allow(Allowed::OneOf(COMPRESSION_TYPES))
        .or_else(&[Synonym::same("compression.type")]),
    int("compression.zstd.level", "3", "Level at which the broker compresses when compression.type is zstd.").works()
        .between(-131_072, 22)
        .or_else(&[Synonym::same("compression.zstd.level")]),
    long("delete.retention.ms", "86400000", "How long a deletion marker of a compacted topic stays readable, so that a consumer reading from the start learns of the deletion.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.cleaner.delete.retention.ms")]),
    long("file.delete.delay.ms", "60000", "How long a deleted segment's files stay on disk under another name before they are removed.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.segment.delete.delay.ms")]),
    long("flush.messages", "1", "After how many records the log is forced to disk. 1 means that an acknowledged record is always on disk; a larger number trades that for throughput.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.flush.interval.messages")]),
    long("flush.ms", LONG_MAX, "After how many milliseconds the log is forced to disk, whatever flush.messages says.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.flush.interval.ms"), Synonym::same("log.flush.scheduler.interval.ms")]),
    list("follower.replication.throttled.replicas", Some(""), "Replicas whose fetching counts against the follower throttle: '*' or a list of partition:broker.")
        .allow(Allowed::ThrottledReplicas),
    int("index.interval.bytes", "4096", "Bytes of log between two entries of the offset index.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.index.interval.bytes")]),
    list("leader.replication.throttled.replicas", Some(""), "Replicas whose serving counts against the leader throttle: '*' or a list of partition:broker.")
        .allow(Allowed::ThrottledReplicas),
    long("local.retention.bytes", "-2", "Bytes of a tiered partition kept on local disk; -2 follows retention.bytes.")
        .at_least(-2)
        .or_else(&[Synonym::same("log.local.retention.bytes")]),
    long("local.retention.ms", "-2", "How long a tiered partition's segments are kept on local disk; -2 follows retention.ms.")
        .at_least(-2)
        .or_else(&[Synonym::same("log.local.retention.ms")]),
    long("max.compaction.lag.ms", LONG_MAX, "Longest time a record may wait before compaction considers it.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.cleaner.max.compaction.lag.ms")]),
    int("max.message.bytes", "1048588", "Largest record batch the topic accepts, in bytes, after compression.").works()
        .at_least(0)
        .or_else(&[Synonym::same("message.max.bytes")]),
    long("message.timestamp.after.max.ms", "3600000", "How far a record's timestamp may lie ahead of the broker's clock; beyond that the record is refused. Not used with LogAppendTime.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.message.timestamp.after.max.ms")]),
    long("message.timestamp.before.max.ms", LONG_MAX, "How far a record's timestamp may lie behind the broker's clock; beyond that the record is refused. Not used with LogAppendTime.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.message.timestamp.before.max.ms")]),
    string("message.timestamp.type", Some("CreateTime"), "Whose clock a record's timestamp is: the producer's (CreateTime) or the broker's at append (LogAppendTime).").works()
        .allow(Allowed::OneOf(TIMESTAMP_TYPES))
        .or_else(&[Synonym::same("log.message.timestamp.type")]),
    double("min.cleanable.dirty.ratio", "0.5", "Share of the log that must be uncompacted before compaction runs.").works()
        .allow(Allowed::Fraction(0.0, 1.0))
        .or_else(&[Synonym::same("log.cleaner.min.cleanable.ratio")]),
    long("min.compaction.lag.ms", "0", "Shortest time a record stays uncompacted after it was written.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.cleaner.min.compaction.lag.ms")]),
    int("min.insync.replicas", "1", "Replicas that must hold a record before a producer with acks=all gets its answer; with fewer in sync the write is refused.").works()
        .at_least(1)
        .or_else(&[Synonym::same("min.insync.replicas")]),
    boolean("preallocate", "false", "Whether a new segment's file is made at its full size at once.")
        .or_else(&[Synonym::same("log.preallocate")]),
    boolean("remote.log.copy.disable", "false", "Whether a tiered topic stops copying segments to remote storage."),
    boolean("remote.log.delete.on.disable", "false", "Whether remote segments are deleted when tiering is switched off for the topic."),
    boolean("remote.storage.enable", "false", "Whether old segments move to remote storage."),
    long("retention.bytes", "-1", "Bytes a partition may hold before its oldest segments are deleted; -1 sets no limit.").works()
        .or_else(&[Synonym::same("log.retention.bytes")]),
    long("retention.ms", "604800000", "How long records are kept before their segment is deleted; -1 keeps them for ever.").works()
        .at_least(-1)
        .or_else(&[
            Synonym::same("log.retention.ms"),
            Synonym::minutes("log.retention.minutes"),
            Synonym::hours("log.retention.hours"),
        ]),
    int("segment.bytes", "1073741824", "Size at which a segment is closed and the next one begins.").works()
        .at_least(1_048_576)
        .or_else(&[Synonym::same("log.segment.bytes")]),
    int("segment.index.bytes", "10485760", "Largest size of a segment's index file.").works()
        .at_least(4)
        .or_else(&[Synonym::same("log.index.size.max.bytes")]),
    long("segment.jitter.ms", "0", "Largest random time taken off segment.ms, so that segments do not all roll together.").works()
        .at_least(0)
        .or_else(&[Synonym::same("log.roll.jitter.ms"), Synonym::hours("log.roll.jitter.hours")]),
    long("segment.ms", "604800000", "Age at which a segment is closed even if it is not full, so that retention can reach its records.").works()
        .at_least(1)
        .or_else(&[Synonym::same("log.roll.ms"), Synonym::hours("log.roll.hours")]),
    boolean("unclean.leader.election.enable", "false", "Whether a replica that is not in sync may become leader when no other is left, losing records.")
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
