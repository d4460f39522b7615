//! Dates, timestamps and intervals of their parts.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Int32Type, IntervalMonthDayNanoType,
    IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion_common::ScalarValue;
use format::time::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Zone};
use sql::DataType;

use super::{Values, collect, ints, out_of_bounds, text_at, texts, unsupported_time, zone};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, DATE, DAY_TIME, INT, STRING, YEAR_MONTH};
use crate::udf::Arguments;
use values::interval::{self, Calendar};

const SECONDS: Accepts = Accepts::Type(&DataType::Decimal(16, 6));
const INTERVAL_SECONDS: Accepts = Accepts::Type(&DataType::Decimal(18, 6));

const fn entry(
    name: &'static str,
    arity: (usize, usize),
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
    kernel: Kernel,
) -> Function {
    Function::scalar(name, Group::Date, arity, usage, resolve, kernel)
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    entry(
        "make_date",
        (3, 3),
        "make_date(year, month, day) - Returns a date.",
        |call| {
            let call = call.accept(&[INT, INT, INT])?;
            let nullable = call.any_nullable() || !call.settings.ansi;
            call.invoke_nullable(DataType::Date, nullable)
        },
        Kernel::Scalar(make_date),
    ),
    entry(
        "make_timestamp",
        (1, 7),
        "make_timestamp(year, month, day, hour, min, sec[, timezone]) - Returns a timestamp; also of a date, a time and a zone.",
        |call| timestamp(call, "make_timestamp", false),
        Kernel::Rewritten,
    ),
    entry(
        "make_timestamp_ltz",
        (1, 7),
        "make_timestamp_ltz(year, month, day, hour, min, sec[, timezone]) - Returns a timestamp with the session's zone.",
        |call| timestamp(call, "make_timestamp_ltz", false),
        Kernel::Rewritten,
    ),
    entry(
        "make_timestamp_ntz",
        (1, 6),
        "make_timestamp_ntz(year, month, day, hour, min, sec) - Returns a timestamp without zone.",
        |call| timestamp(call, "make_timestamp_ntz", false),
        Kernel::Rewritten,
    ),
    entry(
        "try_make_timestamp",
        (1, 7),
        "try_make_timestamp(year, month, day, hour, min, sec[, timezone]) - Like make_timestamp, but NULL for a wrong part.",
        |call| timestamp(call, "make_timestamp", true),
        Kernel::Rewritten,
    ),
    entry(
        "try_make_timestamp_ltz",
        (1, 7),
        "try_make_timestamp_ltz(year, month, day, hour, min, sec[, timezone]) - Like make_timestamp_ltz, but NULL for a wrong part.",
        |call| timestamp(call, "make_timestamp_ltz", true),
        Kernel::Rewritten,
    ),
    entry(
        "try_make_timestamp_ntz",
        (1, 6),
        "try_make_timestamp_ntz(year, month, day, hour, min, sec) - Like make_timestamp_ntz, but NULL for a wrong part.",
        |call| timestamp(call, "make_timestamp_ntz", true),
        Kernel::Rewritten,
    ),
    entry(
        "__make_timestamp",
        (6, 7),
        "",
        |call| parts(call, DataType::Timestamp),
        Kernel::Scalar(make_timestamp),
    ),
    entry(
        "__make_timestamp_ntz",
        (6, 6),
        "",
        |call| parts(call, DataType::TimestampNtz),
        Kernel::Scalar(make_timestamp),
    ),
    entry(
        "__join_timestamp",
        (1, 3),
        "",
        |call| joined(call, DataType::Timestamp),
        Kernel::Scalar(join_timestamp),
    ),
    entry(
        "__join_timestamp_ntz",
        (1, 2),
        "",
        |call| joined(call, DataType::TimestampNtz),
        Kernel::Scalar(join_timestamp),
    ),
    entry(
        "make_interval",
        (0, 7),
        "make_interval([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - Returns an interval.",
        make_interval,
        Kernel::Scalar(calendar),
    ),
    entry(
        "try_make_interval",
        (0, 7),
        "try_make_interval([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]]) - Like make_interval, but NULL on overflow.",
        |call| {
            let filled = with_defaults(&call, 6);
            let names: Vec<&str> = filled.iter().map(|a| a.name.as_str()).collect();
            let name = format!("try_make_interval({})", names.join(", "));
            Ok(call.call("make_interval", filled)?.tried().named(name))
        },
        Kernel::Rewritten,
    ),
    entry(
        "make_dt_interval",
        (0, 4),
        "make_dt_interval([days[, hours[, mins[, secs]]]]) - Returns a day-time interval.",
        |mut call| {
            call.arguments = with_defaults(&call, 3);
            call.accept(&[INT, INT, INT, INTERVAL_SECONDS])?
                .invoke(DAY_TIME)
        },
        Kernel::Scalar(day_time),
    ),
    entry(
        "make_ym_interval",
        (0, 2),
        "make_ym_interval([years[, months]]) - Returns a year-month interval.",
        |mut call| {
            while call.arguments.len() < 2 {
                call.arguments.push(Typed::int(0));
            }
            call.accept(&[INT, INT])?.invoke(YEAR_MONTH)
        },
        Kernel::Scalar(year_month),
    ),
    // Functions of TIME that Spark refuses unless the type is switched on.
    entry(
        "make_time",
        (3, 3),
        "make_time(hour, minute, second) - Returns a time. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "to_time",
        (1, 2),
        "to_time(str[, format]) - Returns a time. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "try_to_time",
        (1, 2),
        "try_to_time(str[, format]) - Returns a time or NULL. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_diff",
        (3, 3),
        "time_diff(unit, start, end) - Returns the units between times. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_trunc",
        (2, 2),
        "time_trunc(unit, time) - Returns a time cut to a unit. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_from_seconds",
        (1, 1),
        "time_from_seconds(seconds) - Returns a time. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_from_millis",
        (1, 1),
        "time_from_millis(millis) - Returns a time. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_from_micros",
        (1, 1),
        "time_from_micros(micros) - Returns a time. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_to_seconds",
        (1, 1),
        "time_to_seconds(time) - Returns seconds since midnight. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_to_millis",
        (1, 1),
        "time_to_millis(time) - Returns milliseconds since midnight. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
    entry(
        "time_to_micros",
        (1, 1),
        "time_to_micros(time) - Returns microseconds since midnight. TIME is not supported yet.",
        refuse,
        Kernel::Rewritten,
    ),
];

fn refuse(_: Call<'_>) -> Result<Typed> {
    Err(unsupported_time())
}

/// The arguments, with zeros for those that are left out; the one at `last` is seconds.
fn with_defaults(call: &Call<'_>, last: usize) -> Vec<Typed> {
    let mut arguments = call.arguments.clone();
    while arguments.len() <= last {
        let zero = if arguments.len() == last {
            let value = ScalarValue::Decimal128(Some(0), 8, 6);
            Typed::constant(value, DataType::Decimal(8, 6), "0.000000")
        } else {
            Typed::int(0)
        };
        arguments.push(zero);
    }
    arguments
}

/// A timestamp of six or seven parts, or of a date with a time and a zone.
fn timestamp(call: Call<'_>, name: &str, is_try: bool) -> Result<Typed> {
    let has_no_zone = name.ends_with("_ntz");
    let count = call.arguments.len();
    let kernel = match (count, has_no_zone) {
        (1 | 2, true) => "__join_timestamp_ntz",
        (1..=3, false) => "__join_timestamp",
        (6, true) => "__make_timestamp_ntz",
        (6 | 7, false) => "__make_timestamp",
        _ => return Err(call.wrong_number()),
    };
    let names: Vec<&str> = call.arguments.iter().map(|a| a.name.as_str()).collect();
    let function = call.function.name;
    // Spark shows these forms under other names.
    let text = match (count, has_no_zone, is_try) {
        (1..=3, true, true) => format!("{function}({name}({}))", names.join(", ")),
        (2..=3, false, _) if function.ends_with("_ltz") => {
            format!("make_timestamp({})", names.join(", "))
        }
        (7, false, true) if function == "try_make_timestamp" => {
            format!("{function}({})", names[..6].join(", "))
        }
        _ => format!("{function}({})", names.join(", ")),
    };
    let arguments = call.arguments.clone();
    let resolved = call.call(kernel, arguments)?;
    let resolved = if is_try { resolved.tried() } else { resolved };
    Ok(resolved.named(text))
}

fn parts(call: Call<'_>, to: DataType) -> Result<Typed> {
    let call = call.accept(&[INT, INT, INT, INT, INT, SECONDS, STRING])?;
    let nullable = call.any_nullable() || !call.settings.ansi;
    call.invoke_nullable(to, nullable)
}

fn joined(call: Call<'_>, to: DataType) -> Result<Typed> {
    call.accept(&[DATE, Accepts::Time, STRING])?.invoke(to)
}

/// NULL without ANSI, else the error.
fn wrong<T>(arguments: &Arguments<'_>, error: Error) -> Result<Option<T>> {
    if arguments.settings.ansi {
        Err(error)
    } else {
        Ok(None)
    }
}

/// The days of a date, or why there is no such day, in Java's words.
fn days_of(year: i32, month: i32, day: i32) -> Result<i64> {
    let month_names = [
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
    ];
    let name = usize::try_from(month)
        .ok()
        .and_then(|month| month_names.get(month.wrapping_sub(1)));
    let Some(name) = name else {
        return Err(out_of_bounds(&format!(
            "Invalid value for MonthOfYear (valid values 1 - 12): {month}"
        )));
    };
    if !(1..=31).contains(&day) {
        return Err(out_of_bounds(&format!(
            "Invalid value for DayOfMonth (valid values 1 - 28/31): {day}"
        )));
    }
    match Date::new(year.into(), month.unsigned_abs(), day.unsigned_abs()) {
        Some(date) => Ok(date.to_days()),
        None if month == 2 && day == 29 => Err(out_of_bounds(&format!(
            "Invalid date 'February 29' as '{year}' is not a leap year"
        ))),
        None => Err(out_of_bounds(&format!("Invalid date '{name} {day}'"))),
    }
}

fn make_date(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (years, months, days) = (
        ints(arguments, 0)?,
        ints(arguments, 1)?,
        ints(arguments, 2)?,
    );
    collect::<Date32Type>(arguments, |row| {
        let (Some(year), Some(month), Some(day)) = (years.get(row), months.get(row), days.get(row))
        else {
            return Ok(None);
        };
        match days_of(year, month, day) {
            Ok(days) => super::calendar::date_of(Some(days)),
            Err(error) => wrong(arguments, error),
        }
    })
}

/// The zone of each row: that of an argument, or `otherwise`.
struct RowZones {
    constant: Option<Zone>,
    names: Option<arrow::array::StringArray>,
}

impl RowZones {
    fn of(arguments: &Arguments<'_>, index: usize) -> Result<RowZones> {
        if index >= arguments.len() {
            let has_zone = !matches!(
                arguments.return_type,
                arrow::datatypes::DataType::Timestamp(_, None)
            );
            let zone = if has_zone {
                arguments.settings.zone()
            } else {
                Zone::UTC
            };
            return Ok(RowZones {
                constant: Some(zone),
                names: None,
            });
        }
        Ok(RowZones {
            constant: None,
            names: Some(texts(arguments, index)?),
        })
    }

    fn get(&self, row: usize) -> Result<Option<Zone>> {
        match &self.names {
            None => Ok(self.constant),
            Some(names) => text_at(names, row).map(zone).transpose(),
        }
    }
}

fn make_timestamp(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let mut columns = Vec::with_capacity(5);
    for index in 0..5 {
        columns.push(ints(arguments, index)?);
    }
    let seconds = Values::<Decimal128Type>::of(arguments, 5)?;
    let zones = RowZones::of(arguments, 6)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let mut parts = [0; 5];
        for (part, column) in parts.iter_mut().zip(&columns) {
            match column.get(row) {
                Some(value) => *part = value,
                None => return Ok(None),
            }
        }
        let Some(micros) = seconds.get(row) else {
            return Ok(None);
        };
        let Some(zone) = zones.get(row)? else {
            return Ok(None);
        };
        match local_of(parts, micros) {
            Ok(local) => Ok(Some(zone.to_instant(local))),
            Err(error) => wrong(arguments, error),
        }
    })
}

/// The local time of year, month, day, hour, minute and the microseconds of the minute.
fn local_of([year, month, day, hour, minute]: [i32; 5], micros: i128) -> Result<i64> {
    let invalid = |field: &str, range: &str, value: i128| {
        out_of_bounds(&format!(
            "Invalid value for {field} (valid values {range}): {value}"
        ))
    };
    let unit = i128::from(MICROS_PER_SECOND);
    let (second, fraction) = (micros.div_euclid(unit), micros.rem_euclid(unit));
    // 60 seconds are the next minute.
    let is_next_minute = second == 60;
    if is_next_minute && fraction != 0 {
        return Err(Error::data(
            "INVALID_FRACTION_OF_SECOND",
            "Valid range for seconds is [0, 60] (inclusive), but the provided value is 60 with a fraction. To avoid this \
             error, use `try_make_timestamp`, which returns NULL on error.",
        ));
    }
    if !(0..=60).contains(&second) {
        return Err(invalid("SecondOfMinute", "0 - 59", second));
    }
    if !(0..=23).contains(&hour) {
        return Err(invalid("HourOfDay", "0 - 23", hour.into()));
    }
    if !(0..=59).contains(&minute) {
        return Err(invalid("MinuteOfHour", "0 - 59", minute.into()));
    }
    let days = days_of(year, month, day)?;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60;
    let local = days
        .checked_mul(MICROS_PER_DAY)
        .and_then(|local| local.checked_add(seconds * MICROS_PER_SECOND + micros as i64));
    local.ok_or_else(super::unix::overflow)
}

fn join_timestamp(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let dates = Values::<Date32Type>::of(arguments, 0)?;
    let times = match arguments.len() {
        1 => None,
        _ => Some(Values::<Time64MicrosecondType>::of(arguments, 1)?),
    };
    let zones = RowZones::of(arguments, 2)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let time = match &times {
            Some(times) => times.get(row),
            None => Some(0),
        };
        let (Some(days), Some(time), Some(zone)) = (dates.get(row), time, zones.get(row)?) else {
            return Ok(None);
        };
        let midnight = i64::from(days).checked_mul(MICROS_PER_DAY);
        let local = midnight.and_then(|midnight| midnight.checked_add(time));
        let local = local.ok_or_else(super::unix::overflow)?;
        Ok(Some(zone.to_instant(local)))
    })
}

fn make_interval(mut call: Call<'_>) -> Result<Typed> {
    call.arguments = with_defaults(&call, 6);
    let call = call.accept(&[INT, INT, INT, INT, INT, INT, INTERVAL_SECONDS])?;
    let nullable = call.any_nullable() || !call.settings.ansi;
    call.invoke_nullable(DataType::CalendarInterval, nullable)
}

fn calendar(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let mut columns = Vec::with_capacity(6);
    for index in 0..6 {
        columns.push(ints(arguments, index)?);
    }
    let seconds = Values::<Decimal128Type>::of(arguments, 6)?;
    let overflow = || {
        Error::data(
            "ARITHMETIC_OVERFLOW",
            "integer overflow. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
        )
    };
    collect::<IntervalMonthDayNanoType>(arguments, |row| {
        let mut parts = [0i64; 6];
        for (part, column) in parts.iter_mut().zip(&columns) {
            match column.get(row) {
                Some(value) => *part = value.into(),
                None => return Ok(None),
            }
        }
        let Some(micros) = seconds.get(row) else {
            return Ok(None);
        };
        let [years, months, weeks, days, hours, minutes] = parts;
        let clock = i128::from(hours * 60 + minutes) * i128::from(interval::MICROS_PER_MINUTE);
        let value = (
            i32::try_from(years * 12 + months),
            i32::try_from(weeks * 7 + days),
            i64::try_from(clock + micros),
        );
        match value {
            (Ok(months), Ok(days), Ok(micros)) => {
                let value = Calendar {
                    months,
                    days,
                    micros,
                };
                value.to_arrow().map(Some)
            }
            _ => wrong(arguments, overflow()),
        }
    })
}

fn day_time(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (days, hours, minutes) = (
        ints(arguments, 0)?,
        ints(arguments, 1)?,
        ints(arguments, 2)?,
    );
    let seconds = Values::<Decimal128Type>::of(arguments, 3)?;
    collect::<DurationMicrosecondType>(arguments, |row| {
        let (Some(days), Some(hours), Some(minutes), Some(seconds)) = (
            days.get(row),
            hours.get(row),
            minutes.get(row),
            seconds.get(row),
        ) else {
            return Ok(None);
        };
        let minutes = (i128::from(days) * 24 + i128::from(hours)) * 60 + i128::from(minutes);
        let micros = minutes * i128::from(interval::MICROS_PER_MINUTE) + seconds;
        i64::try_from(micros)
            .map(Some)
            .map_err(|_| interval::overflow())
    })
}

fn year_month(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let array = (arguments.array(0)?, arguments.array(1)?);
    let (years, months) = (
        array.0.as_primitive::<Int32Type>(),
        array.1.as_primitive::<Int32Type>(),
    );
    collect::<IntervalYearMonthType>(arguments, |row| {
        if years.is_null(row) || months.is_null(row) {
            return Ok(None);
        }
        let months = i64::from(years.value(row)) * 12 + i64::from(months.value(row));
        i32::try_from(months)
            .map(Some)
            .map_err(|_| interval::overflow())
    })
}
