//! What a topic's configuration means for its partitions on this broker.

use std::collections::BTreeMap;
use std::str::FromStr;

use log::LogConfig;
use metadata::config_def::{ConfigLayers, EffectiveConfig, resolve_topic};
use wire::record_batch::{AppendRules, Compression, CompressionPolicy, TimestampType};

/// The effective settings of a topic.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Those of its logs.
    pub log: LogConfig,
    /// Replicas that must hold a record before `acks=all` is answered.
    pub min_insync_replicas: i32,
}

impl Settings {
    /// The settings of a topic with these overrides.
    pub(crate) fn resolve(
        overrides: &BTreeMap<String, String>,
        layers: ConfigLayers<'_>,
        producer_id_expiration_ms: i64,
    ) -> Settings {
        let values = Values(resolve_topic(overrides, layers));
        let cleanup = values.list("cleanup.policy");
        let has = |policy: &str| cleanup.iter().any(|p| p == policy);
        let defaults = AppendRules::default();
        let batch_bytes_max = values.size("max.message.bytes") as usize;
        Settings {
            log: LogConfig {
                rules: AppendRules {
                    batch_bytes_max,
                    // Who allows larger batches allows them packed, too.
                    unpacked_bytes_max: defaults.unpacked_bytes_max.max(2 * batch_bytes_max),
                    compacted: has("compact"),
                    timestamp_type: match values.text("message.timestamp.type").as_str() {
                        "LogAppendTime" => TimestampType::LogAppendTime,
                        _ => TimestampType::CreateTime,
                    },
                    timestamp_before_max_ms: values.long("message.timestamp.before.max.ms"),
                    timestamp_after_max_ms: values.long("message.timestamp.after.max.ms"),
                    compression: compression(&values),
                },
                segment_bytes: values.size("segment.bytes"),
                segment_ms: values.long("segment.ms"),
                segment_jitter_ms: values.long("segment.jitter.ms"),
                segment_index_bytes: values.size("segment.index.bytes"),
                index_interval_bytes: values.size("index.interval.bytes"),
                cleanup_delete: has("delete"),
                retention_ms: values.long("retention.ms"),
                retention_bytes: values.long("retention.bytes"),
                file_delete_delay_ms: values.long("file.delete.delay.ms"),
                dirty_ratio_min: values.fraction("min.cleanable.dirty.ratio"),
                compaction_lag_min_ms: values.long("min.compaction.lag.ms"),
                compaction_lag_max_ms: values.long("max.compaction.lag.ms"),
                delete_retention_ms: values.long("delete.retention.ms"),
                flush_messages: values.long("flush.messages"),
                flush_ms: values.long("flush.ms"),
                producer_id_expiration_ms,
            },
            min_insync_replicas: values.long("min.insync.replicas") as i32,
        }
    }
}

fn compression(values: &Values) -> CompressionPolicy {
    let level = |name: &str| i32::try_from(values.long(name)).ok();
    match values.text("compression.type").as_str() {
        "uncompressed" => CompressionPolicy::Always(Compression::None, None),
        "gzip" => CompressionPolicy::Always(
            Compression::Gzip,
            // -1 is the codec's own choice.
            level("compression.gzip.level").filter(|level| *level >= 0),
        ),
        "snappy" => CompressionPolicy::Always(Compression::Snappy, None),
        "lz4" => CompressionPolicy::Always(Compression::Lz4, level("compression.lz4.level")),
        "zstd" => CompressionPolicy::Always(Compression::Zstd, level("compression.zstd.level")),
        _ => CompressionPolicy::AsProduced,
    }
}

/// Effective values by name. They were checked when they were set.
struct Values(Vec<EffectiveConfig>);

impl Values {
    fn text(&self, name: &str) -> String {
        let found = self.0.iter().find(|config| config.def.name == name);
        found
            .and_then(|config| config.value.clone())
            .unwrap_or_default()
    }

    fn long(&self, name: &str) -> i64 {
        self.parsed(name)
    }

    fn fraction(&self, name: &str) -> f64 {
        self.parsed(name)
    }

    fn parsed<T: FromStr>(&self, name: &str) -> T {
        let text = self.text(name);
        text.trim()
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} was let in unchecked"))
    }

    fn size(&self, name: &str) -> u64 {
        self.long(name).max(0) as u64
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.text(name)
            .split(',')
            .map(|item| item.trim().to_owned())
            .collect()
    }
}
