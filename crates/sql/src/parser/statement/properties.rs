//! Options and properties: keys with values.

use std::collections::HashSet;

use crate::cursor::{Cursor, Result};
use crate::literal::Literal;
use crate::span::Span;
use crate::statement::Property;
use crate::token::TokenKind;

use crate::parser::literal::{is_string_at, number, single_string, string};
use crate::parser::name::multipart_name;

/// `OPTIONS (..)`, if it comes next.
pub(super) fn options(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    match cursor.eat("OPTIONS") {
        true => property_list(cursor),
        false => Ok(Vec::new()),
    }
}

/// `OPTIONS (..)` of `CREATE TABLE`, if it comes next. Here the last value of a key counts, and Spark has another error for
/// a key without a value.
pub(super) fn table_options(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    let start = cursor.here();
    if !cursor.eat("OPTIONS") {
        return Ok(Vec::new());
    }
    let (mut properties, keys) = split(pairs(cursor)?);
    let mut seen = HashSet::new();
    properties.reverse();
    properties.retain(|it| seen.insert(it.key.clone()));
    properties.reverse();
    match keys.first() {
        None => Ok(properties),
        Some(key) => Err(not_allowed(
            cursor,
            &format!("A value must be specified for the key: {key}."),
            start,
        )),
    }
}

/// `(key [=] value, ..)`. Every key has a value, and none is there twice (Spark: `visitPropertyKeyValues`).
pub(in crate::parser) fn property_list(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    let start = cursor.here();
    let (properties, keys) = split(pairs(cursor)?);
    let mut seen = HashSet::new();
    if let Some(twice) = properties.iter().find(|it| !seen.insert(&it.key)) {
        let message = format!("Found duplicate keys `{}`.", twice.key);
        return Err(cursor.error_at("DUPLICATE_KEY", message, start));
    }
    if keys.is_empty() {
        return Ok(properties);
    }
    let reason = format!("Values must be specified for key(s): [{}]", keys.join(","));
    Err(not_allowed(cursor, &reason, start))
}

/// `(key, ..)`, without values (Spark: `visitPropertyKeys`).
pub(super) fn property_keys(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let start = cursor.here();
    let (properties, keys) = split(pairs(cursor)?);
    if properties.is_empty() {
        return Ok(keys);
    }
    let given: Vec<String> = properties.into_iter().map(|it| it.key).collect();
    let reason = format!(
        "Values should not be specified for key(s): [{}]",
        given.join(",")
    );
    Err(not_allowed(cursor, &reason, start))
}

fn not_allowed(cursor: &Cursor<'_>, reason: &str, place: Span) -> crate::ParseError {
    let message = format!("Operation not allowed: {reason}.");
    cursor.error_at("_LEGACY_ERROR_TEMP_0035", message, place)
}

/// `(key [[=] value], ..)`.
fn pairs(cursor: &mut Cursor<'_>) -> Result<Vec<(String, Option<String>)>> {
    cursor.parenthesized(|cursor| {
        let key = property_key(cursor)?;
        let has_value = cursor.eat_symbol("=") || !(cursor.at_symbol(",") || cursor.at_symbol(")"));
        let value = match has_value {
            true => Some(property_value(cursor)?),
            false => None,
        };
        Ok((key, value))
    })
}

/// The keys with a value, and those without.
fn split(pairs: Vec<(String, Option<String>)>) -> (Vec<Property>, Vec<String>) {
    let (mut properties, mut keys) = (Vec::new(), Vec::new());
    for (key, value) in pairs {
        match value {
            Some(value) => properties.push(Property { key, value }),
            None => keys.push(key),
        }
    }
    (properties, keys)
}

/// A name of parts, or a string.
pub(super) fn property_key(cursor: &mut Cursor<'_>) -> Result<String> {
    match is_string_at(cursor, 0) {
        true => single_string(cursor),
        false => Ok(multipart_name(cursor)?.join(".")),
    }
}

/// A string, a number or a truth value, as text.
fn property_value(cursor: &mut Cursor<'_>) -> Result<String> {
    if is_string_at(cursor, 0) {
        return string(cursor);
    }
    match cursor.peek().kind {
        TokenKind::Word => match cursor.eat_any(&["TRUE", "FALSE"]) {
            Some(word) => Ok(word.to_ascii_lowercase()),
            None => Err(cursor.unexpected()),
        },
        _ => {
            let start = cursor.here();
            let value = number(cursor)?;
            Ok(match value {
                Literal::Integer(value) => value.to_string(),
                Literal::Long(value) => value.to_string(),
                _ => cursor.since(start).of(cursor.text()).to_owned(),
            })
        }
    }
}

/// Refuses properties of a table that are clauses (Spark: `AstBuilder.cleanTableProperties`).
pub(super) fn check_properties<'k>(
    cursor: &Cursor<'_>,
    keys: impl IntoIterator<Item = &'k String>,
) -> Result<()> {
    const RESERVED: [(&str, &str); 6] = [
        ("provider", "please use the USING clause to specify it"),
        ("location", "please use the LOCATION clause to specify it"),
        ("owner", "it will be set to the current user"),
        ("external", "please use CREATE EXTERNAL TABLE"),
        (
            "is_managed_location",
            "please remove it from the TBLPROPERTIES list.",
        ),
        (
            "collation",
            "please use the DEFAULT COLLATION clause to specify it",
        ),
    ];
    refuse_reserved(cursor, keys, &RESERVED, "TABLE", "table")
}

/// Refuses properties of a database that are clauses (Spark: `AstBuilder.cleanNamespaceProperties`).
pub(super) fn check_namespace_properties<'k>(
    cursor: &Cursor<'_>,
    keys: impl IntoIterator<Item = &'k String>,
) -> Result<()> {
    const RESERVED: [(&str, &str); 2] = [
        ("location", "please use the LOCATION clause to specify it"),
        ("owner", "it will be set to the current user"),
    ];
    refuse_reserved(cursor, keys, &RESERVED, "NAMESPACE", "namespace")
}

fn refuse_reserved<'k>(
    cursor: &Cursor<'_>,
    keys: impl IntoIterator<Item = &'k String>,
    reserved: &[(&str, &str)],
    condition: &str,
    what: &str,
) -> Result<()> {
    let found = keys.into_iter().find_map(|given| {
        let known = reserved.iter().find(|(key, _)| key == given);
        known.copied()
    });
    let Some((key, advice)) = found else {
        return Ok(());
    };
    let condition = match condition {
        "TABLE" => "UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY",
        _ => "UNSUPPORTED_FEATURE.SET_NAMESPACE_PROPERTY",
    };
    let message =
        format!("The feature is not supported: {key} is a reserved {what} property, {advice}.");
    Err(cursor.error_at(condition, message, cursor.here()))
}

/// The error for a clause that stands twice.
pub(super) fn duplicate_clause(
    cursor: &Cursor<'_>,
    clause: &str,
    place: Span,
) -> crate::ParseError {
    let message = format!("Found duplicate clauses: {clause}. Please, remove one of them.");
    cursor.error_at("DUPLICATE_CLAUSES", message, place)
}
