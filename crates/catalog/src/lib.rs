//! The catalogue on disk: databases, tables, partitions, permanent views and functions.
//!
//! It is a directory of small JSON files below the warehouse ([`docs/catalog-format.md`] draws it). A change holds the lock of
//! the catalogue, so that two processes do not lose each other's changes. A change of one entry is one file that is
//! replaced atomically and durably. A change that also touches data files (an `INSERT`, `DROP`, `RENAME`) is first written
//! into the entry, as [`Pending`], and then carried out; whoever finds a pending change that nobody carries out finishes it.
//! So a crash never shows half of a change.
//!
//! Knows names, texts and paths. Does not know types, plans or file formats, and reads no rows.
//!
//! [`docs/catalog-format.md`]: https://github.com/vltava/vltava/blob/main/docs/catalog-format.md

mod change;
mod entry;
mod error;
mod files;
mod store;

pub use change::Changes;
pub use entry::{
    Column, ColumnStatistics, Database, FileChange, Function, Partition, Pending, Statistics,
    Table, TableKind, View,
};
pub use error::{Error, Result};
pub use files::Staging;
pub use store::{Catalogue, DEFAULT_DATABASE};
