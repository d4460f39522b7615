//! `extract(field FROM source)`, `date_part` and `datepart`.

use arrow::array::ArrayRef;
use arrow::datatypes::{
    Decimal128Type, DurationMicrosecondType, Int8Type, Int32Type, IntervalMonthDayNanoType,
    IntervalYearMonthType,
};
use datafusion_common::ScalarValue;
use sql::{DataType, IntervalUnit};

use super::{Values, collect, map, refuse_time};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::udf::Arguments;
use values::interval::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};

const fn entry(name: &'static str, usage: &'static str) -> Function {
    Function::scalar(name, Group::Date, (2, 2), usage, resolve, Kernel::Rewritten)
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    entry(
        "extract",
        "extract(field FROM source) - Extracts a part of a date, timestamp or interval.",
    ),
    entry(
        "date_part",
        "date_part(field, source) - Extracts a part of a date, timestamp or interval.",
    ),
    entry(
        "datepart",
        "datepart(field, source) - Extracts a part of a date, timestamp or interval.",
    ),
    Function::scalar(
        "__interval_part",
        Group::Date,
        (2, 2),
        "",
        |call| {
            let data_type = match call.constant_string(1)?.as_deref() {
                Some("YEAR" | "DAY") => DataType::Integer,
                Some("SECOND") => DataType::Decimal(8, 6),
                _ => DataType::Byte,
            };
            call.invoke(data_type)
        },
        Kernel::Scalar(interval_part),
    ),
];

fn resolve(call: Call<'_>) -> Result<Typed> {
    refuse_time(&call)?;
    let name = call.function.name;
    let (field, source) = (call.arguments[0].clone(), call.arguments[1].clone());
    let text = match name {
        "date_part" => format!("date_part({}, {})", field.name, source.name),
        _ => format!("{name}({} FROM {})", field.name, source.name),
    };
    let Some(wanted) = call.constant_string(0)? else {
        return Ok(Typed::null(DataType::Double).named(text));
    };
    let upper = wanted.to_uppercase();
    let invalid = || {
        Error::analysis(
            "INVALID_EXTRACT_FIELD",
            format!("Cannot extract `{wanted}` from \"{}\".", source.name),
        )
    };
    let part = match upper.as_str() {
        "YEAR" | "Y" | "YEARS" | "YR" | "YRS" => "YEAR",
        "MONTH" | "MON" | "MONS" | "MONTHS" => "MONTH",
        "DAY" | "D" | "DAYS" => "DAY",
        "HOUR" | "H" | "HOURS" | "HR" | "HRS" => "HOUR",
        "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" => "MINUTE",
        "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" => "SECOND",
        other => other,
    };
    let fits =
        |from: IntervalUnit, to: IntervalUnit, unit: IntervalUnit| unit <= from && unit >= to;
    let is_interval = match &source.data_type {
        DataType::CalendarInterval => true,
        DataType::YearMonthInterval(from, to) => {
            let unit = match part {
                "YEAR" => IntervalUnit::Year,
                "MONTH" => IntervalUnit::Month,
                _ => return Err(invalid()),
            };
            if !fits(*from, *to, unit) {
                return Err(invalid());
            }
            true
        }
        DataType::DayTimeInterval(from, to) => {
            let unit = match part {
                "DAY" => IntervalUnit::Day,
                "HOUR" => IntervalUnit::Hour,
                "MINUTE" => IntervalUnit::Minute,
                "SECOND" => IntervalUnit::Second,
                _ => return Err(invalid()),
            };
            if !fits(*from, *to, unit) {
                return Err(invalid());
            }
            true
        }
        _ => false,
    };
    if is_interval {
        if !matches!(
            part,
            "YEAR" | "MONTH" | "DAY" | "HOUR" | "MINUTE" | "SECOND"
        ) {
            return Err(invalid());
        }
        let arguments = vec![source.clone(), Typed::string(part)];
        return Ok(call.call("__interval_part", arguments)?.named(text));
    }
    let function = match part {
        "YEAR" => "year",
        "YEAROFWEEK" => "__year_of_week",
        "QUARTER" | "QTR" => "quarter",
        "MONTH" => "month",
        "WEEK" | "W" | "WEEKS" => "weekofyear",
        "DAY" => "day",
        "DAYOFWEEK" | "DOW" => "dayofweek",
        "DAYOFWEEK_ISO" | "DOW_ISO" => "__dow_iso",
        "DOY" => "dayofyear",
        "HOUR" => "hour",
        "MINUTE" => "minute",
        "SECOND" => "__second_with_fraction",
        _ => return Err(invalid()),
    };
    Ok(call.call(function, vec![source.clone()])?.named(text))
}

/// A part of an interval of any kind.
fn interval_part(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let part = match arguments.scalar(1) {
        Some(ScalarValue::Utf8(Some(part))) => part.clone(),
        _ => return Err(Error::internal("the part of an interval is no constant")),
    };
    let array = arguments.array(0)?;
    let value: Box<dyn Fn(usize) -> Option<Calendar>> = match array.data_type() {
        arrow::datatypes::DataType::Duration(_) => {
            let micros = Values::<DurationMicrosecondType>::of(arguments, 0)?;
            Box::new(move |row| {
                micros.get(row).map(|micros| Calendar {
                    micros,
                    ..Calendar::default()
                })
            })
        }
        arrow::datatypes::DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth) => {
            let months = Values::<IntervalYearMonthType>::of(arguments, 0)?;
            Box::new(move |row| {
                months.get(row).map(|months| Calendar {
                    months,
                    ..Calendar::default()
                })
            })
        }
        _ => {
            let values = Values::<IntervalMonthDayNanoType>::of(arguments, 0)?;
            Box::new(move |row| values.get(row).map(Calendar::from_arrow))
        }
    };
    let small = |of: fn(Calendar) -> i64| {
        collect::<Int8Type>(arguments, |row| Ok(value(row).map(|value| of(value) as i8)))
    };
    match part.as_str() {
        "YEAR" => collect::<Int32Type>(arguments, |row| {
            Ok(value(row).map(|value| value.months / 12))
        }),
        "MONTH" => small(|value| i64::from(value.months % 12)),
        "DAY" => collect::<Int32Type>(arguments, |row| {
            let days = value(row).map(|value| {
                (value.micros / MICROS_PER_DAY).saturating_add(value.days.into()) as i32
            });
            Ok(days)
        }),
        "HOUR" => small(|value| value.micros % MICROS_PER_DAY / MICROS_PER_HOUR),
        "MINUTE" => small(|value| value.micros % MICROS_PER_HOUR / MICROS_PER_MINUTE),
        _ => collect::<Decimal128Type>(arguments, |row| {
            Ok(value(row).map(|value| i128::from(value.micros % MICROS_PER_MINUTE)))
        }),
    }
}

/// The days of a day-time interval, for dates that it is added to.
pub(super) fn whole_days(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    map::<DurationMicrosecondType, Int32Type>(arguments, |micros| {
        Ok(Some((micros / MICROS_PER_DAY) as i32))
    })
}
