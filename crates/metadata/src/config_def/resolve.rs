//! Effective values: which of the places a setting can be set in wins.
//!
//! Strongest first: the topic, the broker's dynamic setting, the dynamic default of all brokers, the
//! broker's properties file, the default. Within one place `…ms` wins over `…minutes` over `…hours`.
//!
//! Does not check values: what is stored was checked when it was written.

use std::collections::BTreeMap;

use super::{
    BROKER_CONFIGS, ConfigDef, Synonym, TOPIC_CONFIGS, Unit, UpdateMode, broker_config,
    topic_config,
};

/// Where a value comes from, numbered as DescribeConfigs reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum ConfigSource {
    /// Set for the topic.
    DynamicTopic = 1,
    /// Set for this broker while running.
    DynamicBroker = 2,
    /// Set as the default of all brokers while running.
    DynamicDefaultBroker = 3,
    /// Given when the broker started.
    StaticBroker = 4,
    /// Nobody set it.
    Default = 5,
}

/// The places a broker setting can be set in, for one broker.
#[derive(Clone, Copy, Debug)]
pub struct ConfigLayers<'a> {
    /// Set for this broker while running.
    pub dynamic_broker: &'a BTreeMap<String, String>,
    /// Set as the default of all brokers while running.
    pub dynamic_default: &'a BTreeMap<String, String>,
    /// Given when the broker started.
    pub static_broker: &'a BTreeMap<String, String>,
}

impl<'a> ConfigLayers<'a> {
    fn strongest_first(&self) -> [(ConfigSource, &'a BTreeMap<String, String>); 3] {
        [
            (ConfigSource::DynamicBroker, self.dynamic_broker),
            (ConfigSource::DynamicDefaultBroker, self.dynamic_default),
            (ConfigSource::StaticBroker, self.static_broker),
        ]
    }
}

/// A value under the name it was set by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedValue {
    /// The setting's name there.
    pub name: String,
    /// The value as it was written; `None` if it must not be shown.
    pub value: Option<String>,
    /// Where it was set.
    pub source: ConfigSource,
}

/// A setting with the value that wins.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveConfig {
    /// The setting.
    pub def: &'static ConfigDef,
    /// The winning value in the setting's own unit; `None` if it is null or must not be shown.
    pub value: Option<String>,
    /// Where the winning value was set.
    pub source: ConfigSource,
    /// Whether it can only change by a restart.
    pub read_only: bool,
    /// Every place that has a value, strongest first.
    pub synonyms: Vec<SourcedValue>,
}

/// Every topic setting with the value that holds for a topic with these `overrides`.
pub fn resolve_topic(
    overrides: &BTreeMap<String, String>,
    layers: ConfigLayers<'_>,
) -> Vec<EffectiveConfig> {
    TOPIC_CONFIGS
        .iter()
        .map(|def| resolve_topic_config(def, overrides, layers))
        .collect()
}

/// The value of one topic setting for a topic with these `overrides`; `None` for an unknown name.
pub fn resolve_topic_value(
    name: &str,
    overrides: &BTreeMap<String, String>,
    layers: ConfigLayers<'_>,
) -> Option<String> {
    resolve_topic_config(topic_config(name)?, overrides, layers).value
}

/// Every broker setting with the value that holds.
///
/// A setting that only a weaker spelling gives (`log.retention.hours` for `log.retention.ms`) has no
/// value of its own, as in Kafka.
pub fn resolve_broker(layers: ConfigLayers<'_>) -> Vec<EffectiveConfig> {
    BROKER_CONFIGS
        .iter()
        .map(|def| resolve_broker_config(def, layers))
        .collect()
}

fn resolve_topic_config(
    def: &'static ConfigDef,
    overrides: &BTreeMap<String, String>,
    layers: ConfigLayers<'_>,
) -> EffectiveConfig {
    let mut synonyms = Vec::new();
    let mut winner = None;
    if let Some(value) = overrides.get(def.name) {
        winner = Some((value.clone(), ConfigSource::DynamicTopic));
        synonyms.push(SourcedValue {
            name: def.name.to_owned(),
            value: Some(value.clone()),
            source: ConfigSource::DynamicTopic,
        });
    }
    for found in broker_values(def.synonyms, layers) {
        if winner.is_none() {
            winner = Some((in_unit(&found.value, found.synonym.unit), found.source));
        }
        synonyms.push(SourcedValue {
            name: found.synonym.name.to_owned(),
            value: Some(found.value),
            source: found.source,
        });
    }
    let (value, source) = match winner {
        Some((value, source)) => (Some(value), source),
        None => (def.default.map(str::to_owned), ConfigSource::Default),
    };
    EffectiveConfig {
        def,
        value,
        source,
        read_only: false,
        synonyms,
    }
}

fn resolve_broker_config(def: &'static ConfigDef, layers: ConfigLayers<'_>) -> EffectiveConfig {
    let mut names = vec![Synonym::same(def.name)];
    names.extend_from_slice(def.synonyms);
    let found = broker_values(&names, layers);
    let own = found.iter().find(|found| found.synonym.name == def.name);
    let value = own
        .map(|own| own.value.clone())
        .filter(|_| !def.is_sensitive());
    let source = own.map_or(ConfigSource::Default, |own| own.source);
    let synonyms = found
        .into_iter()
        .skip_while(|found| found.synonym.name != def.name)
        .map(|found| SourcedValue {
            name: found.synonym.name.to_owned(),
            value: Some(found.value).filter(|_| !def.is_sensitive()),
            source: found.source,
        })
        .collect();
    EffectiveConfig {
        def,
        value,
        source,
        read_only: def.update_mode == UpdateMode::ReadOnly,
        synonyms,
    }
}

/// A value found under one of a setting's names.
struct Found {
    synonym: Synonym,
    value: String,
    source: ConfigSource,
}

/// The values that these names have, strongest first, defaults included.
fn broker_values(names: &[Synonym], layers: ConfigLayers<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (source, values) in layers.strongest_first() {
        for synonym in names {
            if let Some(value) = values.get(synonym.name) {
                found.push(Found {
                    synonym: *synonym,
                    value: value.clone(),
                    source,
                });
            }
        }
    }
    for synonym in names {
        if let Some(default) = broker_config(synonym.name).and_then(|def| def.default) {
            found.push(Found {
                synonym: *synonym,
                value: default.to_owned(),
                source: ConfigSource::Default,
            });
        }
    }
    found
}

/// `value` counted in milliseconds; −1 ("no limit") stays what it is.
fn in_unit(value: &str, unit: Unit) -> String {
    let factor = match unit {
        Unit::Same => return value.to_owned(),
        Unit::MinutesToMs => 60_000,
        Unit::HoursToMs => 3_600_000,
    };
    match value.trim().parse::<i64>() {
        Ok(number) if number >= 0 => number.saturating_mul(factor).to_string(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn retention(
        topic: &[(&str, &str)],
        dynamic: &[(&str, &str)],
        file: &[(&str, &str)],
    ) -> (String, ConfigSource) {
        let (dynamic_default, static_broker) = (map(dynamic), map(file));
        let none = BTreeMap::new();
        let layers = ConfigLayers {
            dynamic_broker: &none,
            dynamic_default: &dynamic_default,
            static_broker: &static_broker,
        };
        let all = resolve_topic(&map(topic), layers);
        let config = all
            .into_iter()
            .find(|config| config.def.name == "retention.ms")
            .expect("known");
        (config.value.expect("has a value"), config.source)
    }

    #[test]
    fn milliseconds_win_over_minutes_over_hours_and_the_topic_over_all() {
        assert_eq!(
            retention(&[], &[], &[]),
            ("604800000".into(), ConfigSource::Default)
        );
        let hours = ("log.retention.hours", "1");
        let minutes = ("log.retention.minutes", "2");
        let ms = ("log.retention.ms", "3");
        assert_eq!(
            retention(&[], &[], &[hours]),
            ("3600000".into(), ConfigSource::StaticBroker)
        );
        assert_eq!(
            retention(&[], &[], &[hours, minutes]),
            ("120000".into(), ConfigSource::StaticBroker)
        );
        assert_eq!(
            retention(&[], &[], &[hours, minutes, ms]),
            ("3".into(), ConfigSource::StaticBroker)
        );
        assert_eq!(
            retention(&[], &[ms], &[hours]),
            ("3".into(), ConfigSource::DynamicDefaultBroker)
        );
        assert_eq!(
            retention(&[("retention.ms", "4")], &[ms], &[]),
            ("4".into(), ConfigSource::DynamicTopic)
        );
    }

    #[test]
    fn hours_of_no_limit_stay_no_limit() {
        assert_eq!(
            retention(&[], &[], &[("log.retention.hours", "-1")]).0,
            "-1"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let none = BTreeMap::new();
        let file = map(&[("ssl.keystore.password", "hunter2")]);
        let layers = ConfigLayers {
            dynamic_broker: &none,
            dynamic_default: &none,
            static_broker: &file,
        };
        let all = resolve_broker(layers);
        let config = all
            .iter()
            .find(|config| config.def.name == "ssl.keystore.password")
            .expect("known");
        assert_eq!(config.value, None);
        assert_eq!(config.source, ConfigSource::StaticBroker);
        assert!(!format!("{all:?}").contains("hunter2"));
    }
}
