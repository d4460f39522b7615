//! The tables of a session: those of the catalogue on disk, and temporary views.
//!
//! A name is resolved by [`name`], a table of the catalogue is read by [`provider`] and written by [`insert`], a permanent
//! view is analysed by [`view`]. Statements that change the catalogue are in `crate::sql`.

mod api;
pub(crate) mod error;
pub(crate) mod function;
pub(crate) mod insert;
pub(crate) mod name;
pub(crate) mod partition;
pub(crate) mod provider;
pub(crate) mod schema;
pub(crate) mod temporary;
pub(crate) mod view;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use api::{Catalog, ColumnInfo, DatabaseInfo, TableInfo};
use catalog::{Catalogue, Changes, DEFAULT_DATABASE};
use parking_lot::RwLock;

use crate::error::Result;
use crate::session::Session;
use error::of_catalogue;
use name::TableName;
use temporary::TemporaryView;

/// The setting that names the warehouse.
const WAREHOUSE: &str = "spark.sql.warehouse.dir";
/// How long a change waits for another process that changes the catalogue, in milliseconds.
const LOCK_WAIT_MS: u64 = 10_000;
/// How long it waits before it tries again, in milliseconds.
const LOCK_RETRY_MS: u64 = 5;

/// What a session knows of tables besides the catalogue on disk.
#[derive(Default)]
pub(crate) struct Tables {
    /// The catalogue, once it was used.
    catalogue: OnceLock<Catalogue>,
    /// The current database, if it is not `default`.
    database: RwLock<Option<String>>,
    /// Temporary views by their names in lower case.
    temporary: RwLock<Views>,
    /// Global temporary views by their names in lower case.
    global: RwLock<Views>,
    /// Counts what the session has written into tables and files.
    writes: AtomicU64,
}

/// Views by name.
pub(crate) type Views = BTreeMap<String, TemporaryView>;

impl Tables {
    /// The temporary views.
    pub(crate) fn temporary(&self) -> &RwLock<Views> {
        &self.temporary
    }

    /// The global temporary views.
    pub(crate) fn global(&self) -> &RwLock<Views> {
        &self.global
    }

    /// How often the session has written into tables or files.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// Notes that the session has written: cached rows may be old.
    pub(crate) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::AcqRel);
    }

    /// The current database.
    pub(crate) fn database(&self) -> String {
        let current = self.database.read().clone();
        current.unwrap_or_else(|| DEFAULT_DATABASE.to_owned())
    }

    /// Makes a database the current one.
    pub(crate) fn set_database(&self, name: &str) {
        *self.database.write() = Some(name.to_owned());
    }
}

/// The right to change the catalogue. Rows that were cached before it is dropped may be old.
pub(crate) struct CatalogueChanges<'a> {
    changes: Changes<'a>,
    tables: &'a Tables,
}

impl<'a> Deref for CatalogueChanges<'a> {
    type Target = Changes<'a>;

    fn deref(&self) -> &Changes<'a> {
        &self.changes
    }
}

impl Drop for CatalogueChanges<'_> {
    fn drop(&mut self) {
        self.tables.wrote();
    }
}

impl Session {
    /// The catalogue on disk. The directory of the warehouse is fixed when the catalogue is used for the first time.
    ///
    /// # Errors
    /// If the warehouse is no local directory.
    pub(crate) fn catalogue(&self) -> Result<&Catalogue> {
        let tables = self.tables();
        if let Some(catalogue) = tables.catalogue.get() {
            return Ok(catalogue);
        }
        let directory = self.conf().get(WAREHOUSE);
        let directory = directory.unwrap_or_else(|| "spark-warehouse".to_owned());
        let path = crate::source::file::url_to_path(&directory)?;
        let catalogue = Catalogue::new(&self.io().disk, Path::new(&path));
        Ok(tables.catalogue.get_or_init(|| catalogue))
    }

    /// Takes the lock of the catalogue; waits for another process that holds it.
    ///
    /// # Errors
    /// If the other process holds it for long; those of the disk.
    pub(crate) async fn lock_catalogue(&self) -> Result<CatalogueChanges<'_>> {
        let catalogue = self.catalogue()?;
        let mut waited_ms = 0;
        loop {
            match catalogue.lock() {
                Err(catalog::Error::Busy(_)) if waited_ms < LOCK_WAIT_MS => {
                    let retry = Duration::from_millis(LOCK_RETRY_MS);
                    self.io().clock.sleep(retry).await;
                    waited_ms += LOCK_RETRY_MS;
                }
                locked => {
                    return Ok(CatalogueChanges {
                        changes: locked.map_err(of_catalogue)?,
                        tables: self.tables(),
                    });
                }
            }
        }
    }

    /// A table or permanent view of the catalogue; none if there is none of this name.
    ///
    /// # Errors
    /// A damaged catalogue, and those of the disk.
    pub(crate) fn catalogue_table(&self, name: &TableName) -> Result<Option<catalog::Table>> {
        self.catalogue()?
            .table(&name.database, &name.table)
            .map_err(of_catalogue)
    }

    /// That a database is there.
    ///
    /// # Errors
    /// `SCHEMA_NOT_FOUND`.
    pub(crate) fn check_database(&self, name: &str) -> Result<catalog::Database> {
        let found = self.catalogue()?.database(name).map_err(of_catalogue)?;
        found.ok_or_else(|| error::schema_not_found(&[name.to_owned()]))
    }
}
