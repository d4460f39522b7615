//! The files of the catalogue, read.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use io::Disk;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::change::Changes;
use crate::entry::{Database, Function, Pending, Table, VERSION};
use crate::error::{Error, Result};
use crate::files;

/// The database that is always there.
pub const DEFAULT_DATABASE: &str = "default";

/// The catalogue's directory below the warehouse. No table can have this name.
const DIRECTORY: &str = ".vltava-catalog";

/// The catalogue of a warehouse. Clones are the same catalogue. Nothing is made on disk before the first change.
///
/// Names of databases, tables and functions are in lower case and consist of letters, digits and `_`. Other names stand for
/// nothing; the caller makes none.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub(crate) disk: Disk,
    warehouse: PathBuf,
}

impl Catalogue {
    /// The catalogue of the warehouse in this absolute directory.
    pub fn new(disk: &Disk, warehouse: &Path) -> Catalogue {
        Catalogue {
            disk: disk.clone(),
            warehouse: warehouse.to_owned(),
        }
    }

    /// The directory of the warehouse.
    pub fn warehouse(&self) -> &Path {
        &self.warehouse
    }

    /// The names of all databases, sorted.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn databases(&self) -> Result<Vec<String>> {
        let mut names = self.names_in(&self.directory().join("databases"))?;
        if !names.iter().any(|name| name == DEFAULT_DATABASE) {
            names.push(DEFAULT_DATABASE.to_owned());
        }
        names.sort();
        Ok(names)
    }

    /// A database; none if there is none of this name.
    ///
    /// # Errors
    /// A damaged file, and those of the disk.
    pub fn database(&self, name: &str) -> Result<Option<Database>> {
        if !is_name(name) {
            return Ok(None);
        }
        let found: Option<Database> =
            self.read(&self.database_path(name), |it: &Database| it.version)?;
        if found.is_none() && name == DEFAULT_DATABASE {
            let location = self.warehouse.to_string_lossy().into_owned();
            return Ok(Some(Database {
                comment: "default database".to_owned(),
                ..Database::new(location)
            }));
        }
        Ok(found)
    }

    /// The names of all tables and views of a database, sorted.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn tables(&self, database: &str) -> Result<Vec<String>> {
        if !is_name(database) {
            return Ok(Vec::new());
        }
        self.names_in(&self.tables_path(database))
    }

    /// A table or view; none if there is none of this name. A change of files that a crash has interrupted is finished first.
    ///
    /// # Errors
    /// A damaged file, and those of the disk.
    pub fn table(&self, database: &str, name: &str) -> Result<Option<Table>> {
        let found = self.entry(database, name)?;
        if found.as_ref().is_some_and(|table| table.pending.is_some()) {
            match self.lock() {
                Ok(changes) => {
                    changes.finish(database, name)?;
                    return self.entry(database, name);
                }
                // Somebody carries it out.
                Err(Error::Busy(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let is_dropped = |table: &Table| matches!(table.pending, Some(Pending::Drop { .. }));
        Ok(found.filter(|table| !is_dropped(table)))
    }

    /// The names of all functions of a database, sorted.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn functions(&self, database: &str) -> Result<Vec<String>> {
        if !is_name(database) {
            return Ok(Vec::new());
        }
        self.names_in(&self.functions_path(database))
    }

    /// A function; none if there is none of this name.
    ///
    /// # Errors
    /// A damaged file, and those of the disk.
    pub fn function(&self, database: &str, name: &str) -> Result<Option<Function>> {
        if !is_name(database) || !is_name(name) {
            return Ok(None);
        }
        let path = self.function_path(database, name);
        self.read(&path, |function: &Function| function.version)
    }

    /// Takes the lock that changes need. It is held until the returned value is dropped or the process ends.
    ///
    /// # Errors
    /// [`Error::Busy`] if it is held; those of the disk.
    pub fn lock(&self) -> Result<Changes<'_>> {
        let directory = self.directory();
        files::make_directory(&self.disk, &directory).map_err(Error::io("make the catalogue"))?;
        let path = directory.join("lock");
        match self.disk.lock(&path) {
            Ok(lock) => Ok(Changes::new(self, lock)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(Error::Busy(path)),
            Err(error) => Err(Error::io("lock the catalogue")(error)),
        }
    }

    /// A table's file as it is.
    pub(crate) fn entry(&self, database: &str, name: &str) -> Result<Option<Table>> {
        if !is_name(database) || !is_name(name) {
            return Ok(None);
        }
        let path = self.table_path(database, name);
        let table: Option<Table> = self.read(&path, |table: &Table| table.version)?;
        if let Some(table) = &table
            && table.partition_columns > table.columns.len()
        {
            return Err(Error::Damaged {
                path,
                reason: "it has more partition columns than columns".to_owned(),
            });
        }
        Ok(table)
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.warehouse.join(DIRECTORY)
    }

    pub(crate) fn database_path(&self, name: &str) -> PathBuf {
        self.directory()
            .join("databases")
            .join(format!("{name}.json"))
    }

    pub(crate) fn tables_path(&self, database: &str) -> PathBuf {
        self.directory().join("tables").join(database)
    }

    pub(crate) fn table_path(&self, database: &str, name: &str) -> PathBuf {
        self.tables_path(database).join(format!("{name}.json"))
    }

    pub(crate) fn functions_path(&self, database: &str) -> PathBuf {
        self.directory().join("functions").join(database)
    }

    pub(crate) fn function_path(&self, database: &str, name: &str) -> PathBuf {
        self.functions_path(database).join(format!("{name}.json"))
    }

    fn names_in(&self, directory: &Path) -> Result<Vec<String>> {
        let entries = match self.disk.read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("list the catalogue")(error)),
        };
        let names = entries
            .iter()
            .filter_map(|entry| entry.name.strip_suffix(".json"));
        Ok(names.map(str::to_owned).collect())
    }

    fn read<T: DeserializeOwned>(
        &self,
        path: &Path,
        version: impl Fn(&T) -> u32,
    ) -> Result<Option<T>> {
        let bytes = match self.disk.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read the catalogue")(error)),
        };
        let damaged = |reason: String| Error::Damaged {
            path: path.to_owned(),
            reason,
        };
        let read: T = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        match version(&read) {
            VERSION => Ok(Some(read)),
            other => Err(damaged(format!(
                "it has version {other}, this program knows version {VERSION}"
            ))),
        }
    }

    pub(crate) fn write(&self, path: &Path, entry: &impl Serialize) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(entry)
            .map_err(|error| Error::io("write the catalogue")(error.into()))?;
        if let Some(parent) = path.parent()
            && !self.disk.exists(parent)
        {
            files::make_directory(&self.disk, parent).map_err(Error::io("make a directory"))?;
        }
        self.disk
            .write_atomic(path, &bytes)
            .map_err(Error::io("write the catalogue"))
    }
}

/// Whether something can have this name. It is part of a path.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(is_plain)
}
