//! Values: reads the text of a setting as a typed value, or says what is wrong with it.
//!
//! The messages are those of Kafka, because users search for them.

use std::collections::BTreeSet;
use std::fmt;

use super::java::{format_double, parse_double, parse_long, split_list, trim};
use super::{Allowed, ConfigDef, ConfigType};

/// The typed value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// The value of a boolean setting.
    Boolean(bool),
    /// The value of a short, int or long setting.
    Number(i64),
    /// The value of a double setting.
    Double(f64),
    /// The value of a string, class or password setting.
    Text(String),
    /// The items of a list setting, trimmed, in order.
    List(Vec<String>),
}

/// The value as Kafka's `ConfigDef.convertToString` writes it, for DescribeConfigs.
impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigValue::Boolean(value) => write!(f, "{value}"),
            ConfigValue::Number(value) => write!(f, "{value}"),
            ConfigValue::Double(value) => f.write_str(&format_double(*value)),
            ConfigValue::Text(value) => f.write_str(value),
            ConfigValue::List(items) => f.write_str(&items.join(",")),
        }
    }
}

/// Why a text is not a value of a setting, in Kafka's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidValue(pub String);

impl ConfigDef {
    /// Reads `text` as a value of this setting, as Kafka's `ConfigDef.parseType` does, and checks that
    /// the value is allowed.
    ///
    /// A list of fixed words loses its repeated items, as in Kafka.
    ///
    /// # Errors
    /// [`InvalidValue`] with a message that names the setting.
    pub fn parse(&self, text: &str) -> Result<ConfigValue, InvalidValue> {
        let mut value = self.parse_type(text)?;
        self.check(&value)?;
        if let (Allowed::ListOf(_), ConfigValue::List(items)) = (self.allowed, &mut value) {
            let mut seen = BTreeSet::new();
            items.retain(|item| seen.insert(item.clone()));
        }
        Ok(value)
    }

    /// The value of a setting that is not set; `None` is Kafka's null.
    pub fn default_value(&self) -> Option<ConfigValue> {
        self.default.and_then(|text| self.parse(text).ok())
    }

    fn parse_type(&self, text: &str) -> Result<ConfigValue, InvalidValue> {
        let trimmed = trim(text);
        let number = |least: i64, most: i64| {
            parse_long(trimmed)
                .filter(|number| (least..=most).contains(number))
                .map(ConfigValue::Number)
        };
        let parsed = match self.kind {
            ConfigType::Boolean => {
                return if trimmed.eq_ignore_ascii_case("true") {
                    Ok(ConfigValue::Boolean(true))
                } else if trimmed.eq_ignore_ascii_case("false") {
                    Ok(ConfigValue::Boolean(false))
                } else {
                    Err(self.invalid(text, "Expected value to be either true or false"))
                };
            }
            ConfigType::Short => number(i16::MIN.into(), i16::MAX.into()),
            ConfigType::Int => number(i32::MIN.into(), i32::MAX.into()),
            ConfigType::Long => number(i64::MIN, i64::MAX),
            ConfigType::Double => parse_double(trimmed).map(ConfigValue::Double),
            ConfigType::String | ConfigType::Class | ConfigType::Password => {
                Some(ConfigValue::Text(trimmed.to_owned()))
            }
            ConfigType::List => Some(ConfigValue::List(split_list(trimmed))),
        };
        parsed.ok_or_else(|| {
            self.invalid(text, &format!("Not a number of type {}", self.kind.name()))
        })
    }

    fn check(&self, value: &ConfigValue) -> Result<(), InvalidValue> {
        match (self.allowed, value) {
            (Allowed::AtLeast(least), ConfigValue::Number(number)) if *number < least => {
                Err(self.invalid(value, &format!("Value must be at least {least}")))
            }
            (Allowed::Between(least, _), ConfigValue::Number(number)) if *number < least => {
                Err(self.invalid(value, &format!("Value must be at least {least}")))
            }
            (Allowed::Between(_, most), ConfigValue::Number(number)) if *number > most => {
                Err(self.invalid(value, &format!("Value must be no more than {most}")))
            }
            (Allowed::BetweenOr(least, most, also), ConfigValue::Number(number))
                if !(least..=most).contains(number) && *number != also =>
            {
                Err(self.invalid(
                    value,
                    &format!("Value must be between {least} and {most} or equal to {also}"),
                ))
            }
            // Kafka accepts it, because every comparison with NaN is false.
            (_, ConfigValue::Double(number)) if number.is_nan() => {
                Err(self.invalid(value, "Value must be a number"))
            }
            (Allowed::Fraction(least, _), ConfigValue::Double(number)) if *number < least => {
                Err(self.invalid(value, &format!("Value must be at least {least}")))
            }
            (Allowed::Fraction(_, most), ConfigValue::Double(number)) if *number > most => {
                Err(self.invalid(value, &format!("Value must be no more than {most}")))
            }
            (Allowed::OneOf(choices), ConfigValue::Text(text))
                if !choices.contains(&text.as_str()) =>
            {
                Err(self.invalid(
                    text,
                    &format!("String must be one of: {}", choices.join(", ")),
                ))
            }
            (Allowed::OneOfAnyCase(choices), ConfigValue::Text(text))
                if !choices
                    .iter()
                    .any(|choice| choice.eq_ignore_ascii_case(text)) =>
            {
                let message = format!(
                    "String must be one of (case insensitive): {}",
                    choices.join(", ")
                );
                Err(self.invalid(text, &message))
            }
            (Allowed::ListOf(_), ConfigValue::List(items))
                if items.iter().any(String::is_empty) =>
            {
                Err(InvalidValue(format!(
                    "Configuration '{}' values must not be empty.",
                    self.name
                )))
            }
            (Allowed::ListOf(choices), ConfigValue::List(items)) => {
                match items.iter().find(|item| !choices.contains(&item.as_str())) {
                    Some(item) => Err(self.invalid(
                        item,
                        &format!("String must be one of: {}", choices.join(", ")),
                    )),
                    None => Ok(()),
                }
            }
            (Allowed::ThrottledReplicas, ConfigValue::List(items))
                if !is_throttled_replicas(items) =>
            {
                let name = self.name;
                let message = format!(
                    "{name} must be the literal '*' or a list of replicas in the following format: \
                     [partitionId]:[brokerId],[partitionId]:[brokerId],..."
                );
                Err(self.invalid(format!("[{}]", items.join(", ")), &message))
            }
            _ => Ok(()),
        }
    }

    fn invalid(&self, value: impl fmt::Display, why: &str) -> InvalidValue {
        InvalidValue(format!(
            "Invalid value {value} for configuration {}: {why}",
            self.name
        ))
    }
}

/// `*`, or items of the form `partition:broker`; Kafka lets an item be empty.
fn is_throttled_replicas(items: &[String]) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_replica = |item: &String| {
        item.is_empty() || matches!(item.split_once(':'), Some((p, b)) if number(p) && number(b))
    };
    items == ["*"] || items.iter().all(is_replica)
}

#[cfg(test)]
mod tests {
    use crate::config_def::{broker_config, topic_config};

    fn message(name: &str, text: &str) -> String {
        let def = topic_config(name).expect("a topic setting");
        match def.parse(text) {
            Ok(value) => format!("ok {value}"),
            Err(why) => why.0,
        }
    }

    const NOT_A_REPLICA: &str = "leader.replication.throttled.replicas must be the literal '*' or a list of \
         replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";

    /// The right-hand sides were printed by Kafka 4.3.1 when a topic was altered and described.
    #[test]
    fn topic_values_are_read_and_refused_as_kafka_does() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            (
                "min.cleanable.dirty.ratio",
                &[
                    ("0.5f", "ok 0.5"),
                    ("0.5d", "ok 0.5"),
                    ("+0.5", "ok 0.5"),
                    (" 0.5 ", "ok 0.5"),
                    ("1e-1", "ok 0.1"),
                    ("0x1p-1", "ok 0.5"),
                    (
                        "Infinity",
                        "Invalid value Infinity: Value must be no more than 1",
                    ),
                    (
                        "-Infinity",
                        "Invalid value -Infinity: Value must be at least 0",
                    ),
                    ("nan", "Invalid value nan: Not a number of type DOUBLE"),
                    (
                        "1e400",
                        "Invalid value Infinity: Value must be no more than 1",
                    ),
                    ("2", "Invalid value 2.0: Value must be no more than 1"),
                    ("-0.0", "ok -0.0"),
                    (".", "Invalid value .: Not a number of type DOUBLE"),
                    ("", "Invalid value : Not a number of type DOUBLE"),
                    (".5", "ok 0.5"),
                    ("5e-5", "ok 5.0E-5"),
                ],
            ),
            (
                "retention.ms",
                &[
                    ("+1", "ok 1"),
                    (" 7 ", "ok 7"),
                    ("abc", "Invalid value abc: Not a number of type LONG"),
                    ("1e3", "Invalid value 1e3: Not a number of type LONG"),
                    ("0x10", "Invalid value 0x10: Not a number of type LONG"),
                    ("-2", "Invalid value -2: Value must be at least -1"),
                    ("\u{661}", "ok 1"),
                    ("00", "ok 0"),
                ],
            ),
            (
                "segment.bytes",
                &[
                    ("+1048576", "ok 1048576"),
                    ("1e9", "Invalid value 1e9: Not a number of type INT"),
                    (
                        "1048575",
                        "Invalid value 1048575: Value must be at least 1048576",
                    ),
                    (
                        "2147483648",
                        "Invalid value 2147483648: Not a number of type INT",
                    ),
                ],
            ),
            ("max.message.bytes", &[("\t5\n", "ok 5")]),
            (
                "preallocate",
                &[
                    ("TRUE", "ok true"),
                    (" True ", "ok true"),
                    (
                        "yes",
                        "Invalid value yes: Expected value to be either true or false",
                    ),
                    (
                        "",
                        "Invalid value : Expected value to be either true or false",
                    ),
                ],
            ),
            (
                "cleanup.policy",
                &[
                    (" compact , delete ", "ok compact,delete"),
                    ("compact,compact", "ok compact"),
                    (" ", "ok "),
                    (
                        "compact,,delete",
                        "Configuration 'cleanup.policy' values must not be empty.",
                    ),
                    (
                        "delete,",
                        "Configuration 'cleanup.policy' values must not be empty.",
                    ),
                    (
                        "COMPACT",
                        "Invalid value COMPACT: String must be one of: compact, delete",
                    ),
                ],
            ),
            (
                "compression.type",
                &[
                    (" gzip ", "ok gzip"),
                    (
                        "GZIP",
                        "Invalid value GZIP: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
                    ),
                ],
            ),
            (
                "compression.gzip.level",
                &[
                    ("+9", "ok 9"),
                    (
                        "0",
                        "Invalid value 0: Value must be between 1 and 9 or equal to -1",
                    ),
                ],
            ),
            (
                "leader.replication.throttled.replicas",
                &[
                    ("*", "ok *"),
                    ("0:1, 1:2", "ok 0:1,1:2"),
                    ("0:1,", "ok 0:1,"),
                    ("a", "Invalid value [a]: NOT_A_REPLICA"),
                    ("*,*", "Invalid value [*, *]: NOT_A_REPLICA"),
                ],
            ),
        ];
        for (name, values) in cases {
            for (text, expected) in *values {
                let expected = expected.replace("NOT_A_REPLICA", NOT_A_REPLICA).replacen(
                    ": ",
                    &format!(" for configuration {name}: "),
                    1,
                );
                assert_eq!(message(name, text), expected, "{name}={text}");
            }
        }
    }

    /// Kafka accepts NaN. A log whose dirty ratio must be NaN would never be compacted.
    #[test]
    fn nan_is_refused() {
        assert_eq!(
            message("min.cleanable.dirty.ratio", "NaN"),
            "Invalid value NaN for configuration min.cleanable.dirty.ratio: Value must be a number"
        );
    }

    #[test]
    fn every_default_is_allowed_by_its_own_row() {
        for def in crate::config_def::TOPIC_CONFIGS
            .iter()
            .chain(crate::config_def::BROKER_CONFIGS.iter().copied())
        {
            if let Some(default) = def.default {
                assert!(def.parse(default).is_ok(), "{}={default}", def.name);
            }
            assert!(def.doc.ends_with('.'), "{} has a message", def.name);
        }
        assert!(broker_config("log.retention.ms").is_some());
    }
}
