//! Statements.

mod create;
mod session;
mod show;
mod streaming;
mod table;

use crate::cursor::{Cursor, Result};
use crate::literal::Literal;
use crate::statement::{
    ExplainMode, InsertInto, InsertTarget, ObjectName, PartitionValue, Property, Statement,
    StatementKind,
};
use crate::token::TokenKind;

use super::literal::{constant, is_string_at, number, single_string, string};
use super::name::{multipart_name, name, object_name, whole_name};
use super::query::{common_tables, query, query_without_with};
use create::create;

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
    if cursor.at_symbol("(") || cursor.at_any(&["SELECT", "FROM", "VALUES", "TABLE"]) {
        return query(cursor).map(StatementKind::Query);
    }
    if cursor.at("WITH") {
        return query_or_insert(cursor);
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
        return table::alter(cursor);
    }
    if cursor.at("INSERT") {
        return insert(cursor).map(|insert| StatementKind::Insert(Box::new(insert)));
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
    refuse_unsupported(cursor)?;
    Err(cursor.unexpected())
}

/// `WITH tables`, before a query or an `INSERT`.
fn query_or_insert(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let tables = common_tables(cursor)?;
    if !cursor.at("INSERT") {
        let input = query_without_with(cursor)?;
        return Ok(StatementKind::Query(tables.before(input, cursor)));
    }
    let mut insert = insert(cursor)?;
    // The tables are of the query that is inserted.
    insert.query = tables.before(insert.query, cursor);
    Ok(StatementKind::Insert(Box::new(insert)))
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
    const UNSUPPORTED: [&str; 24] = [
        "DELETE FROM",
        "UPDATE",
        "MERGE INTO",
        "LOAD DATA",
        "MSCK REPAIR TABLE",
        "REPAIR TABLE",
        "ANALYZE TABLE",
        "ANALYZE TABLES",
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

/// `INSERT INTO | OVERWRITE .. query`.
fn insert(cursor: &mut Cursor<'_>) -> Result<InsertInto> {
    cursor.expect("INSERT")?;
    let overwrites = match cursor.eat_any(&["INTO", "OVERWRITE"]) {
        Some(word) => word == "OVERWRITE",
        None => return Err(cursor.unexpected()),
    };
    let is_directory = overwrites && (cursor.at("DIRECTORY") || cursor.at("LOCAL DIRECTORY"));
    let target = match is_directory {
        true => insert_directory(cursor)?,
        false => insert_table(cursor)?,
    };
    let query = query(cursor)?;
    Ok(InsertInto {
        target,
        overwrites,
        query,
    })
}

fn insert_directory(cursor: &mut Cursor<'_>) -> Result<InsertTarget> {
    cursor.eat("LOCAL");
    cursor.expect("DIRECTORY")?;
    let path = match is_string_at(cursor, 0) {
        true => Some(string(cursor)?),
        false => None,
    };
    if cursor.at_any(&["STORED", "ROW"]) {
        return Err(unsupported(
            cursor,
            "INSERT OVERWRITE DIRECTORY with a Hive format",
        ));
    }
    let provider = provider(cursor)?;
    let options = options(cursor)?;
    Ok(InsertTarget::Directory {
        path,
        provider,
        options,
    })
}

fn insert_table(cursor: &mut Cursor<'_>) -> Result<InsertTarget> {
    cursor.eat("TABLE");
    let name = object_name(cursor)?;
    let partition = partition(cursor)?;
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    let by_name = cursor.eat("BY NAME");
    if cursor.at_any(&["REPLACE"]) {
        return Err(unsupported(cursor, "INSERT INTO .. REPLACE"));
    }
    // A parenthesis begins the columns, or the query.
    let columns = match cursor.at_symbol("(") && !super::query::at_query(cursor, 0) {
        true => cursor.parenthesized(whole_name)?,
        false => Vec::new(),
    };
    Ok(InsertTarget::Table {
        name,
        partition,
        if_not_exists,
        by_name,
        columns,
    })
}

/// `PARTITION (column [= value], ..)`, if it comes next.
fn partition(cursor: &mut Cursor<'_>) -> Result<Vec<PartitionValue>> {
    if !cursor.eat("PARTITION") {
        return Ok(Vec::new());
    }
    cursor.parenthesized(|cursor| {
        let column = name(cursor)?;
        let value = match cursor.eat_symbol("=") {
            true => Some(constant(cursor)?.ok_or_else(|| cursor.unexpected())?),
            false => None,
        };
        Ok(PartitionValue { column, value })
    })
}

/// `USING format`.
fn provider(cursor: &mut Cursor<'_>) -> Result<String> {
    cursor.expect("USING")?;
    Ok(multipart_name(cursor)?.join("."))
}

/// `OPTIONS (..)`, if it comes next.
fn options(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
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
pub(super) fn property_list(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
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
fn property_key(cursor: &mut Cursor<'_>) -> Result<String> {
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
