//! `trunc`, `date_trunc` and `time_bucket`: the beginning of the unit that a value lies in.

use arrow::array::ArrayRef;
use arrow::datatypes::{
    Date32Type, DurationMicrosecondType, IntervalYearMonthType, TimestampMicrosecondType,
};
use datafusion_common::ScalarValue;
use format::time::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Zone};
use sql::DataType;

use super::fields::{first_of_year, monday_first};
use super::{
    ANY_TIMESTAMP, Values, add_months, collect, text_at, texts, timestamp_constant, zone_of,
};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, DATE, STRING, TIMESTAMP};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "trunc",
        Group::Date,
        (2, 2),
        "trunc(date, fmt) - Returns `date` cut to the unit `fmt`: YEAR, QUARTER, MONTH or WEEK.",
        |call| {
            call.accept(&[DATE, STRING])?
                .invoke_nullable(DataType::Date, true)
        },
        Kernel::Scalar(trunc),
    ),
    Function::scalar(
        "date_trunc",
        Group::Date,
        (2, 2),
        "date_trunc(fmt, ts) - Returns `ts` cut to the unit `fmt`, YEAR to MICROSECOND.",
        |call| {
            call.accept(&[STRING, TIMESTAMP])?
                .invoke_nullable(DataType::Timestamp, true)
        },
        Kernel::Scalar(date_trunc),
    ),
    Function::scalar(
        "time_bucket",
        Group::Date,
        (2, 3),
        "time_bucket(bucketWidth, ts[, origin]) - Returns the start of the bucket of this width that `ts` lies in.",
        time_bucket,
        Kernel::Scalar(bucket),
    ),
];

/// A unit to cut to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name.to_uppercase().as_str() {
        "MICROSECOND" => Unit::Microsecond,
        "MILLISECOND" => Unit::Millisecond,
        "SECOND" => Unit::Second,
        "MINUTE" => Unit::Minute,
        "HOUR" => Unit::Hour,
        "DAY" | "DD" => Unit::Day,
        "WEEK" => Unit::Week,
        "MON" | "MONTH" | "MM" => Unit::Month,
        "QUARTER" => Unit::Quarter,
        "YEAR" | "YYYY" | "YY" => Unit::Year,
        _ => return None,
    })
}

/// The units of an argument: one for all rows if it is a constant.
struct Units {
    constant: Option<Option<Unit>>,
    names: arrow::array::StringArray,
}

impl Units {
    fn of(arguments: &Arguments<'_>, index: usize) -> Result<Units> {
        let constant = match arguments.scalar(index) {
            Some(ScalarValue::Utf8(Some(name))) => Some(unit(name)),
            _ => None,
        };
        let names = texts(arguments, index)?;
        Ok(Units { constant, names })
    }

    fn get(&self, row: usize) -> Option<Unit> {
        match self.constant {
            Some(constant) => constant,
            None => text_at(&self.names, row).and_then(unit),
        }
    }
}

fn trunc(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (dates, units) = (
        Values::<Date32Type>::of(arguments, 0)?,
        Units::of(arguments, 1)?,
    );
    collect::<Date32Type>(arguments, |row| {
        let unit = units.get(row).filter(|unit| *unit >= Unit::Week);
        let Some((days, unit)) = dates.get(row).zip(unit) else {
            return Ok(None);
        };
        Ok(i32::try_from(cut_days(days.into(), unit)).ok())
    })
}

/// The first day of the unit; units below a day are a day.
fn cut_days(days: i64, unit: Unit) -> i64 {
    let date = Date::from_days(days);
    let first = |month: u32| {
        let first = Date {
            month,
            day: 1,
            ..date
        };
        first.to_days()
    };
    match unit {
        Unit::Year => first_of_year(date.year),
        Unit::Quarter => first((date.month - 1) / 3 * 3 + 1),
        Unit::Month => first(date.month),
        Unit::Week => days - i64::from(monday_first(days)),
        _ => days,
    }
}

fn date_trunc(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (units, values) = (
        Units::of(arguments, 0)?,
        Values::<TimestampMicrosecondType>::of(arguments, 1)?,
    );
    let zone = arguments.settings.zone();
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let pair = values.get(row).zip(units.get(row));
        Ok(pair.map(|(instant, unit)| cut(instant, unit, zone)))
    })
}

fn cut(instant: i64, unit: Unit, zone: Zone) -> i64 {
    let length = match unit {
        Unit::Microsecond => return instant,
        Unit::Millisecond => 1000,
        Unit::Second => MICROS_PER_SECOND,
        Unit::Minute => 60 * MICROS_PER_SECOND,
        Unit::Hour => 3600 * MICROS_PER_SECOND,
        _ => {
            let days = zone.to_local(instant).div_euclid(MICROS_PER_DAY);
            return zone.to_instant(cut_days(days, unit).saturating_mul(MICROS_PER_DAY));
        }
    };
    // An offset of a zone is kept, so that an hour that comes twice stays what it is.
    let offset = i64::from(zone.offset_at(instant)) * MICROS_PER_SECOND;
    let local = instant.saturating_add(offset);
    instant.saturating_sub(local.rem_euclid(length))
}

fn time_bucket(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        let origin = match call.type_of(1) {
            DataType::TimestampNtz => {
                let value = ScalarValue::TimestampMicrosecond(Some(0), None);
                let name = "TIMESTAMP_NTZ '1970-01-01 00:00:00'";
                Typed::constant(value, DataType::TimestampNtz, name)
            }
            _ => timestamp_constant(0, "TIMESTAMP '1970-01-01 00:00:00'"),
        };
        call.arguments.push(origin);
    }
    let call = call.accept(&[Accepts::AnsiInterval, ANY_TIMESTAMP, ANY_TIMESTAMP])?;
    let to = call.type_of(1).clone();
    let mut call = call;
    call.cast_argument(2, &to)?;
    call.invoke(to)
}

fn bucket(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let zone = zone_of(arguments, 1);
    let values = Values::<TimestampMicrosecondType>::of(arguments, 1)?;
    let origins = Values::<TimestampMicrosecondType>::of(arguments, 2)?;
    let invalid = || {
        Error::data(
            "INVALID_PARAMETER_VALUE.TIME_BUCKET_WIDTH",
            "The value of parameter(s) `bucketWidth` in `time_bucket` is invalid: the width must be positive.",
        )
    };
    let overflow = super::unix::overflow;
    if let arrow::datatypes::DataType::Duration(_) = arguments.data_type(0) {
        let widths = Values::<DurationMicrosecondType>::of(arguments, 0)?;
        return collect::<TimestampMicrosecondType>(arguments, |row| {
            let (Some(width), Some(value), Some(origin)) =
                (widths.get(row), values.get(row), origins.get(row))
            else {
                return Ok(None);
            };
            if width <= 0 {
                return Err(invalid());
            }
            if width % MICROS_PER_DAY == 0 {
                // Whole days are days of the calendar.
                let (local, start) = (zone.to_local(value), zone.to_local(origin));
                let since = local.checked_sub(start).ok_or_else(overflow)?;
                let bucket = local - since.rem_euclid(width);
                return Ok(Some(zone.to_instant(bucket)));
            }
            let since = value.checked_sub(origin).ok_or_else(overflow)?;
            Ok(Some(value - since.rem_euclid(width)))
        });
    }
    let widths = Values::<IntervalYearMonthType>::of(arguments, 0)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let (Some(width), Some(value), Some(origin)) =
            (widths.get(row), values.get(row), origins.get(row))
        else {
            return Ok(None);
        };
        if width <= 0 {
            return Err(invalid());
        }
        let (local, start) = (zone.to_local(value), zone.to_local(origin));
        let (day, start_day) = (
            local.div_euclid(MICROS_PER_DAY),
            start.div_euclid(MICROS_PER_DAY),
        );
        let (date, first) = (Date::from_days(day), Date::from_days(start_day));
        let months = (date.year - first.year) * 12 + i64::from(date.month) - i64::from(first.month);
        let width = i64::from(width);
        let begin = |months: i64| -> Option<i64> {
            let days = add_months(start_day, months)?;
            days.checked_mul(MICROS_PER_DAY)?
                .checked_add(start.rem_euclid(MICROS_PER_DAY))
        };
        let mut count = months.div_euclid(width) * width;
        if begin(count).ok_or_else(overflow)? > local {
            count -= width;
        }
        let bucket = begin(count).ok_or_else(overflow)?;
        Ok(Some(zone.to_instant(bucket)))
    })
}
