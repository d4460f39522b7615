//! `SHOW` of tables, views, columns, partitions and properties.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use catalog::Table;
use sql::{ObjectName, PartitionValue, ShowStatement};

use super::answer::{matching, rows, strings};
use super::run::SqlResult;
use super::table::existing;
use super::{create_text, database, describe};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tables::error::Searched;
use crate::tables::error::of_catalogue;
use crate::tables::name::{GLOBAL_TEMP, TableName, parts};
use crate::tables::partition::Spec;

/// A `SHOW` of the catalogue; none for another one.
pub(super) fn show(
    session: &Session,
    text: &str,
    statement: &ShowStatement,
) -> Result<Option<SqlResult>> {
    let shown = match statement {
        ShowStatement::Tables { namespace, pattern } => {
            tables(session, namespace.as_ref(), pattern.as_deref(), false)
        }
        ShowStatement::Views { namespace, pattern } => {
            tables(session, namespace.as_ref(), pattern.as_deref(), true)
        }
        ShowStatement::TableExtended {
            namespace,
            pattern,
            partition,
        } if partition.is_empty() => extended(session, namespace.as_ref(), pattern),
        ShowStatement::Namespaces { namespace, pattern } => {
            database::show(session, namespace.as_ref(), pattern.as_deref())
        }
        ShowStatement::CurrentNamespace => database::show_current(session),
        ShowStatement::Catalogs { pattern } => database::show_catalogs(session, pattern.as_deref()),
        ShowStatement::Columns(name) => columns(session, name),
        ShowStatement::Partitions { name, partition } => partitions(session, text, name, partition),
        ShowStatement::TableProperties { name, key } => properties(session, name, key.as_deref()),
        ShowStatement::CreateTable(name) => create_text::show(session, name),
        ShowStatement::Functions { .. } | ShowStatement::TableExtended { .. } => return Ok(None),
    };
    shown.map(Some)
}

/// The database of `SHOW .. IN`.
fn namespace(session: &Session, name: Option<&ObjectName>) -> Result<String> {
    let database = match name {
        None => session.tables().database(),
        Some(name) => session.database_name(parts(name)?)?,
    };
    if database != GLOBAL_TEMP {
        session.check_database(&database)?;
    }
    Ok(database)
}

/// The tables of a database that a pattern matches, without temporary views.
fn names(session: &Session, database: &str, pattern: Option<&str>) -> Result<Vec<(String, Table)>> {
    let catalogue = session.catalogue()?;
    let mut found = Vec::new();
    for name in matching(catalogue.tables(database).map_err(of_catalogue)?, pattern) {
        if let Some(table) = catalogue.table(database, &name).map_err(of_catalogue)? {
            found.push((name, table));
        }
    }
    Ok(found)
}

/// `SHOW TABLES` and `SHOW VIEWS`.
fn tables(
    session: &Session,
    name: Option<&ObjectName>,
    pattern: Option<&str>,
    only_views: bool,
) -> Result<SqlResult> {
    let database = namespace(session, name)?;
    let mut found: Vec<(String, String, bool)> = Vec::new();
    if database == GLOBAL_TEMP {
        let global = session.tables().global().read().keys().cloned().collect();
        let global = matching(global, pattern).into_iter();
        found.extend(global.map(|name| (GLOBAL_TEMP.to_owned(), name, true)));
    } else {
        let tables = names(session, &database, pattern)?;
        let tables = tables
            .into_iter()
            .filter(|(_, table)| !only_views || table.is_view());
        found.extend(tables.map(|(name, _)| (database.clone(), name, false)));
    }
    let temporary = session
        .tables()
        .temporary()
        .read()
        .keys()
        .cloned()
        .collect();
    let temporary = matching(temporary, pattern).into_iter();
    found.extend(temporary.map(|name| (String::new(), name, true)));
    let is_temporary: ArrayRef = Arc::new(BooleanArray::from_iter(
        found.iter().map(|(_, _, is_temporary)| Some(*is_temporary)),
    ));
    let title = if only_views { "viewName" } else { "tableName" };
    rows(
        session,
        &[
            ("namespace", strings(found.iter().map(|it| it.0.clone()))),
            (title, strings(found.iter().map(|it| it.1.clone()))),
            ("isTemporary", is_temporary),
        ],
    )
}

/// `SHOW TABLE EXTENDED`.
fn extended(session: &Session, name: Option<&ObjectName>, pattern: &str) -> Result<SqlResult> {
    let database = namespace(session, name)?;
    let found = names(session, &database, Some(pattern))?;
    let mut texts = Vec::with_capacity(found.len());
    for (table_name, table) in &found {
        let name = TableName {
            database: database.clone(),
            table: table_name.clone(),
        };
        texts.push(describe::information(&name, table)?);
    }
    let is_temporary: ArrayRef = Arc::new(BooleanArray::from(vec![false; found.len()]));
    rows(
        session,
        &[
            ("namespace", strings(found.iter().map(|_| database.clone()))),
            ("tableName", strings(found.iter().map(|it| it.0.clone()))),
            ("isTemporary", is_temporary),
            ("information", strings(texts)),
        ],
    )
}

/// `SHOW COLUMNS`.
fn columns(session: &Session, name: &ObjectName) -> Result<SqlResult> {
    let parts = parts(name)?;
    let names: Vec<String> = match session.find_temporary(parts)? {
        Some(view) => {
            let schema = view.schema();
            schema.fields().iter().map(|it| it.name().clone()).collect()
        }
        None => {
            let table = session.catalogue_table(&session.table_name(parts)?)?;
            let table = table.ok_or_else(|| session.not_found(parts, Searched::Statement))?;
            table.columns.into_iter().map(|it| it.name).collect()
        }
    };
    rows(session, &[("col_name", strings(names))])
}

/// `SHOW PARTITIONS`.
fn partitions(
    session: &Session,
    text: &str,
    name: &ObjectName,
    partition: &[PartitionValue],
) -> Result<SqlResult> {
    let (name, table) = existing(session, name, "SHOW PARTITIONS", false, Searched::Statement)?;
    if !table.is_partitioned() {
        return Err(not_partitioned(&name));
    }
    let spec = Spec::resolve(session, text, &name, &table, partition)?;
    let partitions = table.partitions.iter();
    let names = partitions.filter(|(_, it)| spec.matches(it));
    let names = names.map(|(name, _)| name.clone());
    rows(session, &[("partition", strings(names))])
}

/// `INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY`.
pub(super) fn not_partitioned(name: &TableName) -> Error {
    Error::analysis(
        "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
        format!(
            "The partition command is invalid. Table {} is not partitioned.",
            name.quoted()
        ),
    )
}

/// `SHOW TBLPROPERTIES`.
fn properties(session: &Session, name: &ObjectName, key: Option<&str>) -> Result<SqlResult> {
    let parts = parts(name)?;
    let mut found: Vec<(String, String)> = Vec::new();
    let mut dotted = String::new();
    if session.temporary_named(parts)?.is_none() {
        let name = session.table_name(parts)?;
        let table = session.catalogue_table(&name)?;
        let table = table.ok_or_else(|| session.not_found(parts, Searched::Statement))?;
        dotted = name.dotted();
        let options = table.options.iter();
        found.extend(options.map(|(key, value)| {
            (
                format!("option.{key}"),
                describe::redacted(key, value).to_owned(),
            )
        }));
        found.extend(table.properties);
        found.sort();
    }
    if let Some(key) = key {
        let value = found.iter().find(|(known, _)| known == key);
        let value = match value {
            Some((_, value)) => value.clone(),
            None => format!("Table {dotted} does not have property: {key}"),
        };
        found = vec![(key.to_owned(), value)];
    }
    let (keys, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    rows(
        session,
        &[("key", strings(keys)), ("value", strings(values))],
    )
}
