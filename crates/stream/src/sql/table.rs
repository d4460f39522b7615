//! A table of the catalogue that a statement is about; `DROP` and `TRUNCATE`.

use catalog::{Table, TableKind};
use sql::{ObjectName, PartitionValue};

use super::run::SqlResult;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::tables::error::{Searched, of_catalogue, view_not_table};
use crate::tables::insert;
use crate::tables::name::{Named, TableName, parts};
use crate::tables::partition::Spec;

/// The table of the catalogue that a statement is about; views and temporary views are refused.
pub(super) fn existing(
    session: &Session,
    name: &ObjectName,
    operation: &str,
    alternative: bool,
    searched: Searched,
) -> Result<(TableName, Table)> {
    let parts = parts(name)?;
    if session.temporary_named(parts)?.is_some() {
        let shown = crate::tables::name::quoted(parts);
        return Err(view_not_table(operation, &shown, alternative));
    }
    let name = match session.named(parts, &session.tables().database())? {
        Named::Either(name) | Named::Table(name) => name,
        Named::Temporary(_) | Named::Global(_) => return Err(session.not_found(parts, searched)),
    };
    match session.catalogue_table(&name)? {
        None => Err(session.not_found(parts, searched)),
        Some(table) if table.is_view() => {
            Err(view_not_table(operation, &name.quoted(), alternative))
        }
        Some(table) => Ok((name, table)),
    }
}

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

/// `DROP TABLE` and `DROP VIEW`.
pub(super) async fn drop_table(
    session: &Session,
    name: &ObjectName,
    if_exists: bool,
    is_view: bool,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    if session.drop_temporary(parts)? {
        return Ok(SqlResult::Done);
    }
    let name = session.table_name(parts)?;
    let missing = || match if_exists {
        true => Ok(SqlResult::Done),
        false => Err(crate::tables::error::not_found(
            &name.parts(),
            Searched::Database,
            &name.database,
        )),
    };
    let changes = session.lock_catalogue().await?;
    let table = match changes.table(&name.database, &name.table) {
        Err(catalog::Error::TableNotFound(..)) => return missing(),
        table => table.map_err(of_catalogue)?,
    };
    if is_view && !table.is_view() {
        return Err(Error::analysis(
            "WRONG_COMMAND_FOR_OBJECT_TYPE",
            format!(
                "The operation DROP VIEW requires a VIEW or METRIC_VIEW. But {} is a {}. Use DROP TABLE instead.",
                name.dotted(),
                table.kind.name()
            ),
        ));
    }
    changes
        .drop_table(&name.database, &name.table)
        .map_err(of_catalogue)?;
    Ok(SqlResult::Done)
}

/// `TRUNCATE TABLE`.
pub(super) async fn truncate(
    session: &Session,
    text: &str,
    name: &ObjectName,
    partition: &[PartitionValue],
) -> Result<SqlResult> {
    let (name, table) = existing(session, name, "TRUNCATE TABLE", false, Searched::Statement)?;
    if table.kind == TableKind::External {
        return Err(Error::analysis(
            "CANNOT_TRUNCATE_EXTERNAL_TABLE",
            format!(
                "Operation not allowed: TRUNCATE TABLE on external tables: {}.",
                name.quoted()
            ),
        ));
    }
    if !partition.is_empty() && !table.is_partitioned() {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "Operation not allowed: TRUNCATE TABLE ... PARTITION is not supported for tables that are not partitioned: \
                 {}.",
                name.quoted()
            ),
        ));
    }
    let spec = Spec::resolve(session, text, &name, &table, partition)?;
    change(session, &name, |table| {
        let known = table.partitions.clone();
        let change = insert::removal(session, table, &insert::Replaces::Matching(spec))?;
        // The partitions stay, without rows.
        table.partitions = known;
        table.statistics = None;
        table.pending = Some(catalog::Pending::Files(change));
        Ok(())
    })
    .await
}
