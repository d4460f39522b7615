//! Changes of the catalogue, under its lock.

use std::io::ErrorKind;
use std::path::Path;

use io::FileLock;

use crate::entry::{Database, FileChange, Function, Pending, Table};
use crate::error::{Error, Result};
use crate::files;
use crate::store::Catalogue;

/// The right to change the catalogue. Dropping it gives the lock back.
#[derive(Debug)]
pub struct Changes<'a> {
    catalogue: &'a Catalogue,
    _lock: FileLock,
}

impl<'a> Changes<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue, lock: FileLock) -> Changes<'a> {
        Changes {
            catalogue,
            _lock: lock,
        }
    }

    /// The catalogue that is changed. What it says does not change meanwhile.
    pub fn catalogue(&self) -> &Catalogue {
        self.catalogue
    }

    /// A table as it is now, without a change that waits.
    ///
    /// # Errors
    /// [`Error::TableNotFound`], and those of [`Catalogue::table`].
    pub fn table(&self, database: &str, name: &str) -> Result<Table> {
        self.finish(database, name)?;
        let found = self.catalogue.entry(database, name)?;
        found.ok_or_else(|| Error::TableNotFound(database.to_owned(), name.to_owned()))
    }

    /// Makes a database and its directory.
    ///
    /// # Errors
    /// [`Error::DatabaseExists`], and those of the disk.
    pub fn create_database(&self, name: &str, database: &Database) -> Result<()> {
        if self.catalogue.database(name)?.is_some() {
            return Err(Error::DatabaseExists(name.to_owned()));
        }
        self.make_directory(&database.location)?;
        self.write_database(name, database)
    }

    /// Replaces what is known of a database.
    ///
    /// # Errors
    /// [`Error::DatabaseNotFound`], and those of the disk.
    pub fn alter_database(&self, name: &str, change: impl FnOnce(&mut Database)) -> Result<()> {
        let mut database = self.existing_database(name)?;
        change(&mut database);
        self.write_database(name, &database)
    }

    /// Removes a database, with its tables and functions if `cascade`.
    ///
    /// # Errors
    /// [`Error::DatabaseNotFound`], [`Error::DatabaseNotEmpty`], and those of the disk.
    pub fn drop_database(&self, name: &str, cascade: bool) -> Result<()> {
        let database = self.existing_database(name)?;
        let tables = self.catalogue.tables(name)?;
        let is_empty = tables.is_empty() && self.catalogue.functions(name)?.is_empty();
        if !cascade && !is_empty {
            return Err(Error::DatabaseNotEmpty(name.to_owned()));
        }
        for table in tables {
            self.drop_table(name, &table)?;
        }
        let disk = &self.catalogue.disk;
        // The database goes last: a crash before leaves an empty one, and a new one finds nothing of it.
        for path in [
            self.catalogue.tables_path(name),
            self.catalogue.functions_path(name),
            self.catalogue.database_path(name),
        ] {
            files::remove(disk, &path).map_err(Error::io("remove a database"))?;
        }
        // Only an empty directory goes: files in it are not ours.
        let location = Path::new(&database.location);
        if disk
            .read_dir(location)
            .is_ok_and(|entries| entries.is_empty())
        {
            files::remove(disk, location).map_err(Error::io("remove a database"))?;
        }
        Ok(())
    }

    /// Makes a table, and its directory if it is managed. Its [`Table::pending`] is carried out.
    ///
    /// # Errors
    /// [`Error::DatabaseNotFound`], [`Error::TableExists`], and those of the disk.
    pub fn create_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        self.existing_database(database)?;
        self.finish(database, name)?;
        if self.catalogue.entry(database, name)?.is_some() {
            return Err(Error::TableExists(database.to_owned(), name.to_owned()));
        }
        if let Some(location) = &table.location
            && table.kind == crate::TableKind::Managed
        {
            self.make_directory(location)?;
        }
        self.write_table(database, name, table)?;
        self.finish(database, name)
    }

    /// Replaces what is known of a table. The change may set [`Table::pending`], which is then carried out.
    ///
    /// # Errors
    /// [`Error::TableNotFound`] and those of the disk; inside, that of `change`, which then changes nothing.
    pub fn alter_table<E>(
        &self,
        database: &str,
        name: &str,
        change: impl FnOnce(&mut Table) -> Result<(), E>,
    ) -> Result<Result<(), E>> {
        let mut table = self.table(database, name)?;
        if let Err(error) = change(&mut table) {
            return Ok(Err(error));
        }
        self.write_table(database, name, &table)?;
        self.finish(database, name)?;
        Ok(Ok(()))
    }

    /// Gives a table another name in its database. `directory` is moved with it: from, to.
    ///
    /// # Errors
    /// [`Error::TableNotFound`], [`Error::TableExists`], and those of the disk.
    pub fn rename_table(
        &self,
        database: &str,
        name: &str,
        to: &str,
        directory: Option<(String, String)>,
    ) -> Result<()> {
        self.finish(database, to)?;
        if self.catalogue.entry(database, to)?.is_some() {
            return Err(Error::TableExists(database.to_owned(), to.to_owned()));
        }
        let to = to.to_owned();
        self.alter_table(database, name, |table| {
            table.pending = Some(Pending::Rename { to, directory });
            Ok(())
        })
        .flatten()
    }

    /// Removes a table, and its files if it is managed.
    ///
    /// # Errors
    /// [`Error::TableNotFound`], and those of the disk.
    pub fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        self.alter_table(database, name, |table| {
            let mut directories = Vec::new();
            if table.kind == crate::TableKind::Managed {
                directories.extend(table.location.clone());
                let elsewhere = table.partitions.values();
                directories.extend(elsewhere.filter_map(|it| it.location.clone()));
            }
            table.pending = Some(Pending::Drop { directories });
            Ok(())
        })
        .flatten()
    }

    /// Makes a function, in the place of one of its name.
    ///
    /// # Errors
    /// [`Error::DatabaseNotFound`], and those of the disk.
    pub fn put_function(&self, database: &str, name: &str, function: &Function) -> Result<()> {
        self.existing_database(database)?;
        let path = self.catalogue.function_path(database, name);
        self.catalogue.write(&path, function)
    }

    /// Removes a function; says whether there was one.
    ///
    /// # Errors
    /// [`Error::DatabaseNotFound`], and those of the disk.
    pub fn drop_function(&self, database: &str, name: &str) -> Result<bool> {
        self.existing_database(database)?;
        let is_known = self.catalogue.function(database, name)?.is_some();
        let path = self.catalogue.function_path(database, name);
        files::remove(&self.catalogue.disk, &path).map_err(Error::io("remove a function"))?;
        Ok(is_known)
    }

    /// Carries out the change that waits in a table's entry, if there is one. A change that was carried out in part is
    /// finished: every step may be repeated.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn finish(&self, database: &str, name: &str) -> Result<()> {
        let Some(mut table) = self.catalogue.entry(database, name)? else {
            return Ok(());
        };
        let Some(pending) = table.pending.take() else {
            return Ok(());
        };
        let disk = &self.catalogue.disk;
        let path = self.catalogue.table_path(database, name);
        let failed = |doing: &str| Error::io(format!("{doing} of table `{database}`.`{name}`"));
        match pending {
            Pending::Files(change) => {
                files::carry_out(disk, &change).map_err(failed("move the files"))?;
                self.write_table(database, name, &table)
            }
            Pending::Rename { to, directory } => {
                if let Some((from, to)) = directory {
                    let change = FileChange {
                        moves: vec![(from, to.clone())],
                        ..FileChange::default()
                    };
                    files::carry_out(disk, &change).map_err(failed("move the files"))?;
                    table.location = Some(to);
                }
                if self.catalogue.entry(database, &to)?.is_none() {
                    self.write_table(database, &to, &table)?;
                }
                files::remove(disk, &path).map_err(failed("remove the old entry"))
            }
            Pending::Drop { directories } => {
                let change = FileChange {
                    removes: directories,
                    ..FileChange::default()
                };
                files::carry_out(disk, &change).map_err(failed("remove the files"))?;
                files::remove(disk, &path).map_err(failed("remove the entry"))
            }
        }
    }

    fn make_directory(&self, path: &str) -> Result<()> {
        files::make_directory(&self.catalogue.disk, Path::new(path))
            .map_err(Error::io("make a directory"))
    }

    fn existing_database(&self, name: &str) -> Result<Database> {
        let found = self.catalogue.database(name)?;
        found.ok_or_else(|| Error::DatabaseNotFound(name.to_owned()))
    }

    fn write_database(&self, name: &str, database: &Database) -> Result<()> {
        let path = self.catalogue.database_path(name);
        self.catalogue.write(&path, database)
    }

    fn write_table(&self, database: &str, name: &str, table: &Table) -> Result<()> {
        let path = self.catalogue.table_path(database, name);
        self.catalogue.write(&path, table)
    }
}

/// Whether an error says that there is no such file.
pub(crate) fn is_missing(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}
