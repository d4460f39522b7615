//! Statements about the session: configuration, variables, cache, current database.

use crate::cursor::{Cursor, Result};
use crate::expression::{Expression, ExpressionKind};
use crate::literal::Literal;
use crate::span::Span;
use crate::statement::StatementKind;

use super::create::default_value;
use super::properties::options;
use super::{in_namespace, unsupported};
use crate::parser::data_type::data_type;
use crate::parser::expression::{expression, named_expression};
use crate::parser::literal::{interval, is_string_at, string};
use crate::parser::name::{is_name_at, multipart_name, object_name, whole_name};
use crate::parser::query::{at_query, query};

/// A statement about the session, if one comes next.
pub(super) fn session_statement(cursor: &mut Cursor<'_>) -> Result<Option<StatementKind>> {
    let start = cursor.here();
    let kind = if cursor.eat("SET") {
        set(cursor, start)?
    } else if cursor.eat("RESET") {
        StatementKind::ResetConfiguration(
            Some(cursor.take_statement().to_owned()).filter(|key| !key.is_empty()),
        )
    } else if cursor.eat("USE") {
        if cursor.at_any(&["DATABASE", "SCHEMA", "NAMESPACE"]) && is_name_at(cursor, 1) {
            cursor.take();
        }
        StatementKind::Use(object_name(cursor)?)
    } else if cursor.eat("DECLARE") {
        declare(cursor, start)?
    } else if cursor.eat("EXECUTE IMMEDIATE") {
        execute_immediate(cursor)?
    } else if cursor.eat("CACHE") {
        cache(cursor)?
    } else if cursor.eat("UNCACHE TABLE") {
        let if_exists = cursor.eat("IF EXISTS");
        StatementKind::UncacheTable {
            name: object_name(cursor)?,
            if_exists,
        }
    } else if cursor.eat("CLEAR CACHE") {
        StatementKind::ClearCache
    } else if cursor.eat("REFRESH TABLE") {
        StatementKind::RefreshTable(object_name(cursor)?)
    } else if cursor.eat("ANALYZE TABLES") {
        let namespace = in_namespace(cursor)?;
        cursor.expect("COMPUTE STATISTICS")?;
        let is_noscan = cursor.eat("NOSCAN");
        StatementKind::AnalyzeTables {
            namespace,
            is_noscan,
        }
    } else if cursor.eat("REFRESH FUNCTION") {
        StatementKind::RefreshFunction(object_name(cursor)?)
    } else if cursor.at("REFRESH") && is_string_at(cursor, 1) {
        cursor.take();
        StatementKind::RefreshPath(string(cursor)?)
    } else if cursor.at("REFRESH") {
        return Err(unsupported(cursor, "REFRESH of a path that is no string"));
    } else if cursor.eat("COMMENT ON") {
        comment_on(cursor)?
    } else {
        return Ok(None);
    };
    Ok(Some(kind))
}

/// What follows `SET`, which is at `start`.
fn set(cursor: &mut Cursor<'_>, start: Span) -> Result<StatementKind> {
    let is_variable = cursor.at_any(&["VARIABLE", "VAR"])
        && (is_name_at(cursor, 1) || cursor.is_symbol_at(1, "("));
    if is_variable {
        cursor.take();
        return set_variables(cursor);
    }
    if cursor.eat("TIME ZONE") {
        return set_time_zone(cursor);
    }
    if cursor.at("CATALOG") && (is_name_at(cursor, 1) || is_string_at(cursor, 1)) {
        cursor.take();
        let name = match is_string_at(cursor, 0) {
            true => string(cursor)?,
            false => whole_name(cursor)?,
        };
        return Ok(StatementKind::SetCatalog(name));
    }
    for words in ["ROLE", "COLLATION"] {
        if cursor.at(words) && is_name_at(cursor, 1) {
            return Err(unsupported(cursor, &format!("SET {words}")));
        }
    }
    // Keys and values are any text: `SET a.b=x y`.
    let text = cursor.take_statement();
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key.trim(), Some(unquoted(value.trim()))),
        None => (text, None),
    };
    let is_valid = key.is_empty() == value.is_none() || value.is_none();
    let has_space = !key.starts_with('`') && key.contains(char::is_whitespace);
    if !is_valid || has_space {
        let message = format!(
            "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special characters in key, or \
             include semicolon in value, please use backquotes, e.g., SET `key`=`value`. Found '{text}'."
        );
        return Err(cursor.error_at("INVALID_SET_SYNTAX", message, cursor.since(start)));
    }
    let key = Some(unquoted(key)).filter(|key| !key.is_empty());
    Ok(StatementKind::SetConfiguration { key, value })
}

/// The text within backquotes.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    match inner {
        Some(inner) => inner.replace("``", "`"),
        None => text.to_owned(),
    }
}

fn set_variables(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor.at_symbol("(") {
        let names = cursor.parenthesized(multipart_name)?;
        cursor.expect_symbol("=")?;
        cursor.expect_symbol("(")?;
        let query = query(cursor)?;
        cursor.expect_symbol(")")?;
        return Ok(StatementKind::SetVariablesFromQuery { names, query });
    }
    let assignments = cursor.comma_separated(|cursor| {
        let name = multipart_name(cursor)?;
        cursor.expect_symbol("=")?;
        let value_at = cursor.here();
        let value = match cursor.eat("DEFAULT") {
            true => Expression::new(ExpressionKind::Default, value_at),
            false => expression(cursor)?,
        };
        Ok((name, value))
    })?;
    Ok(StatementKind::SetVariables(assignments))
}

fn set_time_zone(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor.eat("LOCAL") {
        return Ok(StatementKind::SetTimeZone(None));
    }
    let start = cursor.here();
    let literal = match cursor.at("INTERVAL") {
        true => interval(cursor)?.ok_or_else(|| cursor.unexpected())?,
        false => Literal::String(string(cursor)?),
    };
    let zone = Expression::new(ExpressionKind::Literal(literal), cursor.since(start));
    Ok(StatementKind::SetTimeZone(Some(zone)))
}

/// What follows `DECLARE`, which is at `start`.
fn declare(cursor: &mut Cursor<'_>, start: Span) -> Result<StatementKind> {
    let replace = cursor.eat("OR REPLACE");
    if is_name_at(cursor, 1) {
        cursor.eat_any(&["VARIABLE", "VAR"]);
    }
    let names = cursor.comma_separated(object_name)?;
    let has_type = !cursor.at_any(&["DEFAULT"]) && !cursor.at_symbol("=") && !cursor.at_end();
    let data_type = match has_type {
        true => Some(data_type(cursor)?),
        false => None,
    };
    let default = default_value(cursor)?;
    if data_type.is_none() && default.is_none() {
        let message = "Invalid SQL syntax: The definition of a SQL variable requires either a datatype or a DEFAULT \
                       clause.\nFor example, use `DECLARE name STRING` or `DECLARE name = 'SQL'` instead of `DECLARE name`.";
        return Err(cursor.error_at(
            "INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED",
            message,
            cursor.since(start),
        ));
    }
    Ok(StatementKind::DeclareVariable {
        names,
        replace,
        data_type,
        default,
    })
}

fn execute_immediate(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let statement = expression(cursor)?;
    let into = match cursor.eat("INTO") {
        true => cursor.comma_separated(multipart_name)?,
        false => Vec::new(),
    };
    let using = match cursor.eat("USING") {
        true if cursor.at_symbol("(") && !at_query(cursor, 0) => {
            cursor.parenthesized(named_expression)?
        }
        true => cursor.comma_separated(named_expression)?,
        false => Vec::new(),
    };
    Ok(StatementKind::ExecuteImmediate {
        statement,
        into,
        using,
    })
}

fn cache(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let is_lazy = cursor.eat("LAZY");
    cursor.expect("TABLE")?;
    let name = object_name(cursor)?;
    let options = options(cursor)?;
    let has_query = cursor.eat("AS") || at_query(cursor, 0);
    let query = match has_query {
        true => Some(query(cursor)?),
        false => None,
    };
    Ok(StatementKind::CacheTable {
        name,
        is_lazy,
        options,
        query,
    })
}

fn comment_on(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let is_namespace = match cursor.eat_any(&["TABLE", "DATABASE", "SCHEMA", "NAMESPACE"]) {
        Some(word) => word != "TABLE",
        None => return Err(cursor.unexpected()),
    };
    let name = object_name(cursor)?;
    cursor.expect("IS")?;
    let comment = match cursor.eat("NULL") {
        true => None,
        false => Some(string(cursor)?),
    };
    Ok(StatementKind::Comment {
        name,
        is_namespace,
        comment,
    })
}
