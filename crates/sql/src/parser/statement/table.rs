//! `CREATE`, `REPLACE` and `ALTER` of tables, and `ALTER` of views and databases.

use crate::cursor::{Cursor, Result};
use crate::statement::{ColumnDefinition, CreateTable, StatementKind};
use crate::token::TokenKind;

use super::create::query_with_text;
use super::{comment, options, property_key, property_list, provider, unsupported};
use crate::parser::data_type::{data_type, eat_not_null};
use crate::parser::expression::expression;
use crate::parser::literal::string;
use crate::parser::name::{is_name_at, multipart_name, name_length, object_name, whole_name};
use crate::parser::query::{at_query, query};

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
            let before = std::mem::replace(&mut table.options, options(cursor)?);
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
            let message = format!("Found duplicate clauses: {clause}. Please, remove one of them.");
            return Err(cursor.error_at("DUPLICATE_CLAUSES", message, clause_at));
        }
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

fn finish_column(cursor: &mut Cursor<'_>, name: Vec<String>) -> Result<ColumnDefinition> {
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

/// What follows `ALTER`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor
        .eat_any(&["DATABASE", "SCHEMA", "NAMESPACE"])
        .is_some()
    {
        let name = object_name(cursor)?;
        cursor.expect("SET")?;
        if cursor.at("LOCATION") {
            return Err(unsupported(cursor, "ALTER DATABASE .. SET LOCATION"));
        }
        if cursor.eat_any(&["DBPROPERTIES", "PROPERTIES"]).is_none() {
            return Err(cursor.unexpected());
        }
        let properties = property_list(cursor)?;
        return Ok(StatementKind::SetNamespaceProperties { name, properties });
    }
    let is_view = match cursor.eat_any(&["TABLE", "VIEW"]) {
        Some(word) => word == "VIEW",
        None => return Err(cursor.unexpected()),
    };
    let name = object_name(cursor)?;
    if cursor.eat("RENAME TO") {
        let to = multipart_name(cursor)?;
        return Ok(StatementKind::RenameTable { name, to, is_view });
    }
    if cursor.eat("SET TBLPROPERTIES") {
        let properties = property_list(cursor)?;
        return Ok(StatementKind::SetTableProperties { name, properties });
    }
    if cursor.eat("UNSET TBLPROPERTIES") {
        let if_exists = cursor.eat("IF EXISTS");
        let keys = cursor.parenthesized(property_key)?;
        return Ok(StatementKind::UnsetTableProperties {
            name,
            if_exists,
            keys,
        });
    }
    match is_view {
        true => alter_view(cursor, name),
        false => alter_columns(cursor, name),
    }
}

fn alter_view(cursor: &mut Cursor<'_>, name: crate::ObjectName) -> Result<StatementKind> {
    if cursor.eat("AS") || at_query(cursor, 0) {
        let (query, query_text) = query_with_text(cursor)?;
        return Ok(StatementKind::AlterView {
            name,
            query,
            query_text,
        });
    }
    Err(cursor.unexpected())
}

fn alter_columns(cursor: &mut Cursor<'_>, name: crate::ObjectName) -> Result<StatementKind> {
    if cursor.eat("ADD COLUMNS") || cursor.eat("ADD COLUMN") {
        let definition = |cursor: &mut Cursor<'_>| {
            let name = multipart_name(cursor)?;
            finish_column(cursor, name)
        };
        let columns = match cursor.at_symbol("(") {
            true => cursor.parenthesized(definition)?,
            false => cursor.comma_separated(definition)?,
        };
        return Ok(StatementKind::AddColumns { name, columns });
    }
    if cursor.eat("RENAME COLUMN") {
        let column = multipart_name(cursor)?;
        cursor.expect("TO")?;
        let to = whole_name(cursor)?;
        return Ok(StatementKind::RenameColumn { name, column, to });
    }
    if cursor.eat("DROP COLUMNS") || cursor.eat("DROP COLUMN") {
        let if_exists = cursor.eat("IF EXISTS");
        let columns = match cursor.at_symbol("(") {
            true => cursor.parenthesized(multipart_name)?,
            false => cursor.comma_separated(multipart_name)?,
        };
        return Ok(StatementKind::DropColumns {
            name,
            if_exists,
            columns,
        });
    }
    if cursor.eat("SET LOCATION") {
        let location = string(cursor)?;
        return Ok(StatementKind::SetTableLocation { name, location });
    }
    match cursor.peek().kind {
        TokenKind::Word => Err(unsupported(cursor, "this form of ALTER TABLE")),
        _ => Err(cursor.unexpected()),
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
