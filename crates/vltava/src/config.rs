//! Reads a broker's configuration from a file, the environment and the command line.
//!
//! Every source gives Kafka's property names with text values. A later source wins: the file
//! (`server.properties` or TOML), then `KAFKA_*` variables, then `--set key=value`.
//! Does not know the properties: [`broker::BrokerConfig`] checks and reads them.

use std::collections::BTreeMap;
use std::path::Path;

/// Kafka property names and their values as text.
pub type Properties = BTreeMap<String, String>;

/// Why a source cannot be read. The text says what is wrong, where, and what to do.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// Reads and merges all sources.
///
/// # Errors
/// The file cannot be read or parsed, or a `--set` has no `=`.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    set: &[String],
) -> Result<Properties, ConfigError> {
    let mut properties = match file {
        Some(path) => read_file(path)?,
        None => Properties::new(),
    };
    properties.extend(
        environment.filter_map(|(name, value)| Some((property_of_variable(&name)?, value))),
    );
    for assignment in set {
        let (key, value) = assignment.split_once('=').ok_or_else(|| {
            ConfigError(format!("--set {assignment}: write it as --set key=value"))
        })?;
        properties.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(properties)
}

fn read_file(path: &Path) -> Result<Properties, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        ConfigError(format!(
            "cannot read configuration file {}: {e}",
            path.display()
        ))
    })?;
    let parsed = if path.extension().is_some_and(|e| e == "toml") {
        parse_toml(&text)
    } else {
        log::properties::parse(&text).map_err(|e| ConfigError(e.to_string()))
    };
    parsed.map_err(|e| ConfigError(format!("configuration file {}: {e}", path.display())))
}

/// Reads TOML. Nested tables are flattened: `[log.retention] hours = 1` is `log.retention.hours`. An array is
/// a comma-separated list.
fn parse_toml(text: &str) -> Result<Properties, ConfigError> {
    let table: toml::Table = text.parse().map_err(|e| ConfigError(format!("{e}")))?;
    let mut properties = Properties::new();
    flatten("", toml::Value::Table(table), &mut properties);
    Ok(properties)
}

fn flatten(prefix: &str, value: toml::Value, into: &mut Properties) {
    if let toml::Value::Table(table) = value {
        for (key, value) in table {
            let name = if prefix.is_empty() {
                key
            } else {
                format!("{prefix}.{key}")
            };
            flatten(&name, value, into);
        }
    } else {
        into.insert(prefix.to_owned(), scalar(value));
    }
}

fn scalar(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        toml::Value::Array(items) => items.into_iter().map(scalar).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The property that an environment variable sets, by the rule of Kafka's Docker image: after the prefix
/// `KAFKA_`, `___` is `-`, `__` is `_`, `_` is `.`. `None` for other variables, and for those that the image
/// itself uses, such as `KAFKA_HEAP_OPTS`.
fn property_of_variable(name: &str) -> Option<String> {
    const NOT_PROPERTIES: [&str; 16] = [
        "KAFKA_DEBUG",
        "KAFKA_GC_LOG_OPTS",
        "KAFKA_HEAP_OPTS",
        "KAFKA_HOME",
        "KAFKA_JMX_HOSTNAME",
        "KAFKA_JMX_OPTS",
        "KAFKA_JMX_PORT",
        "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_LOG4J_LOGGERS",
        "KAFKA_LOG4J_OPTS",
        "KAFKA_LOG4J_ROOT_LOGLEVEL",
        "KAFKA_MODE",
        "KAFKA_OPTS",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL",
        "KAFKA_VERSION",
        "KAFKA_CLASSPATH",
    ];
    if NOT_PROPERTIES.contains(&name) {
        return None;
    }
    let rest = name
        .strip_prefix("KAFKA_")
        .filter(|rest| !rest.is_empty())?;
    let dashes = rest.to_ascii_lowercase().replace("___", "-");
    let underscores = dashes.replace("__", "\u{0}");
    Some(underscores.replace('_', ".").replace('\u{0}', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Properties {
        pairs
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect()
    }

    #[test]
    fn toml_tables_are_dotted_names() {
        let text = "num.partitions = 3\nlisteners = [\"PLAINTEXT://:1\", \"B://:2\"]\n[log.retention]\nhours = 1\n";
        assert_eq!(
            parse_toml(text).unwrap(),
            set(&[
                ("num.partitions", "3"),
                ("listeners", "PLAINTEXT://:1,B://:2"),
                ("log.retention.hours", "1")
            ])
        );
    }

    #[test]
    fn variables_follow_the_docker_rule() {
        let cases = [
            ("KAFKA_LOG_RETENTION_HOURS", Some("log.retention.hours")),
            ("KAFKA_A__B_C___D", Some("a_b.c-d")),
            ("KAFKA_HEAP_OPTS", None),
            ("PATH", None),
            ("KAFKA_", None),
        ];
        for (variable, property) in cases {
            assert_eq!(
                property_of_variable(variable).as_deref(),
                property,
                "{variable}"
            );
        }
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
        let file = tempfile::Builder::new()
            .suffix(".properties")
            .tempfile()
            .unwrap();
        std::fs::write(file.path(), "a=file\nb=file\nc=file\n").unwrap();
        let environment = [
            ("KAFKA_B".to_owned(), "env".to_owned()),
            ("KAFKA_C".to_owned(), "env".to_owned()),
        ];
        let properties = load(
            Some(file.path()),
            environment.into_iter(),
            &["c=set".to_owned()],
        )
        .unwrap();
        assert_eq!(
            properties,
            set(&[("a", "file"), ("b", "env"), ("c", "set")])
        );
    }

    #[test]
    fn an_assignment_without_a_value_says_how_to_write_it() {
        let error = load(None, std::iter::empty(), &["log.dirs".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--set log.dirs: write it as --set key=value"
        );
    }
}
