//! Session configuration: Spark's names and defaults, and a few of ours, which begin with
//! `vltava`.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::conf_key;

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

    /// Sets all names back to their values in `before`.
    pub fn reset(&self, before: &Conf) {
        let before = before.set.read().clone();
        *self.set.write() = before;
    }

    /// All names that were set, with their values, sorted.
    pub fn all(&self) -> BTreeMap<String, String> {
        self.set.read().clone()
    }

    /// A copy that later changes of this one do not reach.
    pub fn snapshot(&self) -> Conf {
        Conf {
            set: Arc::new(RwLock::new(self.set.read().clone())),
        }
    }
}

fn default_of(name: &str) -> Option<&'static str> {
    conf_key::find(name).map(|key| key.default)
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
