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
    /// A CSV record has more values than `maxColumns`, or a quote where there may be none.
    MalformedCsvRecord {
        /// The record.
        record: String,
    },
    /// The option `lineSep` is empty.
    EmptyLineSeparator,
    /// An option has a value that Spark refuses in words of its own.
    Requirement {
        /// Spark's message.
        message: String,
    },
    /// An encoding has a name that is not known.
    InvalidCharset {
        /// Spark's class that asks: `CSVOptions`, `JSONOptions`.
        caller: &'static str,
        /// The name.
        name: String,
    },
    /// A compression has a name that is not known, or one that cannot be written.
    CodecNotAvailable {
        /// The name.
        name: String,
        /// The names that can be.
        available: &'static str,
    },
    /// Two columns of a file have one name.
    DuplicateColumn {
        /// The name.
        name: String,
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
            FormatError::MalformedCsvRecord { record } => {
                write!(f, "Malformed CSV record: {record}")
            }
            FormatError::EmptyLineSeparator => {
                write!(
                    f,
                    "requirement failed: 'lineSep' cannot be an empty string."
                )
            }
            FormatError::Requirement { message } | FormatError::InvalidSchema { message } => {
                write!(f, "{message}")
            }
            FormatError::DuplicateColumn { name } => write!(
                f,
                "The column `{}` already exists. Choose another name or rename the existing column.",
                name.to_lowercase()
            ),
            FormatError::InvalidCharset { caller, name } => write!(
                f,
                "The value of parameter(s) `charset` in `{caller}` is invalid: expects one of the \
                 iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8, but got {name}."
            ),
            FormatError::CodecNotAvailable { name, available } => write!(
                f,
                "The codec {name} is not available. Available codecs are {available}."
            ),
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
