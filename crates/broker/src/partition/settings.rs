//! The settings of a topic, as its partitions on this broker use them.

use std::collections::BTreeMap;
use std::sync::Arc;

use log::LogConfig;
use metadata::config_def::keys::{self, topic};
use metadata::config_def::{ConfigKey, ConfigLayers, ConfigValues, TopicDefaults};
use metadata::topic_name;
use wire::record_batch::{AppendRules, Compression, CompressionPolicy, TimestampType};

/// Largest batch that a coordinator may write, in bytes.
const INTERNAL_BATCH_BYTES_MAX: usize = 16 << 20;

/// Computes the settings of topics. The broker's own settings are read once, by
/// [`TopicSettings::new`]. For a topic only its overrides are read; all topics without overrides
/// share one value.
pub(crate) struct TopicSettings {
    defaults: TopicDefaults,
    without_overrides: Arc<Settings>,
    producer_id_expiration_ms: i64,
}

impl TopicSettings {
    /// With the current settings of the broker as defaults.
    pub(crate) fn new(layers: ConfigLayers<'_>) -> TopicSettings {
        let producer_id_expiration_ms = layers.get(keys::PRODUCER_ID_EXPIRATION_MS);
        let defaults = TopicDefaults::new(layers);
        let (values, _) = defaults.with(&BTreeMap::new());
        TopicSettings {
            defaults,
            without_overrides: Arc::new(Settings::new(&values, producer_id_expiration_ms)),
            producer_id_expiration_ms,
        }
    }

    /// The settings of the topic `name`. An override that cannot be read is ignored with a warning.
    pub(crate) fn of(&self, name: &str, overrides: &BTreeMap<String, String>) -> Arc<Settings> {
        let internal = topic_name::is_internal(name);
        if overrides.is_empty() && !internal {
            return Arc::clone(&self.without_overrides);
        }
        let (values, invalid) = self.defaults.with(overrides);
        for why in invalid {
            tracing::warn!("topic {name}: {why}; the broker's default is used");
        }
        let mut settings = Settings::new(&values, self.producer_id_expiration_ms);
        if internal {
            // Only coordinators write to it, and records that belong together must fit one batch.
            let rules = &mut settings.log.rules;
            rules.batch_bytes_max = rules.batch_bytes_max.max(INTERNAL_BATCH_BYTES_MAX);
        }
        Arc::new(settings)
    }
}

/// The effective settings of a topic, without text.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Settings of the topic's logs.
    pub log: LogConfig,
    /// Replicas that must hold a record before `acks=all` is answered.
    pub min_insync_replicas: i32,
}

impl Settings {
    /// The settings with the values of a topic.
    fn new(values: &ConfigValues, producer_id_expiration_ms: i64) -> Settings {
        let cleanup = values.get(topic::CLEANUP_POLICY);
        let has = |policy: &str| cleanup.iter().any(|p| p == policy);
        let size = |key: ConfigKey<i64>| values.get(key).max(0) as u64;
        let defaults = AppendRules::default();
        let batch_bytes_max = values.get(topic::MAX_MESSAGE_BYTES);
        Settings {
            log: LogConfig {
                rules: AppendRules {
                    batch_bytes_max,
                    // A topic that allows larger batches also allows more unpacked bytes.
                    unpacked_bytes_max: defaults.unpacked_bytes_max.max(2 * batch_bytes_max),
                    compacted: has("compact"),
                    timestamp_type: match values.get(topic::MESSAGE_TIMESTAMP_TYPE).as_str() {
                        "LogAppendTime" => TimestampType::LogAppendTime,
                        _ => TimestampType::CreateTime,
                    },
                    timestamp_before_max_ms: values.get(topic::MESSAGE_TIMESTAMP_BEFORE_MAX_MS),
                    timestamp_after_max_ms: values.get(topic::MESSAGE_TIMESTAMP_AFTER_MAX_MS),
                    compression: compression(values),
                },
                segment_bytes: size(topic::SEGMENT_BYTES),
                segment_ms: values.get(topic::SEGMENT_MS),
                segment_jitter_ms: values.get(topic::SEGMENT_JITTER_MS),
                segment_index_bytes: size(topic::SEGMENT_INDEX_BYTES),
                index_interval_bytes: size(topic::INDEX_INTERVAL_BYTES),
                cleanup_delete: has("delete"),
                retention_ms: values.get(topic::RETENTION_MS),
                retention_bytes: values.get(topic::RETENTION_BYTES),
                file_delete_delay_ms: values.get(topic::FILE_DELETE_DELAY_MS),
                dirty_ratio_min: values.get(topic::MIN_CLEANABLE_DIRTY_RATIO),
                compaction_lag_min_ms: values.get(topic::MIN_COMPACTION_LAG_MS),
                compaction_lag_max_ms: values.get(topic::MAX_COMPACTION_LAG_MS),
                delete_retention_ms: values.get(topic::DELETE_RETENTION_MS),
                flush_messages: values.get(topic::FLUSH_MESSAGES),
                flush_ms: values.get(topic::FLUSH_MS),
                producer_id_expiration_ms,
            },
            min_insync_replicas: values.get(topic::MIN_INSYNC_REPLICAS),
        }
    }
}

fn compression(values: &ConfigValues) -> CompressionPolicy {
    let level = |key: ConfigKey<i32>| Some(values.get(key));
    match values.get(topic::COMPRESSION_TYPE).as_str() {
        "uncompressed" => CompressionPolicy::Always(Compression::None, None),
        "gzip" => CompressionPolicy::Always(
            Compression::Gzip,
            // -1 is the codec's own default.
            level(topic::COMPRESSION_GZIP_LEVEL).filter(|level| *level >= 0),
        ),
        "snappy" => CompressionPolicy::Always(Compression::Snappy, None),
        "lz4" => CompressionPolicy::Always(Compression::Lz4, level(topic::COMPRESSION_LZ4_LEVEL)),
        "zstd" => {
            CompressionPolicy::Always(Compression::Zstd, level(topic::COMPRESSION_ZSTD_LEVEL))
        }
        _ => CompressionPolicy::AsProduced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expiration_of_producer_ids_can_change_while_the_broker_runs() {
        let name = keys::PRODUCER_ID_EXPIRATION_MS.def().name;
        let map = |text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let (of_all, started_with, none) = (map("5000"), map("9000"), BTreeMap::new());
        let expiration_ms = |dynamic_default| {
            let layers = ConfigLayers {
                dynamic_broker: &none,
                dynamic_default,
                static_broker: &started_with,
            };
            let settings = TopicSettings::new(layers).of("t", &none);
            settings.log.producer_id_expiration_ms
        };
        assert_eq!(expiration_ms(&of_all), 5000);
        assert_eq!(expiration_ms(&none), 9000);
    }
}
