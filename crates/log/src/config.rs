//! What a topic's configuration says about its log.

use wire::record_batch::AppendRules;

use crate::retention::Retention;

/// The settings of one log, with Kafka's names and, unless said otherwise, defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// What is asked of a batch: `max.message.bytes`, timestamps, compression, compaction.
    pub rules: AppendRules,
    /// `segment.bytes`: a batch that would pass this opens a new segment.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment whose first batch is older is closed at the next append.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to this much is taken off `segment_ms`, per segment.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: a full index closes its segment.
    pub segment_index_bytes: u64,
    /// `index.interval.bytes`: bytes of batches between two index entries.
    pub index_interval_bytes: u64,
    /// Whether `cleanup.policy` has `delete`: then retention by time and size applies.
    pub cleanup_delete: bool,
    /// `retention.ms`; -1 keeps for ever.
    pub retention_ms: i64,
    /// `retention.bytes`; -1 keeps everything.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`: between taking a segment out and removing its files.
    pub file_delete_delay_ms: i64,
    /// `min.cleanable.dirty.ratio`: share of uncompacted bytes above which compaction is due.
    pub dirty_ratio_min: f64,
    /// `min.compaction.lag.ms`: a segment with a younger record is not compacted.
    pub compaction_lag_min_ms: i64,
    /// `max.compaction.lag.ms`: with an older record uncompacted, compaction is due. The active
    /// segment is closed at that age too.
    pub compaction_lag_max_ms: i64,
    /// `delete.retention.ms`: how long a tombstone is kept after compaction first met it.
    pub delete_retention_ms: i64,
    /// `flush.messages`: records that may be committed without being synced. At 1, our default,
    /// a record is committed once it is synced.
    pub flush_messages: i64,
    /// `flush.ms`: how long a record may stay unsynced, if `flush_messages` allows.
    pub flush_ms: i64,
    /// `producer.id.expiration.ms`: a producer idle for longer is forgotten.
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
    /// Whether a record counts as committed only once it is synced.
    pub fn is_strict(&self) -> bool {
        self.flush_messages <= 1
    }

    /// What retention goes by: nothing, unless the topic deletes.
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

    /// How old the active segment may become: `segment.ms`, on a compacted topic no more than
    /// `max.compaction.lag.ms`.
    pub fn segment_age_max_ms(&self) -> i64 {
        if self.rules.compacted {
            self.segment_ms.min(self.compaction_lag_max_ms)
        } else {
            self.segment_ms
        }
    }
}
