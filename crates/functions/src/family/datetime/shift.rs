//! `timestampadd` and `timestampdiff`: a number of units later, and the number of units between.

use arrow::array::ArrayRef;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion_common::ScalarValue;
use format::time::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Zone};
use sql::DataType;

use super::{ANY_TIMESTAMP, Values, add_months, collect, locals, zone_of};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::types::{LONG, STRING, TIMESTAMP};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "timestampadd",
        Group::Date,
        (3, 3),
        "timestampadd(unit, count, timestamp) - Returns the timestamp that is `count` units later.",
        |call| {
            let call = check(call, |call| call.accept(&[STRING, LONG, ANY_TIMESTAMP]))?;
            let to = call.type_of(2).clone();
            call.invoke(to)
        },
        Kernel::Scalar(add),
    ),
    Function::scalar(
        "timestampdiff",
        Group::Date,
        (3, 3),
        "timestampdiff(unit, start, end) - Returns the number of whole units from `start` to `end`.",
        |call| {
            let call = check(call, |call| call.accept(&[STRING, TIMESTAMP, TIMESTAMP]))?;
            call.invoke(DataType::Long)
        },
        Kernel::Scalar(difference),
    ),
];

/// A unit of a calendar or of a clock.
#[derive(Clone, Copy)]
enum Unit {
    Months(i64),
    Days(i64),
    Micros(i64),
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name.to_uppercase().as_str() {
        "YEAR" => Unit::Months(12),
        "QUARTER" => Unit::Months(3),
        "MONTH" => Unit::Months(1),
        "WEEK" => Unit::Days(7),
        "DAY" | "DAYOFYEAR" => Unit::Days(1),
        "HOUR" => Unit::Micros(3600 * MICROS_PER_SECOND),
        "MINUTE" => Unit::Micros(60 * MICROS_PER_SECOND),
        "SECOND" => Unit::Micros(MICROS_PER_SECOND),
        "MILLISECOND" => Unit::Micros(1000),
        "MICROSECOND" => Unit::Micros(1),
        _ => return None,
    })
}

/// Refuses a unit that there is none of.
fn check<'a>(call: Call<'a>, accept: impl Fn(Call<'a>) -> Result<Call<'a>>) -> Result<Call<'a>> {
    let name = call.constant_string(0)?.unwrap_or_default();
    if unit(&name).is_none() {
        return Err(Error::analysis(
            "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
            format!(
                "The value of parameter(s) `unit` in `{}` is invalid: expects one of the units without quotes YEAR, QUARTER, \
                 MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, but got the string literal \
                 '{name}'.",
                call.function.name
            ),
        ));
    }
    accept(call)
}

fn constant_unit(arguments: &Arguments<'_>) -> Result<(Unit, String)> {
    match arguments.scalar(0) {
        Some(ScalarValue::Utf8(Some(name))) => match unit(name) {
            Some(unit) => Ok((unit, name.to_uppercase())),
            None => Err(Error::internal("a unit that was not checked")),
        },
        _ => Err(Error::internal("the unit is no constant")),
    }
}

fn add(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (unit, name) = constant_unit(arguments)?;
    let counts = Values::<Int64Type>::of(arguments, 1)?;
    let values = Values::<TimestampMicrosecondType>::of(arguments, 2)?;
    let zone = zone_of(arguments, 2);
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let Some((count, value)) = counts.get(row).zip(values.get(row)) else {
            return Ok(None);
        };
        let shifted = match unit {
            Unit::Micros(length) => count
                .checked_mul(length)
                .and_then(|by| value.checked_add(by)),
            Unit::Days(days) => count
                .checked_mul(days)
                .and_then(|days| add_days(value, days, zone)),
            Unit::Months(months) => count
                .checked_mul(months)
                .and_then(|months| add_calendar(value, months, 0, 0, zone)),
        };
        shifted.map(Some).ok_or_else(|| {
            Error::data(
                "DATETIME_OVERFLOW",
                format!("Datetime operation overflow: add {count} {name} to the timestamp."),
            )
        })
    })
}

/// The instant with the same time of day so many days later.
fn add_days(instant: i64, days: i64, zone: Zone) -> Option<i64> {
    let local = zone
        .to_local(instant)
        .checked_add(days.checked_mul(MICROS_PER_DAY)?)?;
    Some(zone.to_instant(local))
}

/// The instant with the same time of day so many months and days later, and then so many microseconds later.
pub(super) fn add_calendar(
    instant: i64,
    months: i64,
    days: i64,
    micros: i64,
    zone: Zone,
) -> Option<i64> {
    let mut instant = instant;
    if months != 0 || days != 0 {
        let local = zone.to_local(instant);
        let day = add_months(local.div_euclid(MICROS_PER_DAY), months)?.checked_add(days)?;
        let local = day
            .checked_mul(MICROS_PER_DAY)?
            .checked_add(local.rem_euclid(MICROS_PER_DAY))?;
        instant = zone.to_instant(local);
    }
    instant.checked_add(micros)
}

fn difference(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (unit, _) = constant_unit(arguments)?;
    let (starts, ends) = (locals(arguments, 1)?, locals(arguments, 2)?);
    collect::<Int64Type>(arguments, |row| {
        let Some((start, end)) = starts.get(row).zip(ends.get(row)) else {
            return Ok(None);
        };
        let length = match unit {
            Unit::Micros(length) => length,
            Unit::Days(days) => days * MICROS_PER_DAY,
            Unit::Months(length) => return Ok(Some(months_between(start, end) / length)),
        };
        let units = (i128::from(end) - i128::from(start)) / i128::from(length);
        let units = i64::try_from(units).map_err(|_| super::unix::overflow())?;
        Ok(Some(units))
    })
}

/// Whole months between local times.
fn months_between(start: i64, end: i64) -> i64 {
    let part = |local: i64| {
        let date = Date::from_days(local.div_euclid(MICROS_PER_DAY));
        let months = date.year * 12 + i64::from(date.month);
        (months, (date.day, local.rem_euclid(MICROS_PER_DAY)))
    };
    let ((start_month, start_rest), (end_month, end_rest)) = (part(start), part(end));
    let months = end_month - start_month;
    if months > 0 && end_rest < start_rest {
        months - 1
    } else if months < 0 && end_rest > start_rest {
        months + 1
    } else {
        months
    }
}
