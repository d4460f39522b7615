//! Statements.

mod alter;
mod create;
mod insert;
pub(super) mod properties;
mod session;
mod show;
mod streaming;
mod table;

use crate::cursor::{Cursor, Result};
use crate::insert::PartitionValue;
use crate::statement::{ExplainMode, ObjectName, Statement, StatementKind};

use super::literal::{constant, is_string_at, string};
use super::name::{multipart_name, name, object_name};
use super::query::query;
use create::create;
pub(super) use create::function_body;

/// A statement.
pub(super) fn statement(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let start = cursor.here();
    let kind = cursor.nested(statement_kind)?;
    Ok(Statement {
        kind,
        span: cursor.since(start),
    })
}

fn statement_kind(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if let Some(inserts) = insert::multi_insert(cursor, cursor.here())? {
        return Ok(StatementKind::MultiInsert(inserts));
    }
    if cursor.at_symbol("(") || cursor.at_any(&["SELECT", "FROM", "VALUES", "TABLE"]) {
        return query(cursor).map(StatementKind::Query);
    }
    if cursor.at("WITH") {
        return insert::query_or_insert(cursor);
    }
    if cursor.eat("EXPLAIN") {
        return explain(cursor);
    }
    if cursor.eat("CREATE") {
        return create(cursor);
    }
    if cursor.at("REPLACE TABLE") {
        return table::replace_table(cursor);
    }
    if cursor.eat("DROP") {
        return create::drop(cursor);
    }
    if cursor.eat("ALTER") {
        return alter::alter(cursor);
    }
    if cursor.at("INSERT") {
        let insert = insert::insert(cursor)?;
        return Ok(StatementKind::Insert(Box::new(insert)));
    }
    if cursor.eat("TRUNCATE TABLE") {
        let name = object_name(cursor)?;
        let partition = partition(cursor)?;
        return Ok(StatementKind::TruncateTable { name, partition });
    }
    if cursor.eat("SHOW") {
        return show::show(cursor).map(StatementKind::Show);
    }
    if cursor.eat_any(&["DESCRIBE", "DESC"]).is_some() {
        return show::describe(cursor);
    }
    if let Some(kind) = session::session_statement(cursor)? {
        return Ok(kind);
    }
    if let Some(kind) = alter::table_statement(cursor)? {
        return Ok(kind);
    }
    refuse_unsupported(cursor)?;
    Err(cursor.unexpected())
}

fn explain(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let mode = match cursor.eat_any(&["EXTENDED", "FORMATTED", "CODEGEN", "COST", "LOGICAL"]) {
        Some("EXTENDED") => ExplainMode::Extended,
        Some("FORMATTED") => ExplainMode::Formatted,
        Some("CODEGEN") => ExplainMode::Codegen,
        Some("COST") => ExplainMode::Cost,
        Some(_) => {
            return Err(cursor.error_at(
                "_LEGACY_ERROR_TEMP_0039",
                "Unsupported SQL statement: EXPLAIN LOGICAL.",
                cursor.here(),
            ));
        }
        None => ExplainMode::Simple,
    };
    let statement = Box::new(statement(cursor)?);
    Ok(StatementKind::Explain { mode, statement })
}

/// Statements of Spark's grammar that are not supported are refused by name.
fn refuse_unsupported(cursor: &Cursor<'_>) -> Result<()> {
    const UNSUPPORTED: [&str; 17] = [
        "LOAD DATA",
        "CALL",
        "BEGIN",
        "ADD",
        "LIST",
        "GRANT",
        "REVOKE",
        "EXPORT TABLE",
        "IMPORT TABLE",
        "LOCK TABLE",
        "LOCK DATABASE",
        "UNLOCK TABLE",
        "UNLOCK DATABASE",
        "START TRANSACTION",
        "COMMIT",
        "ROLLBACK",
        "DFS",
    ];
    match UNSUPPORTED.iter().find(|words| cursor.at(words)) {
        Some(words) => Err(unsupported(cursor, words)),
        None => Ok(()),
    }
}

/// The error for a statement, or a clause, that is not supported.
pub(super) fn unsupported(cursor: &Cursor<'_>, what: &str) -> crate::ParseError {
    cursor.error_at(
        "UNSUPPORTED_FEATURE.SQL",
        format!("The feature is not supported: {what}."),
        cursor.here(),
    )
}

/// The error for a clause that does not fit (Spark: `ParserUtils.operationNotAllowed` and its like).
pub(super) fn invalid_clause(cursor: &Cursor<'_>, what: &str) -> crate::ParseError {
    cursor.error_at(
        "INVALID_STATEMENT_OR_CLAUSE",
        format!("The statement or clause: {what} is not valid."),
        cursor.here(),
    )
}

/// `PARTITION (column [= value], ..)`, if it comes next.
fn partition(cursor: &mut Cursor<'_>) -> Result<Vec<PartitionValue>> {
    if !cursor.eat("PARTITION") {
        return Ok(Vec::new());
    }
    let start = cursor.here();
    let values: Vec<PartitionValue> = cursor.parenthesized(|cursor| {
        let column = name(cursor)?;
        let value = match cursor.eat_symbol("=") {
            true => Some(constant(cursor)?.ok_or_else(|| cursor.unexpected())?),
            false => None,
        };
        Ok(PartitionValue { column, value })
    })?;
    for (index, value) in values.iter().enumerate() {
        let column = value.column.to_lowercase();
        if values[..index]
            .iter()
            .any(|other| other.column.to_lowercase() == column)
        {
            let message = format!("Found duplicate keys `{column}`.");
            return Err(cursor.error_at("DUPLICATE_KEY", message, start));
        }
    }
    Ok(values)
}

/// `USING format`.
fn provider(cursor: &mut Cursor<'_>) -> Result<String> {
    cursor.expect("USING")?;
    Ok(multipart_name(cursor)?.join("."))
}

/// `COMMENT 'text'`, if it comes next.
fn comment(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    match cursor.eat("COMMENT") {
        true => string(cursor).map(Some),
        false => Ok(None),
    }
}

/// The name after `IN` or `FROM`, if one of them comes next.
fn in_namespace(cursor: &mut Cursor<'_>) -> Result<Option<ObjectName>> {
    match cursor.eat_any(&["IN", "FROM"]) {
        Some(_) => object_name(cursor).map(Some),
        None => Ok(None),
    }
}

/// `[LIKE] 'pattern'`, if it comes next.
fn like_pattern(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    let explicit = cursor.eat("LIKE");
    match explicit || is_string_at(cursor, 0) {
        true => string(cursor).map(Some),
        false => Ok(None),
    }
}
