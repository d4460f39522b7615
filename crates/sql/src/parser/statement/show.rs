//! `SHOW` and `DESCRIBE`.

use crate::cursor::{Cursor, Result};
use crate::show_statement::ShowStatement;
use crate::statement::{ObjectName, StatementKind};
use crate::token::TokenKind;

use super::properties::property_key;
use super::{in_namespace, like_pattern, partition, unsupported};
use crate::parser::literal::{is_string_at, string};
use crate::parser::name::{is_name_at, multipart_name, object_name};
use crate::parser::query::{at_query, query};

/// What follows `SHOW`.
pub(super) fn show(cursor: &mut Cursor<'_>) -> Result<ShowStatement> {
    if cursor.eat("TABLES") {
        return Ok(ShowStatement::Tables {
            namespace: in_namespace(cursor)?,
            pattern: like_pattern(cursor)?,
        });
    }
    if cursor.eat("VIEWS") {
        return Ok(ShowStatement::Views {
            namespace: in_namespace(cursor)?,
            pattern: like_pattern(cursor)?,
        });
    }
    if cursor
        .eat_any(&["DATABASES", "SCHEMAS", "NAMESPACES"])
        .is_some()
    {
        return Ok(ShowStatement::Namespaces {
            namespace: in_namespace(cursor)?,
            pattern: like_pattern(cursor)?,
        });
    }
    if cursor.eat("CATALOGS") {
        return Ok(ShowStatement::Catalogs {
            pattern: like_pattern(cursor)?,
        });
    }
    if cursor.eat("COLUMNS") {
        if cursor.eat_any(&["IN", "FROM"]).is_none() {
            return Err(cursor.unexpected());
        }
        let table = object_name(cursor)?;
        let namespace = in_namespace(cursor)?;
        return Ok(ShowStatement::Columns(qualified(table, namespace)));
    }
    if cursor.eat("PARTITIONS") {
        return Ok(ShowStatement::Partitions {
            name: object_name(cursor)?,
            partition: partition(cursor)?,
        });
    }
    if cursor.eat("TBLPROPERTIES") {
        let name = object_name(cursor)?;
        let mut key = None;
        if cursor.eat_symbol("(") {
            key = Some(property_key(cursor)?);
            cursor.expect_symbol(")")?;
        }
        return Ok(ShowStatement::TableProperties { name, key });
    }
    if cursor.eat("CREATE TABLE") {
        return object_name(cursor).map(ShowStatement::CreateTable);
    }
    if cursor.eat("CURRENT") {
        return match cursor.eat_any(&["DATABASE", "SCHEMA", "NAMESPACE"]) {
            Some(_) => Ok(ShowStatement::CurrentNamespace),
            None => Err(cursor.unexpected()),
        };
    }
    let scope = cursor.eat_any(&["USER", "SYSTEM", "ALL"]);
    if cursor.eat("FUNCTIONS") {
        let namespace = in_namespace(cursor)?;
        return Ok(ShowStatement::Functions {
            scope: scope.map(str::to_owned),
            namespace,
            pattern: function_pattern(cursor)?,
        });
    }
    if cursor.eat("TABLE EXTENDED") {
        let namespace = in_namespace(cursor)?;
        let Some(pattern) = like_pattern(cursor)? else {
            return Err(cursor.unexpected());
        };
        let partition = partition(cursor)?;
        return Ok(ShowStatement::TableExtended {
            namespace,
            pattern,
            partition,
        });
    }
    for words in [
        "GRANT",
        "ROLE",
        "ROLES",
        "PRINCIPALS",
        "TRANSACTIONS",
        "INDEXES",
        "LOCKS",
        "COMPACTIONS",
    ] {
        if cursor.at(words) {
            return Err(unsupported(cursor, &format!("SHOW {words}")));
        }
    }
    Err(cursor.unexpected())
}

/// A table of a namespace that is named after it.
fn qualified(table: ObjectName, namespace: Option<ObjectName>) -> ObjectName {
    match (table, namespace) {
        (ObjectName::Parts(mut table), Some(ObjectName::Parts(namespace))) if table.len() == 1 => {
            let mut parts = namespace;
            parts.append(&mut table);
            ObjectName::Parts(parts)
        }
        (table, _) => table,
    }
}

/// `[LIKE] 'pattern'` or `[LIKE] name`.
fn function_pattern(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    cursor.eat("LIKE");
    if is_string_at(cursor, 0) {
        return string(cursor).map(Some);
    }
    match is_name_at(cursor, 0) {
        true => Ok(Some(multipart_name(cursor)?.join("."))),
        false => Ok(None),
    }
}

/// What follows `DESCRIBE`.
pub(super) fn describe(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor.eat("FUNCTION") {
        let is_extended = cursor.eat("EXTENDED");
        return Ok(StatementKind::DescribeFunction {
            name: function_name(cursor)?,
            is_extended,
        });
    }
    if cursor.at_any(&["DATABASE", "SCHEMA", "NAMESPACE"])
        && (is_name_at(cursor, 1) || cursor.is_word_at(1, "EXTENDED"))
    {
        cursor.take();
        let is_extended = cursor.eat("EXTENDED");
        return Ok(StatementKind::DescribeNamespace {
            name: object_name(cursor)?,
            is_extended,
        });
    }
    let is_table = cursor.at("TABLE") && is_name_at(cursor, 1);
    let is_query = !is_table && (cursor.eat("QUERY") || at_query(cursor, 0) || cursor.at("WITH"));
    if is_query {
        return query(cursor).map(StatementKind::DescribeQuery);
    }
    if is_table {
        cursor.take();
    }
    let is_extended = is_name_at(cursor, 1) && cursor.eat_any(&["EXTENDED", "FORMATTED"]).is_some();
    let name = object_name(cursor)?;
    let partition = partition(cursor)?;
    let as_json = cursor.eat("AS JSON");
    if as_json && !is_extended {
        return Err(cursor.error_at(
            "DESCRIBE_JSON_NOT_EXTENDED",
            "DESCRIBE TABLE ... AS JSON only supported when [EXTENDED|FORMATTED] is specified.\nFor example: DESCRIBE \
             EXTENDED <tableName> AS JSON is supported but DESCRIBE <tableName> AS JSON is not.",
            cursor.here(),
        ));
    }
    let column = match !as_json && is_name_at(cursor, 0) {
        true => multipart_name(cursor)?,
        false => Vec::new(),
    };
    Ok(StatementKind::DescribeTable {
        name,
        is_extended,
        as_json,
        partition,
        column,
    })
}

/// A name, a string or an operator.
fn function_name(cursor: &mut Cursor<'_>) -> Result<ObjectName> {
    let start = cursor.here();
    if is_string_at(cursor, 0) {
        return Ok(ObjectName::Parts(vec![string(cursor)?]));
    }
    match cursor.peek().kind {
        TokenKind::Symbol => {
            while cursor.peek().kind == TokenKind::Symbol && !cursor.at_symbol(";") {
                cursor.take();
            }
            Ok(ObjectName::Parts(vec![
                cursor.since(start).of(cursor.text()).to_owned(),
            ]))
        }
        _ => object_name(cursor),
    }
}
