//! Spark's texts: types, schemas and rows; and the registry's functions in plans.

mod codec;
mod json;
mod schema;
mod show;
mod types;
mod window;

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;

pub(crate) use codec::{
    decode as decode_function, decode_aggregate, decode_lambda, encode as encode_function,
    encode_aggregate, encode_lambda,
};
pub(crate) use json::json_lines;
pub(crate) use schema::{parse_schema, schema_error};
pub use show::row_text;
pub(crate) use show::show_string;
pub(crate) use types::{field_type_name, timestamp_type, type_name};
pub(crate) use window::window_call;

/// Whether an expression is `current_timestamp()`, which is replaced before a plan runs: by a constant in a query that
/// ends, by the time of the batch in a streaming one.
pub(crate) fn is_current_timestamp(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(ScalarFunction { func, .. }) if func.name() == "current_timestamp")
}
