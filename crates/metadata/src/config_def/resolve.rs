//! Effective values: which value of a setting takes precedence if it is set in several places.
//!
//! Strongest first: the topic, the broker's dynamic setting, the dynamic default of all brokers, the
//! broker's properties file, the default. Within one place `…ms` wins over `…minutes` over `…hours`.
//!
//! Values were checked when they were set. A metadata log that another version wrote may still hold one
//! that is not a value here; it is passed over.

use std::collections::BTreeMap;

use super::{
    BROKER_CONFIGS, ConfigDef, ConfigKey, ConfigValue, ConfigValues, InvalidValue, Synonym,
    TOPIC_CONFIGS, Unit, broker_config, topic_config,
};
use crate::image::{ConfigResource, ConfigsImage};

/// Where a value comes from, numbered as DescribeConfigs reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum ConfigSource {
    /// Set for the topic.
    DynamicTopic = 1,
    /// Set for this broker while it runs.
    DynamicBroker = 2,
    /// Set as the default of all brokers while they run.
    DynamicDefaultBroker = 3,
    /// Given when the broker started.
    StaticBroker = 4,
    /// The default.
    Default = 5,
}

/// The places that a broker setting can be set in, for one broker.
#[derive(Clone, Copy, Debug)]
pub struct ConfigLayers<'a> {
    /// Set for this broker while it runs.
    pub dynamic_broker: &'a BTreeMap<String, String>,
    /// Set as the default of all brokers while they run.
    pub dynamic_default: &'a BTreeMap<String, String>,
    /// Given when the broker started.
    pub static_broker: &'a BTreeMap<String, String>,
}

impl<'a> ConfigLayers<'a> {
    /// The layers of broker `node_id`, which was started with `static_broker`.
    pub fn new(
        configs: &'a ConfigsImage,
        node_id: i32,
        static_broker: &'a BTreeMap<String, String>,
    ) -> Self {
        ConfigLayers {
            dynamic_broker: configs.of(&ConfigResource::broker(node_id)),
            dynamic_default: configs.of(&ConfigResource::default_broker()),
            static_broker,
        }
    }

    /// The value of a broker setting that holds.
    pub fn get<T>(&self, key: ConfigKey<T>) -> T {
        let def = key.def();
        let mut texts = self
            .strongest_first()
            .into_iter()
            .filter_map(|(_, texts)| texts.get(def.name));
        key.read(
            texts
                .find(|text| def.parse(text).is_ok())
                .map(String::as_str),
        )
    }

    fn strongest_first(&self) -> [(ConfigSource, &'a BTreeMap<String, String>); 3] {
        [
            (ConfigSource::DynamicBroker, self.dynamic_broker),
            (ConfigSource::DynamicDefaultBroker, self.dynamic_default),
            (ConfigSource::StaticBroker, self.static_broker),
        ]
    }
}

/// A value and the name it was set by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedValue {
    /// Name of the setting in that place.
    pub name: String,
    /// The value, as Kafka shows it; `None` if it must not be shown.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// A setting with its effective value.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveConfig {
    /// The setting.
    pub def: &'static ConfigDef,
    /// The effective value in the setting's own unit; `None` if it is null or must not be shown.
    pub value: Option<String>,
    /// The place where the effective value was set.
    pub source: ConfigSource,
    /// Whether it can only change by a restart.
    pub read_only: bool,
    /// Every place that has a value, strongest first.
    pub synonyms: Vec<SourcedValue>,
}

/// Every topic setting with its effective value for a topic with these `overrides`.
pub fn resolve_topic(
    overrides: &BTreeMap<String, String>,
    layers: ConfigLayers<'_>,
) -> Vec<EffectiveConfig> {
    TOPIC_CONFIGS
        .iter()
        .map(|def| resolve_topic_config(def, overrides, layers))
        .collect()
}

/// Every broker setting with its effective value, as DescribeConfigs lists them.
///
/// A setting whose value only a synonym gives (`log.retention.hours` for `log.retention.ms`) has no
/// value of its own, as in Kafka.
pub fn resolve_broker(layers: ConfigLayers<'_>) -> Vec<EffectiveConfig> {
    BROKER_CONFIGS
        .iter()
        .map(|def| resolve_broker_config(def, layers))
        .filter(|config| config.def.always_described || config.source != ConfigSource::Default)
        .collect()
}

/// The values of all topic settings for a topic that overrides none of them.
///
/// Computed once for all topics, because it reads text.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicDefaults {
    values: ConfigValues,
}

impl TopicDefaults {
    /// The defaults that these layers give.
    pub fn new(layers: ConfigLayers<'_>) -> Self {
        let mut values = ConfigValues::default();
        for def in TOPIC_CONFIGS {
            let strongest = broker_values(def.synonyms, layers).into_iter().next();
            let value = strongest.map(|found| in_unit(found.value, found.synonym.unit));
            if let Some(value) = value.or_else(|| def.default_value()) {
                values.set(def, value);
            }
        }
        TopicDefaults { values }
    }

    /// The values for a topic with these `overrides`, and the overrides that are not values of a topic
    /// setting and were therefore passed over.
    pub fn with(&self, overrides: &BTreeMap<String, String>) -> (ConfigValues, Vec<InvalidValue>) {
        let mut values = self.values.clone();
        let mut invalid = Vec::new();
        for (name, text) in overrides {
            let Some(def) = topic_config(name) else {
                invalid.push(InvalidValue(format!("Unknown topic config name: {name}")));
                continue;
            };
            match def.parse(text) {
                Ok(value) => values.set(def, value),
                Err(why) => invalid.push(why),
            }
        }
        (values, invalid)
    }
}

fn resolve_topic_config(
    def: &'static ConfigDef,
    overrides: &BTreeMap<String, String>,
    layers: ConfigLayers<'_>,
) -> EffectiveConfig {
    let mut synonyms = Vec::new();
    let mut winner = None;
    let own = overrides
        .get(def.name)
        .and_then(|text| def.parse(text).ok());
    if let Some(value) = own {
        // Kafka shows the value of a topic as it was read, that of a broker as it was written.
        synonyms.push(SourcedValue {
            name: def.name.to_owned(),
            value: Some(value.to_string()),
            source: ConfigSource::DynamicTopic,
        });
        winner = Some((value, ConfigSource::DynamicTopic));
    }
    for found in broker_values(def.synonyms, layers) {
        synonyms.push(found.sourced(def));
        if winner.is_none() {
            winner = Some((in_unit(found.value, found.synonym.unit), found.source));
        }
    }
    let (value, source) = match winner {
        Some((value, source)) => (Some(value), source),
        None => (def.default_value(), ConfigSource::Default),
    };
    EffectiveConfig {
        def,
        value: value.map(|value| value.to_string()),
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
        .map(|own| own.value.to_string())
        .filter(|_| !def.is_sensitive());
    let source = own.map_or(ConfigSource::Default, |own| own.source);
    let synonyms = found
        .iter()
        .skip_while(|found| found.synonym.name != def.name)
        .map(|found| found.sourced(def))
        .collect();
    EffectiveConfig {
        def,
        value,
        source,
        read_only: !def.is_dynamic(),
        synonyms,
    }
}

/// A value that was set under one of the names of a setting.
struct FoundValue<'a> {
    synonym: Synonym,
    text: &'a str,
    value: ConfigValue,
    source: ConfigSource,
}

impl FoundValue<'_> {
    fn sourced(&self, def: &ConfigDef) -> SourcedValue {
        SourcedValue {
            name: self.synonym.name.to_owned(),
            value: (!def.is_sensitive()).then(|| self.text.to_owned()),
            source: self.source,
        }
    }
}

/// The values that these names have, strongest first, defaults included.
fn broker_values<'a>(names: &[Synonym], layers: ConfigLayers<'a>) -> Vec<FoundValue<'a>> {
    let rows = || {
        names
            .iter()
            .filter_map(|synonym| Some((synonym, broker_config(synonym.name)?)))
    };
    let found = |synonym: &Synonym, def: &ConfigDef, text: &'a str, source: ConfigSource| {
        Some(FoundValue {
            synonym: *synonym,
            text,
            value: def.parse(text).ok()?,
            source,
        })
    };
    let mut all = Vec::new();
    for (source, texts) in layers.strongest_first() {
        all.extend(
            rows()
                .filter_map(|(synonym, def)| found(synonym, def, texts.get(synonym.name)?, source)),
        );
    }
    all.extend(
        rows()
            .filter_map(|(synonym, def)| found(synonym, def, def.default?, ConfigSource::Default)),
    );
    all
}

/// `value` counted in milliseconds; −1 ("no limit") stays what it is.
fn in_unit(value: ConfigValue, unit: Unit) -> ConfigValue {
    let factor = match unit {
        Unit::Same => return value,
        Unit::MinutesToMs => 60_000,
        Unit::HoursToMs => 3_600_000,
    };
    match value {
        ConfigValue::Number(number) if number >= 0 => {
            ConfigValue::Number(number.saturating_mul(factor))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_def::keys;

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
    fn a_stored_value_that_cannot_be_read_is_ignored_and_reported() {
        let none = BTreeMap::new();
        let dynamic_default = map(&[
            ("log.retention.ms", "soon"),
            ("log.segment.bytes", "+2097152"),
        ]);
        let layers = ConfigLayers {
            dynamic_broker: &none,
            dynamic_default: &dynamic_default,
            static_broker: &none,
        };
        let overrides = map(&[
            ("min.cleanable.dirty.ratio", "0x1p-1"),
            ("flush.ms", "1e3"),
            ("setting.of.tomorrow", "1"),
        ]);
        let (values, invalid) = TopicDefaults::new(layers).with(&overrides);
        assert_eq!(values.get(keys::topic::RETENTION_MS), 604_800_000);
        assert_eq!(values.get(keys::topic::SEGMENT_BYTES), 2_097_152);
        assert_eq!(values.get(keys::topic::MIN_CLEANABLE_DIRTY_RATIO), 0.5);
        assert_eq!(values.get(keys::topic::FLUSH_MS), i64::MAX);
        let invalid: Vec<&str> = invalid.iter().map(|why| why.0.as_str()).collect();
        assert_eq!(
            invalid,
            [
                "Invalid value 1e3 for configuration flush.ms: Not a number of type LONG",
                "Unknown topic config name: setting.of.tomorrow",
            ]
        );
    }

    /// The typed values and what DescribeConfigs shows come from two functions.
    #[test]
    fn typed_values_are_those_that_are_described() {
        let none = BTreeMap::new();
        let file = map(&[
            ("log.retention.hours", "24"),
            ("log.cleanup.policy", "compact , delete"),
        ]);
        let layers = ConfigLayers {
            dynamic_broker: &none,
            dynamic_default: &none,
            static_broker: &file,
        };
        let (values, _) = TopicDefaults::new(layers).with(&map(&[("flush.ms", " +7")]));
        for config in resolve_topic(&map(&[("flush.ms", " +7")]), layers) {
            let typed = values.text(config.def);
            assert_eq!(typed, config.value, "{}", config.def.name);
        }
    }

    #[test]
    fn no_limit_in_hours_is_no_limit_in_milliseconds() {
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
