//! Options of a reader or writer, as users give them: names in any case, values as text.

use std::collections::BTreeMap;

use crate::error::FormatError;
use crate::time::{Pattern, Zone};

/// Options by name.
pub type Map = BTreeMap<String, String>;

/// The value of an option.
pub(crate) fn get<'a>(map: &'a Map, name: &str) -> Option<&'a str> {
    map.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// A switch: `true` or `false`.
pub(crate) fn flag(map: &Map, name: &str, default: bool) -> Result<bool, FormatError> {
    match get(map, name) {
        None => Ok(default),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
        Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
        Some(value) => Err(invalid(name, value, "true or false")),
    }
}

/// Refuses a switch that is set to something else than the only thing we do.
pub(crate) fn fixed_flag(map: &Map, name: &str, fixed: bool) -> Result<(), FormatError> {
    if flag(map, name, fixed)? == fixed {
        return Ok(());
    }
    Err(invalid(
        name,
        if fixed { "false" } else { "true" },
        &format!("{fixed}: nothing else is supported"),
    ))
}

/// A date and time pattern.
pub(crate) fn pattern(map: &Map, name: &str) -> Result<Option<Pattern>, FormatError> {
    get(map, name)
        .map(|value| Pattern::new(name, value))
        .transpose()
}

/// The option `timeZone`, or the session's zone.
pub(crate) fn zone(map: &Map, session: Zone) -> Result<Zone, FormatError> {
    match get(map, "timeZone").or_else(|| get(map, "timestampTimeZone")) {
        None => Ok(session),
        Some(name) => {
            Zone::parse(name).ok_or_else(|| invalid("timeZone", name, "the name of a time zone"))
        }
    }
}

pub(crate) fn invalid(name: &str, value: &str, expected: &str) -> FormatError {
    FormatError::InvalidOption {
        name: name.to_owned(),
        value: value.to_owned(),
        expected: expected.to_owned(),
    }
}
