//! The arrays of a Parquet file as arrays of the types that were asked for.
//!
//! Only for types that the Parquet reader has found to fit: numbers are taken as they are stored,
//! as Spark takes them (a date is its number of days, a decimal its digits).

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, MapArray, PrimitiveArray, StructArray,
    new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Fields, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit,
};
use arrow::error::ArrowError;

/// A column of a file in Spark's type: microseconds, no views, no unsigned numbers.
pub(super) fn spark_type(data_type: &DataType) -> DataType {
    let nested = |field: &Arc<Field>| {
        let data_type = spark_type(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        // The old form of timestamps (INT96), which are instants.
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        DataType::Timestamp(_, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into()))
        }
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Date64 => DataType::Date32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::List(field) | DataType::LargeList(field) | DataType::ListView(field) => {
            DataType::List(nested(field))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(nested).collect()),
        DataType::Map(entries, sorted) => DataType::Map(nested(entries), *sorted),
        other => other.clone(),
    }
}

/// The column in the type `asked`, or `rows` nulls.
pub(super) fn column(
    column: Option<&ArrayRef>,
    asked: &DataType,
    rows: usize,
) -> Result<ArrayRef, ArrowError> {
    match column {
        None => Ok(new_null_array(asked, rows)),
        Some(array) => convert(array, asked),
    }
}

fn convert(array: &ArrayRef, asked: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == asked {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), asked) {
        (DataType::Struct(_), DataType::Struct(fields)) => {
            Ok(Arc::new(convert_struct(array.as_struct(), fields)?))
        }
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let (_, offsets, values, nulls) = list.clone().into_parts();
            let values = convert(&values, item.data_type())?;
            let list = ListArray::try_new(Arc::clone(item), offsets, values, nulls)?;
            Ok(Arc::new(list))
        }
        (DataType::Map(_, _), DataType::Map(entries, sorted)) => {
            let (_, offsets, pairs, nulls, _) = array.as_map().clone().into_parts();
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(ArrowError::CastError("a map has no entries".to_owned()));
            };
            // Keys and values are found by place: their names differ from writer to writer.
            let columns = pairs.columns().iter().zip(fields);
            let columns = columns
                .map(|(column, field)| convert(column, field.data_type()))
                .collect::<Result<Vec<_>, _>>()?;
            let pairs = StructArray::try_new(fields.clone(), columns, None)?;
            let map = MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?;
            Ok(Arc::new(map))
        }
        (DataType::Decimal128(_, _), DataType::Decimal128(_, _)) => cast(array, asked),
        (DataType::Date32, DataType::Timestamp(_, _)) => cast(array, asked),
        (
            DataType::Decimal128(_, _) | DataType::Date32 | DataType::Timestamp(_, _),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float64
            | DataType::Date32,
        ) => stored(&numbers(array)?, asked),
        (_, DataType::Int8 | DataType::Int16 | DataType::Date32) if is_whole(array) => {
            stored(&numbers(array)?, asked)
        }
        // The zone of a time is said by the type that is asked for, not by the file's.
        (DataType::Timestamp(_, _), DataType::Timestamp(unit, _)) => {
            let local = cast(array, &DataType::Timestamp(*unit, array_zone(array)))?;
            retyped(&local, asked)
        }
        _ => cast(array, asked),
    }
}

fn is_whole(array: &ArrayRef) -> bool {
    array.data_type().is_integer()
}

fn array_zone(array: &ArrayRef) -> Option<Arc<str>> {
    match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    }
}

/// The same values under another type of the same form.
fn retyped(array: &ArrayRef, asked: &DataType) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data().into_builder().data_type(asked.clone());
    Ok(arrow::array::make_array(data.build()?))
}

/// A struct with these fields, by name; a missing one is null.
fn convert_struct(array: &StructArray, fields: &Fields) -> Result<StructArray, ArrowError> {
    let columns = fields
        .iter()
        .map(|field| {
            let found = array
                .fields()
                .iter()
                .position(|other| other.name().eq_ignore_ascii_case(field.name()));
            let found = found.map(|index| array.column(index));
            column(found, field.data_type(), array.len())
        })
        .collect::<Result<Vec<_>, _>>()?;
    StructArray::try_new_with_length(fields.clone(), columns, array.nulls().cloned(), array.len())
}

/// The numbers that stand for the values in the file.
fn numbers(array: &ArrayRef) -> Result<Int64Array, ArrowError> {
    Ok(match array.data_type() {
        DataType::Decimal128(_, _) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            decimals.unary(|unscaled| unscaled as i64)
        }
        DataType::Date32 => array.as_primitive::<Date32Type>().unary(i64::from),
        _ => cast(array, &DataType::Int64)?
            .as_primitive::<Int64Type>()
            .clone(),
    })
}

/// The numbers in a narrower type, of which they keep the lowest bits.
fn stored(numbers: &Int64Array, asked: &DataType) -> Result<ArrayRef, ArrowError> {
    Ok(match asked {
        DataType::Int8 => {
            let narrow: PrimitiveArray<Int8Type> = numbers.unary(|number| number as i8);
            Arc::new(narrow)
        }
        DataType::Int16 => {
            let narrow: PrimitiveArray<Int16Type> = numbers.unary(|number| number as i16);
            Arc::new(narrow)
        }
        DataType::Int32 => {
            let narrow: PrimitiveArray<Int32Type> = numbers.unary(|number| number as i32);
            Arc::new(narrow)
        }
        DataType::Date32 => {
            let days: PrimitiveArray<Date32Type> = numbers.unary(|number| number as i32);
            Arc::new(days)
        }
        _ => cast(numbers, asked)?,
    })
}
