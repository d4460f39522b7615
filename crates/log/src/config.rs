//! The settings of a log.

use wire::record_batch::AppendRules;

use crate::retention::Retention;

/// The settings of one log. Names and defaults are Kafka's, except where noted.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// Rules for batches: `max.message.bytes`, timestamps, compression, compaction.
    pub rules: AppendRules,
    /// `segment.bytes`: a batch that would exceed this rolls a new segment.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment whose first batch is older is rolled at the next append.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: `segment_ms` is shortened by a random time up to this, per segment.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: a segment with a full index is rolled.
    pub segment_index_bytes: u64,
    /// `index.interval.bytes`: bytes of batches between two index entries.
    pub index_interval_bytes: u64,
    /// Whether `cleanup.policy` has `delete`: then retention by time and size applies.
    pub cleanup_delete: bool,
    /// `retention.ms`; -1 is unlimited.
    pub retention_ms: i64,
    /// `retention.bytes`; -1 is unlimited.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`: time between the deletion of a segment and that of its files.
    pub file_delete_delay_ms: i64,
    /// `min.cleanable.dirty.ratio`: compaction is due above this share of uncompacted bytes.
    pub dirty_ratio_min: f64,
    /// `min.compaction.lag.ms`: a segment with a younger record is not compacted.
    pub compaction_lag_min_ms: i64,
    /// `max.compaction.lag.ms`: compaction is due if an uncompacted record is older. The active
    /// segment is rolled at this age, too.
    pub compaction_lag_max_ms: i64,
    /// `delete.retention.ms`: how long a tombstone is kept after its first compaction.
    pub delete_retention_ms: i64,
    /// `flush.messages`: number of records that may be committed before they are synced. With 1,
    /// our default (Kafka's is unlimited), a record is committed once it is synced.
    pub flush_messages: i64,
    /// `flush.ms`: how long a record may stay unsynced, if `flush_messages` is above 1.
    pub flush_ms: i64,
    /// `producer.id.expiration.ms`: a producer that is idle for longer is removed.
    pub producer_id_expiration_ms: i64,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            rules: AppendRules::default(),
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            cleanup_delete: true,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
            dirty_ratio_min: 0.5,
            compaction_lag_min_ms: 0,
            compaction_lag_max_ms: i64::MAX,
            delete_retention_ms: 86_400_000,
            flush_messages: 1,
            flush_ms: i64::MAX,
            producer_id_expiration_ms: 86_400_000,
        }
    }
}

impl LogConfig {
    /// Whether a record is committed only once it is synced.
    pub fn is_strict(&self) -> bool {
        self.flush_messages <= 1
    }

    /// The limits of retention: none, unless `cleanup.policy` has `delete`.
    pub fn retention(&self) -> Retention {
        match self.cleanup_delete {
            true => Retention {
                retention_ms: self.retention_ms,
                retention_bytes: self.retention_bytes,
            },
            false => Retention {
                retention_ms: -1,
                retention_bytes: -1,
            },
        }
    }

    /// Maximum age of the active segment in ms: `segment.ms`, and on a compacted topic at most
    /// `max.compaction.lag.ms`.
    pub fn segment_age_max_ms(&self) -> i64 {
        if self.rules.compacted {
            self.segment_ms.min(self.compaction_lag_max_ms)
        } else {
            self.segment_ms
        }
    }
}
