//! The entry of a new table or view in the catalogue.

use std::collections::BTreeMap;
use std::path::Path;

use catalog::{Table, TableKind};
use sql::{ColumnDefinition, DataType, Property};

use super::database::{key_values, path_of};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::source::file::FileFormat;
use crate::tables::name::{TableName, check_name};

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

/// An entry without columns, and its format. `location` is what the statement says.
///
/// # Errors
/// `DATA_SOURCE_NOT_FOUND`, `INVALID_EMPTY_LOCATION`, and locations that are no local directory.
pub(super) fn new_entry(
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
