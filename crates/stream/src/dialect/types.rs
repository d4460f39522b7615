//! Spark's names of data types.

use arrow::datatypes::Field;
use engine::type_name;

/// Spark's short name of a column's type: `char(5)`.
pub(crate) fn field_type_name(field: &Field) -> String {
    match values::types::field_type(field) {
        Some(data_type) => data_type.simple_string(),
        None => type_name(field.data_type()),
    }
}
