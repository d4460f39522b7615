//! Values as Java sees them.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type,
};
use format::number::{push_decimal, push_double, push_float};

use crate::family::hash::hash_code_of_text;

/// A value as Java sees it.
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// A whole number of so many bits.
    Integer(i64, u32),
    Double(f64),
    /// What only `%s` prints, with the name of its Java class.
    Other(String, &'static str),
    Text(String),
}

pub(super) fn value(column: &ArrayRef, row: usize) -> Value {
    // A column of no type has no bits that say so.
    if column.is_null(row) || *column.data_type() == ArrowType::Null {
        return Value::Null;
    }
    match column.data_type() {
        ArrowType::Boolean => Value::Boolean(column.as_boolean().value(row)),
        ArrowType::Int8 => Value::Integer(column.as_primitive::<Int8Type>().value(row).into(), 8),
        ArrowType::Int16 => {
            Value::Integer(column.as_primitive::<Int16Type>().value(row).into(), 16)
        }
        ArrowType::Int32 => {
            Value::Integer(column.as_primitive::<Int32Type>().value(row).into(), 32)
        }
        ArrowType::Int64 => Value::Integer(column.as_primitive::<Int64Type>().value(row), 64),
        ArrowType::Date32 => {
            Value::Integer(column.as_primitive::<Date32Type>().value(row).into(), 32)
        }
        ArrowType::Float32 => {
            let value = column.as_primitive::<Float32Type>().value(row);
            Value::Double(value.into())
        }
        ArrowType::Float64 => Value::Double(column.as_primitive::<Float64Type>().value(row)),
        ArrowType::Decimal128(_, scale) => {
            let mut text = String::new();
            push_decimal(
                &mut text,
                column.as_primitive::<Decimal128Type>().value(row),
                *scale,
            );
            Value::Other(text, "org.apache.spark.sql.types.Decimal")
        }
        ArrowType::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        _ => {
            // The number behind a time or an interval.
            let number = arrow::compute::cast(&column.slice(row, 1), &ArrowType::Int64).ok();
            let number = number.map(|number| number.as_primitive::<Int64Type>().value(0));
            Value::Integer(number.unwrap_or_default(), 64)
        }
    }
}

impl Value {
    /// The Java class of the value.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "java.lang.Boolean",
            Value::Integer(_, 8) => "java.lang.Byte",
            Value::Integer(_, 16) => "java.lang.Short",
            Value::Integer(_, 32) => "java.lang.Integer",
            Value::Integer(..) => "java.lang.Long",
            Value::Double(_) => "java.lang.Double",
            Value::Other(_, class) => class,
            Value::Text(_) => "org.apache.spark.unsafe.types.UTF8String",
        }
    }

    /// The value for `%s`.
    pub(super) fn text(&self, is_float: bool) -> String {
        let mut text = String::new();
        match self {
            Value::Null => text.push_str("null"),
            Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value, _) => text = value.to_string(),
            Value::Double(value) if is_float => push_float(&mut text, *value as f32),
            Value::Double(value) => push_double(&mut text, *value),
            Value::Other(other, _) => text.push_str(other),
            Value::Text(other) => text.push_str(other),
        }
        text
    }
}

/// Java's `hashCode` of the value.
pub(super) fn hash(value: &Value, is_float: bool) -> u32 {
    match value {
        Value::Null => 0,
        Value::Boolean(true) => 1231,
        Value::Boolean(false) => 1237,
        Value::Integer(number, 64) => (*number ^ (*number as u64 >> 32) as i64) as u32,
        Value::Integer(number, _) => *number as u32,
        Value::Double(number) if is_float => (*number as f32).to_bits(),
        Value::Double(number) => (number.to_bits() ^ number.to_bits() >> 32) as u32,
        Value::Other(text, _) | Value::Text(text) => hash_code_of_text(text.as_bytes()) as u32,
    }
}
