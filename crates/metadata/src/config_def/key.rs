//! Typed access to settings.

use std::collections::BTreeMap;
use std::fmt;

use super::{ConfigDef, ConfigType, ConfigValue, Support};

/// A setting that the code reads, with the Rust type of its value.
///
/// The constants are in [`super::keys`]. Making one is checked when the crate is compiled: the row must
/// exist, have a fitting type, have an effect, and have a default unless `T` can say "not set".
pub struct ConfigKey<T> {
    def: &'static ConfigDef,
    /// Converts a value of the row's type; `None` is Kafka's null.
    convert: fn(Option<&ConfigValue>) -> T,
}

impl<T> Clone for ConfigKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ConfigKey<T> {}

impl<T> fmt::Debug for ConfigKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfigKey").field(&self.def.name).finish()
    }
}

impl<T> ConfigKey<T> {
    /// The row of the setting.
    pub fn def(&self) -> &'static ConfigDef {
        self.def
    }

    /// The value that `text` stands for; the default if `text` is `None` or is not a value of this
    /// setting.
    pub fn read(&self, text: Option<&str>) -> T {
        let given = text.and_then(|text| self.def.parse(text).ok());
        (self.convert)(given.or_else(|| self.def.default_value()).as_ref())
    }
}

/// Checked values of settings, by name. A setting that is not in the map has its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigValues {
    values: BTreeMap<&'static str, ConfigValue>,
}

impl ConfigValues {
    /// The value of a setting.
    pub fn get<T>(&self, key: ConfigKey<T>) -> T {
        match self.values.get(key.def.name) {
            Some(value) => (key.convert)(Some(value)),
            None => (key.convert)(key.def.default_value().as_ref()),
        }
    }

    /// Whether the setting is in the map.
    pub fn is_set<T>(&self, key: ConfigKey<T>) -> bool {
        self.values.contains_key(key.def.name)
    }

    /// The value of a row as text, for tests.
    #[cfg(test)]
    pub(super) fn text(&self, def: &ConfigDef) -> Option<String> {
        self.values.get(def.name).map(ToString::to_string)
    }

    /// Sets a value that [`ConfigDef::parse`] has returned for the same row.
    pub fn set(&mut self, def: &'static ConfigDef, value: ConfigValue) {
        self.values.insert(def.name, value);
    }
}

/// The row named `name`, which must have one of these types. Fails the compilation otherwise.
const fn row(
    tables: &[&'static [ConfigDef]],
    name: &str,
    kinds: &[ConfigType],
    nullable: bool,
) -> &'static ConfigDef {
    let mut table = 0;
    while table < tables.len() {
        let rows = tables[table];
        let mut index = 0;
        while index < rows.len() {
            let def = &rows[index];
            if is_same(def.name, name) {
                assert!(
                    matches!(def.support, Support::Works),
                    "a setting that is read has an effect"
                );
                assert!(
                    nullable || def.default.is_some(),
                    "a setting without a default needs a key that can be null"
                );
                let mut kind = 0;
                while kind < kinds.len() {
                    if kinds[kind] as i8 == def.kind as i8 {
                        return def;
                    }
                    kind += 1;
                }
                panic!("the setting has another type");
            }
            index += 1;
        }
        table += 1;
    }
    panic!("no such setting")
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The tables in which a group of keys is looked up.
pub(super) struct Tables(pub(super) &'static [&'static [ConfigDef]]);

impl Tables {
    pub(super) const fn boolean(&self, name: &str) -> ConfigKey<bool> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::Boolean], false),
            convert: |value| matches!(value, Some(ConfigValue::Boolean(true))),
        }
    }

    /// A whole number of 16 or 32 bits.
    pub(super) const fn int(&self, name: &str) -> ConfigKey<i32> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::Int, ConfigType::Short], false),
            // The type of the row keeps the number within 32 bits.
            convert: |value| number(value) as i32,
        }
    }

    /// A whole number of any width.
    pub(super) const fn long(&self, name: &str) -> ConfigKey<i64> {
        let kinds = &[ConfigType::Long, ConfigType::Int, ConfigType::Short];
        ConfigKey {
            def: row(self.0, name, kinds, false),
            convert: number,
        }
    }

    /// A whole number that counts something in memory; a negative one is 0.
    pub(super) const fn size(&self, name: &str) -> ConfigKey<usize> {
        let kinds = &[ConfigType::Long, ConfigType::Int, ConfigType::Short];
        ConfigKey {
            def: row(self.0, name, kinds, false),
            convert: |value| usize::try_from(number(value)).unwrap_or(0),
        }
    }

    pub(super) const fn double(&self, name: &str) -> ConfigKey<f64> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::Double], false),
            convert: |value| match value {
                Some(ConfigValue::Double(number)) => *number,
                other => unreachable!("{other:?} in a row of doubles"),
            },
        }
    }

    pub(super) const fn string(&self, name: &str) -> ConfigKey<String> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::String], false),
            convert: |value| match value {
                Some(ConfigValue::Text(text)) => text.clone(),
                other => unreachable!("{other:?} in a row of strings"),
            },
        }
    }

    /// A text that may be null; an empty one is null.
    pub(super) const fn string_or_null(&self, name: &str) -> ConfigKey<Option<String>> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::String], true),
            convert: |value| match value {
                Some(ConfigValue::Text(text)) if !text.is_empty() => Some(text.clone()),
                _ => None,
            },
        }
    }

    /// The items of a list that are not empty; null is an empty list.
    pub(super) const fn list(&self, name: &str) -> ConfigKey<Vec<String>> {
        ConfigKey {
            def: row(self.0, name, &[ConfigType::List], true),
            convert: |value| match value {
                Some(ConfigValue::List(items)) => {
                    let items = items.iter().filter(|item| !item.is_empty());
                    items.cloned().collect()
                }
                _ => Vec::new(),
            },
        }
    }
}

fn number(value: Option<&ConfigValue>) -> i64 {
    match value {
        Some(ConfigValue::Number(number)) => *number,
        other => unreachable!("{other:?} in a row of whole numbers"),
    }
}
