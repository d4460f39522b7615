//! Arithmetic of days and months: `date_add`, `datediff`, `add_months`, `last_day`, `next_day`, ..

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int32Type, TimestampMicrosecondType,
};
use datafusion_common::ScalarValue;
use format::time::{Date, MICROS_PER_DAY, MICROS_PER_SECOND};
use sql::DataType;

use super::{Values, add_months, collect, ints, last_of_month, map, text_at, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, BOOLEAN, DATE, INT, STRING, TIMESTAMP};
use crate::udf::Arguments;

const SMALL: Accepts = Accepts::OneOf(&[
    INT,
    Accepts::Type(&DataType::Short),
    Accepts::Type(&DataType::Byte),
]);

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "date_add",
        Group::Date,
        (2, 3),
        "date_add(start_date, num_days) - Returns the date that is `num_days` after `start_date`.",
        |call| days(call, "date_add"),
        Kernel::Scalar(|arguments| shift_days(arguments, 1)),
    ),
    Function::scalar(
        "dateadd",
        Group::Date,
        (2, 3),
        "dateadd(start_date, num_days) - Returns the date that is `num_days` after `start_date`.",
        |call| days(call, "date_add"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "date_sub",
        Group::Date,
        (2, 2),
        "date_sub(start_date, num_days) - Returns the date that is `num_days` before `start_date`.",
        |call| call.accept(&[DATE, SMALL])?.invoke(DataType::Date),
        Kernel::Scalar(|arguments| shift_days(arguments, -1)),
    ),
    Function::scalar(
        "datediff",
        Group::Date,
        (2, 3),
        "datediff(endDate, startDate) - Returns the number of days from `startDate` to `endDate`.",
        difference,
        Kernel::Scalar(difference_of_days),
    ),
    Function::scalar(
        "date_diff",
        Group::Date,
        (2, 3),
        "date_diff(endDate, startDate) - Returns the number of days from `startDate` to `endDate`.",
        difference,
        Kernel::Scalar(difference_of_days),
    ),
    Function::scalar(
        "add_months",
        Group::Date,
        (2, 2),
        "add_months(start_date, num_months) - Returns the date that is `num_months` after `start_date`.",
        |call| call.accept(&[DATE, INT])?.invoke(DataType::Date),
        Kernel::Scalar(|arguments| {
            let (dates, months) = (Values::<Date32Type>::of(arguments, 0)?, ints(arguments, 1)?);
            collect::<Date32Type>(arguments, |row| {
                let (Some(date), Some(months)) = (dates.get(row), months.get(row)) else {
                    return Ok(None);
                };
                date_of(add_months(date.into(), months.into()))
            })
        }),
    ),
    Function::scalar(
        "months_between",
        Group::Date,
        (2, 3),
        "months_between(timestamp1, timestamp2[, roundOff]) - Returns the months from `timestamp2` to `timestamp1`.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::boolean(true));
            }
            call.accept(&[TIMESTAMP, TIMESTAMP, BOOLEAN])?
                .invoke(DataType::Double)
        },
        Kernel::Scalar(months_between),
    ),
    Function::scalar(
        "last_day",
        Group::Date,
        (1, 1),
        "last_day(date) - Returns the last day of the month of `date`.",
        |call| call.accept(&[DATE])?.invoke(DataType::Date),
        Kernel::Scalar(|arguments| {
            map::<Date32Type, Date32Type>(arguments, |days| {
                let date = Date::from_days(days.into());
                let day = last_of_month(date.year, date.month);
                // Days are added as in Java, which wraps.
                Ok(Some(Date { day, ..date }.to_days() as i32))
            })
        }),
    ),
    Function::scalar(
        "next_day",
        Group::Date,
        (2, 2),
        "next_day(start_date, day_of_week) - Returns the first date after `start_date` that is this day of the week.",
        |call| {
            let call = call.accept(&[DATE, STRING])?;
            let nullable = call.any_nullable() || !call.settings.ansi;
            call.invoke_nullable(DataType::Date, nullable)
        },
        Kernel::Scalar(next_day),
    ),
];

/// `date_add(date, days)`, or `date_add(unit, count, timestamp)`.
fn days(call: Call<'_>, name: &'static str) -> Result<Typed> {
    if call.arguments.len() == 3 {
        return call.replace_unit("timestampadd");
    }
    if call.function.name != name {
        let arguments = call.arguments.clone();
        return call.call(name, arguments);
    }
    call.accept(&[DATE, SMALL])?.invoke(DataType::Date)
}

fn difference(call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 3 {
        return call.replace_unit("timestampdiff");
    }
    call.accept(&[DATE, DATE])?.invoke(DataType::Integer)
}

impl Call<'_> {
    /// The same call of a function whose first argument is a unit.
    fn replace_unit(self, name: &str) -> Result<Typed> {
        let arguments = self.arguments.clone();
        self.call(name, arguments)
    }
}

/// A date, if its days fit.
pub(super) fn date_of(days: Option<i64>) -> Result<Option<i32>> {
    let days = days.and_then(|days| i32::try_from(days).ok());
    days.map(Some)
        .ok_or_else(crate::family::arithmetic::overflow)
}

fn shift_days(arguments: &Arguments<'_>, sign: i32) -> Result<ArrayRef> {
    let dates = Values::<Date32Type>::of(arguments, 0)?;
    let counts = arrow_cast(&arguments.array(1)?, &ArrowType::Int32)?;
    let counts = arrow::array::AsArray::as_primitive::<Int32Type>(&counts);
    collect::<Date32Type>(arguments, |row| {
        let Some(date) = dates.get(row).filter(|_| counts.is_valid(row)) else {
            return Ok(None);
        };
        Ok(Some(
            date.wrapping_add(counts.value(row).wrapping_mul(sign)),
        ))
    })
}

fn difference_of_days(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (ends, starts) = (
        Values::<Date32Type>::of(arguments, 0)?,
        Values::<Date32Type>::of(arguments, 1)?,
    );
    collect::<Int32Type>(arguments, |row| {
        let pair = ends.get(row).zip(starts.get(row));
        Ok(pair.map(|(end, start)| end.wrapping_sub(start)))
    })
}

fn months_between(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    type Instants = Values<TimestampMicrosecondType>;
    let (ends, starts) = (Instants::of(arguments, 0)?, Instants::of(arguments, 1)?);
    let zone = arguments.settings.zone();
    let rounds = arguments.array(2)?;
    let rounds = arrow::array::AsArray::as_boolean(&rounds);
    collect::<Float64Type>(arguments, |row| {
        let (Some(end), Some(start)) = (ends.get(row), starts.get(row)) else {
            return Ok(None);
        };
        if rounds.is_null(row) {
            return Ok(None);
        }
        // The day, and the seconds since it began: a day with a change of the clock is longer or shorter.
        let part = |instant: i64| {
            let days = zone.to_local(instant).div_euclid(MICROS_PER_DAY);
            let midnight = zone.to_instant(days * MICROS_PER_DAY);
            let seconds = (instant - midnight) / MICROS_PER_SECOND;
            (Date::from_days(days), seconds)
        };
        let ((end, end_seconds), (start, start_seconds)) = (part(end), part(start));
        let is_last = |date: Date| date.day == last_of_month(date.year, date.month);
        let months = (end.year - start.year) * 12 + i64::from(end.month) - i64::from(start.month);
        if end.day == start.day || (is_last(end) && is_last(start)) {
            return Ok(Some(months as f64));
        }
        // Whole seconds of a month of 31 days.
        let days = i64::from(end.day) - i64::from(start.day);
        let seconds = days * 86_400 + end_seconds - start_seconds;
        let value = months as f64 + seconds as f64 / (31 * 86_400) as f64;
        if !rounds.value(row) {
            return Ok(Some(value));
        }
        Ok(Some((value * 1e8).round() / 1e8))
    })
}

/// 0 for Monday, by a name or its beginning.
fn weekday_of_name(name: &str) -> Option<i64> {
    Some(match name.to_uppercase().as_str() {
        "MO" | "MON" | "MONDAY" => 0,
        "TU" | "TUE" | "TUESDAY" => 1,
        "WE" | "WED" | "WEDNESDAY" => 2,
        "TH" | "THU" | "THURSDAY" => 3,
        "FR" | "FRI" | "FRIDAY" => 4,
        "SA" | "SAT" | "SATURDAY" => 5,
        "SU" | "SUN" | "SUNDAY" => 6,
        _ => return None,
    })
}

fn next_day(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (dates, names) = (
        Values::<Date32Type>::of(arguments, 0)?,
        texts(arguments, 1)?,
    );
    let constant = match arguments.scalar(1) {
        Some(ScalarValue::Utf8(Some(name))) => weekday_of_name(name),
        _ => None,
    };
    collect::<Date32Type>(arguments, |row| {
        let (Some(days), Some(name)) = (dates.get(row), text_at(&names, row)) else {
            return Ok(None);
        };
        let Some(weekday) = constant.or_else(|| weekday_of_name(name)) else {
            if !arguments.settings.ansi {
                return Ok(None);
            }
            return Err(Error::data(
                "ILLEGAL_DAY_OF_WEEK",
                format!("Illegal input for day of week: {name}."),
            ));
        };
        let days = i64::from(days);
        // 1970-01-01 was a Thursday.
        let ahead = (weekday - (days + 3)).rem_euclid(7);
        // Days are added as in Java, which wraps.
        let next = days + if ahead == 0 { 7 } else { ahead };
        Ok(Some(next as i32))
    })
}
