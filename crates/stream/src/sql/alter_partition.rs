//! `ALTER TABLE`: changes of partitions; `MSCK REPAIR TABLE`.

use std::path::Path;

use catalog::{Pending, Table, TableKind};
use sql::{PartitionValue, TableChange};

use super::database::path_of;
use super::run::SqlResult;
use super::table::change;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::{partitions_not_found, unsupported_operation};
use crate::tables::insert;
use crate::tables::name::TableName;
use crate::tables::partition::{self, Spec};

/// Changes of partitions that name them.
pub(super) async fn partitions(
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

fn partition_missing(name: &TableName, table: &Table, values: &[Option<String>]) -> Error {
    let shown = spec_of(values).shown(table);
    partitions_not_found(&shown, &name.quoted_short())
}

fn spec_of(values: &[Option<String>]) -> Spec {
    let values = values.iter().cloned();
    Spec(values.map(partition::SpecValue::Static).collect())
}

/// `MSCK REPAIR TABLE`: partitions are known that have a directory.
pub(super) async fn repair(
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
