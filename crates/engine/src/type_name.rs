//! Spark's names of Arrow's types.

use arrow::datatypes::DataType;
use format::schema;

/// Spark's short name of a type: `bigint`, `struct<a:int,b:string>`. Arrow's name for what Spark does not have.
pub fn type_name(data_type: &DataType) -> String {
    schema::catalog_string(data_type).unwrap_or_else(|| data_type.to_string())
}

/// Spark's SQL name of a type, as `CAST(.. AS ..)` and error messages have it: `BIGINT`.
pub(crate) fn sql_name(data_type: &DataType) -> String {
    schema::sql_string(data_type).unwrap_or_else(|| data_type.to_string())
}
