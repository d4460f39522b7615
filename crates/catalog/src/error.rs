//! What can go wrong with the catalogue.

use std::fmt;
use std::path::PathBuf;

/// The result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with the catalogue.
#[derive(Debug)]
pub enum Error {
    /// There is no database of this name.
    DatabaseNotFound(String),
    /// There is a database of this name.
    DatabaseExists(String),
    /// The database has tables.
    DatabaseNotEmpty(String),
    /// There is no table of this name in this database.
    TableNotFound(String, String),
    /// There is a table of this name in this database.
    TableExists(String, String),
    /// Another process changes the catalogue; the path is that of the lock.
    Busy(PathBuf),
    /// A file is not what it should be.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The disk failed.
    Io {
        /// What was being done.
        doing: String,
        /// What the disk said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
        let doing = doing.into();
        move |source| Error::Io { doing, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::DatabaseNotFound(database) => write!(f, "there is no database `{database}`"),
            Error::DatabaseExists(database) => write!(f, "the database `{database}` exists"),
            Error::DatabaseNotEmpty(database) => write!(f, "the database `{database}` has tables"),
            Error::TableNotFound(database, table) => {
                write!(f, "there is no table `{database}`.`{table}`")
            }
            Error::TableExists(database, table) => {
                write!(f, "the table `{database}`.`{table}` exists")
            }
            Error::Busy(lock) => write!(
                f,
                "another process is changing the catalogue: it holds the lock {}. Try again when it has finished",
                lock.display()
            ),
            Error::Damaged { path, reason } => write!(
                f,
                "the catalogue's file {} is damaged: {reason}. Restore it from a backup, or remove it and create the table \
                 or database again; the data files are not touched by that",
                path.display()
            ),
            Error::Io { doing, source } => write!(f, "cannot {doing}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
