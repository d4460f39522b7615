//! Names of tables: one, two or three parts.

use sql::ObjectName;

use super::error;
use crate::error::{Error, Result};
use crate::session::Session;

/// The one catalogue of a session.
pub(crate) const CATALOG: &str = "spark_catalog";
/// The database of global temporary views.
pub(crate) const GLOBAL_TEMP: &str = "global_temp";

/// The name of a table in the catalogue, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableName {
    /// The database.
    pub(crate) database: String,
    /// The table.
    pub(crate) table: String,
}

impl TableName {
    /// The name with all parts in back quotes, as messages have it.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.parts())
    }

    /// Catalogue, database and table.
    pub(crate) fn parts(&self) -> Vec<String> {
        vec![
            CATALOG.to_owned(),
            self.database.clone(),
            self.table.clone(),
        ]
    }

    /// The name with points between its parts.
    pub(crate) fn dotted(&self) -> String {
        self.parts().join(".")
    }

    /// Database and table in back quotes.
    pub(crate) fn quoted_short(&self) -> String {
        quoted(&[self.database.clone(), self.table.clone()])
    }
}

/// What a name can stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A temporary view, and if there is none, a table of the catalogue.
    Either(TableName),
    /// A temporary view only.
    Temporary(String),
    /// A global temporary view only.
    Global(String),
    /// A table of the catalogue only.
    Table(TableName),
}

impl Session {
    /// What a name of one to three parts can stand for.
    ///
    /// # Errors
    /// `REQUIRES_SINGLE_PART_NAMESPACE`.
    pub(crate) fn named(&self, parts: &[String], current: &str) -> Result<Named> {
        let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let of = |database: &str, table: &str| TableName {
            database: database.to_owned(),
            table: table.to_owned(),
        };
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        Ok(match lower.as_slice() {
            [table] => Named::Either(of(current, table)),
            [GLOBAL_TEMP, table] => Named::Global((*table).to_owned()),
            ["session", table] | ["system", "session", table] => {
                Named::Temporary((*table).to_owned())
            }
            [database, table] | [CATALOG, database, table] => Named::Table(of(database, table)),
            _ => return Err(error::single_part_namespace(parts)),
        })
    }

    /// The table of the catalogue that a statement names.
    ///
    /// # Errors
    /// `REQUIRES_SINGLE_PART_NAMESPACE`.
    pub(crate) fn table_name(&self, parts: &[String]) -> Result<TableName> {
        match self.named(parts, &self.tables().database())? {
            Named::Either(name) | Named::Table(name) => Ok(name),
            Named::Temporary(table) => Ok(TableName {
                database: "session".to_owned(),
                table,
            }),
            Named::Global(table) => Ok(TableName {
                database: GLOBAL_TEMP.to_owned(),
                table,
            }),
        }
    }

    /// The database that a statement names.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND` for a name of several parts.
    pub(crate) fn database_name(&self, parts: &[String]) -> Result<String> {
        match parts {
            [name] => Ok(name.to_lowercase()),
            [catalog, name] if catalog.eq_ignore_ascii_case(CATALOG) => Ok(name.to_lowercase()),
            _ => Err(error::schema_not_found(parts)),
        }
    }
}

/// The parts of a name in a statement.
///
/// # Errors
/// For `IDENTIFIER(..)`.
pub(crate) fn parts(name: &ObjectName) -> Result<&[String]> {
    match name {
        ObjectName::Parts(parts) => Ok(parts),
        ObjectName::Computed(_) => Err(Error::unsupported("IDENTIFIER(..) is not supported")),
    }
}

/// Whether a table or database can have this name.
///
/// # Errors
/// `INVALID_SCHEMA_OR_RELATION_NAME`.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match !name.is_empty() && name.chars().all(is_plain) {
        true => Ok(()),
        false => Err(Error::analysis(
            "INVALID_SCHEMA_OR_RELATION_NAME",
            format!(
                "`{}` is not a valid name for tables/schemas. Valid names only contain alphabet characters, numbers and _.",
                name.replace('`', "``")
            ),
        )),
    }
}

/// Every part in back quotes.
pub(crate) fn quoted(parts: &[String]) -> String {
    let parts = parts
        .iter()
        .map(|part| format!("`{}`", part.replace('`', "``")));
    parts.collect::<Vec<_>>().join(".")
}
