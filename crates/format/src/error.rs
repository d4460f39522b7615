//! What can go wrong between bytes and columns.

use std::fmt;

use arrow::error::ArrowError;

/// A format's answer when it cannot do what was asked.
///
/// A bad record is an error only in mode `FAILFAST`.
#[derive(Debug)]
pub enum FormatError {
    /// A record could not be read, and the mode is `FAILFAST`.
    MalformedRecord {
        /// The row as far as it could be read, printed as Spark prints it: `[null,1]`.
        record: String,
    },
    /// A column has a type that the format cannot read or write.
    UnsupportedType {
        /// The format: `JSON`, `CSV`, `text`.
        format: &'static str,
        /// The column.
        column: String,
        /// Its type, as Spark names it.
        data_type: String,
    },
    /// An option has a value that means nothing.
    InvalidOption {
        /// The option, as its owner spells it.
        name: String,
        /// What it was set to.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// The text of a schema could not be read.
    InvalidSchema {
        /// Spark's error class and message.
        message: String,
    },
    /// The text of one batch is more than two gibibytes, or would be as columns.
    BatchTooLarge,
    /// Arrow could not do what it was asked.
    Arrow {
        /// What was being done.
        context: &'static str,
        /// What it said.
        source: ArrowError,
    },
}

impl FormatError {
    pub(crate) fn arrow(context: &'static str) -> impl FnOnce(ArrowError) -> FormatError {
        move |source| FormatError::Arrow { context, source }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::MalformedRecord { record } => write!(
                f,
                "[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are detected in record \
                 parsing: {record}. Parse Mode: FAILFAST. To read them as nulls, set the option 'mode' to \
                 'PERMISSIVE'. SQLSTATE: 22023"
            ),
            FormatError::UnsupportedType {
                format,
                column,
                data_type,
            } => write!(
                f,
                "[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] {format} cannot hold column `{column}` of type {data_type}"
            ),
            FormatError::InvalidOption {
                name,
                value,
                expected,
            } => {
                write!(f, "option \"{name}\" is {value:?}, expected {expected}")
            }
            FormatError::InvalidSchema { message } => write!(f, "{message}"),
            FormatError::BatchTooLarge => {
                write!(
                    f,
                    "a batch of records is larger than 2 GiB; read fewer at once"
                )
            }
            FormatError::Arrow { context, source } => write!(f, "{context}: {source}"),
        }
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FormatError::Arrow { source, .. } => Some(source),
            _ => None,
        }
    }
}
