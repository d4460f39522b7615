//! Options and properties: keys with values.

use crate::cursor::{Cursor, Result};
use crate::literal::Literal;
use crate::span::Span;
use crate::statement::Property;
use crate::token::TokenKind;

use crate::parser::literal::{is_string_at, number, single_string, string};
use crate::parser::name::multipart_name;

/// `OPTIONS (..)`, if it comes next.
pub(super) fn options(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    let start = cursor.here();
    let options = match cursor.eat("OPTIONS") {
        true => property_list(cursor)?,
        false => return Ok(Vec::new()),
    };
    if let Some(option) = options.iter().find(|option| option.value.is_none()) {
        let message = format!(
            "Operation not allowed: Values must be specified for key(s): [{}].",
            option.key
        );
        return Err(cursor.error_at("_LEGACY_ERROR_TEMP_0035", message, start));
    }
    Ok(options)
}

/// `(key [=] value, ..)`.
pub(in crate::parser) fn property_list(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    cursor.parenthesized(|cursor| {
        let key = property_key(cursor)?;
        let has_value = cursor.eat_symbol("=") || !(cursor.at_symbol(",") || cursor.at_symbol(")"));
        let value = match has_value {
            true => Some(property_value(cursor)?),
            false => None,
        };
        Ok(Property { key, value })
    })
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
pub(super) fn check_properties(cursor: &Cursor<'_>, properties: &[Property]) -> Result<()> {
    const RESERVED: [(&str, &str); 4] = [
        ("provider", "please use the USING clause to specify it"),
        ("location", "please use the LOCATION clause to specify it"),
        ("owner", "it will be set to the current user"),
        ("external", "please use CREATE EXTERNAL TABLE"),
    ];
    refuse_reserved(cursor, properties, &RESERVED, "TABLE", "table")
}

/// Refuses properties of a database that are clauses (Spark: `AstBuilder.cleanNamespaceProperties`).
pub(super) fn check_namespace_properties(
    cursor: &Cursor<'_>,
    properties: &[Property],
) -> Result<()> {
    const RESERVED: [(&str, &str); 2] = [
        ("location", "please use the LOCATION clause to specify it"),
        ("owner", "it will be set to the current user"),
    ];
    refuse_reserved(cursor, properties, &RESERVED, "NAMESPACE", "namespace")
}

fn refuse_reserved(
    cursor: &Cursor<'_>,
    properties: &[Property],
    reserved: &[(&str, &str)],
    condition: &str,
    what: &str,
) -> Result<()> {
    let found = properties.iter().find_map(|property| {
        let known = reserved.iter().find(|(key, _)| *key == property.key);
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
