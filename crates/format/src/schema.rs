//! Schemas as text: Spark's DDL and JSON, to Arrow and back.
//!
//! The types of Spark and Arrow that stand for each other:
//!
//! | Spark | Arrow |
//! | --- | --- |
//! | `BOOLEAN`, `TINYINT`, `SMALLINT`, `INT`, `BIGINT`, `FLOAT`, `DOUBLE` | `Boolean`, `Int8` … `Int64`, `Float32`, `Float64` |
//! | `STRING`, `CHAR(n)`, `VARCHAR(n)` | `Utf8` |
//! | `BINARY`, `DATE`, `DECIMAL(p,s)`, `VOID` | `Binary`, `Date32`, `Decimal128`, `Null` |
//! | `TIMESTAMP` | `Timestamp(Microsecond, "UTC")`; any other zone is read as `TIMESTAMP` too |
//! | `TIMESTAMP_NTZ` | `Timestamp(Microsecond)` without zone |
//! | day-time and year-month intervals | `Duration(Microsecond)`, `Interval(YearMonth)` |
//! | `ARRAY`, `MAP`, `STRUCT` | `List`, `Map`, `Struct` |
//!
//! A column's comment is the entry `comment` of the Arrow field's metadata.

mod ddl;
mod json;
mod names;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};

pub use ddl::{fields, parse_data_type, parse_fields};
pub use json::{from_json, to_json};
pub use names::{catalog_string, sql_string};

/// The zone in the Arrow type of Spark's `TIMESTAMP`. It says that values are instants; how they are shown is the
/// session's matter.
pub const TIMESTAMP_ZONE: &str = "UTC";

/// Spark's `TIMESTAMP`: an instant, in microseconds.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(TIMESTAMP_ZONE.into()))
}

/// Spark's `TIMESTAMP_NTZ`: a date and time of day, in microseconds, without zone.
pub fn timestamp_ntz() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

/// Spark's `ARRAY` of nullable elements.
pub fn array(element: DataType) -> DataType {
    array_of(element, true)
}

fn array_of(element: DataType, contains_null: bool) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, contains_null)))
}

/// Spark's `MAP` with nullable values.
pub fn map(key: DataType, value: DataType) -> DataType {
    map_of(key, value, true)
}

fn map_of(key: DataType, value: DataType, value_contains_null: bool) -> DataType {
    let entries = Fields::from(vec![
        Field::new("key", key, false),
        Field::new("value", value, value_contains_null),
    ]);
    DataType::Map(
        Arc::new(Field::new("entries", DataType::Struct(entries), false)),
        false,
    )
}

/// The types whose JSON name is one word.
fn simple_type(name: &str) -> Option<DataType> {
    Some(match name {
        "boolean" => DataType::Boolean,
        "tinyint" | "byte" => DataType::Int8,
        "smallint" | "short" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" | "long" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "date" => DataType::Date32,
        "timestamp" | "timestamp_ltz" => timestamp(),
        "timestamp_ntz" => timestamp_ntz(),
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "void" => DataType::Null,
        _ => return None,
    })
}

fn day_time_interval() -> DataType {
    DataType::Duration(TimeUnit::Microsecond)
}

fn year_month_interval() -> DataType {
    DataType::Interval(IntervalUnit::YearMonth)
}

/// The metadata key of a column's comment.
const COMMENT: &str = "comment";
