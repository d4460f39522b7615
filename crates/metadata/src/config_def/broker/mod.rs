//! The settings a broker can have, one file per subject.

mod group;
mod log;
mod network;
mod node;
mod replication;
mod security;
mod tiered;
mod transaction;

use std::sync::LazyLock;

use super::ConfigDef;

/// The rows by subject, for [`super::keys`].
pub(super) const TABLES: &[&[ConfigDef]] = &[
    node::CONFIGS,
    network::CONFIGS,
    log::CONFIGS,
    group::CONFIGS,
    transaction::CONFIGS,
    replication::CONFIGS,
    tiered::CONFIGS,
    security::CONFIGS,
];

/// Every broker setting, sorted by name.
pub static BROKER_CONFIGS: LazyLock<Vec<&'static ConfigDef>> = LazyLock::new(|| {
    let mut all: Vec<&'static ConfigDef> = TABLES.iter().copied().flatten().collect();
    all.sort_by_key(|def| def.name);
    all
});

/// The broker setting of this name.
pub fn broker_config(name: &str) -> Option<&'static ConfigDef> {
    BROKER_CONFIGS
        .binary_search_by(|def| def.name.cmp(name))
        .ok()
        .map(|index| BROKER_CONFIGS[index])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_def::{ConfigType, TOPIC_CONFIGS};

    /// The variant of `ConfigValue` that holds values of a type.
    fn kind(of: ConfigType) -> ConfigType {
        match of {
            ConfigType::Int | ConfigType::Short => ConfigType::Long,
            other => other,
        }
    }

    #[test]
    fn no_setting_is_defined_twice() {
        for pair in BROKER_CONFIGS.windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn a_topic_setting_and_its_broker_synonym_have_the_same_default() {
        for topic in TOPIC_CONFIGS {
            let Some(synonym) = topic.synonyms.first() else {
                continue;
            };
            let broker =
                broker_config(synonym.name).unwrap_or_else(|| panic!("{} is known", synonym.name));
            if broker.default.is_some() {
                assert_eq!(
                    broker.default, topic.default,
                    "{} and {}",
                    topic.name, broker.name
                );
            }
            for synonym in topic.synonyms {
                let broker = broker_config(synonym.name);
                let kind = broker.map(|def| kind(def.kind));
                assert_eq!(kind, Some(self::kind(topic.kind)), "{}", synonym.name);
            }
        }
    }
}
