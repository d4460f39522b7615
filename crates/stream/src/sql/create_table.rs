//! `CREATE TABLE`, with columns, `AS` a query or `LIKE` another table.

use std::path::Path;

use analysis::Names;
use catalog::{Table, TableKind};
use sql::{ColumnDefinition, CreateTable, DataType, Property};

use super::column_default::check_defaults;
use super::database::key_values;
use super::new_entry::{columns, new_entry, new_name, new_properties};
use super::run::{SqlResult, plan_query};
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::session::Session;
use crate::source::SourceSpec;
use crate::tables::error::{Searched, already_exists, of_catalogue, unsupported_operation};
use crate::tables::name::{TableName, parts};
use crate::tables::{insert, schema};

/// `CREATE TABLE`.
pub(super) async fn create(session: &Session, text: &str, new: CreateTable) -> Result<SqlResult> {
    let name = new_name(session, parts(&new.name)?)?;
    if new.replaces {
        return Err(unsupported_operation(&name, "REPLACE TABLE"));
    }
    if session.catalogue_table(&name)?.is_some() {
        return match new.if_not_exists {
            true => Ok(SqlResult::Done),
            false => Err(already_exists(&name.quoted())),
        };
    }
    let query = match &new.query {
        Some(query) => Some(plan_query(session, text, query)?),
        None => None,
    };
    let if_not_exists = new.if_not_exists;
    let table = definition(session, text, &name, new, query.as_ref())?;
    let created = match query {
        None => {
            let changes = session.lock_catalogue().await?;
            changes.create_table(&name.database, &name.table, &table)
        }
        Some(query) => return create_as(session, &name, table, &query, if_not_exists).await,
    };
    match created {
        Err(catalog::Error::TableExists(..)) if if_not_exists => Ok(SqlResult::Done),
        created => Ok(created.map(|()| SqlResult::Done).map_err(of_catalogue)?),
    }
}

/// The entry of a new table.
pub(super) fn definition(
    session: &Session,
    text: &str,
    name: &TableName,
    new: CreateTable,
    query: Option<&DataFrame>,
) -> Result<Table> {
    let (paths, options): (Vec<_>, Vec<_>) =
        key_values(new.options).partition(|(key, _)| key.eq_ignore_ascii_case("path"));
    let paths = new
        .location
        .into_iter()
        .chain(paths.into_iter().map(|it| it.1));
    let paths: Vec<String> = paths.collect();
    if let [first, second, ..] = paths.as_slice() {
        return Err(Error::new(
            ErrorKind::Parse,
            format!(
                "Duplicated table paths found: '{first}' and '{second}'. LOCATION and the case insensitive key 'path' in \
                 OPTIONS are all used to indicate the custom table path, you can only specify one of them."
            ),
        ));
    }
    let location = paths.first().map(String::as_str);
    let (mut table, provider) = new_entry(session, name, new.provider.as_deref(), location)?;
    table.columns = match query {
        Some(_) if !new.columns.is_empty() => {
            return Err(Error::new(
                ErrorKind::Parse,
                "Operation not allowed: Schema may not be specified in a Create Table As Select (CTAS) statement.",
            ));
        }
        Some(query) => schema::columns_of(&query.schema())?,
        None if new.columns.is_empty() => {
            let inferred = infer(session, &provider, &options, table.location.as_deref())?;
            schema::columns_of(&inferred)?
        }
        None => {
            check_defaults(session, text, "CREATE TABLE", &new.columns)?;
            columns(text, &new.columns)?
        }
    };
    partition_by(session.names(), text, name, &mut table, new.partition_by)?;
    schema::check_unique(
        session.names(),
        table.columns.iter().map(|it| it.name.as_str()),
    )?;
    check_types(&provider, &table)?;
    table.options = options;
    table.properties = new_properties(new.properties);
    table.comment = new.comment;
    Ok(table)
}

/// Moves the partition columns to the end.
fn partition_by(
    names: Names,
    text: &str,
    name: &TableName,
    table: &mut Table,
    fields: Vec<ColumnDefinition>,
) -> Result<()> {
    let mut partition_columns = Vec::new();
    for field in fields {
        let wanted = field.name.join(".");
        let at = table
            .columns
            .iter()
            .position(|it| names.same(&it.name, &wanted));
        match (at, &field.data_type) {
            (Some(at), None) => partition_columns.push(table.columns.remove(at)),
            (_, Some(_)) => partition_columns.extend(columns(text, &[field])?),
            (None, None) => {
                let known = table.columns.iter().chain(&partition_columns);
                let known: Vec<String> = known.map(|it| format!("`{}`", it.name)).collect();
                return Err(Error::analysis(
                    "COLUMN_NOT_DEFINED_IN_TABLE",
                    format!(
                        "partition column `{wanted}` is not defined in table {}, defined table columns are: {}.",
                        name.quoted(),
                        known.join(", ")
                    ),
                ));
            }
        }
    }
    for column in &partition_columns {
        let data_type = schema::data_type(column)?;
        if !values::types::is_atomic(&data_type) {
            return Err(Error::analysis(
                "INVALID_PARTITION_COLUMN_DATA_TYPE",
                format!("Cannot use \"{}\" for partition column.", data_type.sql()),
            ));
        }
    }
    if !partition_columns.is_empty() && table.columns.is_empty() {
        return Err(Error::analysis(
            "ALL_PARTITION_COLUMNS_NOT_ALLOWED",
            "Cannot use all columns for partition columns.",
        ));
    }
    table.partition_columns += partition_columns.len();
    table.columns.append(&mut partition_columns);
    Ok(())
}

/// The columns that the files of a table say.
fn infer(
    session: &Session,
    provider: &str,
    options: &[(String, String)],
    location: Option<&str>,
) -> Result<arrow::datatypes::Schema> {
    let mut options: Options = options
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    if let Some(location) = location {
        options.set("path", location);
        if !session.io().disk.exists(Path::new(location)) {
            let mut shown = provider.to_owned();
            if let Some(first) = shown.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            return Err(Error::analysis(
                "UNABLE_TO_INFER_SCHEMA",
                format!("Unable to infer schema for {shown}. It must be specified manually."),
            ));
        }
    }
    let options = session.with_defaults(&options);
    let spec = SourceSpec::for_batch(session.io(), &session.memory(), provider, &options, None)?;
    Ok(spec.schema().as_ref().clone())
}

/// That a format can hold the types of the columns.
fn check_types(provider: &str, table: &Table) -> Result<()> {
    let shown = match provider {
        "text" => "Text",
        "csv" => "CSV",
        "json" => "JSON",
        "parquet" => "Parquet",
        _ => return Ok(()),
    };
    for column in table.data_columns() {
        let data_type = schema::data_type(column)?;
        let fits = match (provider, &data_type) {
            ("text", it) => values::types::is_string(it),
            (_, DataType::CalendarInterval | DataType::Variant) => false,
            ("csv", it) => values::types::is_atomic(it),
            _ => true,
        };
        if !fits {
            return Err(Error::analysis(
                "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                format!(
                    "The {shown} datasource doesn't support the column `{}` of the type \"{}\".",
                    column.name,
                    data_type.sql()
                ),
            ));
        }
    }
    Ok(())
}

/// `CREATE TABLE .. AS query`: the table appears with its rows.
pub(super) async fn create_as(
    session: &Session,
    name: &TableName,
    table: Table,
    query: &DataFrame,
    if_not_exists: bool,
) -> Result<SqlResult> {
    if let Some(location) = &table.location {
        check_empty(session, name, &table, location)?;
    }
    let frame = by_columns(query, &table)?;
    if table.location.is_none() {
        let changes = session.lock_catalogue().await?;
        changes
            .create_table(&name.database, &name.table, &table)
            .map_err(of_catalogue)?;
        drop(changes);
        insert::insert(session, name, &table, &frame, insert::Replaces::Nothing).await?;
        return Ok(SqlResult::Done);
    }
    let staged = insert::stage(session, &table, &frame).await?;
    let changes = session.lock_catalogue().await?;
    if if_not_exists && session.catalogue_table(name)?.is_some() {
        return Ok(SqlResult::Done);
    }
    insert::create(session, &changes, name, table, staged)?;
    Ok(SqlResult::Done)
}

/// That nothing is in the directory of a table that is made with its rows.
fn check_empty(session: &Session, name: &TableName, table: &Table, location: &str) -> Result<()> {
    let entries = session.io().objects.list(location);
    let entries = entries.map_err(|error| Error::io(format!("list {location}"), error))?;
    if entries.iter().all(|entry| entry.name == "_temporary") {
        return Ok(());
    }
    Err(match table.kind {
        TableKind::Managed => Error::analysis(
            "LOCATION_ALREADY_EXISTS",
            format!(
                "Cannot name the managed table as {}, as its associated location 'file:{location}' already exists. Please \
                 pick a different table name, or remove the existing location first.",
                name.quoted()
            ),
        ),
        TableKind::External | TableKind::View => Error::new(
            ErrorKind::Analysis,
            format!(
                "CREATE-TABLE-AS-SELECT cannot create table with location to a non-empty directory file://{location}. To \
                 allow overwriting the existing non-empty directory, set \
                 'spark.sql.legacy.allowNonEmptyLocationInCTAS' to true."
            ),
        ),
    })
}

/// The rows with their columns in the order of the table's.
fn by_columns(query: &DataFrame, table: &Table) -> Result<DataFrame> {
    query.check_column_names()?;
    let found = query.plan().schema().columns();
    let schema = query.schema();
    let exprs = table.columns.iter().filter_map(|column| {
        let at = schema
            .fields()
            .iter()
            .position(|it| *it.name() == column.name)?;
        Some(datafusion::logical_expr::Expr::Column(found[at].clone()))
    });
    insert::projected(query, exprs.collect())
}

/// What `CREATE TABLE .. LIKE ..` says besides the names.
pub(super) struct LikeTable {
    pub(super) if_not_exists: bool,
    pub(super) provider: Option<String>,
    pub(super) location: Option<String>,
    pub(super) properties: Vec<Property>,
}

/// `CREATE TABLE .. LIKE ..`.
pub(super) async fn create_like(
    session: &Session,
    name: &[String],
    source: &[String],
    new: LikeTable,
) -> Result<SqlResult> {
    let name = new_name(session, name)?;
    let (source_columns, source_provider, partition_columns, options) =
        match session.catalogue_table(&session.table_name(source)?)? {
            Some(table) => (
                table.columns,
                table.provider,
                table.partition_columns,
                table.options,
            ),
            None => match session.find_temporary(source)? {
                Some(view) => {
                    let columns = schema::columns_of(&view.schema())?;
                    (columns, None, 0, Vec::new())
                }
                None => return Err(session.not_found(source, Searched::Statement)),
            },
        };
    let provider = new.provider.or(source_provider);
    let location = new.location.as_deref();
    // Spark does not check here whether the format can hold the types.
    let (mut table, _) = new_entry(session, &name, provider.as_deref(), location)?;
    table.columns = source_columns;
    table.partition_columns = partition_columns;
    table.options = options;
    table.properties = new_properties(new.properties);
    let changes = session.lock_catalogue().await?;
    match changes.create_table(&name.database, &name.table, &table) {
        Err(catalog::Error::TableExists(..)) if new.if_not_exists => Ok(SqlResult::Done),
        Err(catalog::Error::TableExists(..)) => Err(already_exists(&name.quoted_short())),
        created => Ok(created.map(|()| SqlResult::Done).map_err(of_catalogue)?),
    }
}
