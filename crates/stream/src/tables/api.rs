//! The catalogue for programs: what `session.catalog()` gives (Spark: `Catalog`).

use catalog::TableKind;

use super::name::TableName;
use super::schema::data_type;
use crate::error::Result;
use crate::session::Session;
use crate::tables::error::of_catalogue;

/// The databases, tables and views of a session.
#[derive(Clone, Debug)]
pub struct Catalog {
    session: Session,
}

/// What a program learns of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInfo {
    /// The name.
    pub name: String,
    /// The comment; empty if there is none.
    pub description: String,
    /// The directory of its tables, as a URL.
    pub location_uri: String,
}

/// What a program learns of a table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// The name.
    pub name: String,
    /// The database; none for a temporary view.
    pub database: Option<String>,
    /// The comment.
    pub description: Option<String>,
    /// `MANAGED`, `EXTERNAL`, `VIEW` or `TEMPORARY`.
    pub table_type: &'static str,
    /// Whether it is a temporary view.
    pub is_temporary: bool,
}

/// What a program learns of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The name.
    pub name: String,
    /// The comment.
    pub description: Option<String>,
    /// The type, such as `decimal(10,2)`.
    pub data_type: String,
    /// Whether it is a partition column.
    pub is_partition: bool,
}

impl Session {
    /// The databases, tables and views of this session.
    pub fn catalog(&self) -> Catalog {
        Catalog {
            session: self.clone(),
        }
    }
}

impl Catalog {
    /// The current database.
    pub fn current_database(&self) -> String {
        self.session.tables().database()
    }

    /// Makes a database the current one.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`.
    pub fn set_current_database(&self, name: &str) -> Result<()> {
        let name = name.to_lowercase();
        self.session.check_database(&name)?;
        self.session.tables().set_database(&name);
        Ok(())
    }

    /// All databases, by name.
    ///
    /// # Errors
    /// A damaged catalogue, and those of the disk.
    pub fn list_databases(&self) -> Result<Vec<DatabaseInfo>> {
        let names = self
            .session
            .catalogue()?
            .databases()
            .map_err(of_catalogue)?
            .into_iter();
        names
            .map(|name| {
                let database = self.session.check_database(&name)?;
                Ok(DatabaseInfo {
                    name,
                    description: database.comment,
                    location_uri: format!("file:{}", database.location),
                })
            })
            .collect()
    }

    /// Whether there is a database of this name.
    ///
    /// # Errors
    /// A damaged catalogue, and those of the disk.
    pub fn database_exists(&self, name: &str) -> Result<bool> {
        Ok(self
            .session
            .catalogue()?
            .database(&name.to_lowercase())
            .map_err(of_catalogue)?
            .is_some())
    }

    /// The tables and views of the current database, then the temporary views.
    ///
    /// # Errors
    /// A damaged catalogue, and those of the disk.
    pub fn list_tables(&self) -> Result<Vec<TableInfo>> {
        let database = self.current_database();
        let mut tables = Vec::new();
        for name in self
            .session
            .catalogue()?
            .tables(&database)
            .map_err(of_catalogue)?
        {
            let table_name = TableName {
                database: database.clone(),
                table: name.clone(),
            };
            let Some(table) = self.session.catalogue_table(&table_name)? else {
                continue;
            };
            tables.push(TableInfo {
                name,
                database: Some(database.clone()),
                description: table.comment,
                table_type: table.kind.name(),
                is_temporary: false,
            });
        }
        let temporary = self.session.view_names().into_iter();
        tables.extend(temporary.map(|name| TableInfo {
            name,
            database: None,
            description: None,
            table_type: "TEMPORARY",
            is_temporary: true,
        }));
        Ok(tables)
    }

    /// Whether there is a table or view of this name, of one to three parts.
    ///
    /// # Errors
    /// A name that is none, and those of the disk.
    pub fn table_exists(&self, name: &str) -> Result<bool> {
        let parts = sql::parse_name(name)?;
        if self.session.temporary_named(&parts)?.is_some() {
            return Ok(true);
        }
        let name = self.session.table_name(&parts)?;
        Ok(self.session.catalogue_table(&name)?.is_some())
    }

    /// The columns of a table of the catalogue or of a view.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`.
    pub fn list_columns(&self, name: &str) -> Result<Vec<ColumnInfo>> {
        let parts = sql::parse_name(name)?;
        let (columns, data) = match self.session.find_temporary(&parts)? {
            Some(view) => (super::schema::columns_of(&view.schema())?, usize::MAX),
            None => {
                let found = self
                    .session
                    .catalogue_table(&self.session.table_name(&parts)?)?;
                let missing = || {
                    self.session
                        .not_found(&parts, super::error::Searched::Query)
                };
                let table = found.ok_or_else(missing)?;
                let data = match table.kind {
                    TableKind::View => usize::MAX,
                    TableKind::Managed | TableKind::External => table.data_columns().len(),
                };
                (table.columns, data)
            }
        };
        let columns = columns.into_iter().enumerate();
        columns
            .map(|(at, column)| {
                Ok(ColumnInfo {
                    data_type: data_type(&column)?.simple_string(),
                    name: column.name,
                    description: column.comment,
                    is_partition: at >= data,
                })
            })
            .collect()
    }

    /// Forgets a temporary view; says whether there was one.
    ///
    /// # Errors
    /// A name that is none.
    pub fn drop_temp_view(&self, name: &str) -> Result<bool> {
        self.session.drop_view(name)
    }
}
