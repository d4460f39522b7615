//! Dates, times and intervals.

pub(super) mod calendar;
pub(super) mod extract;
pub(super) mod fields;
pub(super) mod make;
pub(super) mod now;
pub(super) mod operators;
pub(super) mod parse;
pub(super) mod shift;
pub(super) mod truncate;
pub(super) mod unix;
pub(super) mod zones;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, PrimitiveBuilder, StringArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Date32Type, Int32Type, TimestampMicrosecondType,
};
use datafusion_common::ScalarValue;
use format::time::{Date, MICROS_PER_DAY, Zone};
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::typed::Typed;
use crate::types::{Accepts, TIMESTAMP, TIMESTAMP_NTZ};
use crate::udf::Arguments;

/// Timestamps with or without zone.
const ANY_TIMESTAMP: Accepts = Accepts::OneOf(&[TIMESTAMP, TIMESTAMP_NTZ]);

/// A value for each row.
struct Values<T: ArrowPrimitiveType>(PrimitiveArray<T>);

impl<T: ArrowPrimitiveType> Values<T> {
    /// The values of an argument.
    fn of(arguments: &Arguments<'_>, index: usize) -> Result<Values<T>> {
        let array = arguments.array(index)?;
        let values = array
            .as_primitive_opt::<T>()
            .ok_or_else(|| Error::internal(format!("argument {index} is {}", array.data_type())))?;
        Ok(Values(values.clone()))
    }

    fn get(&self, row: usize) -> Option<T::Native> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// The text of a row.
fn text_at(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

/// An array of the promised type with what `of` gives for each row.
fn collect<T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(usize) -> Result<Option<T::Native>>,
) -> Result<ArrayRef> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        builder.append_option(of(row)?);
    }
    let array = builder
        .finish()
        .with_data_type(arguments.return_type.clone());
    Ok(Arc::new(array))
}

/// Like [`collect`] with one argument; NULL gives NULL.
fn map<A: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    of: impl Fn(A::Native) -> Result<Option<T::Native>>,
) -> Result<ArrayRef> {
    let values = Values::<A>::of(arguments, 0)?;
    collect::<T>(arguments, |row| match values.get(row) {
        Some(value) => of(value),
        None => Ok(None),
    })
}

/// The zone that a timestamp of this type is shown in: the session's, or none.
fn zone_of(arguments: &Arguments<'_>, index: usize) -> Zone {
    match arguments.data_type(index) {
        ArrowType::Timestamp(_, None) => Zone::UTC,
        _ => arguments.settings.zone(),
    }
}

/// The local date and time of each row of a date or a timestamp, in microseconds.
fn locals(arguments: &Arguments<'_>, index: usize) -> Result<Values<TimestampMicrosecondType>> {
    let array = arguments.array(index)?;
    if let Some(dates) = array.as_primitive_opt::<Date32Type>() {
        return Ok(Values(
            dates.unary(|days| i64::from(days).saturating_mul(MICROS_PER_DAY)),
        ));
    }
    let zone = zone_of(arguments, index);
    let instants = Values::<TimestampMicrosecondType>::of(arguments, index)?;
    Ok(Values(instants.0.unary(|instant| zone.to_local(instant))))
}

/// The constant text of an argument for all rows, or the text of each row.
fn texts(arguments: &Arguments<'_>, index: usize) -> Result<StringArray> {
    arguments.strings(index)
}

/// The date that is so many months later; a day beyond the end of the month becomes the last one.
fn add_months(days: i64, months: i64) -> Option<i64> {
    let date = Date::from_days(days);
    let total = date
        .year
        .checked_mul(12)?
        .checked_add(i64::from(date.month) - 1 + months)?;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
    let day = date.day.min(last_of_month(year, month));
    Some(Date { year, month, day }.to_days())
}

/// The number of days of a month.
fn last_of_month(year: i64, month: u32) -> u32 {
    let days = (28..=31)
        .rev()
        .find(|day| Date::new(year, month, *day).is_some());
    days.unwrap_or(28)
}

/// `DATETIME_FIELD_OUT_OF_BOUNDS`.
fn out_of_bounds(message: &str) -> Error {
    Error::data(
        "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
        format!(
            "{message}. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error."
        ),
    )
}

/// The zone of this name.
fn zone(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| {
        Error::data(
            "INVALID_TIMEZONE",
            format!(
                "The timezone: {name} is invalid. The timezone must be either a region-based zone ID or a zone offset. Region \
                 IDs must have the form 'area/city', such as 'America/Los_Angeles'. Zone offsets must be in the format \
                 '(+|-)HH', '(+|-)HH:mm' or '(+|-)HH:mm:ss', e.g '-08' , '+01:00' or '-13:33:33', and must be in the range \
                 from -18:00 to +18:00. 'Z' and 'UTC' are accepted as synonyms for '+00:00'."
            ),
        )
    })
}

/// Refuses a `TIME`, as Spark does unless it is switched on.
fn refuse_time(call: &Call<'_>) -> Result<()> {
    let has_time = call
        .arguments
        .iter()
        .any(|a| matches!(a.data_type, DataType::Time(_)));
    if has_time {
        return Err(unsupported_time());
    }
    Ok(())
}

fn unsupported_time() -> Error {
    Error::analysis(
        "UNSUPPORTED_TIME_TYPE",
        "The data type TIME is not supported.",
    )
}

/// A timestamp with the session's zone as a constant.
fn timestamp_constant(instant: i64, name: &str) -> Typed {
    let zone = Some(format::schema::TIMESTAMP_ZONE.into());
    let value = ScalarValue::TimestampMicrosecond(Some(instant), zone);
    Typed::constant(value, DataType::Timestamp, name)
}

/// The constant of an `INT` argument in every row, or its value in each row.
fn ints(arguments: &Arguments<'_>, index: usize) -> Result<Values<Int32Type>> {
    Values::of(arguments, index)
}
