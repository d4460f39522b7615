//! Checks of a whole set of settings, as it would stand after a change.

use std::collections::BTreeMap;

use super::{
    ConfigDef, ConfigType, ConfigValue, InvalidValue, UpdateMode, broker_config, topic_config,
};

/// Check everything that would be set for a topic.
///
/// `tiered_storage` says whether the brokers offer tiered storage.
/// Errors: the first thing that is wrong, in the order of names.
pub fn validate_topic_configs(
    configs: &BTreeMap<String, String>,
    tiered_storage: bool,
) -> Result<(), InvalidValue> {
    for name in configs.keys() {
        if topic_config(name).is_none() {
            return Err(InvalidValue(format!("Unknown topic config name: {name}")));
        }
    }
    let mut values = BTreeMap::new();
    for (name, text) in configs {
        let def = topic_config(name).expect("names were checked above");
        values.insert(def.name, def.parse(text)?);
    }
    let number = |name: &str| match values.get(name) {
        Some(value) => value.as_number(),
        None => topic_default(name),
    };
    if let (Some(least), Some(most)) = (
        number("min.compaction.lag.ms"),
        number("max.compaction.lag.ms"),
    ) && least > most
    {
        return Err(InvalidValue(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        )));
    }
    if !tiered_storage
        && values
            .get("remote.storage.enable")
            .and_then(ConfigValue::as_bool)
            == Some(true)
    {
        return Err(InvalidValue(
            "Tiered Storage functionality is disabled in the broker. \
             Topic cannot be configured with remote log storage."
                .to_owned(),
        ));
    }
    Ok(())
}

fn topic_default(name: &str) -> Option<i64> {
    topic_config(name)?.default?.parse().ok()
}

/// Check everything that would be set dynamically for one broker, or as the default of all brokers
/// (`for_one_broker` false).
///
/// Errors: the first thing that is wrong: an unknown name, one that cannot change while running, one
/// that must be set per broker, a bad value.
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
    let names_in_mode = |mode: UpdateMode| -> Vec<&str> {
        configs
            .keys()
            .zip(&defs)
            .filter(|(_, def)| def.update_mode == mode)
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let fixed = names_in_mode(UpdateMode::ReadOnly);
    if !fixed.is_empty() {
        return Err(InvalidValue(format!(
            "Cannot update these configs dynamically: [{}]",
            fixed.join(", ")
        )));
    }
    let per_broker = names_in_mode(UpdateMode::PerBroker);
    if !for_one_broker && !per_broker.is_empty() {
        return Err(InvalidValue(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
            per_broker.join(", ")
        )));
    }
    for (text, def) in configs.values().zip(&defs) {
        def.parse(text)?;
    }
    Ok(())
}

/// The setting a name means, with a listener's prefix (`listener.name.<listener>.`) taken off.
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
        validate_topic_configs(&map(entries), false).map_or_else(|why| why.0, |()| "ok".to_owned())
    }

    fn broker(entries: &[(&str, &str)], for_one_broker: bool) -> String {
        validate_broker_configs(&map(entries), for_one_broker)
            .map_or_else(|why| why.0, |()| "ok".to_owned())
    }

    #[test]
    fn a_topic_refuses_what_does_not_exist_or_contradicts_itself() {
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

    #[test]
    fn a_broker_changes_only_what_can_change() {
        assert_eq!(broker(&[("log.retention.ms", "1")], false), "ok");
        assert_eq!(
            broker(&[("node.id", "2"), ("broker.rack", "b")], true),
            "Cannot update these configs dynamically: [broker.rack, node.id]"
        );
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
