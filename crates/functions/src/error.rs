//! Errors of resolving and running a function, in Spark's form.

use std::fmt;
use std::sync::Arc;

use arrow::error::ArrowError;
use datafusion_common::DataFusionError;

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
}

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
    /// The lines that show the place: the line of the query with a mark below the part.
    pub fn context(&self) -> String {
        let start = self.start.min(self.text.len());
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let line = before.matches('\n').count() + 1;
        let column = self.text[line_start..start].chars().count();
        let marked = self.text[start..self.end.clamp(start, line_end.max(start))]
            .chars()
            .count();
        format!(
            "== SQL (line {line}, position {}) ==\n{}\n{}{}\n",
            column + 1,
            &self.text[line_start..line_end],
            " ".repeat(column),
            "^".repeat(marked.max(1)),
        )
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

/// The SQLSTATE of a condition, from Spark's `error-conditions.json`.
pub fn sql_state(condition: &str) -> Option<&'static str> {
    let class = condition.split('.').next().unwrap_or(condition);
    Some(match class {
        "ARITHMETIC_OVERFLOW"
        | "BINARY_ARITHMETIC_OVERFLOW"
        | "CAST_OVERFLOW"
        | "NUMERIC_VALUE_OUT_OF_RANGE"
        | "INCORRECT_RAMP_UP_RATE" => "22003",
        "DIVIDE_BY_ZERO" | "REMAINDER_BY_ZERO" | "INTERVAL_DIVIDED_BY_ZERO" => "22012",
        "INTERVAL_ARITHMETIC_OVERFLOW" | "DATETIME_OVERFLOW" => "22015",
        "NUMERIC_OUT_OF_SUPPORTED_RANGE" => "22003",
        "INVALID_INTERVAL_FORMAT" => "22006",
        "UNSUPPORTED_TIME_TYPE" => "0A000",
        "CAST_INVALID_INPUT" | "CONVERSION_INVALID_INPUT" => "22018",
        "INVALID_ARRAY_INDEX" | "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" | "INVALID_INDEX_OF_ZERO" => {
            "22003"
        }
        "CANNOT_PARSE_TIMESTAMP" | "DATETIME_FIELD_OUT_OF_BOUNDS" => "22007",
        "INVALID_PARAMETER_VALUE"
        | "NULL_MAP_KEY"
        | "DUPLICATED_MAP_KEY"
        | "MALFORMED_RECORD_IN_PARSING" => match class {
            "NULL_MAP_KEY" => "2200E",
            "DUPLICATED_MAP_KEY" => "23505",
            _ => "22023",
        },
        "COMPARATOR_RETURNS_NULL" => "22004",
        "COLLECTION_SIZE_LIMIT_EXCEEDED" => "54000",
        "INVALID_URL" => "22P02",
        "ILLEGAL_DAY_OF_WEEK" => "22009",
        "INVALID_FRACTION_OF_SECOND" => "22023",
        "UNRESOLVED_COLUMN" | "UNRESOLVED_MAP_KEY" | "FIELD_NOT_FOUND" | "UNRESOLVED_FIELD" => {
            "42703"
        }
        "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES" => "42703",
        "AMBIGUOUS_COLUMN_REFERENCE" => "42702",
        "MISSING_ATTRIBUTES" => "XX000",
        "AMBIGUOUS_REFERENCE" | "AMBIGUOUS_COLUMN_OR_FIELD" => "42704",
        "UNRESOLVED_ROUTINE" => "42883",
        "DATATYPE_MISMATCH" | "INVALID_EXTRACT_BASE_FIELD_TYPE" | "UNEXPECTED_INPUT_TYPE" => {
            "42K09"
        }
        "WRONG_NUM_ARGS" => "42605",
        "MISSING_AGGREGATION" | "MISSING_GROUP_BY" | "UNSUPPORTED_GROUPING_EXPRESSION" => "42803",
        "GROUP_BY_AGGREGATE" | "GROUP_BY_POS_AGGREGATE" => "42903",
        "GROUP_BY_POS_OUT_OF_RANGE" | "ORDER_BY_POS_OUT_OF_RANGE" => "42805",
        "TABLE_OR_VIEW_NOT_FOUND" => "42P01",
        "NUM_COLUMNS_MISMATCH" => "42826",
        "INCOMPATIBLE_COLUMN_TYPE" => "42825",
        "INVALID_WHERE_CONDITION"
        | "NESTED_AGGREGATE_FUNCTION"
        | "SCALAR_SUBQUERY_TOO_MANY_ROWS" => match class {
            "NESTED_AGGREGATE_FUNCTION" => "42607",
            "SCALAR_SUBQUERY_TOO_MANY_ROWS" => "21000",
            _ => "42903",
        },
        "INVALID_SUBQUERY_EXPRESSION" => "42823",
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"
        | "UNSUPPORTED_FEATURE"
        | "UNSUPPORTED_GENERATOR" => match class {
            "UNSUPPORTED_GENERATOR" => "42K0E",
            _ => "0A000",
        },
        "UNPIVOT_VALUE_DATA_TYPE_MISMATCH" => "42K09",
        "INVALID_LAMBDA_FUNCTION_CALL" => "42K0D",
        "INVALID_TYPED_LITERAL" => "42604",
        "UNBOUND_SQL_PARAMETER" => "42P02",
        "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE" | "MISSING_WINDOW_SPECIFICATION" => "42601",
        "INVALID_SQL_SYNTAX" => "42000",
        "INVALID_WITHIN_GROUP_EXPRESSION" => "42K0K",
        "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION" => "22003",
        "FAILED_FUNCTION_CALL" => "38000",
        "NOT_SUPPORTED" => "0A000",
        "INVALID_UTF8_STRING" => "22029",
        "SEED_EXPRESSION_IS_UNFOLDABLE" => "42K08",
        "USER_RAISED_EXCEPTION" => "P0001",
        "MALFORMED_CHARACTER_CODING" => "22000",
        "CANNOT_DECODE_URL" => "22546",
        "INVALID_REGEXP_REPLACE" => "22023",
        "INVALID_FORMAT" => "42601",
        "INVALID_ESCAPE_CHAR" => "42604",
        "NON_FOLDABLE_ARGUMENT" => "42K08",
        "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION" => "22003",
        "INTERNAL_ERROR" => "XX000",
        _ => return None,
    })
}
