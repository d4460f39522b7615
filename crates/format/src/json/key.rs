//! The keys of a map as the names of a JSON object.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type,
    IntervalYearMonthType,
};
use arrow::error::ArrowError;

use crate::number::{push_decimal, push_double, push_float};

/// The keys as Spark writes them: its own value of a key as text, so that a date is its number of days and a struct is
/// `[1,x]`.
pub(super) fn key_texts(keys: &ArrayRef) -> Result<StringArray, ArrowError> {
    if let Some(texts) = keys.as_string_opt::<i32>() {
        return Ok(texts.clone());
    }
    let mut builder = StringBuilder::with_capacity(keys.len(), keys.len() * 8);
    let mut text = String::new();
    for row in 0..keys.len() {
        text.clear();
        push_key(&mut text, keys, row)?;
        builder.append_value(&text);
    }
    Ok(builder.finish())
}

fn push_key(out: &mut String, array: &ArrayRef, row: usize) -> Result<(), ArrowError> {
    if array.is_null(row) {
        out.push_str("null");
        return Ok(());
    }
    match array.data_type() {
        DataType::Float32 => push_float(out, array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => push_double(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            push_decimal(
                out,
                array.as_primitive::<Decimal128Type>().value(row),
                *scale,
            );
        }
        DataType::Date32 => {
            out.push_str(&array.as_primitive::<Date32Type>().value(row).to_string());
        }
        DataType::Interval(_) => {
            let months = array.as_primitive_opt::<IntervalYearMonthType>();
            let months = months.map(|months| months.value(row).to_string());
            out.push_str(&months.unwrap_or_default());
        }
        DataType::Timestamp(..) | DataType::Duration(_) => {
            let number = arrow::compute::cast(&array.slice(row, 1), &DataType::Int64)?;
            out.push_str(&number.as_primitive::<Int64Type>().value(0).to_string());
        }
        DataType::Struct(_) => {
            let fields = array.as_struct().columns().iter().map(|field| (field, row));
            push_list(out, fields)?;
        }
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            push_list(out, (0..elements.len()).map(|at| (&elements, at)))?;
        }
        _ => {
            let text = arrow::compute::cast(&array.slice(row, 1), &DataType::Utf8)?;
            out.push_str(text.as_string::<i32>().value(0));
        }
    }
    Ok(())
}

fn push_list<'a>(
    out: &mut String,
    values: impl Iterator<Item = (&'a ArrayRef, usize)>,
) -> Result<(), ArrowError> {
    out.push('[');
    for (index, (array, row)) in values.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_key(out, array, row)?;
    }
    out.push(']');
    Ok(())
}
