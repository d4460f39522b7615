//! Values: from a setting's text to a typed value, or to the sentence that says what is wrong.
//!
//! The sentences are those of Kafka's tools, because people search for them.

use std::fmt;

use super::{Allowed, ConfigDef, ConfigType};

/// A setting's value, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// Of a boolean setting.
    Boolean(bool),
    /// Of a short, int or long setting.
    Number(i64),
    /// Of a double setting.
    Double(f64),
    /// Of a string, class or password setting.
    Text(String),
    /// Of a list setting, items trimmed, in order.
    List(Vec<String>),
}

impl ConfigValue {
    /// The number, if it is one.
    pub fn as_number(&self) -> Option<i64> {
        match self {
            ConfigValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            ConfigValue::Boolean(value) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigValue::Boolean(value) => write!(f, "{value}"),
            ConfigValue::Number(value) => write!(f, "{value}"),
            // Java prints a whole double as "2.0".
            ConfigValue::Double(value) => write!(f, "{value:?}"),
            ConfigValue::Text(value) => f.write_str(value),
            ConfigValue::List(items) => write!(f, "[{}]", items.join(", ")),
        }
    }
}

/// Why a text is not a value of a setting, in Kafka's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue(pub String);

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidValue {}

impl ConfigDef {
    /// Read `text` as this setting's value and check that it is allowed.
    ///
    /// Errors: [`InvalidValue`] with the sentence to show.
    pub fn parse(&self, text: &str) -> Result<ConfigValue, InvalidValue> {
        let value = self.parse_type(text)?;
        self.check(&value)?;
        Ok(value)
    }

    fn parse_type(&self, text: &str) -> Result<ConfigValue, InvalidValue> {
        let trimmed = text.trim();
        let number = |least: i64, most: i64| {
            // Java's parser takes a leading plus sign, and so does Rust's.
            trimmed
                .parse::<i64>()
                .ok()
                .filter(|n| (least..=most).contains(n))
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
            ConfigType::Double => trimmed.parse::<f64>().ok().map(ConfigValue::Double),
            ConfigType::String | ConfigType::Class => Some(ConfigValue::Text(trimmed.to_owned())),
            ConfigType::Password => Some(ConfigValue::Text(text.to_owned())),
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
            // A comparison with NaN is false, so it must be named.
            (Allowed::Fraction(least, _), ConfigValue::Double(number))
                if *number < least || number.is_nan() =>
            {
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
                let sentence = format!(
                    "String must be one of (case insensitive): {}",
                    choices.join(", ")
                );
                Err(self.invalid(text, &sentence))
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
                let sentence = format!(
                    "{name} must be the literal '*' or a list of replicas in the following format: \
                     [partitionId]:[brokerId],[partitionId]:[brokerId],..."
                );
                Err(self.invalid(value, &sentence))
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

/// Items of a comma-separated list, each trimmed; an empty text is an empty list.
fn split_list(text: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').map(|item| item.trim().to_owned()).collect()
    }
}

fn is_throttled_replicas(items: &[String]) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    items == ["*"]
        || items
            .iter()
            .all(|item| matches!(item.split_once(':'), Some((p, b)) if number(p) && number(b)))
}

#[cfg(test)]
mod tests {
    use crate::config_def::{broker_config, topic_config};

    fn sentence(name: &str, text: &str) -> String {
        let def = topic_config(name).expect("a topic setting");
        match def.parse(text) {
            Ok(value) => format!("ok {value}"),
            Err(why) => why.0,
        }
    }

    /// The right-hand sides were printed by Kafka 4.3.1.
    #[test]
    fn values_are_refused_in_kafkas_words() {
        let cases = [
            (
                "retention.ms",
                "abc",
                "Invalid value abc for configuration retention.ms: Not a number of type LONG",
            ),
            (
                "retention.ms",
                "-5",
                "Invalid value -5 for configuration retention.ms: Value must be at least -1",
            ),
            ("retention.ms", " 5 ", "ok 5"),
            (
                "cleanup.policy",
                "foo",
                "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
            ),
            ("cleanup.policy", "", "ok []"),
            ("cleanup.policy", "compact, delete", "ok [compact, delete]"),
            (
                "compression.type",
                "x",
                "Invalid value x for configuration compression.type: \
                 String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
            ),
            (
                "min.cleanable.dirty.ratio",
                "2",
                "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
            ),
            (
                "preallocate",
                "maybe",
                "Invalid value maybe for configuration preallocate: Expected value to be either true or false",
            ),
            (
                "segment.bytes",
                "",
                "Invalid value  for configuration segment.bytes: Not a number of type INT",
            ),
            (
                "segment.bytes",
                "1",
                "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576",
            ),
            (
                "compression.gzip.level",
                "77",
                "Invalid value 77 for configuration compression.gzip.level: \
                 Value must be between 1 and 9 or equal to -1",
            ),
            (
                "max.message.bytes",
                "99999999999",
                "Invalid value 99999999999 for configuration max.message.bytes: Not a number of type INT",
            ),
            (
                "leader.replication.throttled.replicas",
                "a",
                "Invalid value [a] for configuration leader.replication.throttled.replicas: \
                 leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the \
                 following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            ),
            ("leader.replication.throttled.replicas", "*", "ok [*]"),
            (
                "leader.replication.throttled.replicas",
                "0:1,1:2",
                "ok [0:1, 1:2]",
            ),
        ];
        for (name, text, expected) in cases {
            assert_eq!(sentence(name, text), expected, "{name}={text}");
        }
    }

    #[test]
    fn not_a_number_is_below_every_fraction() {
        let def = topic_config("min.cleanable.dirty.ratio").expect("known");
        assert!(def.parse("NaN").is_err());
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
            assert!(def.doc.ends_with('.'), "{} has a sentence", def.name);
        }
        assert!(broker_config("log.retention.ms").is_some());
    }
}
