//! What a query, or the call that made it, can fail with.
//!
//! Text and condition names are Spark's where Spark has the condition, so that a message can be
//! looked up. An error that passes through DataFusion and back keeps its condition.

use std::fmt;
use std::sync::Arc;

use condition::{Place, find_in};
use datafusion::error::DataFusionError;
use format::FormatError;
use sql::{ParseError, sql_state};

/// The result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Which of Spark's exception classes an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The query is wrong; found before it runs.
    Analysis,
    /// SQL text that cannot be parsed.
    Parse,
    /// An argument, option or configuration value that is not allowed.
    IllegalArgument,
    /// A call that does not fit the state the object is in.
    IllegalState,
    /// Data on which the query fails while it runs, such as a cast that cannot be done.
    Data,
    /// What the query needs is not built.
    Unsupported,
    /// The log of a checkpoint or output directory cannot be used.
    Checkpoint,
    /// Storage or network did not do what they were asked.
    Io,
    /// The engine underneath failed.
    Engine,
    /// A streaming query has terminated with an error.
    StreamFailed,
}

/// An error: its kind, Spark's condition name if it has one, and the message for people.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    condition: Option<&'static str>,
    message: String,
    /// What follows the message on lines of its own.
    details: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a condition name.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            condition: None,
            message: message.into(),
            details: String::new(),
            source: None,
        }))
    }

    /// An error with one of Spark's condition names, such as `CAST_INVALID_INPUT`.
    pub fn with_condition(
        kind: ErrorKind,
        condition: &'static str,
        message: impl Into<String>,
    ) -> Error {
        Error(Arc::new(Inner {
            kind,
            condition: Some(condition),
            message: message.into(),
            details: String::new(),
            source: None,
        }))
    }

    /// The query is wrong, and Spark has a name for how.
    pub fn analysis(condition: &'static str, message: impl Into<String>) -> Error {
        Error::with_condition(ErrorKind::Analysis, condition, message)
    }

    /// An argument or option that is not allowed.
    pub fn illegal_argument(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::IllegalArgument, message)
    }

    /// What the query needs is not built; `what` names it.
    pub fn unsupported(what: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, what)
    }

    /// Storage or network failed while `doing` something, such as `read offsets/3`.
    pub fn io(
        doing: impl fmt::Display,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        Error(Arc::new(Inner {
            kind: ErrorKind::Io,
            condition: None,
            message: format!("cannot {doing}: {source}"),
            details: String::new(),
            source: Some(Box::new(source)),
        }))
    }

    /// The error that ended a streaming query, for whoever waits for it: `cause` with the name and
    /// state of the query, which `details` describes in lines of its own.
    pub fn stream_failed(message: String, details: String, cause: Error) -> Error {
        Error(Arc::new(Inner {
            kind: ErrorKind::StreamFailed,
            condition: Some("STREAM_FAILED"),
            message,
            details,
            source: Some(Box::new(cause)),
        }))
    }

    /// The error with the place in the query that it belongs to, if the query is wrong and it has none yet.
    fn at(&self, place: Option<&Place>) -> Error {
        let is_open = self.0.kind == ErrorKind::Analysis
            && self.0.details.is_empty()
            && self.0.source.is_none();
        let Some(place) = place.filter(|_| is_open) else {
            return self.clone();
        };
        Error(Arc::new(Inner {
            kind: self.0.kind,
            condition: self.0.condition,
            message: self.0.message.clone(),
            details: place.context(),
            source: None,
        }))
    }

    /// Which of Spark's exception classes this belongs to.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Spark's condition name, if it has one.
    pub fn condition(&self) -> Option<&'static str> {
        self.0.condition
    }

    /// The message without condition name and SQLSTATE.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The SQLSTATE that belongs to the condition, if we know it.
    pub fn sql_state(&self) -> Option<&'static str> {
        self.0.condition.and_then(sql_state)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Spark shows no condition that it has not named yet.
        let named = self.0.condition.filter(|it| !it.starts_with("_LEGACY"));
        if let Some(condition) = named {
            write!(f, "[{condition}] ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(state) = self.sql_state() {
            write!(f, " SQLSTATE: {state}")?;
        }
        if !self.0.details.is_empty() {
            write!(f, "\n{}", self.0.details)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error of ours that travelled through DataFusion comes back as it was.
impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Error {
        if let Some(ours) = find_in::<Error>(&error) {
            return ours;
        }
        if let Some(ours) = find_in::<condition::Error>(&error) {
            return ours.into();
        }
        Error(Arc::new(Inner {
            kind: ErrorKind::Engine,
            condition: None,
            message: error.strip_backtrace(),
            details: String::new(),
            source: Some(Box::new(error)),
        }))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Error {
        match error {
            FormatError::MalformedRecord { record } => Error::with_condition(
                ErrorKind::Data,
                "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                format!(
                    "Malformed records are detected in record parsing: {record}. Parse Mode: \
                     FAILFAST. To process malformed records as null result, try setting the \
                     option 'mode' as 'PERMISSIVE'."
                ),
            ),
            FormatError::UnsupportedType {
                format,
                column,
                data_type,
            } => Error::analysis(
                "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                format!(
                    "The {format} datasource doesn't support the column `{column}` of the type \
                     \"{}\".",
                    data_type.to_uppercase()
                ),
            ),
            FormatError::InvalidOption { .. }
            | FormatError::Requirement { .. }
            | FormatError::EmptyLineSeparator => Error::illegal_argument(error.to_string()),
            FormatError::InvalidCharset { .. } => Error::with_condition(
                ErrorKind::IllegalArgument,
                "INVALID_PARAMETER_VALUE.CHARSET",
                error.to_string(),
            ),
            FormatError::CodecNotAvailable { .. } => Error::with_condition(
                ErrorKind::IllegalArgument,
                "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
                error.to_string(),
            ),
            FormatError::DuplicateColumn { .. } => {
                Error::analysis("COLUMN_ALREADY_EXISTS", error.to_string())
            }
            FormatError::MalformedCsvRecord { .. } => {
                Error::with_condition(ErrorKind::Data, "MALFORMED_CSV_RECORD", error.to_string())
            }
            FormatError::InvalidSchema { .. } => Error::new(ErrorKind::Parse, error.to_string()),
            other => Error::new(ErrorKind::Data, other.to_string()),
        }
    }
}

impl From<condition::Error> for Error {
    fn from(error: condition::Error) -> Error {
        let source = std::error::Error::source(&error);
        if let Some(ours) = source.and_then(|source| source.downcast_ref::<Error>()) {
            return ours.at(error.place());
        }
        let kind = match error.is_analysis() {
            true => ErrorKind::Analysis,
            false => ErrorKind::Data,
        };
        Error(Arc::new(Inner {
            kind,
            condition: Some(error.condition()),
            message: error.message().to_owned(),
            details: error
                .place()
                .map(|place| place.context())
                .unwrap_or_default(),
            source: None,
        }))
    }
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Error {
        Error(Arc::new(Inner {
            kind: ErrorKind::Parse,
            condition: Some(error.condition()),
            message: error.message().to_owned(),
            details: error.details().trim_start().to_owned(),
            source: Some(Box::new(error)),
        }))
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Error {
        Error::from(DataFusionError::from(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_sparks() {
        let error = Error::analysis(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
            "Invalid streaming output mode: update.",
        );
        assert_eq!(
            error.to_string(),
            "[STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE] Invalid streaming output mode: \
             update. SQLSTATE: 42KDE"
        );
    }

    #[test]
    fn a_condition_survives_the_engine() {
        let ours = Error::with_condition(ErrorKind::Data, "DIVIDE_BY_ZERO", "Division by zero.");
        let theirs = DataFusionError::from(ours).context("while filtering");
        let back = Error::from(theirs);
        assert_eq!(back.condition(), Some("DIVIDE_BY_ZERO"));
        assert_eq!(back.kind(), ErrorKind::Data);
    }
}
