//! Spark's conditions for what is wrong with names of tables and databases.

use super::name::{CATALOG, TableName, quoted};
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// Where a name was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Searched {
    /// In functions, temporary views and the current database: a query.
    Query,
    /// In temporary views and the current database: a statement about a table.
    Statement,
    /// In one database: `DROP`.
    Database,
}

impl Session {
    /// `TABLE_OR_VIEW_NOT_FOUND` for a name as it was written.
    pub(crate) fn not_found(&self, parts: &[String], searched: Searched) -> Error {
        not_found(parts, searched, &self.tables().database())
    }
}

/// `TABLE_OR_VIEW_NOT_FOUND`. `database` is the current one.
pub(crate) fn not_found(parts: &[String], searched: Searched, database: &str) -> Error {
    let place = format!("`{CATALOG}`.`{database}`");
    let path = match searched {
        Searched::Query => format!("`system`.`builtin`, `system`.`session`, {place}"),
        Searched::Statement => format!("`system`.`session`, {place}"),
        Searched::Database => place,
    };
    table_not_found(&quoted(parts), &path)
}

/// `SCHEMA_NOT_FOUND`.
pub(crate) fn schema_not_found(parts: &[String]) -> Error {
    database_not_found(&quoted(parts))
}

/// `REQUIRES_SINGLE_PART_NAMESPACE`.
pub(crate) fn single_part_namespace(parts: &[String]) -> Error {
    Error::analysis(
        "REQUIRES_SINGLE_PART_NAMESPACE",
        format!(
            "{CATALOG} requires a single-part namespace, but got identifier {}.",
            quoted(parts)
        ),
    )
}

/// `TABLE_OR_VIEW_ALREADY_EXISTS`, for a name in back quotes.
pub(crate) fn already_exists(name: &str) -> Error {
    Error::analysis(
        "TABLE_OR_VIEW_ALREADY_EXISTS",
        format!(
            "Cannot create table or view {name} because it already exists.\nChoose a different name, drop or replace the \
             existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects."
        ),
    )
}

/// `TEMP_TABLE_OR_VIEW_ALREADY_EXISTS`.
pub(crate) fn temporary_exists(name: &str) -> Error {
    Error::analysis(
        "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
        format!(
            "Cannot create the temporary view `{name}` because it already exists.\nChoose a different name, drop or replace \
             the existing view."
        ),
    )
}

/// `EXPECT_TABLE_NOT_VIEW`: a statement for tables about a view, whose name is in back quotes.
pub(crate) fn view_not_table(operation: &str, name: &str, alternative: bool) -> Error {
    let (condition, advice) = match alternative {
        true => (
            "EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW",
            "Please use ALTER VIEW instead.",
        ),
        false => ("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", ""),
    };
    Error::analysis(
        condition,
        format!("'{operation}' expects a table but {name} is a view. {advice}"),
    )
}

/// `EXPECT_VIEW_NOT_TABLE`: a statement for views about a table, whose name is in back quotes.
pub(crate) fn table_not_view(operation: &str, name: &str, alternative: bool) -> Error {
    let (condition, advice) = match alternative {
        true => (
            "EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE",
            "Please use ALTER TABLE instead.",
        ),
        false => ("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", ""),
    };
    Error::analysis(
        condition,
        format!("The table {name} does not support {operation}. {advice}"),
    )
}

/// `EXPECT_PERMANENT_VIEW_NOT_TEMP`.
pub(crate) fn temporary_view(operation: &str, name: &str) -> Error {
    Error::analysis(
        "EXPECT_PERMANENT_VIEW_NOT_TEMP",
        format!("'{operation}' expects a permanent view but `{name}` is a temp view."),
    )
}

/// `UNSUPPORTED_FEATURE.TABLE_OPERATION`: what tables of files cannot do.
pub(crate) fn unsupported_operation(name: &TableName, operation: &str) -> Error {
    Error::analysis(
        "UNSUPPORTED_FEATURE.TABLE_OPERATION",
        format!(
            "The feature is not supported: Table {} does not support {operation}. Please check the current catalog and \
             namespace to make sure the qualified table name is expected, and also check the catalog implementation which is \
             configured by \"spark.sql.catalog\".",
            name.quoted()
        ),
    )
}

/// `PARTITIONS_NOT_FOUND`.
pub(crate) fn partitions_not_found(partitions: &str, table: &str) -> Error {
    Error::analysis(
        "PARTITIONS_NOT_FOUND",
        format!(
            "The partition(s) {partitions} cannot be found in table {table}.\nVerify the partition specification and table \
             name.\nTo tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION."
        ),
    )
}

/// `TABLE_OR_VIEW_NOT_FOUND` for a name in back quotes that was looked for in `path`.
fn table_not_found(name: &str, path: &str) -> Error {
    Error::analysis(
        "TABLE_OR_VIEW_NOT_FOUND",
        format!(
            "The table or view {name} cannot be found. Verify the spelling and correctness of the schema and catalog.\nSearch \
             path: [{path}].\nIf you did not qualify the name with a schema, verify the current_schema() output, or qualify \
             the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW IF EXISTS or DROP \
             TABLE IF EXISTS."
        ),
    )
}

/// `SCHEMA_NOT_FOUND` for a name in back quotes.
fn database_not_found(name: &str) -> Error {
    Error::analysis(
        "SCHEMA_NOT_FOUND",
        format!(
            "The schema `spark_catalog`.{name} cannot be found. Verify the spelling and correctness of the schema and \
             catalog.\nIf you did not qualify the name with a catalog, verify the current_schema() output, or qualify the \
             name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS."
        ),
    )
}

/// An error of the catalogue, with Spark's condition.
pub(crate) fn of_catalogue(error: catalog::Error) -> Error {
    let table = |database: &str, table: &str| format!("`spark_catalog`.`{database}`.`{table}`");
    match error {
        catalog::Error::DatabaseNotFound(name) => database_not_found(&format!("`{name}`")),
        catalog::Error::DatabaseExists(name) => Error::analysis(
            "SCHEMA_ALREADY_EXISTS",
            format!(
                "Cannot create schema `{name}` because it already exists.\nChoose a different name, drop the existing \
                     schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema."
            ),
        ),
        catalog::Error::DatabaseNotEmpty(name) => Error::analysis(
            "SCHEMA_NOT_EMPTY",
            format!(
                "Cannot drop a schema `{name}` because it contains objects.\nUse DROP SCHEMA ... CASCADE to drop the \
                     schema and all its objects."
            ),
        ),
        catalog::Error::TableNotFound(database, name) => {
            let path = format!("`spark_catalog`.`{database}`");
            table_not_found(&table(&database, &name), &path)
        }
        catalog::Error::TableExists(database, name) => already_exists(&table(&database, &name)),
        other @ (catalog::Error::Busy(_) | catalog::Error::Damaged { .. }) => {
            Error::new(ErrorKind::Io, other.to_string())
        }
        catalog::Error::Io { doing, source } => Error::io(doing, source),
    }
}
