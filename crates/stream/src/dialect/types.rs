//! Spark's names of data types.

use arrow::datatypes::{DataType, Field};
use format::schema;

/// Spark's short name of a type: `bigint`, `struct<a:int,b:string>`. Arrow's name for what Spark
/// does not have.
pub(crate) fn type_name(data_type: &DataType) -> String {
    schema::catalog_string(data_type).unwrap_or_else(|| data_type.to_string())
}

/// Spark's short name of a column's type: `char(5)`.
pub(crate) fn field_type_name(field: &Field) -> String {
    match functions::types::field_type(field) {
        Some(data_type) => data_type.simple_string(),
        None => type_name(field.data_type()),
    }
}
