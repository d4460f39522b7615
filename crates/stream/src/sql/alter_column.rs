//! `ALTER TABLE`: changes of columns.

use catalog::Table;
use sql::{ColumnChange, ColumnDefinition, ObjectName};

use super::column_default::{check_default, exists_default};
use super::insert::unresolved_column;
use super::new_entry::columns;
use super::run::SqlResult;
use super::table::{change, existing};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::{Searched, unsupported_operation};
use crate::tables::name::TableName;
use crate::tables::schema;

/// `ALTER TABLE .. ADD COLUMNS`.
pub(super) async fn add_columns(
    session: &Session,
    text: &str,
    name: &ObjectName,
    added: &[ColumnDefinition],
) -> Result<SqlResult> {
    let operation = "ALTER TABLE ... ADD COLUMNS";
    let (name, table) = existing(session, name, operation, false, Searched::Statement)?;
    if let Some(field) = added.iter().find(|column| column.name.len() > 1) {
        return Err(unresolved_column(&field.name[0], &table));
    }
    if added.iter().any(|column| !column.nullable) {
        return Err(Error::new(
            ErrorKind::Analysis,
            "ADD COLUMN with v1 tables cannot specify NOT NULL.",
        ));
    }
    let mut new = columns(text, added)?;
    for (column, definition) in new.iter_mut().zip(added) {
        let Some(default) = &definition.default else {
            continue;
        };
        let data_type = schema::data_type(column)?;
        let statement = "ALTER TABLE ADD COLUMNS";
        let value = check_default(session, text, statement, &column.name, default, &data_type)?;
        if table.provider.as_deref() != Some("parquet") {
            return Err(Error::unsupported(format!(
                "ALTER TABLE .. ADD COLUMN with DEFAULT is not supported for files of the format {}: rows that are there \
                 would not have the default. Add the column, then set the default for new rows with ALTER COLUMN .. SET \
                 DEFAULT.",
                table.provider.as_deref().unwrap_or_default()
            )));
        }
        column.exists_default = exists_default(value, column)?;
    }
    let known = table.columns.iter().chain(&new);
    schema::check_unique(session.names(), known.map(|it| it.name.as_str()))?;
    if table.provider.as_deref() == Some("text") {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "ALTER ADD COLUMNS does not support datasource table with type text. You must drop and re-create the table \
                 for adding the new columns. Tables: {}.",
                name.quoted()
            ),
        ));
    }
    change(session, &name, |table| {
        let at = table.data_columns().len();
        table.columns.splice(at..at, new);
        Ok(())
    })
    .await
}

/// `ALTER TABLE .. RENAME COLUMN` and `.. DROP COLUMNS`, which tables of files do not have.
pub(super) fn refuse_columns(
    session: &Session,
    name: &ObjectName,
    operation: &str,
) -> Result<SqlResult> {
    let (name, _) = existing(session, name, "ALTER TABLE", false, Searched::Statement)?;
    Err(unsupported_operation(&name, operation))
}

pub(super) async fn alter_column(
    session: &Session,
    text: &str,
    name: &TableName,
    table: &Table,
    column: &[String],
    changed: ColumnChange,
) -> Result<SqlResult> {
    let (names, wanted) = (session.names(), column.join("."));
    let at = table
        .columns
        .iter()
        .position(|it| names.same(&it.name, &wanted));
    let Some(at) = at else {
        return Err(unresolved_column(&column[0], table));
    };
    match changed {
        ColumnChange::Nullability => {
            return Err(unsupported_operation(name, "ALTER COLUMN ... SET NOT NULL"));
        }
        ColumnChange::Position => {
            return Err(unsupported_operation(
                name,
                "ALTER COLUMN ... FIRST | AFTER",
            ));
        }
        _ => {}
    }
    if at >= table.data_columns().len() {
        return Err(Error::analysis(
            "CANNOT_ALTER_PARTITION_COLUMN",
            format!(
                "ALTER TABLE (ALTER|CHANGE) COLUMN is not supported for partition columns, but found the partition column \
                 `{}` in the table {}.",
                table.columns[at].name,
                name.quoted()
            ),
        ));
    }
    let known = &table.columns[at];
    if let ColumnChange::Type(to) = &changed {
        let from = schema::data_type(known)?;
        return match from == *to {
            true => Ok(SqlResult::Done),
            false => Err(Error::analysis(
                "NOT_SUPPORTED_CHANGE_COLUMN",
                format!(
                    "ALTER TABLE ALTER/CHANGE COLUMN is not supported for changing {}'s column `{column}` with type \"{}\" to \
                     `{column}` with type \"{}\".",
                    name.quoted(),
                    from.sql(),
                    to.sql(),
                    column = known.name,
                ),
            )),
        };
    }
    if let ColumnChange::Default(Some(default)) = &changed {
        let data_type = schema::data_type(known)?;
        let statement = "ALTER TABLE ALTER COLUMN";
        check_default(session, text, statement, &known.name, default, &data_type)?;
    }
    let column = known.name.clone();
    change(session, name, |table| {
        let known = table.columns.iter_mut().find(|it| it.name == column);
        if let Some(known) = known {
            match changed {
                ColumnChange::Comment(comment) => known.comment = Some(comment),
                ColumnChange::Default(default) => {
                    known.default = default.map(|it| it.span.of(text).to_owned());
                }
                _ => {}
            }
        }
        Ok(())
    })
    .await
}
