//! Errors in Spark's form: condition, message, SQLSTATE, and the place in the query.
//!
//! They travel through DataFusion and come back as they were ([`find_in`]). Does not know who raises them.

use std::fmt;
use std::sync::Arc;

use arrow::error::ArrowError;
use datafusion_common::DataFusionError;
use sql::sql_state;

/// The result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with Spark's condition. Displayed as Spark does: condition, message, SQLSTATE, and the place in the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    condition: &'static str,
    message: String,
    is_analysis: bool,
    place: Option<Arc<Place>>,
    source: Option<Source>,
}

/// An error of a caller, which the caller gets back.
#[derive(Clone, Debug)]
struct Source(Arc<dyn std::error::Error + Send + Sync>);

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Source {}

/// A place in the text of a query (Spark: `SQLQueryContext`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The text of the query.
    pub text: Arc<str>,
    /// The first byte of the part.
    pub start: usize,
    /// The byte after the part.
    pub end: usize,
    /// The object whose text it is, such as `VIEW spark_catalog.default.v`; none for that of the statement.
    pub object: Option<Arc<str>>,
}

/// The most characters that are shown before and after the part of a text.
const AROUND: usize = 32;

impl Error {
    /// The query is wrong: found before it runs.
    pub fn analysis(condition: &'static str, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            condition,
            message: message.into(),
            is_analysis: true,
            place: None,
            source: None,
        }))
    }

    /// A value that the function has no result for: found while the query runs.
    pub fn data(condition: &'static str, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            condition,
            message: message.into(),
            is_analysis: false,
            place: None,
            source: None,
        }))
    }

    /// An error of a caller, for example of its tables. It is the source of the result.
    pub fn of_caller(error: impl std::error::Error + Send + Sync + 'static) -> Error {
        let mut wrapped = Error::analysis("INTERNAL_ERROR", error.to_string());
        wrapped.0.source = Some(Source(Arc::new(error)));
        wrapped
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::data("INTERNAL_ERROR", message)
    }

    /// The error with the place it belongs to, if it has none yet.
    #[must_use]
    pub fn at(mut self, place: Option<&Arc<Place>>) -> Error {
        // What is made by a program has no place.
        let place = place.filter(|place| place.start < place.end);
        if self.0.place.is_none() {
            self.0.place = place.cloned();
        }
        self
    }

    /// Spark's condition name, such as `DIVIDE_BY_ZERO`.
    pub fn condition(&self) -> &'static str {
        self.0.condition
    }

    /// The message without condition, SQLSTATE and place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the error was found before the query ran.
    pub fn is_analysis(&self) -> bool {
        self.0.is_analysis
    }

    /// The part of the query that the error is about.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_deref()
    }
}

impl Place {
    /// The lines that show the place: those of the part, each with a mark below, and a little of what stands around the part
    /// (Spark: `SQLQueryContext.summary`).
    pub fn context(&self) -> String {
        let start = self.start.min(self.text.len());
        let end = self.end.clamp(start, self.text.len());
        let (before, part, after) = (
            &self.text[..start],
            &self.text[start..end],
            &self.text[end..],
        );
        let line = before.matches('\n').count() + 1;
        let before = before.rsplit('\n').next().unwrap_or_default();
        let after = after.split('\n').next().unwrap_or_default();
        let column = before.chars().count();
        let object = match &self.object {
            Some(object) => format!(" of {object}"),
            None => String::new(),
        };
        let mut context = format!("== SQL{object} (line {line}, position {}) ==\n", column + 1);
        let (before, after) = (last_characters(before), first_characters(after));
        let mut indent = " ".repeat(before.chars().count());
        context += &before;
        let mut lines = part.split('\n').peekable();
        while let Some(line) = lines.next() {
            context += line;
            if lines.peek().is_none() {
                context += &after;
            }
            let marks = "^".repeat(line.chars().count());
            context = context + "\n" + &std::mem::take(&mut indent) + &marks + "\n";
        }
        context
    }
}

/// The end of a line, with dots if it is long.
fn last_characters(line: &str) -> String {
    let length = line.chars().count();
    match length < AROUND {
        true => line.to_owned(),
        false => "..."
            .chars()
            .chain(line.chars().skip(length - AROUND))
            .collect(),
    }
}

/// The beginning of a line, with dots if it is long.
fn first_characters(line: &str) -> String {
    match line.chars().count() < AROUND {
        true => line.to_owned(),
        false => line.chars().take(AROUND).chain("...".chars()).collect(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.0.condition, self.0.message)?;
        if let Some(state) = sql_state(self.0.condition) {
            write!(f, " SQLSTATE: {state}")?;
        }
        if let Some(place) = &self.0.place {
            write!(f, "\n{}", place.context())?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.0.as_ref() as _)
    }
}

/// The error of type `E` that travelled through DataFusion.
pub fn find_in<E: std::error::Error + Clone + 'static>(error: &DataFusionError) -> Option<E> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        // `External` is the one variant that does not show its content as a source of its own type.
        let found = match current.downcast_ref() {
            Some(DataFusionError::External(inner)) => inner.downcast_ref::<E>(),
            _ => current.downcast_ref::<E>(),
        };
        if let Some(found) = found {
            return Some(found.clone());
        }
        cause = current.source();
    }
    None
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}

/// An error of ours that travelled through DataFusion comes back as it was.
impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Error {
        if let Some(ours) = find_in(&error) {
            return ours;
        }
        Error::internal(error.strip_backtrace())
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Error {
        match error {
            ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(ours) => *ours,
                Err(other) => Error::internal(other.to_string()),
            },
            ArrowError::OffsetOverflowError(_) => {
                Error::internal("a column of more than 2 GiB of text or elements")
            }
            other => Error::internal(other.to_string()),
        }
    }
}
