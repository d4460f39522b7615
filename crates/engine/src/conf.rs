//! Session configuration: Spark's names and defaults, and a few of ours, which begin with
//! `vltava`.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

/// What a name is if nobody set it. Only names that have an effect here, or that a checkpoint
/// pins, are listed.
const DEFAULTS: &[(&str, &str)] = &[
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.session.timeZone", "UTC"),
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.sources.default", "parquet"),
    ("spark.sql.streaming.fileSink.log.compactInterval", "10"),
    ("spark.sql.streaming.fileSource.log.compactInterval", "10"),
    ("spark.sql.streaming.minBatchesToRetain", "100"),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    ("spark.sql.streaming.noDataMicroBatches.enabled", "true"),
    ("spark.sql.streaming.noDataProgressEventInterval", "10000"),
    ("spark.sql.streaming.numRecentProgressUpdates", "100"),
    ("spark.sql.streaming.pollingDelay", "10"),
    ("spark.sql.streaming.schemaInference", "false"),
    ("spark.sql.streaming.stateStore.minDeltasForSnapshot", "10"),
    ("spark.sql.streaming.stopActiveRunOnRestart", "true"),
    ("spark.sql.streaming.stopTimeout", "0"),
    ("vltava.memory.budget", "4g"),
];

/// Configuration values by name; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Conf {
    set: Arc<RwLock<BTreeMap<String, String>>>,
}

impl Conf {
    /// The value of `name`: as set, or its default if it has one.
    pub fn get(&self, name: &str) -> Option<String> {
        let set = self.set.read().get(name).cloned();
        set.or_else(|| default_of(name).map(str::to_owned))
    }

    /// The value of `name` as a whole number, if it has one that can be read so.
    pub fn get_u64(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }

    /// Whether `name` is `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Sets `name` for the queries that start from now on.
    pub fn set(&self, name: impl Into<String>, value: impl Into<String>) {
        self.set.write().insert(name.into(), value.into());
    }

    /// Sets `name` back to its default.
    pub fn unset(&self, name: &str) {
        self.set.write().remove(name);
    }

    /// All names that have a value, with it, sorted.
    pub fn all(&self) -> BTreeMap<String, String> {
        let defaults = DEFAULTS
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        let mut all: BTreeMap<_, _> = defaults.collect();
        all.extend(
            self.set
                .read()
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        all
    }

    /// A copy that later changes of this one do not reach.
    pub fn snapshot(&self) -> Conf {
        Conf {
            set: Arc::new(RwLock::new(self.set.read().clone())),
        }
    }
}

fn default_of(name: &str) -> Option<&'static str> {
    DEFAULTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_keeps_what_was_set_then() {
        let conf = Conf::default();
        conf.set("spark.sql.shuffle.partitions", "4");
        let snapshot = conf.snapshot();
        conf.unset("spark.sql.shuffle.partitions");
        assert_eq!(snapshot.get_u64("spark.sql.shuffle.partitions"), Some(4));
        assert_eq!(conf.get_u64("spark.sql.shuffle.partitions"), Some(200));
    }
}
