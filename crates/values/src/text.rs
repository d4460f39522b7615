//! Every value as text: what `CAST(.. AS STRING)` gives, and what `show()` prints.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, ListArray, MapArray, PrimitiveArray,
    StringArray, StructArray,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};
use condition::{Error, Result};
use format::number::{push_decimal, push_double, push_float, push_plain_decimal};
use format::time::{Zone, push_date, push_number, push_time, push_timestamp};
use sql::{DataType, IntervalUnit};

use crate::interval;

/// How values are printed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The session's time zone.
    pub zone: Zone,
    /// What NULL is in arrays, maps and structs.
    pub null: &'static str,
    /// Whether bytes are printed as `[31 32]`; else they are text.
    pub is_binary_hex: bool,
    /// Whether decimals never have an exponent.
    pub is_decimal_plain: bool,
}

impl Style {
    /// As `show()` prints.
    pub fn show(zone: Zone) -> Style {
        Style {
            zone,
            null: "NULL",
            is_binary_hex: true,
            is_decimal_plain: true,
        }
    }

    /// As a cast to text prints.
    pub fn cast(zone: Zone, ansi: bool) -> Style {
        Style {
            zone,
            null: "null",
            is_binary_hex: false,
            is_decimal_plain: ansi,
        }
    }
}

/// The text that `show()` prints for each value; NULL is `NULL`.
///
/// # Errors
/// If the array is not of the type.
pub fn show_column(array: &ArrayRef, data_type: &DataType, zone: Zone) -> Result<Vec<String>> {
    let style = Style::show(zone);
    let column = Column::new(array, data_type, &style)?;
    let rows = (0..array.len()).map(|row| {
        let mut out = String::new();
        column.push_or_null(&mut out, row);
        out
    });
    Ok(rows.collect())
}

/// The text that `show()` prints for one value.
///
/// # Errors
/// If the array is not of the type.
pub fn show_text(array: &ArrayRef, row: usize, data_type: &DataType, zone: Zone) -> Result<String> {
    let mut texts = show_column(&array.slice(row, 1), data_type, zone)?;
    Ok(texts.pop().unwrap_or_default())
}

/// Each value as text; NULL stays NULL.
pub fn to_text(array: &ArrayRef, from: &DataType, style: &Style) -> Result<ArrayRef> {
    let column = Column::new(array, from, style)?;
    let mut out = String::with_capacity(array.len() * 8);
    let mut ends: Vec<i32> = Vec::with_capacity(array.len() + 1);
    ends.push(0);
    for row in 0..array.len() {
        if !array.is_null(row) {
            column.push(&mut out, row);
        }
        let end = i32::try_from(out.len());
        ends.push(end.map_err(|_| Error::internal("a column of more than 2 GiB of text"))?);
    }
    let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
    let texts = StringArray::try_new(ends, Buffer::from(out.into_bytes()), array.nulls().cloned());
    Ok(Arc::new(
        texts.map_err(|error| Error::internal(error.to_string()))?,
    ))
}

/// A column, ready to be printed.
struct Column<'a> {
    array: &'a dyn Array,
    style: &'a Style,
    values: Values<'a>,
}

enum Values<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Byte(&'a PrimitiveArray<Int8Type>),
    Short(&'a PrimitiveArray<Int16Type>),
    Int(&'a PrimitiveArray<Int32Type>),
    Long(&'a PrimitiveArray<Int64Type>),
    Float(&'a PrimitiveArray<Float32Type>),
    Double(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a PrimitiveArray<Decimal128Type>, i8),
    String(&'a StringArray),
    Binary(&'a BinaryArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>, Zone),
    Time(&'a PrimitiveArray<Time64MicrosecondType>),
    Calendar(&'a PrimitiveArray<IntervalMonthDayNanoType>),
    YearMonth(
        &'a PrimitiveArray<IntervalYearMonthType>,
        (IntervalUnit, IntervalUnit),
    ),
    DayTime(
        &'a PrimitiveArray<DurationMicrosecondType>,
        (IntervalUnit, IntervalUnit),
    ),
    List(&'a ListArray, Box<Column<'a>>),
    Map(&'a MapArray, Box<Column<'a>>, Box<Column<'a>>),
    Struct(Vec<Column<'a>>),
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array) -> Result<&PrimitiveArray<T>> {
    array.as_primitive_opt::<T>().ok_or_else(|| wrong(array))
}

fn wrong(array: &dyn Array) -> Error {
    Error::internal(format!(
        "{} where another type was promised",
        array.data_type()
    ))
}

impl<'a> Column<'a> {
    fn new(array: &'a dyn Array, data_type: &DataType, style: &'a Style) -> Result<Column<'a>> {
        let values = match data_type {
            DataType::Void => Values::Null,
            DataType::Boolean => {
                Values::Boolean(array.as_boolean_opt().ok_or_else(|| wrong(array))?)
            }
            DataType::Byte => Values::Byte(primitive(array)?),
            DataType::Short => Values::Short(primitive(array)?),
            DataType::Integer => Values::Int(primitive(array)?),
            DataType::Long => Values::Long(primitive(array)?),
            DataType::Float => Values::Float(primitive(array)?),
            DataType::Double => Values::Double(primitive(array)?),
            DataType::Decimal(_, scale) => Values::Decimal(primitive(array)?, *scale),
            DataType::String
            | DataType::CollatedString(_)
            | DataType::Char(_)
            | DataType::Varchar(_) => {
                Values::String(array.as_string_opt().ok_or_else(|| wrong(array))?)
            }
            DataType::Binary | DataType::Variant => {
                Values::Binary(array.as_binary_opt().ok_or_else(|| wrong(array))?)
            }
            DataType::Date => Values::Date(primitive(array)?),
            DataType::Timestamp | DataType::TimestampLtz => {
                Values::Timestamp(primitive(array)?, style.zone)
            }
            DataType::TimestampNtz => Values::Timestamp(primitive(array)?, Zone::UTC),
            DataType::Time(_) => Values::Time(primitive(array)?),
            DataType::CalendarInterval => Values::Calendar(primitive(array)?),
            DataType::YearMonthInterval(from, to) => {
                Values::YearMonth(primitive(array)?, (*from, *to))
            }
            DataType::DayTimeInterval(from, to) => Values::DayTime(primitive(array)?, (*from, *to)),
            DataType::Array(element) => {
                let list = array.as_list_opt::<i32>().ok_or_else(|| wrong(array))?;
                let elements = Column::new(list.values(), element, style)?;
                Values::List(list, Box::new(elements))
            }
            DataType::Map(key, value) => {
                let map = array.as_map_opt().ok_or_else(|| wrong(array))?;
                let keys = Column::new(map.keys(), key, style)?;
                let values = Column::new(map.values(), value, style)?;
                Values::Map(map, Box::new(keys), Box::new(values))
            }
            DataType::Struct(fields) => {
                let structs: &StructArray = array.as_struct_opt().ok_or_else(|| wrong(array))?;
                if structs.num_columns() != fields.len() {
                    return Err(wrong(array));
                }
                let columns = structs.columns().iter().zip(fields);
                let columns =
                    columns.map(|(column, field)| Column::new(column, &field.data_type, style));
                Values::Struct(columns.collect::<Result<_>>()?)
            }
        };
        Ok(Column {
            array,
            style,
            values,
        })
    }

    fn push_or_null(&self, out: &mut String, row: usize) {
        if self.array.is_null(row) || matches!(self.values, Values::Null) {
            out.push_str(self.style.null);
        } else {
            self.push(out, row);
        }
    }

    /// Appends the value of a row, which is not NULL.
    fn push(&self, out: &mut String, row: usize) {
        match &self.values {
            Values::Null => out.push_str(self.style.null),
            Values::Boolean(array) => out.push_str(if array.value(row) { "true" } else { "false" }),
            Values::Byte(array) => push_integer(out, array.value(row).into()),
            Values::Short(array) => push_integer(out, array.value(row).into()),
            Values::Int(array) => push_integer(out, array.value(row).into()),
            Values::Long(array) => push_integer(out, array.value(row)),
            Values::Float(array) => push_float(out, array.value(row)),
            Values::Double(array) => push_double(out, array.value(row)),
            Values::Decimal(array, scale) => {
                if self.style.is_decimal_plain {
                    push_plain_decimal(out, array.value(row), *scale);
                } else {
                    push_decimal(out, array.value(row), *scale);
                }
            }
            Values::String(array) => out.push_str(array.value(row)),
            Values::Binary(array) => {
                let bytes = array.value(row);
                if self.style.is_binary_hex {
                    push_hexadecimal(out, bytes);
                } else {
                    out.push_str(&String::from_utf8_lossy(bytes));
                }
            }
            Values::Date(array) => push_date(out, array.value(row).into()),
            Values::Timestamp(array, zone) => {
                push_timestamp(out, zone.to_local(array.value(row)));
            }
            Values::Time(array) => push_time(out, array.value(row)),
            Values::Calendar(array) => {
                let value = interval::Calendar::from_arrow(array.value(row));
                value.push(out);
            }
            Values::YearMonth(array, (from, to)) => {
                interval::push_year_month(out, array.value(row), *from, *to);
            }
            Values::DayTime(array, (from, to)) => {
                interval::push_day_time(out, array.value(row), *from, *to);
            }
            Values::List(list, elements) => {
                out.push('[');
                let offsets = list.value_offsets();
                for index in offsets[row]..offsets[row + 1] {
                    if index > offsets[row] {
                        out.push_str(", ");
                    }
                    elements.push_or_null(out, index as usize);
                }
                out.push(']');
            }
            Values::Map(map, keys, values) => {
                out.push('{');
                let offsets = map.value_offsets();
                for index in offsets[row]..offsets[row + 1] {
                    if index > offsets[row] {
                        out.push_str(", ");
                    }
                    keys.push_or_null(out, index as usize);
                    out.push_str(" -> ");
                    values.push_or_null(out, index as usize);
                }
                out.push('}');
            }
            Values::Struct(columns) => {
                out.push('{');
                for (index, column) in columns.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    column.push_or_null(out, row);
                }
                out.push('}');
            }
        }
    }
}

fn push_integer(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    push_number(out, number.unsigned_abs(), 1);
}

/// Appends bytes as `[31 AF]`.
fn push_hexadecimal(out: &mut String, bytes: &[u8]) {
    out.push('[');
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{byte:02X}");
    }
    out.push(']');
}
