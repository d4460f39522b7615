//! Functions of columns, under Spark's names.

use datafusion::functions_aggregate::expr_fn as aggregate;
use datafusion::logical_expr::{Case, Expr, Literal, lit as literal};
use datafusion::prelude as df;

use crate::column::Column;
use crate::dialect;
use crate::options::Options;

/// The column called `name`; `a.b` is a field of a struct, or a column of an aliased DataFrame.
pub fn col(name: &str) -> Column {
    Column::named(name)
}

/// A constant.
pub fn lit(value: impl Literal) -> Column {
    Column::new(literal(value))
}

/// The number of rows in which `column` is not null; `count("*")` counts all rows.
pub fn count(column: impl Into<Column>) -> Column {
    let column = column.into();
    match &column.expr {
        Expr::Column(name) if name.name == "*" => Column::new(aggregate::count(literal(1))),
        _ => Column::new(aggregate::count(column.expr)),
    }
}

/// The sum of the values that are not null; null if there are none.
pub fn sum(column: impl Into<Column>) -> Column {
    Column::new(aggregate::sum(column.into().expr))
}

/// The mean of the values that are not null; null if there are none.
pub fn avg(column: impl Into<Column>) -> Column {
    Column::new(aggregate::avg(column.into().expr))
}

/// The smallest value.
pub fn min(column: impl Into<Column>) -> Column {
    Column::new(aggregate::min(column.into().expr))
}

/// The largest value.
pub fn max(column: impl Into<Column>) -> Column {
    Column::new(aggregate::max(column.into().expr))
}

/// The sample standard deviation.
pub fn stddev(column: impl Into<Column>) -> Column {
    Column::new(aggregate::stddev(column.into().expr))
}

/// About how many different values there are.
pub fn approx_count_distinct(column: impl Into<Column>) -> Column {
    Column::new(aggregate::approx_distinct(column.into().expr))
}

/// The tumbling window of length `size` (such as `1 hour`) that the time `column` falls into:
/// a struct of `start` and `end`.
pub fn window(column: impl Into<Column>, size: &str) -> Column {
    Column::new(dialect::window(column.into().expr, size, None, None))
}

/// The windows of length `size` that begin every `slide` and that the time `column` falls into.
pub fn sliding_window(column: impl Into<Column>, size: &str, slide: &str) -> Column {
    Column::new(dialect::window(column.into().expr, size, Some(slide), None))
}

/// [`sliding_window`] with windows that begin `start` after the epoch.
pub fn window_from(column: impl Into<Column>, size: &str, slide: &str, start: &str) -> Column {
    Column::new(dialect::window(
        column.into().expr,
        size,
        Some(slide),
        Some(start),
    ))
}

/// The time at which the query, or the micro-batch, began.
pub fn current_timestamp() -> Column {
    Column::new(dialect::current_timestamp())
}

/// The struct of `schema` (such as `id BIGINT, at TIMESTAMP`) that a JSON text holds; what
/// cannot be read is null.
pub fn from_json(column: impl Into<Column>, schema: &str) -> Column {
    from_json_with(column, schema, [("mode", "PERMISSIVE")])
}

/// [`from_json`] with options such as `mode`, `timestampFormat` and
/// `columnNameOfCorruptRecord`.
pub fn from_json_with<'a>(
    column: impl Into<Column>,
    schema: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Column {
    let options = options.into_iter().collect();
    Column::new(dialect::from_json(column.into().expr, schema, &options))
}

/// A struct, array or map as JSON text.
pub fn to_json(column: impl Into<Column>) -> Column {
    Column::new(dialect::to_json(column.into().expr, &Options::new()))
}

/// The columns as one struct, whose fields are called as they are.
pub fn structure<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    let mut named = Vec::new();
    for column in columns {
        let column = column.into();
        let name = match &column.expr {
            Expr::Column(name) => dialect::last_name(&name.name),
            other => dialect::pretty_name(other),
        };
        named.push(literal(name));
        named.push(column.expr.unalias());
    }
    Column::new(datafusion::functions::core::expr_fn::named_struct(named))
}

/// The first of `columns` that is not null.
pub fn coalesce<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    Column::new(df::coalesce(
        columns
            .into_iter()
            .map(|column| column.into().expr)
            .collect(),
    ))
}

/// Texts one after the other; null if any is.
pub fn concat<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Column {
    Column::new(df::concat(
        columns
            .into_iter()
            .map(|column| column.into().expr)
            .collect(),
    ))
}

/// A time as text, by a pattern of Java's letters such as `yyyy-MM-dd HH:mm`, in the session's
/// time zone.
pub fn date_format(time: impl Into<Column>, pattern: &str) -> Column {
    Column::new(dialect::date_format(time.into().expr, literal(pattern)))
}

/// Text in lower case.
pub fn lower(column: impl Into<Column>) -> Column {
    Column::new(df::lower(column.into().expr))
}

/// Text in upper case.
pub fn upper(column: impl Into<Column>) -> Column {
    Column::new(df::upper(column.into().expr))
}

/// The value without its sign.
pub fn abs(column: impl Into<Column>) -> Column {
    Column::new(df::abs(column.into().expr))
}

/// `value` where `condition` holds, null elsewhere; see [`when_else`].
pub fn when(condition: Column, value: impl Into<Column>) -> Column {
    let then = vec![(Box::new(condition.expr), Box::new(value.into().expr))];
    Column::new(Expr::Case(Case::new(None, then, None)))
}

/// `value` where `condition` holds, `otherwise` elsewhere.
pub fn when_else(
    condition: Column,
    value: impl Into<Column>,
    otherwise: impl Into<Column>,
) -> Column {
    let then = vec![(Box::new(condition.expr), Box::new(value.into().expr))];
    Column::new(Expr::Case(Case::new(
        None,
        then,
        Some(Box::new(otherwise.into().expr)),
    )))
}
