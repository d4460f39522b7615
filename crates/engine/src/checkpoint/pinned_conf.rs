//! The configuration that a query keeps for life.
//!
//! Some settings decide what state and results mean. They are written with every batch, and a
//! restart takes them from there, whatever the session says by then.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The pinned settings and Spark's defaults, in the order Spark writes them.
const PINNED: [(&str, &str); 17] = [
    (
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider",
    ),
    (
        "spark.sql.dropDuplicates.deterministicKeyOrder.enabled",
        "true",
    ),
    (
        "spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion",
        "2",
    ),
    ("spark.sql.streaming.stateStore.rocksdb.formatVersion", "5"),
    (
        "spark.sql.streaming.queryEvolution.enableSourceEvolution",
        "false",
    ),
    ("spark.sql.streaming.stateStore.encodingFormat", "unsaferow"),
    (
        "spark.sql.streaming.statefulOperator.useStrictDistribution",
        "true",
    ),
    (
        "spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion",
        "2",
    ),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    (
        "spark.sql.streaming.stateStore.rowChecksum.enabled",
        "false",
    ),
    (
        "spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled",
        "true",
    ),
    ("spark.sql.streaming.aggregation.stateFormatVersion", "2"),
    ("spark.sql.function.protobufExtensions.enabled", "false"),
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.streaming.join.stateFormatVersion", "2"),
    ("spark.sql.streaming.stateStore.compression.codec", "lz4"),
    (
        "spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan",
        "false",
    ),
];

/// Settings by name, in the order they are written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinnedConf(Map<String, Value>);

impl PinnedConf {
    /// The settings of a new query: the session's where it has them, else the defaults.
    pub fn of_session(session: impl Fn(&str) -> Option<String>) -> PinnedConf {
        PINNED
            .iter()
            .map(|(name, default)| (*name, session(name).unwrap_or_else(|| default.to_string())))
            .collect()
    }

    /// These settings, completed by the session's where an older checkpoint lacks one.
    pub fn completed(&self, session: impl Fn(&str) -> Option<String>) -> PinnedConf {
        let mut all = PinnedConf::of_session(session);
        for (name, value) in &self.0 {
            all.0.insert(name.clone(), value.clone());
        }
        all
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for PinnedConf {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(settings: I) -> PinnedConf {
        PinnedConf(
            settings
                .into_iter()
                .map(|(name, value)| (name.into(), Value::String(value.into())))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_keeps_what_the_checkpoint_says() {
        let session =
            |name: &str| (name == "spark.sql.shuffle.partitions").then(|| "8".to_string());
        let old = PinnedConf::from_iter([("spark.sql.shuffle.partitions", "2")]);
        let conf = old.completed(session);
        assert_eq!(conf.get("spark.sql.shuffle.partitions"), Some("2"));
        assert_eq!(
            conf.get("spark.sql.streaming.multipleWatermarkPolicy"),
            Some("min")
        );
        assert_eq!(conf.iter().count(), 17);
    }
}
