//! `ALTER` of tables, views and databases, and the other statements that change a table.

use crate::cursor::{Cursor, Result};
use crate::statement::StatementKind;
use crate::table_change::{ColumnChange, TableChange};
use crate::token::TokenKind;

use super::create::query_with_text;
use super::properties::{
    check_namespace_properties, check_properties, property_keys, property_list,
};
use super::table::{column_definition, finish_column};
use super::{comment, invalid_clause, partition, unsupported};
use crate::parser::data_type::data_type;
use crate::parser::expression::expression;
use crate::parser::literal::string;
use crate::parser::name::{is_name_at, multipart_name, object_name, table_alias, whole_name};
use crate::parser::query::{at_query, query};

/// What follows `ALTER`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor
        .eat_any(&["DATABASE", "SCHEMA", "NAMESPACE"])
        .is_some()
    {
        let name = object_name(cursor)?;
        if cursor.eat("UNSET DBPROPERTIES") || cursor.eat("UNSET PROPERTIES") {
            let keys = property_keys(cursor)?;
            check_namespace_properties(cursor, &keys)?;
            return Ok(StatementKind::UnsetNamespaceProperties { name, keys });
        }
        cursor.expect("SET")?;
        if cursor.eat("LOCATION") {
            let location = string(cursor)?;
            return Ok(StatementKind::SetNamespaceLocation { name, location });
        }
        if cursor.eat_any(&["DBPROPERTIES", "PROPERTIES"]).is_none() {
            return Err(cursor.unexpected());
        }
        let properties = property_list(cursor)?;
        check_namespace_properties(cursor, properties.iter().map(|it| &it.key))?;
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
        check_properties(cursor, properties.iter().map(|it| &it.key))?;
        return Ok(StatementKind::SetTableProperties {
            name,
            properties,
            is_view,
        });
    }
    if cursor.eat("UNSET TBLPROPERTIES") {
        let if_exists = cursor.eat("IF EXISTS");
        let keys = property_keys(cursor)?;
        check_properties(cursor, &keys)?;
        return Ok(StatementKind::UnsetTableProperties {
            name,
            if_exists,
            keys,
            is_view,
        });
    }
    if is_view {
        return alter_view(cursor, name);
    }
    if let Some(change) = partition_change(cursor)? {
        let change = Box::new(change);
        return Ok(StatementKind::ChangeTable { name, change });
    }
    alter_columns(cursor, name)
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
            let column = finish_column(cursor, name)?;
            // Tables of files have their columns in the order in which they were added.
            position(cursor)?;
            Ok(column)
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
    if let Some(word) = cursor.eat_any(&["ALTER", "CHANGE"]) {
        cursor.eat("COLUMN");
        let column = multipart_name(cursor)?;
        let is_definition = word == "CHANGE"
            && is_name_at(cursor, 1)
            && !cursor.at_any(&["SET", "DROP", "AFTER", "TYPE"]);
        let change = match is_definition {
            true => {
                let start = cursor.here();
                let name = vec![whole_name(cursor)?];
                let is_same = column
                    .last()
                    .is_some_and(|it| it.eq_ignore_ascii_case(&name[0]));
                if !is_same {
                    let message = "Renaming column is not supported in Hive-style ALTER COLUMN, please run RENAME COLUMN instead.";
                    return Err(cursor.error_at("_LEGACY_ERROR_TEMP_0034", message, start));
                }
                let definition = Box::new(finish_column(cursor, name)?);
                position(cursor)?;
                TableChange::ChangeColumn { column, definition }
            }
            false => TableChange::AlterColumn {
                column,
                change: column_change(cursor)?,
            },
        };
        let change = Box::new(change);
        return Ok(StatementKind::ChangeTable { name, change });
    }
    if cursor.eat("REPLACE COLUMNS") {
        let columns = cursor.parenthesized(column_definition)?;
        let change = Box::new(TableChange::ReplaceColumns(columns));
        return Ok(StatementKind::ChangeTable { name, change });
    }
    if cursor.eat("SET SERDEPROPERTIES") {
        let change = Box::new(TableChange::SetOptions(property_list(cursor)?));
        return Ok(StatementKind::ChangeTable { name, change });
    }
    if cursor.at("SET FILEFORMAT") {
        return Err(invalid_clause(cursor, "ALTER TABLE SET FILEFORMAT"));
    }
    match cursor.peek().kind {
        TokenKind::Word => Err(unsupported(cursor, "this form of ALTER TABLE")),
        _ => Err(cursor.unexpected()),
    }
}

/// `FIRST` or `AFTER name`, if it comes next.
fn position(cursor: &mut Cursor<'_>) -> Result<bool> {
    if cursor.eat("AFTER") {
        multipart_name(cursor)?;
        return Ok(true);
    }
    Ok(cursor.eat("FIRST"))
}

/// What follows `ALTER COLUMN name`.
fn column_change(cursor: &mut Cursor<'_>) -> Result<ColumnChange> {
    if cursor.eat("TYPE") {
        return data_type(cursor).map(ColumnChange::Type);
    }
    if let Some(text) = comment(cursor)? {
        return Ok(ColumnChange::Comment(text));
    }
    if cursor.eat("SET NOT NULL") || cursor.eat("DROP NOT NULL") {
        return Ok(ColumnChange::Nullability);
    }
    if cursor.eat("SET DEFAULT") {
        return Ok(ColumnChange::Default(Some(expression(cursor)?)));
    }
    if cursor.eat("DROP DEFAULT") {
        return Ok(ColumnChange::Default(None));
    }
    match position(cursor)? {
        true => Ok(ColumnChange::Position),
        false => Err(cursor.unexpected()),
    }
}

/// A change of partitions, if one comes next.
fn partition_change(cursor: &mut Cursor<'_>) -> Result<Option<TableChange>> {
    if cursor.at("PARTITION") {
        let from = partition(cursor)?;
        if cursor.eat("SET LOCATION") {
            let location = string(cursor)?;
            return Ok(Some(TableChange::SetPartitionLocation {
                partition: from,
                location,
            }));
        }
        cursor.expect("RENAME TO")?;
        let to = partition(cursor)?;
        return match to.is_empty() {
            true => Err(cursor.unexpected()),
            false => Ok(Some(TableChange::RenamePartition { from, to })),
        };
    }
    if cursor.eat("RECOVER PARTITIONS") {
        return Ok(Some(TableChange::RepairPartitions {
            adds: true,
            drops: false,
            statement: "ALTER TABLE RECOVER PARTITIONS",
        }));
    }
    let adds = cursor.at("ADD PARTITION") || cursor.at("ADD IF NOT EXISTS");
    if adds {
        cursor.take();
        let if_not_exists = cursor.eat("IF NOT EXISTS");
        let mut partitions = Vec::new();
        while cursor.at("PARTITION") {
            let values = partition(cursor)?;
            let location = match cursor.eat("LOCATION") {
                true => Some(string(cursor)?),
                false => None,
            };
            partitions.push((values, location));
        }
        return match partitions.is_empty() {
            true => Err(cursor.unexpected()),
            false => Ok(Some(TableChange::AddPartitions {
                if_not_exists,
                partitions,
            })),
        };
    }
    let drops = cursor.at("DROP PARTITION") || cursor.at("DROP IF EXISTS PARTITION");
    if drops {
        cursor.take();
        let if_exists = cursor.eat("IF EXISTS");
        let partitions = cursor.comma_separated(partition)?;
        cursor.eat("PURGE");
        return Ok(Some(TableChange::DropPartitions {
            if_exists,
            partitions,
        }));
    }
    Ok(None)
}

/// A statement about a table that does not begin with a word of its own group.
pub(super) fn table_statement(cursor: &mut Cursor<'_>) -> Result<Option<StatementKind>> {
    let (name, change) = if cursor.eat("MSCK REPAIR TABLE") || cursor.eat("REPAIR TABLE") {
        let name = object_name(cursor)?;
        let (adds, drops) = match cursor.eat_any(&["ADD", "DROP", "SYNC"]) {
            Some("DROP") => (false, true),
            Some("SYNC") => (true, true),
            Some(_) | None => (true, false),
        };
        if !cursor.at_end() {
            cursor.expect("PARTITIONS")?;
        }
        let statement = "MSCK REPAIR TABLE";
        (
            name,
            TableChange::RepairPartitions {
                adds,
                drops,
                statement,
            },
        )
    } else if cursor.eat("ANALYZE TABLE") {
        let name = object_name(cursor)?;
        let partition = partition(cursor)?;
        cursor.expect("COMPUTE STATISTICS")?;
        let is_noscan = cursor.eat("NOSCAN");
        let columns = if is_noscan {
            None
        } else if cursor.eat("FOR COLUMNS") {
            Some(cursor.comma_separated(whole_name)?)
        } else if cursor.eat("FOR ALL COLUMNS") {
            Some(Vec::new())
        } else {
            None
        };
        (
            name,
            TableChange::Analyze {
                partition,
                is_noscan,
                columns,
            },
        )
    } else if cursor.eat("DELETE FROM") {
        let name = object_name(cursor)?;
        table_alias(cursor)?;
        if cursor.eat("WHERE") {
            expression(cursor)?;
        }
        (name, TableChange::Delete)
    } else if cursor.eat("UPDATE") {
        let name = object_name(cursor)?;
        table_alias(cursor)?;
        cursor.expect("SET")?;
        assignments(cursor)?;
        if cursor.eat("WHERE") {
            expression(cursor)?;
        }
        (name, TableChange::Update)
    } else if cursor.eat("MERGE INTO") {
        let name = object_name(cursor)?;
        merge(cursor)?;
        (name, TableChange::Merge)
    } else {
        return Ok(None);
    };
    let change = Box::new(change);
    Ok(Some(StatementKind::ChangeTable { name, change }))
}

/// `column = value, ..`.
fn assignments(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.comma_separated(|cursor| {
        multipart_name(cursor)?;
        cursor.expect_symbol("=")?;
        match cursor.eat("DEFAULT") {
            true => Ok(()),
            false => expression(cursor).map(|_| ()),
        }
    })?;
    Ok(())
}

/// What follows the target of `MERGE INTO`. No table of this engine takes it, so that nothing of it is kept.
fn merge(cursor: &mut Cursor<'_>) -> Result<()> {
    table_alias(cursor)?;
    cursor.expect("USING")?;
    match cursor.at_symbol("(") {
        true => {
            cursor.expect_symbol("(")?;
            query(cursor)?;
            cursor.expect_symbol(")")?;
        }
        false => {
            object_name(cursor)?;
        }
    }
    table_alias(cursor)?;
    cursor.expect("ON")?;
    expression(cursor)?;
    while cursor.eat("WHEN") {
        cursor.eat("NOT");
        cursor.expect("MATCHED")?;
        if cursor.eat("BY") && cursor.eat_any(&["TARGET", "SOURCE"]).is_none() {
            return Err(cursor.unexpected());
        }
        if cursor.eat("AND") {
            expression(cursor)?;
        }
        cursor.expect("THEN")?;
        if cursor.eat("UPDATE SET") {
            match cursor.eat_symbol("*") {
                true => {}
                false => assignments(cursor)?,
            }
        } else if cursor.eat("INSERT") {
            if !cursor.eat_symbol("*") {
                cursor.parenthesized(multipart_name)?;
                cursor.expect("VALUES")?;
                cursor.parenthesized(|cursor| match cursor.eat("DEFAULT") {
                    true => Ok(()),
                    false => expression(cursor).map(|_| ()),
                })?;
            }
        } else {
            cursor.expect("DELETE")?;
        }
    }
    Ok(())
}
