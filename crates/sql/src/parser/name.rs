//! Names of columns, tables, functions and files.

use crate::cursor::{Cursor, Result};
use crate::span::Span;
use crate::statement::ObjectName;
use crate::token::TokenKind;

use super::expression::expression;
use super::literal::{is_string_at, string};

/// Words that belong to joins and set operations. They are never the alias of a table, not even after `AS`.
const JOIN_WORDS: [&str; 16] = [
    "ANTI",
    "CROSS",
    "EXCEPT",
    "FULL",
    "INNER",
    "INTERSECT",
    "JOIN",
    "LATERAL",
    "LEFT",
    "MINUS",
    "NATURAL",
    "ON",
    "RIGHT",
    "SEMI",
    "UNION",
    "USING",
];

/// Words that begin the next clause, so that they are aliases after `AS` only.
const CLAUSE_WORDS: [&str; 31] = [
    "AS",
    "BY",
    "CLUSTER",
    "DELAY",
    "DISTRIBUTE",
    "FOR",
    "FROM",
    "GROUP",
    "GROUPING",
    "HAVING",
    "INSERT",
    "LIMIT",
    "MAP",
    "OFFSET",
    "OPTIONS",
    "ORDER",
    "PARTITION",
    "PIVOT",
    "QUALIFY",
    "REDUCE",
    "ROWS",
    "SELECT",
    "SET",
    "SORT",
    "TABLESAMPLE",
    "UNPIVOT",
    "WATERMARK",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Whether the next token is a name, quoted or not.
pub(super) fn at_name(cursor: &Cursor<'_>) -> bool {
    is_name_at(cursor, 0)
}

/// Whether the token `ahead` tokens after the next one is a name.
pub(super) fn is_name_at(cursor: &Cursor<'_>, ahead: usize) -> bool {
    matches!(
        cursor.peek_at(ahead).kind,
        TokenKind::Word | TokenKind::QuotedIdentifier
    )
}

/// A name of one part. It may be written as `IDENTIFIER('name')`.
///
/// # Errors
/// `INVALID_IDENTIFIER` for an unquoted name with other characters than ASCII letters, digits and `_`.
pub(super) fn name(cursor: &mut Cursor<'_>) -> Result<String> {
    if !at_identifier_clause(cursor) {
        return plain_name(cursor);
    }
    let start = cursor.here();
    let mut parts = identifier_clause(cursor)?;
    match (parts.pop(), parts.is_empty()) {
        (Some(name), true) => Ok(name),
        (last, _) => {
            parts.extend(last);
            let parts: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
            let message = format!(
                "{} is not a valid identifier as it has more than 1 name parts.",
                parts.join(".")
            );
            Err(cursor.error_at("IDENTIFIER_TOO_MANY_NAME_PARTS", message, start))
        }
    }
}

/// Whether `IDENTIFIER('text')` comes next. With another expression than a string the analyser finds the name.
fn at_identifier_clause(cursor: &Cursor<'_>) -> bool {
    if !cursor.is_word_at(0, "IDENTIFIER") || !cursor.is_symbol_at(1, "(") {
        return false;
    }
    let end = cursor.closing_of(1);
    end > 2 && cursor.is_symbol_at(end, ")") && (2..end).all(|ahead| is_string_at(cursor, ahead))
}

/// `IDENTIFIER('text')`: the name in the text.
fn identifier_clause(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let start = cursor.here();
    cursor.take();
    cursor.take();
    let text = string(cursor)?;
    cursor.expect_symbol(")")?;
    let span = cursor.since(start);
    super::parse_name(&text)
        .map_err(|error| cursor.error_at(error.condition(), error.message(), span))
}

/// A name of one part, as it is.
pub(super) fn plain_name(cursor: &mut Cursor<'_>) -> Result<String> {
    let token = cursor.peek();
    let text = cursor.text_of(token);
    match token.kind {
        TokenKind::Word => {
            if !text.is_ascii() {
                return Err(invalid_name(cursor, text, token.span));
            }
            cursor.take();
            Ok(text.to_owned())
        }
        TokenKind::QuotedIdentifier => {
            cursor.take();
            Ok(text[1..text.len() - 1].replace("``", "`"))
        }
        _ => Err(cursor.unexpected()),
    }
}

/// A name where no expression can stand, so that `a-b` is a name that lacks its quotes.
///
/// # Errors
/// `INVALID_IDENTIFIER`.
pub(super) fn whole_name(cursor: &mut Cursor<'_>) -> Result<String> {
    let start = cursor.here();
    let first = name(cursor)?;
    let hyphen = cursor.here();
    if cursor.at_symbol("-") && is_name_at(cursor, 1) {
        while cursor.at_symbol("-") && is_name_at(cursor, 1) {
            cursor.take();
            cursor.take();
        }
        let span = cursor.since(start);
        return Err(invalid_name(cursor, span.of(cursor.text()), hyphen));
    }
    Ok(first)
}

fn invalid_name(cursor: &Cursor<'_>, text: &str, span: Span) -> crate::ParseError {
    cursor.error_at(
        "INVALID_IDENTIFIER",
        format!(
            "The unquoted identifier {text} is invalid and must be back quoted as: `{text}`.\nUnquoted identifiers can only \
             contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_'). Unquoted identifiers must \
             also not start with a digit.\nDifferent data sources and meta stores may impose additional restrictions on \
             valid identifiers."
        ),
        span,
    )
}

/// A name of several parts.
pub(super) fn multipart_name(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let mut parts = match at_identifier_clause(cursor) {
        true => identifier_clause(cursor)?,
        false => vec![whole_name(cursor)?],
    };
    while cursor.eat_symbol(".") {
        parts.push(whole_name(cursor)?);
    }
    Ok(parts)
}

/// The name of a table, function or other object: parts, or `IDENTIFIER(expression)`.
pub(super) fn object_name(cursor: &mut Cursor<'_>) -> Result<ObjectName> {
    let is_computed = cursor.is_word_at(0, "IDENTIFIER")
        && cursor.is_symbol_at(1, "(")
        && !at_identifier_clause(cursor);
    if is_computed {
        cursor.take();
        cursor.take();
        let computed = expression(cursor)?;
        cursor.expect_symbol(")")?;
        return Ok(ObjectName::Computed(Box::new(computed)));
    }
    multipart_name(cursor).map(ObjectName::Parts)
}

/// An alias after an expression: `AS name`, or a name that does not begin the next clause.
pub(super) fn expression_alias(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    let explicit = cursor.eat("AS");
    if cursor.at_symbol("(") && (explicit || is_name_at(cursor, 1)) {
        return cursor.parenthesized(whole_name);
    }
    let is_alias = at_implicit_name(cursor)
        || (at_name(cursor) && !cursor.at("FROM") && cursor.is_word_at(1, "FROM"));
    if explicit || is_alias {
        return Ok(vec![whole_name(cursor)?]);
    }
    Ok(Vec::new())
}

/// An alias of a table, with its columns: `[AS] name [(a, b)]`.
pub(super) fn table_alias(cursor: &mut Cursor<'_>) -> Result<Option<crate::TableAlias>> {
    let explicit = cursor.eat("AS");
    let is_alias = at_name(cursor)
        && !cursor.at_any(&JOIN_WORDS)
        && (explicit || !cursor.at_any(&CLAUSE_WORDS) || ends_after_word(cursor));
    if !is_alias {
        return match explicit {
            true => Err(cursor.unexpected()),
            false => Ok(None),
        };
    }
    let name = name(cursor)?;
    let columns = match cursor.at_symbol("(") {
        true => cursor.parenthesized(whole_name)?,
        false => Vec::new(),
    };
    Ok(Some(crate::TableAlias { name, columns }))
}

/// Whether a name comes next that stands without `AS`: not a word that begins the next clause.
pub(super) fn at_implicit_name(cursor: &Cursor<'_>) -> bool {
    let is_clause = cursor.at_any(&CLAUSE_WORDS) || cursor.at_any(&JOIN_WORDS);
    at_name(cursor) && (!is_clause || ends_after_word(cursor))
}

/// `[AS] name` where nothing else can follow, if it comes next.
pub(super) fn optional_name(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    let explicit = cursor.eat("AS");
    match explicit || at_name(cursor) {
        true => whole_name(cursor).map(Some),
        false => Ok(None),
    }
}

/// How many tokens the name of several parts has that comes next.
pub(super) fn name_length(cursor: &Cursor<'_>) -> usize {
    let mut length = 1;
    while cursor.is_symbol_at(length, ".") {
        length += 2;
    }
    length
}

/// Whether the next word can begin no clause, because nothing follows that the clause needs.
fn ends_after_word(cursor: &Cursor<'_>) -> bool {
    let next = cursor.peek_at(1);
    let is_end = match next.kind {
        TokenKind::End => true,
        TokenKind::Symbol => matches!(cursor.text_of(next), ")" | "," | ";"),
        _ => false,
    };
    let lacks_by = cursor.at_any(&["GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE"])
        && !cursor.is_word_at(1, "BY");
    is_end || lacks_by
}
