//! Spark's meaning: types and their names, functions, arithmetic, literals, column names.
//!
//! DataFusion plans and runs; what an expression *means* is decided here, once, for the Rust API
//! and for SQL alike. Where the two engines differ in type, value, name or error, Spark's way is
//! taken.

mod analysis;
mod ansi;
mod function;
mod name;
mod parser;
mod schema;
mod show;
mod types;

pub(crate) use analysis::{last_name, resolve, resolve_all, resolve_named};
pub(crate) use function::{
    current_timestamp, date_format, decode as decode_function, decode_aggregate, decode_lambda,
    encode as encode_function, encode_aggregate, encode_lambda, from_json, is_current_timestamp,
    json_lines, register, to_json, window, window_call,
};
pub(crate) use name::pretty_name;
pub(crate) use parser::parse_expressions;
pub(crate) use schema::{parse_schema, parse_type, schema_error};
pub use show::row_text;
pub(crate) use show::show_string;
pub(crate) use types::{field_type_name, sql_name, timestamp_type, type_name};
