//! What can go wrong with stored state, each said so that the reader knows which file or column to look at.

use std::fmt;

use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// An operation on state failed.
///
/// After an error from `load` the store is empty; after one from `commit` its uncommitted changes are still
/// there, and the commit may be tried again.
#[derive(Debug)]
pub enum StateError {
    /// The operating system or object store refused.
    Io {
        /// The file or directory that was being used.
        path: String,
        /// What it said.
        source: std::io::Error,
    },
    /// A file that the asked-for version needs is not there.
    Missing {
        /// The file.
        path: String,
        /// The version that was to be loaded.
        version: u64,
    },
    /// A file is there, but does not hold what was written.
    Corrupt {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The key columns differ from those the state was written with.
    KeySchema {
        /// The file that holds the old schema.
        path: String,
        /// The columns as stored.
        stored: String,
        /// The columns as the operator has them now.
        current: String,
    },
    /// The value columns differ from those the state was written with.
    ValueSchema {
        /// The file that holds the old schema.
        path: String,
        /// The columns as stored.
        stored: String,
        /// The columns as the operator has them now.
        current: String,
    },
    /// The state was written with another number of partitions, another range of them, or with event-time
    /// buckets where there are none now (or the reverse).
    Layout {
        /// The file that holds the old layout.
        path: String,
        /// The layout as stored.
        stored: String,
        /// The layout as the operator has it now.
        current: String,
    },
    /// A key or value column has a type that state cannot hold.
    UnsupportedType {
        /// The type.
        data_type: DataType,
    },
    /// A key belongs to a partition that this store does not own.
    ForeignPartition {
        /// The key's partition.
        partition: u32,
        /// The partitions the store owns.
        owned: std::ops::Range<u32>,
    },
    /// More keys than a store can number (2³² − 1).
    Full,
    /// Arrow could not do what it was asked.
    Arrow {
        /// What was being done.
        context: &'static str,
        /// What it said.
        source: ArrowError,
    },
}

impl StateError {
    /// An [`ArrowError`] with what was being done when it came.
    pub(crate) fn arrow(context: &'static str) -> impl FnOnce(ArrowError) -> StateError {
        move |source| StateError::Arrow { context, source }
    }

    /// An I/O error with the file it was about.
    pub(crate) fn io(path: &str) -> impl FnOnce(std::io::Error) -> StateError {
        move |source| StateError::Io {
            path: path.to_owned(),
            source,
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Io { path, source } => write!(f, "state file {path:?}: {source}"),
            StateError::Missing { path, version } => write!(
                f,
                "[CANNOT_LOAD_STATE_STORE.CANNOT_READ_MISSING_FILE] cannot load state version {version}: \
                 {path:?} does not exist; restore it, or start from a new checkpoint"
            ),
            StateError::Corrupt { path, problem } => write!(
                f,
                "[CANNOT_LOAD_STATE_STORE.CORRUPT_FILE] state file {path:?} is damaged: {problem}; \
                 restore it from a copy, or start from a new checkpoint"
            ),
            StateError::KeySchema {
                path,
                stored,
                current,
            } => write!(
                f,
                "[STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE] the key columns of the state in {path:?} are \
                 ({stored}), those of the query are ({current}); use the old query, or a new checkpoint"
            ),
            StateError::ValueSchema {
                path,
                stored,
                current,
            } => write!(
                f,
                "[STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE] the value columns of the state in {path:?} are \
                 ({stored}), those of the query are ({current}); use the old query, or a new checkpoint"
            ),
            StateError::Layout {
                path,
                stored,
                current,
            } => write!(
                f,
                "the state in {path:?} was laid out as {stored}, the query asks for {current}; \
                 this cannot change within a checkpoint"
            ),
            StateError::UnsupportedType { data_type } => {
                write!(f, "state cannot hold a column of type {data_type}")
            }
            StateError::ForeignPartition { partition, owned } => write!(
                f,
                "a key of state partition {partition} came to a store that owns {} to {}",
                owned.start, owned.end
            ),
            StateError::Full => write!(f, "more than 4294967295 keys in one state store"),
            StateError::Arrow { context, source } => write!(f, "{context}: {source}"),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StateError::Io { source, .. } => Some(source),
            StateError::Arrow { source, .. } => Some(source),
            _ => None,
        }
    }
}
