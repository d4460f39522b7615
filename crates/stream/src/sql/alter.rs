//! `ALTER TABLE`, `ALTER VIEW` and the other changes of a table that is there.

use catalog::TableKind;
use sql::{ColumnChange, ObjectName, Property, TableChange};

use super::alter_column::alter_column;
use super::alter_partition::{partitions, repair};
use super::analyze;
use super::database::{key_values, path_of};
use super::new_entry::default_location;
use super::run::SqlResult;
use super::table::{change, existing};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tables::error::{
    Searched, already_exists, of_catalogue, table_not_view, temporary_exists, temporary_view,
    unsupported_operation, view_not_table,
};
use crate::tables::name::{TableName, check_name, parts, quoted};
use crate::tables::temporary::TemporaryName;

/// `ALTER TABLE | VIEW .. RENAME TO ..`.
pub(super) async fn rename(
    session: &Session,
    name: &ObjectName,
    to: &[String],
    is_view: bool,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    if let Some(temporary) = session.temporary_named(parts)? {
        return rename_temporary(session, &temporary, to);
    }
    let name = session.table_name(parts)?;
    let table = session.catalogue_table(&name)?;
    let table = table.ok_or_else(|| session.not_found(parts, Searched::Statement))?;
    match (is_view, table.is_view()) {
        (true, false) => return Err(table_not_view("ALTER VIEW", &quoted(parts), true)),
        (false, true) => return Err(view_not_table("ALTER TABLE", &quoted(parts), true)),
        _ => {}
    }
    let to = match to {
        [table] => TableName {
            database: name.database.clone(),
            table: table.to_lowercase(),
        },
        [database, table] => TableName {
            database: database.to_lowercase(),
            table: table.to_lowercase(),
        },
        _ => {
            return Err(Error::analysis(
                "IDENTIFIER_TOO_MANY_NAME_PARTS",
                format!(
                    "{} is not a valid identifier as it has more than 2 name parts.",
                    quoted(to)
                ),
            ));
        }
    };
    if to.database != name.database {
        return Err(Error::analysis(
            "RENAME_TABLE_SOURCE_DESTINATION_DATABASE_MISMATCH",
            format!(
                "RENAME TABLE source and destination databases do not match: `{}` != `{}`.",
                name.database, to.database
            ),
        ));
    }
    check_name(&to.table)?;
    let directory = match (&table.location, table.kind) {
        (Some(from), TableKind::Managed) => Some((from.clone(), default_location(session, &to)?)),
        _ => None,
    };
    let changes = session.lock_catalogue().await?;
    match changes.rename_table(&name.database, &name.table, &to.table, directory) {
        Err(catalog::Error::TableExists(..)) => Err(already_exists(&to.quoted_short())),
        renamed => Ok(renamed.map(|()| SqlResult::Done).map_err(of_catalogue)?),
    }
}

fn rename_temporary(session: &Session, name: &TemporaryName, to: &[String]) -> Result<SqlResult> {
    let to = match to {
        [.., table] => table.to_lowercase(),
        [] => return Ok(SqlResult::Done),
    };
    if session.has_temporary(&to, name.is_global) {
        return Err(temporary_exists(&to));
    }
    session.rename_view(name, &to);
    Ok(SqlResult::Done)
}

/// `ALTER TABLE | VIEW .. SET TBLPROPERTIES`.
pub(super) async fn set_properties(
    session: &Session,
    name: &ObjectName,
    properties: Vec<Property>,
    is_view: bool,
) -> Result<SqlResult> {
    let name = with_properties(session, name, is_view, "SET TBLPROPERTIES")?;
    change(session, &name, |table| {
        for (key, value) in key_values(properties) {
            match key.as_str() {
                "comment" => table.comment = Some(value),
                _ => {
                    table.properties.insert(key, value);
                }
            }
        }
        Ok(())
    })
    .await
}

/// `ALTER TABLE | VIEW .. UNSET TBLPROPERTIES`.
pub(super) async fn unset_properties(
    session: &Session,
    name: &ObjectName,
    keys: Vec<String>,
    is_view: bool,
) -> Result<SqlResult> {
    let name = with_properties(session, name, is_view, "UNSET TBLPROPERTIES")?;
    change(session, &name, |table| {
        for key in keys {
            match key.as_str() {
                "comment" => table.comment = None,
                _ => {
                    table.properties.remove(&key);
                }
            }
        }
        Ok(())
    })
    .await
}

/// The table or view of `SET` and `UNSET TBLPROPERTIES`.
fn with_properties(
    session: &Session,
    name: &ObjectName,
    is_view: bool,
    operation: &str,
) -> Result<TableName> {
    let parts = parts(name)?;
    let word = if is_view { "VIEW" } else { "TABLE" };
    let operation = format!("ALTER {word} ... {operation}");
    if let Some(temporary) = session.temporary_named(parts)? {
        return Err(match is_view {
            true => temporary_view(&operation, &temporary.name),
            false => view_not_table(&operation, &quoted(parts), true),
        });
    }
    let name = session.table_name(parts)?;
    let table = session.catalogue_table(&name)?;
    let table = table.ok_or_else(|| session.not_found(parts, Searched::Statement))?;
    match (is_view, table.is_view()) {
        (true, false) => Err(table_not_view(&operation, &name.quoted(), true)),
        (false, true) => Err(view_not_table(&operation, &name.quoted(), true)),
        _ => Ok(name),
    }
}

/// `COMMENT ON TABLE`.
pub(super) async fn comment(
    session: &Session,
    name: &ObjectName,
    comment: Option<String>,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    let name = session.table_name(parts)?;
    if session.catalogue_table(&name)?.is_none() {
        return Err(session.not_found(parts, Searched::Statement));
    }
    change(session, &name, |table| {
        table.comment = Some(comment.unwrap_or_default());
        Ok(())
    })
    .await
}

/// `ALTER TABLE .. SET LOCATION`.
pub(super) async fn set_location(
    session: &Session,
    name: &ObjectName,
    location: &str,
) -> Result<SqlResult> {
    let operation = "ALTER TABLE ... SET LOCATION ...";
    let (name, _) = existing(session, name, operation, false, Searched::Statement)?;
    let location = path_of(location)?;
    change(session, &name, |table| {
        table.location = Some(location);
        table.statistics = None;
        Ok(())
    })
    .await
}

/// Another change of a table.
pub(super) async fn apply(
    session: &Session,
    text: &str,
    name: &ObjectName,
    table_change: TableChange,
) -> Result<SqlResult> {
    let (operation, searched) = operation(&table_change);
    if let TableChange::Analyze {
        partition,
        is_noscan,
        columns,
    } = table_change
    {
        return analyze::table(session, text, name, &partition, is_noscan, columns).await;
    }
    let (name, table) = existing(session, name, operation, false, searched)?;
    match table_change {
        TableChange::AlterColumn { column, change } => {
            alter_column(session, text, &name, &table, &column, change).await
        }
        TableChange::ChangeColumn { column, definition } => {
            let comment = definition.comment.clone();
            if let Some(data_type) = definition.data_type {
                let change = ColumnChange::Type(data_type);
                alter_column(session, text, &name, &table, &column, change).await?;
            }
            match comment {
                Some(comment) => {
                    let change = ColumnChange::Comment(comment);
                    alter_column(session, text, &name, &table, &column, change).await
                }
                None => Ok(SqlResult::Done),
            }
        }
        TableChange::ReplaceColumns(_)
        | TableChange::Delete
        | TableChange::Update
        | TableChange::Merge => Err(unsupported_operation(&name, operation)),
        TableChange::SetOptions(properties) => {
            change(session, &name, |table| {
                for (key, value) in key_values(properties) {
                    table.options.retain(|(known, _)| *known != key);
                    table.options.push((key, value));
                }
                Ok(())
            })
            .await
        }
        TableChange::RepairPartitions {
            adds,
            drops,
            statement,
        } => repair(session, &name, &table, adds, drops, statement).await,
        other => partitions(session, text, &name, &table, other).await,
    }
}

/// The name of a change in messages, and where its table is looked for.
fn operation(change: &TableChange) -> (&'static str, Searched) {
    match change {
        TableChange::AlterColumn { .. } | TableChange::ChangeColumn { .. } => {
            ("ALTER TABLE ... ALTER COLUMN", Searched::Statement)
        }
        TableChange::ReplaceColumns(_) => ("REPLACE COLUMNS", Searched::Statement),
        TableChange::AddPartitions { .. } => {
            ("ALTER TABLE ... ADD PARTITION ...", Searched::Statement)
        }
        TableChange::DropPartitions { .. } => {
            ("ALTER TABLE ... DROP PARTITION ...", Searched::Statement)
        }
        TableChange::RenamePartition { .. } => {
            ("ALTER TABLE ... RENAME TO PARTITION", Searched::Statement)
        }
        TableChange::SetPartitionLocation { .. } => {
            ("ALTER TABLE ... SET LOCATION ...", Searched::Statement)
        }
        TableChange::RepairPartitions { statement, .. } => (statement, Searched::Statement),
        TableChange::SetOptions(_) => (
            "ALTER TABLE ... SET [SERDE|SERDEPROPERTIES]",
            Searched::Statement,
        ),
        TableChange::Analyze { .. } => (analyze::OPERATION, Searched::Statement),
        TableChange::Delete => ("DELETE", Searched::Query),
        TableChange::Update => ("UPDATE TABLE", Searched::Query),
        TableChange::Merge => ("MERGE INTO TABLE", Searched::Query),
    }
}
