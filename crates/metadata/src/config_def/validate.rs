//! Checks of all settings of a resource together, as they would be after a change.

use std::collections::BTreeMap;

use super::{
    ConfigDef, ConfigType, ConfigValue, ConfigValues, InvalidValue, UpdateMode, broker_config,
    keys, topic_config,
};

/// Checks all settings of a topic, as they would be after a change.
///
/// # Errors
/// The first thing that is wrong, in the order of names.
pub fn validate_topic_configs(configs: &BTreeMap<String, String>) -> Result<(), InvalidValue> {
    for name in configs.keys() {
        if topic_config(name).is_none() {
            return Err(InvalidValue(format!("Unknown topic config name: {name}")));
        }
    }
    let mut values = ConfigValues::default();
    let mut tiered = false;
    for (name, text) in configs {
        let def = topic_config(name).expect("names were checked above");
        let value = def.parse(text)?;
        tiered |= name == "remote.storage.enable" && value == ConfigValue::Boolean(true);
        values.set(def, value);
    }
    let least = values.get(keys::topic::MIN_COMPACTION_LAG_MS);
    let most = values.get(keys::topic::MAX_COMPACTION_LAG_MS);
    if least > most {
        return Err(InvalidValue(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        )));
    }
    if tiered {
        return Err(InvalidValue(
            "Tiered Storage functionality is disabled in the broker. \
             Topic cannot be configured with remote log storage."
                .to_owned(),
        ));
    }
    Ok(())
}

/// Checks all dynamic settings of one broker, or of the default of all brokers if `for_one_broker` is
/// false, as they would be after a change.
///
/// # Errors
/// The first thing that is wrong: an unknown name, a setting that must be set per broker, an invalid value.
pub fn validate_broker_configs(
    configs: &BTreeMap<String, String>,
    for_one_broker: bool,
) -> Result<(), InvalidValue> {
    let mut defs = Vec::with_capacity(configs.len());
    for name in configs.keys() {
        match broker_config_of(name) {
            Some(def) => defs.push(def),
            None => return Err(InvalidValue(format!("Unknown broker config name: {name}"))),
        }
    }
    let names = configs.keys().zip(&defs);
    let per_broker: Vec<&str> = names
        .filter(|(_, def)| def.update_mode == UpdateMode::PerBroker)
        .map(|(name, _)| name.as_str())
        .collect();
    if !for_one_broker && !per_broker.is_empty() {
        return Err(InvalidValue(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
            per_broker.join(", ")
        )));
    }
    for (text, def) in configs.values().zip(&defs) {
        check_broker_value(def, &def.parse(text)?)?;
    }
    Ok(())
}

/// Checks that the broker settings with these names may be set while the broker runs. Unknown names are not
/// checked.
///
/// # Errors
/// A setting may not: see [`ConfigDef::is_dynamic`]. The message is Kafka's for a read-only setting.
pub fn check_dynamic<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), InvalidValue> {
    let fixed: Vec<&str> = names
        .filter(|name| broker_config_of(name).is_some_and(|def| !def.is_dynamic()))
        .collect();
    match fixed.is_empty() {
        true => Ok(()),
        false => Err(InvalidValue(format!(
            "Cannot update these configs dynamically: [{}]",
            fixed.join(", ")
        ))),
    }
}

/// Checks that Kafka makes outside its table (`AbstractKafkaConfig.validateValues`), at start and when a
/// setting is altered.
///
/// # Errors
/// A value of the right type and range that Kafka nevertheless refuses.
pub fn check_broker_value(def: &ConfigDef, value: &ConfigValue) -> Result<(), InvalidValue> {
    let name = def.name;
    let is_retention = matches!(
        name,
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours"
    );
    if is_retention && *value == ConfigValue::Number(0) {
        return Err(InvalidValue(format!(
            "requirement failed: {name} must be unlimited (-1) or, greater than or equal to 1"
        )));
    }
    Ok(())
}

/// The setting of this name, without a listener's prefix (`listener.name.<listener>.`).
fn broker_config_of(name: &str) -> Option<&'static ConfigDef> {
    let bare = match name.strip_prefix("listener.name.") {
        Some(rest) => rest.split_once('.')?.1,
        None => name,
    };
    // A login context is set per mechanism too: listener.name.<listener>.<mechanism>.sasl.jaas.config
    broker_config(bare).or_else(|| broker_config(bare.split_once('.')?.1))
}

/// Whether values of this setting are lists, so that APPEND and SUBTRACT make sense.
pub fn is_list(def: Option<&ConfigDef>) -> bool {
    def.is_some_and(|def| def.kind == ConfigType::List)
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

    fn topic(entries: &[(&str, &str)]) -> String {
        validate_topic_configs(&map(entries)).map_or_else(|why| why.0, |()| "ok".to_owned())
    }

    fn broker(entries: &[(&str, &str)], for_one_broker: bool) -> String {
        validate_broker_configs(&map(entries), for_one_broker)
            .map_or_else(|why| why.0, |()| "ok".to_owned())
    }

    #[test]
    fn a_topic_refuses_unknown_and_contradicting_settings() {
        assert_eq!(
            topic(&[("retention.ms", "1"), ("cleanup.policy", "compact")]),
            "ok"
        );
        assert_eq!(topic(&[("nope", "1")]), "Unknown topic config name: nope");
        assert_eq!(
            topic(&[
                ("min.compaction.lag.ms", "10"),
                ("max.compaction.lag.ms", "5")
            ]),
            "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"
        );
        assert!(
            topic(&[("remote.storage.enable", "true")])
                .starts_with("Tiered Storage functionality is disabled")
        );
    }

    /// Message printed by Kafka 4.3.1.
    #[test]
    fn a_retention_of_zero_is_refused() {
        assert_eq!(
            broker(&[("log.retention.ms", "0")], true),
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
        );
    }

    #[test]
    fn a_broker_refuses_settings_that_cannot_change_while_it_runs() {
        let dynamic = |names: &[&str]| {
            check_dynamic(names.iter().copied()).map_or_else(|why| why.0, |()| "ok".to_owned())
        };
        assert_eq!(broker(&[("log.retention.ms", "1")], false), "ok");
        for applied in ["log.retention.ms", "producer.id.expiration.ms"] {
            assert_eq!(dynamic(&[applied]), "ok");
        }
        assert_eq!(
            dynamic(&["broker.rack", "log.retention.ms", "node.id"]),
            "Cannot update these configs dynamically: [broker.rack, node.id]"
        );
        // Dynamic in Kafka; a change would have no effect here.
        let names = [
            "listener.name.internal.max.connections",
            "listener.name.internal.plain.sasl.jaas.config",
            "listener.name.internal.ssl.keystore.location",
            "log.cleaner.threads",
            "max.connections",
            "num.io.threads",
            "ssl.protocol",
        ];
        for name in names {
            assert_eq!(
                dynamic(&[name]),
                format!("Cannot update these configs dynamically: [{name}]")
            );
        }
        assert_eq!(
            broker(&[("ssl.keystore.type", "PEM")], false),
            "Cannot update these configs at default cluster level, broker id must be specified: [ssl.keystore.type]"
        );
        assert_eq!(
            broker(&[("listener.name.internal.ssl.keystore.type", "PEM")], true),
            "ok"
        );
        assert_eq!(
            broker(
                &[("listener.name.internal.plain.sasl.jaas.config", "x")],
                true
            ),
            "ok"
        );
        assert_eq!(
            broker(&[("log.retenton.ms", "1")], false),
            "Unknown broker config name: log.retenton.ms"
        );
        assert_eq!(
            broker(&[("log.cleaner.threads", "-1")], false),
            "Invalid value -1 for configuration log.cleaner.threads: Value must be at least 0"
        );
    }
}
