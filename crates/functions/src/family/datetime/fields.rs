//! Parts of a date or a time: `year`, `dayofweek`, `hour`, ..

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::datatypes::{Date32Type, Decimal128Type, Int32Type};
use format::time::{Date, MICROS_PER_DAY, MICROS_PER_SECOND};
use sql::DataType;

use super::{ANY_TIMESTAMP, Values, collect, locals, map, refuse_time};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::DATE;
use crate::udf::Arguments;

const fn of_date(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    let resolve = |call: Call<'_>| {
        refuse_time(&call)?;
        call.accept(&[DATE])?.invoke(DataType::Integer)
    };
    Function::of_one(name, Group::Date, usage, resolve, kernel)
}

const fn of_time(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    let resolve = |call: Call<'_>| {
        refuse_time(&call)?;
        call.accept(&[ANY_TIMESTAMP])?.invoke(DataType::Integer)
    };
    Function::of_one(name, Group::Date, usage, resolve, kernel)
}

const fn name_of(
    name: &'static str,
    usage: &'static str,
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
) -> Function {
    let resolve = |call: Call<'_>| -> Result<Typed> {
        refuse_time(&call)?;
        call.accept(&[DATE])?.invoke(DataType::String)
    };
    Function::of_one(name, Group::Date, usage, resolve, kernel)
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    of_date("year", "year(date) - Returns the year.", |arguments| {
        date(arguments, |d, _| d.year as i32)
    }),
    of_date(
        "quarter",
        "quarter(date) - Returns the quarter of the year, 1 to 4.",
        |arguments| date(arguments, |d, _| (d.month as i32 + 2) / 3),
    ),
    of_date(
        "month",
        "month(date) - Returns the month, 1 to 12.",
        |arguments| date(arguments, |d, _| d.month as i32),
    ),
    of_date(
        "day",
        "day(date) - Returns the day of the month.",
        |arguments| date(arguments, |d, _| d.day as i32),
    ),
    of_date(
        "dayofmonth",
        "dayofmonth(date) - Returns the day of the month.",
        |arguments| date(arguments, |d, _| d.day as i32),
    ),
    of_date(
        "dayofyear",
        "dayofyear(date) - Returns the day of the year, 1 to 366.",
        |arguments| {
            date(arguments, |d, days| {
                (days - first_of_year(d.year) + 1) as i32
            })
        },
    ),
    of_date(
        "dayofweek",
        "dayofweek(date) - Returns the day of the week, 1 for Sunday to 7.",
        |arguments| date(arguments, |_, days| (days + 4).rem_euclid(7) as i32 + 1),
    ),
    of_date(
        "weekday",
        "weekday(date) - Returns the day of the week, 0 for Monday to 6.",
        |arguments| date(arguments, |_, days| monday_first(days)),
    ),
    of_date(
        "weekofyear",
        "weekofyear(date) - Returns the week of the year; week 1 has more than 3 days of the year.",
        |arguments| date(arguments, |_, days| iso_week(days).1),
    ),
    of_date("__year_of_week", "", |arguments| {
        date(arguments, |_, days| iso_week(days).0)
    }),
    of_date("__dow_iso", "", |arguments| {
        date(arguments, |_, days| monday_first(days) + 1)
    }),
    of_time("hour", "hour(expr) - Returns the hour.", |arguments| {
        time(arguments, |micros| micros / (3600 * MICROS_PER_SECOND))
    }),
    of_time(
        "minute",
        "minute(expr) - Returns the minute.",
        |arguments| time(arguments, |micros| micros / (60 * MICROS_PER_SECOND) % 60),
    ),
    of_time(
        "second",
        "second(expr) - Returns the second, without its fraction.",
        |arguments| time(arguments, |micros| micros / MICROS_PER_SECOND % 60),
    ),
    Function::scalar(
        "__second_with_fraction",
        Group::Date,
        (1, 1),
        "",
        |call| {
            refuse_time(&call)?;
            call.accept(&[ANY_TIMESTAMP])?
                .invoke(DataType::Decimal(8, 6))
        },
        Kernel::Scalar(|arguments| {
            let locals = locals(arguments, 0)?;
            collect::<Decimal128Type>(arguments, |row| {
                let local = locals.get(row);
                Ok(local.map(|local| i128::from(local.rem_euclid(60 * MICROS_PER_SECOND))))
            })
        }),
    ),
    name_of(
        "dayname",
        "dayname(date) - Returns the abbreviated name of the day of the week.",
        |arguments| {
            const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            names(arguments, |_, days| NAMES[monday_first(days) as usize])
        },
    ),
    name_of(
        "monthname",
        "monthname(date) - Returns the abbreviated name of the month.",
        |arguments| {
            const NAMES: [&str; 12] = [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ];
            names(arguments, |date, _| NAMES[date.month as usize - 1])
        },
    ),
];

fn date(arguments: &Arguments<'_>, of: impl Fn(Date, i64) -> i32) -> Result<ArrayRef> {
    map::<Date32Type, Int32Type>(arguments, |days| {
        let days = i64::from(days);
        Ok(Some(of(Date::from_days(days), days)))
    })
}

fn time(arguments: &Arguments<'_>, of: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    let locals = locals(arguments, 0)?;
    collect::<Int32Type>(arguments, |row| {
        Ok(locals
            .get(row)
            .map(|local| of(local.rem_euclid(MICROS_PER_DAY)) as i32))
    })
}

fn names(arguments: &Arguments<'_>, of: impl Fn(Date, i64) -> &'static str) -> Result<ArrayRef> {
    let dates = Values::<Date32Type>::of(arguments, 0)?;
    let names: StringArray = dates
        .0
        .iter()
        .map(|days| days.map(|days| of(Date::from_days(days.into()), days.into())))
        .collect();
    debug_assert_eq!(names.len(), arguments.rows);
    Ok(Arc::new(names))
}

pub(super) fn first_of_year(year: i64) -> i64 {
    let first = Date {
        year,
        month: 1,
        day: 1,
    };
    first.to_days()
}

/// 0 for Monday to 6 for Sunday.
pub(super) fn monday_first(days: i64) -> i32 {
    (days + 3).rem_euclid(7) as i32
}

/// The year and the number of the week, as in ISO 8601.
fn iso_week(days: i64) -> (i32, i32) {
    // The Thursday of a week lies in the year that the week belongs to.
    let thursday = days - i64::from(monday_first(days)) + 3;
    let year = Date::from_days(thursday).year;
    let week = (thursday - first_of_year(year)) / 7 + 1;
    (year as i32, week as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        let week = |year, month, day| iso_week(Date { year, month, day }.to_days());
        assert_eq!(week(2024, 12, 30), (2025, 1));
        assert_eq!(week(2021, 1, 3), (2020, 53));
        assert_eq!(week(2008, 2, 20), (2008, 8));
    }
}
