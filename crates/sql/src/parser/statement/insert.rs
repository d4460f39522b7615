//! `INSERT`.

use super::properties::options;
use super::{invalid_clause, partition, provider, unsupported};
use crate::cursor::{Cursor, Result};
use crate::insert::{InsertInto, InsertTarget};
use crate::parser::literal::{is_string_at, string};
use crate::parser::name::{object_name, whole_name};
use crate::parser::query::{at_query, common_tables, query, query_without_with};
use crate::parser::relation::from_clause;
use crate::parser::select::select_from;
use crate::span::Span;
use crate::statement::StatementKind;

/// `WITH tables`, before a query or before `INSERT`.
pub(super) fn query_or_insert(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let start = cursor.here();
    let tables = common_tables(cursor)?;
    if let Some(inserts) = multi_insert(cursor, start)? {
        let inserts = inserts.into_iter().map(|insert| {
            let query = tables.clone().before(insert.query, cursor);
            InsertInto { query, ..insert }
        });
        return Ok(StatementKind::MultiInsert(inserts.collect()));
    }
    if !cursor.at("INSERT") {
        let input = query_without_with(cursor)?;
        return Ok(StatementKind::Query(tables.before(input, cursor)));
    }
    let mut insert = insert(cursor)?;
    // The tables are of the query that is inserted.
    insert.query = tables.before(insert.query, cursor);
    Ok(StatementKind::Insert(Box::new(insert)))
}

/// `FROM relations INSERT .. SELECT .. INSERT .. SELECT ..`, if that comes next. Each `INSERT` gets a copy of what is
/// written from `start` on.
pub(super) fn multi_insert(
    cursor: &mut Cursor<'_>,
    start: Span,
) -> Result<Option<Vec<InsertInto>>> {
    if !cursor.at("FROM") {
        return Ok(None);
    }
    let (mark, parameters) = (cursor.mark(), cursor.positional_parameters);
    let input = match from_clause(cursor) {
        Ok(input) if cursor.at("INSERT") => input,
        // A query; what is wrong in it is told when it is read as one.
        _ => {
            cursor.rewind(mark);
            cursor.positional_parameters = parameters;
            return Ok(None);
        }
    };
    let weight = cursor.weight() - start.start;
    let mut inserts = Vec::new();
    while cursor.at("INSERT") {
        cursor.copy(weight)?;
        let (target, overwrites) = into_target(cursor)?;
        let start = cursor.here();
        let query = select_from(cursor, &input, start)?;
        inserts.push(InsertInto {
            target,
            overwrites,
            query,
        });
    }
    Ok(Some(inserts))
}

/// `INSERT INTO | OVERWRITE .. query`.
pub(super) fn insert(cursor: &mut Cursor<'_>) -> Result<InsertInto> {
    let (target, overwrites) = into_target(cursor)?;
    let query = query(cursor)?;
    Ok(InsertInto {
        target,
        overwrites,
        query,
    })
}

/// `INSERT INTO | OVERWRITE target`.
fn into_target(cursor: &mut Cursor<'_>) -> Result<(InsertTarget, bool)> {
    cursor.expect("INSERT")?;
    let overwrites = match cursor.eat_any(&["INTO", "OVERWRITE"]) {
        Some(word) => word == "OVERWRITE",
        None => return Err(cursor.unexpected()),
    };
    let is_directory = overwrites && (cursor.at("DIRECTORY") || cursor.at("LOCAL DIRECTORY"));
    let target = match is_directory {
        true => insert_directory(cursor)?,
        false => insert_table(cursor, overwrites)?,
    };
    Ok((target, overwrites))
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

fn insert_table(cursor: &mut Cursor<'_>, overwrites: bool) -> Result<InsertTarget> {
    cursor.eat("TABLE");
    let name = object_name(cursor)?;
    let partition = partition(cursor)?;
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    if if_not_exists && !overwrites {
        return Err(invalid_clause(cursor, "INSERT INTO ... IF NOT EXISTS"));
    }
    if if_not_exists && let Some(dynamic) = partition.iter().find(|value| value.value.is_none()) {
        let message = format!(
            "Operation not allowed: IF NOT EXISTS with dynamic partitions: {}.",
            dynamic.column
        );
        return Err(cursor.error_at("_LEGACY_ERROR_TEMP_0035", message, cursor.here()));
    }
    let by_name = cursor.eat("BY NAME");
    if cursor.at_any(&["REPLACE"]) {
        return Err(unsupported(cursor, "INSERT INTO .. REPLACE"));
    }
    // A parenthesis begins the columns, or the query.
    let columns = match cursor.at_symbol("(") && !at_query(cursor, 0) {
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
