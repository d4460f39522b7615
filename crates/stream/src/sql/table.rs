//! Tables: `CREATE`, `DROP`, `TRUNCATE` and `RENAME`.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::Names;
use catalog::{Table, TableKind};
use sql::{ColumnDefinition, CreateTable, DataType, ObjectName, PartitionValue, Property};

use super::column_default::check_defaults;
use super::database::{key_values, path_of};
use super::run::{SqlResult, plan_query};
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::session::Session;
use crate::source::SourceSpec;
use crate::source::file::FileFormat;
use crate::tables::error::of_catalogue;
use crate::tables::error::{Searched, already_exists, unsupported_operation, view_not_table};
use crate::tables::name::{Named, TableName, check_name, parts};
use crate::tables::partition::Spec;
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

/// The name of a table or view that is made: its database is there, and it is no name that is refused.
pub(super) fn new_name(session: &Session, parts: &[String]) -> Result<TableName> {
    let name = session.table_name(parts)?;
    session.check_database(&name.database)?;
    check_name(&name.table).map_err(|error| match parts {
        // The name as it was written.
        [.., table] => check_name(table).err().unwrap_or(error),
        [] => error,
    })?;
    Ok(name)
}

/// The entry of a new table.
fn definition(
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

/// An entry without columns, and its format. `location` is what the statement says.
///
/// # Errors
/// `DATA_SOURCE_NOT_FOUND`, `INVALID_EMPTY_LOCATION`, and locations that are no local directory.
fn new_entry(
    session: &Session,
    name: &TableName,
    provider: Option<&str>,
    location: Option<&str>,
) -> Result<(Table, String)> {
    let location = location.map(path_of).transpose()?;
    let provider = session.format_name(provider).to_lowercase();
    let kind = match location {
        Some(_) => TableKind::External,
        None => TableKind::Managed,
    };
    let is_files = FileFormat::named(&provider).is_some();
    if !is_files && provider != "kafka" {
        return Err(Error::analysis(
            "DATA_SOURCE_NOT_FOUND",
            format!(
                "Failed to find the data source: {provider}. Make sure the provider name is correct and the package is \
                 properly registered and compatible with your Spark version."
            ),
        ));
    }
    let mut table = Table::new(kind, session.io().clock.now_ms(), created_by());
    table.location = match (is_files, location) {
        (false, _) => None,
        (true, Some(location)) => Some(location),
        (true, None) => Some(default_location(session, name)?),
    };
    table.provider = Some(provider.clone());
    Ok((table, provider))
}

/// The properties of a new table or view. A comment among them is not kept, as in Spark.
pub(super) fn new_properties(properties: Vec<Property>) -> BTreeMap<String, String> {
    let properties = key_values(properties);
    properties.filter(|(key, _)| key != "comment").collect()
}

/// The program that makes tables.
pub(super) fn created_by() -> String {
    format!("Vltava {}", env!("CARGO_PKG_VERSION"))
}

/// Where the files of a managed table are.
pub(super) fn default_location(session: &Session, name: &TableName) -> Result<String> {
    let database = session.check_database(&name.database)?;
    let location = Path::new(&database.location).join(&name.table);
    Ok(location.to_string_lossy().into_owned())
}

/// Columns as a statement of `text` defines them.
pub(super) fn columns(text: &str, defined: &[ColumnDefinition]) -> Result<Vec<catalog::Column>> {
    let columns = defined.iter().map(|column| {
        let name = column.name.join(".");
        if column.generated.is_some() {
            return Err(Error::analysis(
                "UNSUPPORTED_FEATURE.TABLE_OPERATION",
                format!("The feature is not supported: generated columns, such as `{name}`, in tables of files."),
            ));
        }
        let data_type = column.data_type.clone().unwrap_or(DataType::String);
        let default = column.default.as_ref();
        Ok(catalog::Column {
            name,
            data_type: data_type.sql(),
            comment: column.comment.clone(),
            default: default.map(|it| it.span.of(text).to_owned()),
            exists_default: None,
        })
    });
    columns.collect()
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
async fn create_as(
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

/// The rows of `frame` as a new table (`DataFrameWriter.saveAsTable`).
pub(super) async fn save_new(
    session: &Session,
    parts: &[String],
    frame: &DataFrame,
    new: SavedTable,
) -> Result<()> {
    let name = new_name(session, parts)?;
    let table = saved_definition(session, &name, frame, new)?;
    create_as(session, &name, table, frame, false).await?;
    Ok(())
}

/// Where a stream is written that goes into the table `name`, which is made if it is not there: format and directory
/// (`DataStreamWriter.toTable`).
pub(super) async fn stream_target(
    session: &Session,
    parts: &[String],
    frame: &DataFrame,
    new: SavedTable,
) -> Result<(String, String)> {
    let name = session.table_name(parts)?;
    let wanted = session.format_name(new.provider.as_deref()).to_lowercase();
    let known = session.catalogue_table(&name)?;
    let is_new = known.is_none();
    let table = match known {
        Some(table) => table,
        None => saved_definition(session, &new_name(session, parts)?, frame, new)?,
    };
    if table.is_view() {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!("Streaming into views {} is not supported.", name.quoted()),
        ));
    }
    let provider = table.provider.clone().unwrap_or_default();
    if provider != wanted {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "The input source({wanted}) is different from the table {}'s data source provider({provider}).",
                name.table
            ),
        ));
    }
    let location = match &table.location {
        Some(location) if table.partition_columns == 0 => location.clone(),
        _ => {
            return Err(Error::unsupported(format!(
                "Streaming into {} is not supported: it is partitioned, or no table of files.",
                name.quoted()
            )));
        }
    };
    if is_new {
        let changes = session.lock_catalogue().await?;
        changes
            .create_table(&name.database, &name.table, &table)
            .map_err(of_catalogue)?;
    }
    Ok((provider, location))
}

/// The entry of a table that a writer makes of the columns of `frame`.
fn saved_definition(
    session: &Session,
    name: &TableName,
    frame: &DataFrame,
    new: SavedTable,
) -> Result<Table> {
    let partition_by = new.partition_by.into_iter().map(|name| ColumnDefinition {
        name: vec![name],
        data_type: None,
        nullable: true,
        default: None,
        generated: None,
        comment: None,
    });
    let options = new.options.into_iter();
    let options = options.map(|(key, value)| Property { key, value });
    let new = CreateTable {
        name: ObjectName::Parts(name.parts()),
        creates: true,
        replaces: false,
        if_not_exists: false,
        is_external: false,
        columns: Vec::new(),
        provider: new.provider,
        options: options.collect(),
        partition_by: partition_by.collect(),
        location: None,
        comment: None,
        properties: Vec::new(),
        query: None,
    };
    definition(session, "", name, new, Some(frame))
}

/// What a writer says of a table that it makes.
pub(crate) struct SavedTable {
    /// The format.
    pub(crate) provider: Option<String>,
    /// The options of the format.
    pub(crate) options: Vec<(String, String)>,
    /// The partition columns.
    pub(crate) partition_by: Vec<String>,
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
    super::alter::change(session, &name, |table| {
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
