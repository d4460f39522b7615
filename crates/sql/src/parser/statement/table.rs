//! `CREATE` and `REPLACE` of tables.

use super::properties::{check_properties, duplicate_clause, property_list, table_options};
use super::{comment, provider, unsupported};
use crate::create_table::{ColumnDefinition, CreateTable};
use crate::cursor::{Cursor, Result};
use crate::parser::data_type::{data_type, eat_not_null};
use crate::parser::expression::expression;
use crate::parser::literal::string;
use crate::parser::name::{is_name_at, multipart_name, name_length, object_name, whole_name};
use crate::parser::query::{at_query, query};
use crate::statement::StatementKind;

/// `[EXTERNAL] TABLE ..`, after `CREATE [OR REPLACE]`.
pub(super) fn create_table(cursor: &mut Cursor<'_>, replaces: bool) -> Result<StatementKind> {
    let is_external = cursor.eat("EXTERNAL");
    cursor.expect("TABLE")?;
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    if !replaces && !is_external && is_create_like(cursor) {
        return create_table_like(cursor, if_not_exists);
    }
    table_definition(
        cursor,
        CreateTable {
            replaces,
            if_not_exists,
            is_external,
            ..CreateTable::empty()
        },
    )
}

/// `REPLACE TABLE ..`.
pub(super) fn replace_table(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    cursor.expect("REPLACE TABLE")?;
    table_definition(
        cursor,
        CreateTable {
            creates: false,
            replaces: true,
            ..CreateTable::empty()
        },
    )
}

/// Whether `name LIKE` comes next.
fn is_create_like(cursor: &Cursor<'_>) -> bool {
    cursor.is_word_at(name_length(cursor), "LIKE")
}

fn create_table_like(cursor: &mut Cursor<'_>, if_not_exists: bool) -> Result<StatementKind> {
    let name = multipart_name(cursor)?;
    cursor.expect("LIKE")?;
    let source = multipart_name(cursor)?;
    let (mut format, mut location, mut properties) = (None, None, Vec::new());
    loop {
        if cursor.at("USING") {
            format = Some(provider(cursor)?);
        } else if cursor.eat("LOCATION") {
            location = Some(string(cursor)?);
        } else if cursor.eat("TBLPROPERTIES") {
            properties = property_list(cursor)?;
            check_properties(cursor, properties.iter().map(|it| &it.key))?;
        } else {
            return Ok(StatementKind::CreateTableLike {
                name,
                source,
                if_not_exists,
                provider: format,
                location,
                properties,
            });
        }
    }
}

/// The name, columns, clauses and query of a table.
fn table_definition(cursor: &mut Cursor<'_>, mut table: CreateTable) -> Result<StatementKind> {
    table.name = object_name(cursor)?;
    if cursor.at_symbol("(") && !at_query(cursor, 0) {
        table.columns = cursor.parenthesized(column_definition)?;
    }
    if cursor.at("USING") {
        table.provider = Some(provider(cursor)?);
    }
    loop {
        let clause_at = cursor.here();
        let clause = cursor.text_of(cursor.peek()).to_ascii_uppercase();
        let is_second = if cursor.at("OPTIONS") {
            let before = std::mem::replace(&mut table.options, table_options(cursor)?);
            !before.is_empty()
        } else if cursor.eat("PARTITIONED BY") {
            let fields = cursor.parenthesized(partition_field)?;
            !std::mem::replace(&mut table.partition_by, fields).is_empty()
        } else if cursor.eat("LOCATION") {
            table.location.replace(string(cursor)?).is_some()
        } else if let Some(text) = comment(cursor)? {
            table.comment.replace(text).is_some()
        } else if cursor.eat("TBLPROPERTIES") {
            let properties = property_list(cursor)?;
            !std::mem::replace(&mut table.properties, properties).is_empty()
        } else if cursor.at_any(&["CLUSTERED", "SKEWED", "STORED", "ROW", "CLUSTER"]) {
            return Err(unsupported(cursor, &format!("{clause} of CREATE TABLE")));
        } else {
            break;
        };
        if is_second {
            return Err(duplicate_clause(cursor, &clause, clause_at));
        }
    }
    let options = table.options.iter().map(|it| &it.key);
    let properties = table.properties.iter().map(|it| &it.key);
    check_properties(cursor, options.chain(properties))?;
    if table.is_external && table.location.is_none() {
        return Err(cursor.error_at(
            "CREATE_EXTERNAL_TABLE_WITHOUT_LOCATION",
            "CREATE EXTERNAL TABLE must be accompanied by LOCATION.",
            cursor.here(),
        ));
    }
    if cursor.eat("AS") || at_query(cursor, 0) {
        table.query = Some(query(cursor)?);
    }
    Ok(StatementKind::CreateTable(Box::new(table)))
}

/// A partition column: a name, or a name with a type.
fn partition_field(cursor: &mut Cursor<'_>) -> Result<ColumnDefinition> {
    if is_name_at(cursor, 0) && cursor.is_symbol_at(1, "(") {
        return Err(unsupported(cursor, "PARTITIONED BY a function of a column"));
    }
    let name = multipart_name(cursor)?;
    match cursor.at_symbol(",") || cursor.at_symbol(")") {
        true => Ok(ColumnDefinition::named(name)),
        false => finish_column(cursor, name),
    }
}

/// `name type [NOT NULL] [DEFAULT value] [GENERATED ALWAYS AS (..)] [COMMENT 'text']`.
pub(in crate::parser) fn column_definition(cursor: &mut Cursor<'_>) -> Result<ColumnDefinition> {
    let name = vec![whole_name(cursor)?];
    finish_column(cursor, name)
}

pub(super) fn finish_column(
    cursor: &mut Cursor<'_>,
    name: Vec<String>,
) -> Result<ColumnDefinition> {
    let mut column = ColumnDefinition::named(name);
    column.data_type = Some(data_type(cursor)?);
    loop {
        if eat_not_null(cursor)? {
            column.nullable = false;
        } else if cursor.eat("DEFAULT") {
            column.default = Some(expression(cursor)?);
        } else if cursor.eat("GENERATED ALWAYS AS") {
            cursor.expect_symbol("(")?;
            column.generated = Some(expression(cursor)?);
            cursor.expect_symbol(")")?;
        } else if let Some(text) = comment(cursor)? {
            column.comment = Some(text);
        } else {
            return Ok(column);
        }
    }
}

impl CreateTable {
    /// `CREATE TABLE` without anything.
    fn empty() -> CreateTable {
        CreateTable {
            name: crate::ObjectName::Parts(Vec::new()),
            creates: true,
            replaces: false,
            if_not_exists: false,
            is_external: false,
            columns: Vec::new(),
            provider: None,
            options: Vec::new(),
            partition_by: Vec::new(),
            location: None,
            comment: None,
            properties: Vec::new(),
            query: None,
        }
    }
}

impl ColumnDefinition {
    /// A column of which only the name is known.
    fn named(name: Vec<String>) -> ColumnDefinition {
        ColumnDefinition {
            name,
            data_type: None,
            nullable: true,
            default: None,
            generated: None,
            comment: None,
        }
    }
}
