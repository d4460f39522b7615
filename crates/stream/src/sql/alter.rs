//! `ALTER TABLE`, `ALTER VIEW` and the other changes of a table that is there.

use std::path::Path;

use catalog::{Pending, Table, TableKind};
use sql::{ColumnChange, ColumnDefinition, ObjectName, PartitionValue, Property, TableChange};

use super::analyze;
use super::column_default::{check_default, exists_default};
use super::database::{key_values, path_of};
use super::insert::unresolved_column;
use super::run::SqlResult;
use super::table::{columns, default_location, existing};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::of_catalogue;
use crate::tables::error::{
    Searched, already_exists, partitions_not_found, table_not_view, temporary_exists,
    temporary_view, unsupported_operation, view_not_table,
};
use crate::tables::name::{TableName, check_name, parts, quoted};
use crate::tables::partition::{self, Spec};
use crate::tables::temporary::TemporaryName;
use crate::tables::{insert, schema};

/// Changes the entry of a table.
pub(super) async fn change(
    session: &Session,
    name: &TableName,
    change: impl FnOnce(&mut Table) -> Result<()>,
) -> Result<SqlResult> {
    let changes = session.lock_catalogue().await?;
    changes
        .alter_table(&name.database, &name.table, change)
        .map_err(of_catalogue)??;
    Ok(SqlResult::Done)
}

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

async fn alter_column(
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

/// Changes of partitions that name them.
async fn partitions(
    session: &Session,
    text: &str,
    name: &TableName,
    table: &Table,
    changed: TableChange,
) -> Result<SqlResult> {
    if !table.is_partitioned() {
        let statement = match changed {
            TableChange::AddPartitions { .. } => "ALTER TABLE ADD PARTITION",
            TableChange::DropPartitions { .. } => "ALTER TABLE DROP PARTITION",
            TableChange::RenamePartition { .. } => "ALTER TABLE RENAME PARTITION",
            _ => "ALTER TABLE SET LOCATION",
        };
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "{statement} is not allowed on {} since its partition metadata is not stored in the Hive metastore. To \
                 import this information into the metastore, run `msck repair table {}`.",
                name.table, name.table
            ),
        ));
    }
    let whole = |given: &[PartitionValue]| -> Result<Vec<Option<String>>> {
        Spec::resolve(session, text, name, table, given)?.whole(name, table)
    };
    match changed {
        TableChange::AddPartitions {
            if_not_exists,
            partitions,
        } => {
            let mut added = Vec::new();
            for (given, location) in partitions {
                let location = location.as_deref().map(path_of).transpose()?;
                added.push((whole(&given)?, location));
            }
            change(session, name, |table| {
                for (values, location) in added {
                    let exists = table
                        .partitions
                        .contains_key(&partition::directory(table, &values));
                    if exists && !if_not_exists {
                        return Err(partition_exists(name, table, &values));
                    }
                    if !exists {
                        insert::add_partition(session, table, values, location);
                    }
                }
                Ok(())
            })
            .await
        }
        TableChange::DropPartitions {
            if_exists,
            partitions,
        } => {
            let mut specs = Vec::new();
            for given in partitions {
                specs.push(Spec::resolve(session, text, name, table, &given)?);
            }
            change(session, name, |table| {
                let mut removes = Vec::new();
                for spec in specs {
                    let found = match spec.complete() {
                        Some(values) => {
                            let key = partition::directory(table, &values);
                            table.partitions.remove(&key).map(|it| (key, it))
                        }
                        None => None,
                    };
                    match found {
                        Some((key, found)) if table.kind == TableKind::Managed => {
                            removes.push(partition::location(table, &key, &found));
                        }
                        Some(_) => {}
                        None if if_exists => {}
                        None => {
                            let shown = spec.shown(table);
                            return Err(partitions_not_found(&shown, &name.quoted_short()));
                        }
                    }
                }
                table.statistics = None;
                let change = catalog::FileChange {
                    removes,
                    ..catalog::FileChange::default()
                };
                table.pending = Some(Pending::Files(change));
                Ok(())
            })
            .await
        }
        TableChange::RenamePartition { from, to } => {
            let (from, to) = (whole(&from)?, whole(&to)?);
            change(session, name, |table| {
                let (old, new) = (
                    partition::directory(table, &from),
                    partition::directory(table, &to),
                );
                if table.partitions.contains_key(&new) {
                    return Err(partition_exists(name, table, &to));
                }
                let Some(mut moved) = table.partitions.remove(&old) else {
                    return Err(partition_missing(name, table, &from));
                };
                let source = partition::location(table, &old, &moved);
                moved.values = to;
                if table.kind == TableKind::Managed && moved.location.is_none() {
                    let target = partition::location(table, &new, &moved);
                    table.pending = Some(Pending::Files(catalog::FileChange {
                        moves: vec![(source, target)],
                        ..catalog::FileChange::default()
                    }));
                } else {
                    moved.location = Some(source);
                }
                table.partitions.insert(new, moved);
                Ok(())
            })
            .await
        }
        TableChange::SetPartitionLocation {
            partition: given,
            location,
        } => {
            let values = whole(&given)?;
            let location = path_of(&location)?;
            change(session, name, |table| {
                let key = partition::directory(table, &values);
                match table.partitions.get_mut(&key) {
                    Some(found) => found.location = Some(location),
                    None => return Err(partition_missing(name, table, &values)),
                }
                Ok(())
            })
            .await
        }
        _ => Err(unsupported_operation(name, "this change")),
    }
}

fn spec_of(values: &[Option<String>]) -> Spec {
    let values = values.iter().cloned();
    Spec(values.map(partition::SpecValue::Static).collect())
}

fn partition_missing(name: &TableName, table: &Table, values: &[Option<String>]) -> Error {
    let shown = spec_of(values).shown(table);
    partitions_not_found(&shown, &name.quoted_short())
}

fn partition_exists(name: &TableName, table: &Table, values: &[Option<String>]) -> Error {
    Error::analysis(
        "PARTITIONS_ALREADY_EXIST",
        format!(
            "Cannot ADD or RENAME TO partition(s) {} in table {} because they already exist.\nChoose a different name, drop \
             the existing partition, or add the IF NOT EXISTS clause to tolerate a pre-existing partition.",
            spec_of(values).shown(table),
            name.quoted_short()
        ),
    )
}

/// `MSCK REPAIR TABLE`: partitions are known that have a directory.
async fn repair(
    session: &Session,
    name: &TableName,
    table: &Table,
    adds: bool,
    drops: bool,
    statement: &str,
) -> Result<SqlResult> {
    if !table.is_partitioned() {
        return Err(Error::analysis(
            "NOT_A_PARTITIONED_TABLE",
            format!(
                "Operation {statement} is not allowed for {} because it is not a partitioned table.",
                name.quoted()
            ),
        ));
    }
    let location = table.location.clone().unwrap_or_default();
    let mut directories = Vec::new();
    list_partitions(
        session,
        &location,
        "",
        table.partition_columns,
        &mut directories,
    )?;
    change(session, name, |table| {
        if drops {
            let known = table.clone();
            table.partitions.retain(|key, it| {
                let location = partition::location(&known, key, it);
                session.io().disk.exists(Path::new(&location))
            });
        }
        if adds {
            for directory in directories {
                let path = format!("{directory}/x");
                if let Some(values) = partition::values_of_path(table, &path) {
                    insert::add_partition(session, table, values, None);
                }
            }
        }
        Ok(())
    })
    .await
}

/// The directories that are `depth` levels below a table's.
fn list_partitions(
    session: &Session,
    directory: &str,
    prefix: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> Result<()> {
    if depth == 0 {
        found.push(prefix.trim_end_matches('/').to_owned());
        return Ok(());
    }
    let entries = session.io().objects.list(directory);
    let entries = entries.map_err(|error| Error::io(format!("list {directory}"), error))?;
    for entry in entries {
        if entry.is_dir && entry.name.contains('=') {
            let prefix = format!("{prefix}{}/", entry.name);
            list_partitions(session, &entry.path, &prefix, depth - 1, found)?;
        }
    }
    Ok(())
}
