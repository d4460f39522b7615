//! `-a` and `+a`.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType as ArrowType, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit,
};
use sql::DataType;

use crate::call::Call;
use crate::columns::{Flagged, map_flagged};
use crate::error::{Error, Result};
use crate::typed::Typed;
use crate::types::{Accepts, is_string};
use crate::udf::Arguments;

const NUMBER_OR_INTERVAL: Accepts = Accepts::OneOf(&[
    Accepts::Numeric,
    Accepts::DayTime,
    Accepts::YearMonth,
    Accepts::Type(&DataType::CalendarInterval),
]);

fn number_or_interval(call: Call<'_>) -> Result<Call<'_>> {
    if is_string(call.type_of(0)) {
        let mut call = call;
        call.cast_argument(0, &DataType::Double)?;
        return Ok(call);
    }
    call.accept(&[NUMBER_OR_INTERVAL])
}

/// Resolves `+a`: the value as it is.
pub(super) fn positive(call: Call<'_>) -> Result<Typed> {
    let text = call.text();
    let call = number_or_interval(call)?;
    Ok(call.arguments[0].clone().named(text))
}

/// Resolves `-a`.
pub(super) fn negative(call: Call<'_>) -> Result<Typed> {
    let call = number_or_interval(call)?;
    let data_type = call.type_of(0).clone();
    let mut call = call;
    // Spark shows no place for an overflow here.
    call.place = None;
    call.invoke(data_type)
}

/// `-a`.
pub(super) fn negate(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ansi = arguments.settings.ansi;
    Ok(match arguments.data_type(0) {
        ArrowType::Int8 => negated::<Int8Type>(arguments, ansi, overflow)?,
        ArrowType::Int16 => negated::<Int16Type>(arguments, ansi, overflow)?,
        ArrowType::Int32 => negated::<Int32Type>(arguments, ansi, overflow)?,
        ArrowType::Int64 => negated::<Int64Type>(arguments, ansi, overflow)?,
        ArrowType::Float32 => floating::<Float32Type>(arguments)?,
        ArrowType::Float64 => floating::<Float64Type>(arguments)?,
        ArrowType::Decimal128(..) => negated::<Decimal128Type>(arguments, ansi, overflow)?,
        ArrowType::Duration(TimeUnit::Microsecond) => {
            negated::<DurationMicrosecondType>(arguments, true, overflow)?
        }
        ArrowType::Interval(IntervalUnit::YearMonth) => {
            negated::<IntervalYearMonthType>(arguments, true, overflow)?
        }
        ArrowType::Interval(IntervalUnit::MonthDayNano) => {
            negated::<IntervalMonthDayNanoType>(arguments, ansi, interval_overflow)?
        }
        other => return Err(Error::internal(format!("the negative of {other}"))),
    })
}

fn negated<T: ArrowPrimitiveType<Native: ArrowNativeTypeOp>>(
    arguments: &Arguments<'_>,
    is_checked: bool,
    error: fn() -> Error,
) -> Result<ArrayRef> {
    let result: PrimitiveArray<T> = map_flagged::<T, T>(
        arguments,
        |a| (a.neg_wrapping(), a.neg_checked().is_err()),
        Flagged(|_, wrapped| match is_checked {
            true => Err(error()),
            false => Ok(Some(wrapped)),
        }),
    )?;
    Ok(Arc::new(
        result.with_data_type(arguments.return_type.clone()),
    ))
}

fn floating<T: ArrowPrimitiveType<Native: ArrowNativeTypeOp>>(
    arguments: &Arguments<'_>,
) -> Result<ArrayRef> {
    let result: PrimitiveArray<T> = map_flagged::<T, T>(
        arguments,
        |a| (a.neg_wrapping(), false),
        Flagged(|_, v| Ok(Some(v))),
    )?;
    Ok(Arc::new(result))
}

/// `ARITHMETIC_OVERFLOW` without a function to suggest.
pub(in crate::family) fn overflow() -> Error {
    Error::data(
        "ARITHMETIC_OVERFLOW",
        "overflow. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
    )
}

fn interval_overflow() -> Error {
    Error::data(
        "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
        "Integer overflow while operating with intervals. Try devising appropriate values for the interval parameters.",
    )
}
