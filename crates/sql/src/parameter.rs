//! Parameters of a statement: `:name` and `?`.
//!
//! As in Spark (`ParameterHandler`) the values are put into the text before it is parsed, so that a parameter can stand
//! wherever a literal can: in expressions, types, `LIMIT`, `IDENTIFIER(..)`, comments and options.

use std::borrow::Cow;

use crate::cursor::{Cursor, Result};
use crate::expression::{ArgumentValue, Expression, ExpressionKind};
use crate::span::Span;
use crate::token::TokenKind;

/// The values of a statement's parameters, each as the text of a literal or of a call of `array`, `map` or `struct`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Values by name, for `:name`. Names are case-sensitive.
    Named(Vec<(String, String)>),
    /// Values by position, for `?`. There may be more of them than question marks.
    Positional(Vec<String>),
}

impl Default for Parameters {
    /// No values.
    fn default() -> Parameters {
        Parameters::Named(Vec::new())
    }
}

/// The kind of parameters that a text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `:name`.
    Named,
    /// `?`.
    Positional,
}

/// A parameter in the text.
enum Marker<'a> {
    Named(&'a str),
    Positional,
}

/// The text with values in the place of parameters.
///
/// # Errors
/// `INVALID_SQL_ARG` for a value that is not a literal, `INVALID_QUERY_MIXED_QUERY_PARAMETERS` for a text with both kinds,
/// `UNBOUND_SQL_PARAMETER` for a parameter without a value.
pub fn bind_parameters<'a>(text: &'a str, parameters: &Parameters) -> Result<Cow<'a, str>> {
    check_values(parameters)?;
    let cursor = Cursor::new(text)?;
    let markers = markers(cursor.clone());
    kind_of(&cursor, &markers)?;
    let mut bound = String::with_capacity(text.len());
    let mut end = 0;
    for (index, (marker, span)) in markers.iter().enumerate() {
        let value = match (marker, parameters) {
            (Marker::Named(name), Parameters::Named(values)) => {
                let found = values.iter().rev().find(|(known, _)| known == name);
                found.map(|(_, value)| value)
            }
            (Marker::Positional, Parameters::Positional(values)) => values.get(index),
            _ => None,
        };
        let Some(value) = value else {
            let name = match marker {
                Marker::Named(name) => (*name).to_owned(),
                Marker::Positional => positional_name(text, *span),
            };
            return Err(cursor.error_at("UNBOUND_SQL_PARAMETER", unbound_message(&name), *span));
        };
        bound.push_str(&text[end..span.start]);
        bound.push_str(value);
        end = span.end;
    }
    if markers.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    bound.push_str(&text[end..]);
    Ok(Cow::Owned(bound))
}

/// The kind of the parameters of a text; none if it has no parameters.
///
/// # Errors
/// `INVALID_QUERY_MIXED_QUERY_PARAMETERS` for a text with both kinds.
pub fn parameter_kind(text: &str) -> Result<Option<ParameterKind>> {
    let cursor = Cursor::new(text)?;
    kind_of(&cursor, &markers(cursor.clone()))
}

fn kind_of(cursor: &Cursor<'_>, markers: &[(Marker<'_>, Span)]) -> Result<Option<ParameterKind>> {
    let mut kind = None;
    for (marker, span) in markers {
        let own = match marker {
            Marker::Named(_) => ParameterKind::Named,
            Marker::Positional => ParameterKind::Positional,
        };
        if *kind.get_or_insert(own) != own {
            return Err(cursor.error_at(
                "INVALID_QUERY_MIXED_QUERY_PARAMETERS",
                "Parameterized query must either use positional, or named parameters, but not both.",
                *span,
            ));
        }
    }
    Ok(kind)
}

/// How Spark calls a `?` without a value: by its place in the text.
pub fn positional_name(text: &str, span: Span) -> String {
    let before = text.get(..span.start).unwrap_or_default();
    format!("_{}", before.chars().count())
}

/// The message of `UNBOUND_SQL_PARAMETER`.
pub fn unbound_message(name: &str) -> String {
    format!(
        "Found the unbound parameter: {name}. Please, fix `args` and provide a mapping of the parameter to either a SQL \
         literal or collection constructor functions such as `map()`, `array()`, `struct()`."
    )
}

/// The parameters of a text, in its order.
fn markers(mut cursor: Cursor<'_>) -> Vec<(Marker<'_>, Span)> {
    let mut found = Vec::new();
    // The end of a token that `:` and a field can follow directly, as in `STRUCT<a:INT>`.
    let mut name_end = None;
    while cursor.peek().kind != TokenKind::End {
        let start = cursor.here();
        let token = cursor.take();
        let next = cursor.peek();
        match (token.kind, cursor.text_of(token)) {
            (TokenKind::Symbol, "?") => found.push((Marker::Positional, start)),
            (TokenKind::Symbol, ":")
                if next.kind == TokenKind::Word
                    && next.span.start == token.span.end
                    && name_end != Some(token.span.start) =>
            {
                cursor.take();
                found.push((Marker::Named(cursor.text_of(next)), cursor.since(start)));
            }
            _ => {}
        }
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
            || matches!(cursor.text_of(token), ")" | "]");
        name_end = is_name.then_some(token.span.end);
    }
    found
}

/// Every value must be a literal, or a collection of literals.
fn check_values(parameters: &Parameters) -> Result<()> {
    let check = |name: &str, value: &str| -> Result<()> {
        let is_literal = crate::parse_expression(value).is_ok_and(|value| is_value(&value));
        match is_literal {
            true => Ok(()),
            false => Err(Cursor::new("")?.error_at(
                "INVALID_SQL_ARG",
                format!(
                    "The argument {name} of `sql()` is invalid. Consider to replace it either by a SQL literal or by \
                     collection constructor functions such as `map()`, `array()`, `struct()`."
                ),
                Span::default(),
            )),
        }
    };
    match parameters {
        Parameters::Named(values) => values
            .iter()
            .try_for_each(|(name, value)| check(name, value)),
        Parameters::Positional(values) => values
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| check(&format!("_{index}"), value)),
    }
}

/// Whether an expression is a value that a parameter can have.
fn is_value(expression: &Expression) -> bool {
    const CONSTRUCTORS: [&str; 6] = [
        "array",
        "map",
        "struct",
        "named_struct",
        "map_from_arrays",
        "map_from_entries",
    ];
    match &expression.kind {
        ExpressionKind::Literal(_) => true,
        ExpressionKind::Alias { child, .. } | ExpressionKind::Cast { child, .. } => is_value(child),
        ExpressionKind::UnresolvedFunction(call) => {
            let is_constructor = matches!(call.name.as_slice(), [name]
                if CONSTRUCTORS.iter().any(|known| known.eq_ignore_ascii_case(name)));
            is_constructor
                && call.arguments.iter().all(|argument| match &argument.value {
                    ArgumentValue::Expression(value) => is_value(value),
                    ArgumentValue::Table { .. } => false,
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, values: &[(&str, &str)]) -> Result<String, &'static str> {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        bind(text, &Parameters::Named(values.collect()))
    }

    fn positional(text: &str, values: &[&str]) -> Result<String, &'static str> {
        let values = values.iter().map(|value| (*value).to_owned());
        bind(text, &Parameters::Positional(values.collect()))
    }

    fn bind(text: &str, parameters: &Parameters) -> Result<String, &'static str> {
        match bind_parameters(text, parameters) {
            Ok(bound) => Ok(bound.into_owned()),
            Err(error) => Err(error.condition()),
        }
    }

    #[test]
    fn values_stand_where_literals_can() {
        let text = "SELECT CAST(:v AS DECIMAL(:p, 2)), 'x' :v, array(1)[:p] FROM IDENTIFIER(:t)";
        let values = [("v", "'1.5'"), ("p", "10"), ("t", "'a.b'")];
        let bound = named(text, &values).unwrap();
        assert_eq!(
            bound,
            "SELECT CAST('1.5' AS DECIMAL(10, 2)), 'x' '1.5', array(1)[10] FROM IDENTIFIER('a.b')"
        );
        assert_eq!(
            positional("SELECT ?, ?", &["1", "X'2F'", "3"]).unwrap(),
            "SELECT 1, X'2F'"
        );
    }

    #[test]
    fn text_that_is_no_parameter_stays() {
        let text = "SELECT ':v', `:v`, CAST(x AS STRUCT<v:INT>), 1::INT /* :v ? */ -- :v";
        assert_eq!(named(text, &[("v", "1"), ("INT", "2")]).unwrap(), text);
    }

    #[test]
    fn missing_mixed_and_computed_values_are_refused() {
        assert_eq!(
            named("SELECT :a", &[("A", "1")]),
            Err("UNBOUND_SQL_PARAMETER")
        );
        assert_eq!(
            positional("SELECT ?, ?", &["1"]),
            Err("UNBOUND_SQL_PARAMETER")
        );
        assert_eq!(
            named("SELECT :a, ?", &[("a", "1")]),
            Err("INVALID_QUERY_MIXED_QUERY_PARAMETERS")
        );
        assert_eq!(
            named("SELECT :a", &[("a", "1 + 1")]),
            Err("INVALID_SQL_ARG")
        );
        assert_eq!(named("SELECT :a", &[("a", "1, x")]), Err("INVALID_SQL_ARG"));
        let collection = "map('k', array(1, CAST(NULL AS INT)))";
        assert!(named("SELECT :a", &[("a", collection)]).is_ok());
    }
}
