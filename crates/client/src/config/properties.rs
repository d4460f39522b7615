//! Properties: names and values as in Kafka's configuration files.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use crate::{Error, Result};

/// Configuration as text, by Kafka's names.
///
/// A configuration ignores the names that it does not know, so the same properties may configure a
/// client, a producer and a consumer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

impl Properties {
    /// No properties: all defaults.
    pub fn new() -> Properties {
        Properties::default()
    }

    /// Sets a property.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Properties {
        self.0.insert(key.into(), value.into());
        self
    }

    /// The value of a property.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(super) fn text(&self, key: &str, default: &str) -> String {
        self.get(key).unwrap_or(default).to_owned()
    }

    pub(super) fn number<N: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        key: &str,
        default: N,
        min: N,
    ) -> Result<N> {
        let Some(text) = self.get(key) else {
            return Ok(default);
        };
        match text.trim().parse() {
            Ok(number) if number >= min => Ok(number),
            _ => Err(invalid(
                key,
                text,
                format!("expected a number of at least {min}"),
            )),
        }
    }

    /// The value of a property in milliseconds.
    pub(super) fn duration(&self, key: &str, default_ms: u64) -> Result<Duration> {
        self.number(key, default_ms, 0).map(Duration::from_millis)
    }

    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool> {
        match self.get(key).map(str::trim) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(text) => Err(invalid(key, text, "expected true or false")),
        }
    }

    /// The value of a property that is one of several words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        default: T,
        choices: &[(&str, T)],
    ) -> Result<T> {
        let Some(text) = self.get(key) else {
            return Ok(default);
        };
        match choices
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text.trim()))
        {
            Some((_, meaning)) => Ok(*meaning),
            None => {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                Err(invalid(
                    key,
                    text,
                    format!("expected one of {}", words.join(", ")),
                ))
            }
        }
    }

    /// The items of a comma-separated list.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        self.get(key)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Properties {
        Properties(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

pub(super) fn invalid(key: &str, value: &str, reason: impl Into<String>) -> Error {
    Error::Config {
        key: key.to_owned(),
        value: value.to_owned(),
        reason: reason.into(),
    }
}
