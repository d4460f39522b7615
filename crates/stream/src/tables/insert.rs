//! Rows that are written into a table of the catalogue.
//!
//! The files are prepared in a directory that no reader looks into. When all are there, one change of the table's entry
//! makes them part of the table: a crash before it leaves the table as it was, a crash after it is finished by whoever uses
//! the table next.

use std::collections::BTreeSet;
use std::path::Path;

use analysis::projection;
use catalog::{Changes, FileChange, Partition, Pending, Staging, Table};

use super::name::TableName;
use super::partition::{self, Spec};
use super::provider::CatalogTable;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::sink::SaveMode;
use crate::tables::error::of_catalogue;

/// What of a table new rows take the place of.
#[derive(Clone, Debug)]
pub(crate) enum Replaces {
    /// Nothing.
    Nothing,
    /// The partitions that match; the whole table without partition columns.
    Matching(Spec),
    /// The partitions that have new rows.
    Written,
}

/// Files that were written and are not part of a table yet.
pub(crate) struct Staged {
    staging: Staging,
    files: Vec<String>,
}

/// Writes the rows of `frame`, whose columns are those of the table, into files beside the table.
///
/// # Errors
/// What the rows fail with, and the format's.
pub(crate) async fn stage(session: &Session, table: &Table, frame: &DataFrame) -> Result<Staged> {
    let location = table.location.as_deref().unwrap_or_default();
    let io = session.io();
    let id = uuid::Builder::from_random_bytes(io.rng.uuid()).into_uuid();
    let staging = Staging::begin(&io.disk, Path::new(location), &id.to_string())
        .map_err(|error| Error::io(format!("prepare files for {location}"), error))?;
    let partitions = table.partition_columns().iter().map(|it| it.name.as_str());
    let writer = frame
        .write()
        .format(table.provider.as_deref().unwrap_or_default())
        .options(table.options.iter().map(|(k, v)| (k.clone(), v.clone())))
        .option("partitionOverwriteMode", "static")
        .partition_by(partitions)
        .mode(SaveMode::Append);
    writer
        .save_path(&staging.directory().to_string_lossy())
        .await?;
    let files = staging
        .files()
        .map_err(|error| Error::io(format!("list files for {location}"), error))?;
    Ok(Staged { staging, files })
}

impl Staged {
    /// Makes the files part of the table, in the entry: who carries out [`Table::pending`] moves them.
    ///
    /// # Errors
    /// If the files in the table's directory cannot be listed.
    fn add_to(&self, session: &Session, table: &mut Table, replaces: &Replaces) -> Result<()> {
        let mut change = removal(session, table, replaces)?;
        let from = self.staging.directory();
        let mut written = BTreeSet::new();
        for file in &self.files {
            let (directory, file_name) = match file.rsplit_once('/') {
                Some((directory, file_name)) => (directory, file_name),
                None => ("", file.as_str()),
            };
            let target = match partition::values_of_path(table, file) {
                Some(values) if table.is_partitioned() => {
                    let name = partition::directory(table, &values);
                    let now = session.io().clock.now_ms();
                    let entry = table.partitions.entry(name.clone());
                    let known = entry.or_insert_with(|| Partition {
                        values,
                        location: None,
                        created_ms: now,
                    });
                    let known = known.clone();
                    let target = partition::location(table, &name, &known);
                    written.insert(target.clone());
                    target
                }
                _ => {
                    let base = Path::new(table.location.as_deref().unwrap_or_default());
                    base.join(directory).to_string_lossy().into_owned()
                }
            };
            let from = from.join(file).to_string_lossy().into_owned();
            let to = Path::new(&target).join(file_name);
            change.moves.push((from, to.to_string_lossy().into_owned()));
        }
        if matches!(replaces, Replaces::Written) {
            change.removes.extend(written);
        }
        if let Replaces::Matching(spec) = replaces
            && let Some(values) = spec.complete()
            && table.is_partitioned()
        {
            add_partition(session, table, values, None);
        }
        change.staging = Some(self.staging.root().to_string_lossy().into_owned());
        table.pending = Some(Pending::Files(change));
        table.statistics = None;
        Ok(())
    }
}

/// Makes a partition known, unless it is.
pub(crate) fn add_partition(
    session: &Session,
    table: &mut Table,
    values: Vec<Option<String>>,
    location: Option<String>,
) {
    let name = partition::directory(table, &values);
    let created_ms = session.io().clock.now_ms();
    table.partitions.entry(name).or_insert(Partition {
        values,
        location,
        created_ms,
    });
}

/// Takes what is replaced out of the table; the returned change removes its files.
pub(crate) fn removal(
    session: &Session,
    table: &mut Table,
    replaces: &Replaces,
) -> Result<FileChange> {
    let mut change = FileChange::default();
    let Replaces::Matching(spec) = replaces else {
        return Ok(change);
    };
    if table.is_partitioned() {
        let names = table.partitions.iter();
        let names: Vec<String> = names
            .filter(|(_, it)| spec.matches(it))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            if let Some(found) = table.partitions.remove(&name) {
                change
                    .removes
                    .push(partition::location(table, &name, &found));
            }
        }
        return Ok(change);
    }
    let Some(location) = &table.location else {
        return Ok(change);
    };
    let objects = &session.io().objects;
    let entries = objects
        .list(location)
        .map_err(|error| Error::io(format!("list {location}"), error))?;
    // Others may prepare files there.
    let entries = entries.into_iter().filter(|it| it.name != "_temporary");
    change.removes = entries.map(|it| it.path).collect();
    Ok(change)
}

/// Writes rows into a table that exists. The columns of `frame` are those of the table.
///
/// # Errors
/// `UNSUPPORTED_OVERWRITE.TABLE`, what the rows fail with, and those of the disk.
pub(crate) async fn insert(
    session: &Session,
    name: &TableName,
    table: &Table,
    frame: &DataFrame,
    replaces: Replaces,
) -> Result<()> {
    if table.location.is_none() {
        return write_elsewhere(name, table, frame, &replaces).await;
    }
    if matches!(replaces, Replaces::Matching(_)) && CatalogTable::is_read_by(frame.plan(), name) {
        return Err(Error::analysis(
            "UNSUPPORTED_OVERWRITE.TABLE",
            format!(
                "Can't overwrite the target that is also being read from. The target table is {}.",
                name.quoted()
            ),
        ));
    }
    let staged = stage(session, table, frame).await?;
    let columns = table.columns.clone();
    let changes = session.lock_catalogue().await?;
    changes.alter_table(&name.database, &name.table, |table| {
        if table.columns != columns {
            return Err(Error::new(
                ErrorKind::Analysis,
                format!(
                    "The columns of the table {} have changed while rows were written into it. Nothing was inserted; insert \
                     them again.",
                    name.quoted()
                ),
            ));
        }
        staged.add_to(session, table, &replaces)
    }).map_err(of_catalogue)??;
    staged.staging.keep();
    Ok(())
}

/// Makes a table of the rows that were staged for it.
///
/// # Errors
/// `TABLE_OR_VIEW_ALREADY_EXISTS`, and those of the disk.
pub(crate) fn create(
    session: &Session,
    changes: &Changes<'_>,
    name: &TableName,
    mut table: Table,
    staged: Staged,
) -> Result<()> {
    staged.add_to(session, &mut table, &Replaces::Nothing)?;
    changes
        .create_table(&name.database, &name.table, &table)
        .map_err(of_catalogue)?;
    staged.staging.keep();
    Ok(())
}

/// Writes rows to what is no directory of files: a topic.
async fn write_elsewhere(
    name: &TableName,
    table: &Table,
    frame: &DataFrame,
    replaces: &Replaces,
) -> Result<()> {
    if !matches!(replaces, Replaces::Nothing) {
        return Err(super::error::unsupported_operation(name, "OVERWRITE"));
    }
    let writer = frame
        .write()
        .format(table.provider.as_deref().unwrap_or_default())
        .options(table.options.iter().map(|(k, v)| (k.clone(), v.clone())));
    writer.mode(SaveMode::Append).save().await
}

/// The columns of `frame` in another order and under other names.
pub(crate) fn projected(
    frame: &DataFrame,
    exprs: Vec<datafusion::logical_expr::Expr>,
) -> Result<DataFrame> {
    let plan = projection(frame.plan().clone(), exprs)?;
    DataFrame::of_plan(frame.session(), plan)
}
