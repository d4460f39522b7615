//! Seconds, milliseconds, microseconds and days since 1970.

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use format::time::MICROS_PER_SECOND;
use sql::DataType;

use super::{ANY_TIMESTAMP, Values, collect, map};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::types::{Accepts, DATE, INT, is_floating, is_numeric};
use crate::udf::Arguments;

const fn to_instant(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    let resolve = |call: Call<'_>| {
        call.accept(&[Accepts::Integral])?
            .invoke(DataType::Timestamp)
    };
    Function::of_one(name, Group::Date, usage, resolve, kernel)
}

const fn from_instant(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    // No implicit cast here, unlike in other functions.
    let resolve = |call: Call<'_>| {
        if !ANY_TIMESTAMP.accepts(call.type_of(0)) && *call.type_of(0) != DataType::Void {
            return Err(call.unexpected_type(0, "\"(TIMESTAMP_NTZ OR TIMESTAMP)\""));
        }
        call.accept(&[ANY_TIMESTAMP])?.invoke(DataType::Long)
    };
    Function::of_one(name, Group::Date, usage, resolve, kernel)
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "timestamp_seconds",
        Group::Date,
        (1, 1),
        "timestamp_seconds(seconds) - Returns the timestamp that is `seconds` after 1970-01-01 00:00:00 UTC.",
        |call| {
            if !is_numeric(call.type_of(0)) && *call.type_of(0) != DataType::Void {
                return Err(call.unexpected_type(0, "\"NUMERIC\""));
            }
            let call = call.accept(&[Accepts::Numeric])?;
            let nullable = call.any_nullable() || is_floating(call.type_of(0));
            call.invoke_nullable(DataType::Timestamp, nullable)
        },
        Kernel::Scalar(timestamp_seconds),
    ),
    to_instant(
        "timestamp_millis",
        "timestamp_millis(milliseconds) - Returns the timestamp that is so many milliseconds after 1970-01-01 00:00:00 UTC.",
        |arguments| instants(arguments, 1000),
    ),
    to_instant(
        "timestamp_micros",
        "timestamp_micros(microseconds) - Returns the timestamp that is so many microseconds after 1970-01-01 00:00:00 UTC.",
        |arguments| instants(arguments, 1),
    ),
    from_instant(
        "unix_seconds",
        "unix_seconds(timestamp) - Returns the seconds since 1970-01-01 00:00:00 UTC, rounded down.",
        |arguments| since(arguments, MICROS_PER_SECOND),
    ),
    from_instant(
        "unix_millis",
        "unix_millis(timestamp) - Returns the milliseconds since 1970-01-01 00:00:00 UTC, rounded down.",
        |arguments| since(arguments, 1000),
    ),
    from_instant(
        "unix_micros",
        "unix_micros(timestamp) - Returns the microseconds since 1970-01-01 00:00:00 UTC.",
        |arguments| since(arguments, 1),
    ),
    Function::scalar(
        "unix_date",
        Group::Date,
        (1, 1),
        "unix_date(date) - Returns the days since 1970-01-01.",
        |call| {
            if !matches!(call.type_of(0), DataType::Date | DataType::Void) {
                return Err(call.unexpected_type(0, "\"DATE\""));
            }
            call.accept(&[DATE])?.invoke(DataType::Integer)
        },
        Kernel::Scalar(|arguments| map::<Date32Type, Int32Type>(arguments, |days| Ok(Some(days)))),
    ),
    Function::scalar(
        "date_from_unix_date",
        Group::Date,
        (1, 1),
        "date_from_unix_date(days) - Returns the date that is so many days after 1970-01-01.",
        |call| call.accept(&[INT])?.invoke(DataType::Date),
        Kernel::Scalar(|arguments| map::<Int32Type, Date32Type>(arguments, |days| Ok(Some(days)))),
    ),
];

pub(super) fn overflow() -> Error {
    Error::data(
        "DATETIME_OVERFLOW",
        "Datetime operation overflow: long overflow.",
    )
}

fn instants(arguments: &Arguments<'_>, unit: i64) -> Result<ArrayRef> {
    let values = arrow_cast(&arguments.array(0)?, &ArrowType::Int64)?;
    let values = arrow::array::AsArray::as_primitive::<Int64Type>(&values);
    collect::<TimestampMicrosecondType>(arguments, |row| {
        if values.is_null(row) {
            return Ok(None);
        }
        values
            .value(row)
            .checked_mul(unit)
            .map(Some)
            .ok_or_else(overflow)
    })
}

fn since(arguments: &Arguments<'_>, unit: i64) -> Result<ArrayRef> {
    map::<TimestampMicrosecondType, Int64Type>(arguments, |instant| {
        Ok(Some(instant.div_euclid(unit)))
    })
}

fn timestamp_seconds(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    match arguments.data_type(0) {
        ArrowType::Decimal128(_, scale) => {
            let values = Values::<Decimal128Type>::of(arguments, 0)?;
            collect::<TimestampMicrosecondType>(arguments, |row| {
                let Some(value) = values.get(row) else {
                    return Ok(None);
                };
                let unit = 10i128.pow(scale.clamp(0, 38).unsigned_abs().into());
                let product = value.checked_mul(i128::from(MICROS_PER_SECOND));
                let product = product.ok_or_else(overflow)?;
                if product % unit != 0 {
                    return Err(Error::data(
                        "_LEGACY_ERROR_TEMP_2042",
                        "Rounding necessary.",
                    ));
                }
                i64::try_from(product / unit)
                    .map(Some)
                    .map_err(|_| overflow())
            })
        }
        ArrowType::Float32 | ArrowType::Float64 => {
            let values = arrow_cast(&arguments.array(0)?, &ArrowType::Float64)?;
            let values = arrow::array::AsArray::as_primitive::<Float64Type>(&values);
            collect::<TimestampMicrosecondType>(arguments, |row| {
                let value = values.is_valid(row).then(|| values.value(row));
                let value = value.filter(|value| value.is_finite());
                Ok(value.map(|value| (value * MICROS_PER_SECOND as f64) as i64))
            })
        }
        _ => instants(arguments, MICROS_PER_SECOND),
    }
}
