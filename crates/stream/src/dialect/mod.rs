//! Spark's texts: types, schemas and rows; and the registry's functions in plans.

mod codec;
mod json;
mod schema;
mod show;
mod types;

pub(crate) use codec::FunctionCodec;
pub(crate) use engine::type_name;
pub(crate) use json::json_lines;
pub(crate) use schema::{parse_schema, schema_error};
pub use show::row_text;
pub(crate) use show::show_string;
pub(crate) use types::field_type_name;
