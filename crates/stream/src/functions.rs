//! Functions of columns, under Spark's names.
//!
//! They are those of SQL; [`call_function`] calls any of them by name, and [`expr`] reads an expression of SQL.

use sql::Literal;

use crate::column::Column;
use crate::error::Result;

/// The column called `name`; `a.b` is a field of a struct, or a column of an aliased DataFrame.
pub fn col(name: &str) -> Column {
    Column::named(name)
}

/// A constant: a number, text, bytes, a boolean, or NULL for `None`.
pub fn lit(value: impl Into<Literal>) -> Column {
    Column::literal(value.into())
}

/// An expression of SQL, such as `delay / 60`.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR`.
pub fn expr(text: &str) -> Result<Column> {
    let mut expression = sql::parse_expression(text)?;
    expression.span = sql::Span::default();
    Ok(Column::new(expression))
}

/// A call of the function of SQL that is called `name`.
pub fn call_function<C: Into<Column>>(
    name: &str,
    arguments: impl IntoIterator<Item = C>,
) -> Column {
    Column::call(name, arguments.into_iter().map(Into::into))
}

macro_rules! of_one_column {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(column: impl Into<Column>) -> Column {
            Column::call(stringify!($name), [column.into()])
        })*
    };
}

of_one_column! {
    /// The number of rows in which `column` is not NULL; `count("*")` counts all rows.
    count,
    /// The sum of the values that are not NULL; NULL if there are none.
    sum,
    /// The mean of the values that are not NULL; NULL if there are none.
    avg,
    /// The smallest value.
    min,
    /// The largest value.
    max,
    /// The sample standard deviation.
    stddev,
    /// About how many different values there are.
    approx_count_distinct,
    /// A struct, array or map as JSON text.
    to_json,
    /// Text in lower case.
    lower,
    /// Text in upper case.
    upper,
    /// The value without its sign.
    abs,
    /// A row for each element of an array, or for each entry of a map.
    explode,
}

/// The tumbling window of length `size` (such as `1 hour`) that the time `column` falls into: a struct of `start` and
/// `end`.
pub fn window(column: impl Into<Column>, size: &str) -> Column {
    Column::call("window", [column.into(), lit(size)])
}

/// The windows of length `size` that begin every `slide` and that the time `column` falls into.
pub fn sliding_window(column: impl Into<Column>, size: &str, slide: &str) -> Column {
    Column::call("window", [column.into(), lit(size), lit(slide)])
}

/// [`sliding_window`] with windows that begin `start` after the epoch.
pub fn window_from(column: impl Into<Column>, size: &str, slide: &str, start: &str) -> Column {
    Column::call("window", [column.into(), lit(size), lit(slide), lit(start)])
}

/// The time at which the query, or the micro-batch, began.
pub fn current_timestamp() -> Column {
    Column::call("current_timestamp", [])
}

/// The number of the row in its window.
pub fn row_number() -> Column {
    Column::call("row_number", [])
}

/// The struct of `schema` (such as `id BIGINT, at TIMESTAMP`) that a JSON text holds; what cannot be read is NULL.
pub fn from_json(column: impl Into<Column>, schema: &str) -> Column {
    Column::call("from_json", [column.into(), lit(schema)])
}

/// [`from_json`] with options such as `mode`, `timestampFormat` and `columnNameOfCorruptRecord`.
pub fn from_json_with<'a>(
    column: impl Into<Column>,
    schema: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Column {
    let options = options
        .into_iter()
        .flat_map(|(key, value)| [lit(key), lit(value)]);
    let options = Column::call("map", options);
    Column::call("from_json", [column.into(), lit(schema), options])
}

/// The columns as one struct, whose fields are called as they are.
pub fn structure<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    call_function("struct", columns)
}

/// The first of `columns` that is not NULL.
pub fn coalesce<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    call_function("coalesce", columns)
}

/// Texts one after the other; NULL if any is.
pub fn concat<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    call_function("concat", columns)
}

/// A time as text, by a pattern of Java's letters such as `yyyy-MM-dd HH:mm`, in the session's time zone.
pub fn date_format(time: impl Into<Column>, pattern: &str) -> Column {
    Column::call("date_format", [time.into(), lit(pattern)])
}

/// `value` where `condition` holds, NULL elsewhere; see [`when_else`].
pub fn when(condition: Column, value: impl Into<Column>) -> Column {
    Column::call("when", [condition, value.into()])
}

/// `value` where `condition` holds, `otherwise` elsewhere.
pub fn when_else(
    condition: Column,
    value: impl Into<Column>,
    otherwise: impl Into<Column>,
) -> Column {
    Column::call("when", [condition, value.into(), otherwise.into()])
}
