//! When the query began: `current_date`, `now`, ..

use arrow::array::ArrayRef;
use arrow::datatypes::{Time64MicrosecondType, TimestampMicrosecondType};
use datafusion_common::ScalarValue;
use format::time::MICROS_PER_DAY;
use sql::DataType;

use super::{collect, ints, locals};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::INT;
use crate::udf::Arguments;

const fn entry(
    name: &'static str,
    most: usize,
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
) -> Function {
    Function::scalar(
        name,
        Group::Date,
        (0, most),
        usage,
        resolve,
        Kernel::Rewritten,
    )
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    // The others are made of this one: who runs a plan again later replaces it by the time then.
    Function::scalar(
        "current_timestamp",
        Group::Date,
        (0, 0),
        "current_timestamp() - Returns when the query began.",
        |call| call.invoke_nullable(DataType::Timestamp, false),
        Kernel::Scalar(|arguments| {
            let now = arguments.settings.now;
            collect::<TimestampMicrosecondType>(arguments, |_| Ok(Some(now)))
        }),
    ),
    entry(
        "current_date",
        0,
        "current_date() - Returns the date when the query began.",
        date,
    ),
    entry(
        "curdate",
        0,
        "curdate() - Returns the date when the query began.",
        date,
    ),
    entry("now", 0, "now() - Returns when the query began.", |call| {
        Ok(timestamp(&call)?.named("now()"))
    }),
    entry(
        "localtimestamp",
        0,
        "localtimestamp() - Returns when the query began, without zone.",
        |call| {
            let local = call.cast(timestamp(&call)?, &DataType::TimestampNtz)?;
            Ok(local.named("localtimestamp()"))
        },
    ),
    entry(
        "current_timezone",
        0,
        "current_timezone() - Returns the session's time zone.",
        |call| Ok(Typed::string(&call.settings.time_zone).named("current_timezone()")),
    ),
    entry(
        "current_time",
        1,
        "current_time([precision]) - Returns the time of day when the query began.",
        time,
    ),
    Function::scalar(
        "__time_of_day",
        Group::Date,
        (2, 2),
        "",
        |call| {
            let precision = match call.constant(1)? {
                ScalarValue::Int32(Some(precision)) => precision.clamp(0, 6) as u8,
                _ => 6,
            };
            call.invoke(DataType::Time(precision))
        },
        Kernel::Scalar(time_of_day),
    ),
    entry(
        "localtime",
        1,
        "localtime([precision]) - Returns the time of day when the query began.",
        time,
    ),
];

/// When the query began.
pub(super) fn timestamp(call: &Call<'_>) -> Result<Typed> {
    call.call("current_timestamp", Vec::new())
}

fn date(call: Call<'_>) -> Result<Typed> {
    Ok(call
        .cast(timestamp(&call)?, &DataType::Date)?
        .named("current_date()"))
}

fn time(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        call.arguments.push(Typed::int(6));
    }
    let call = call.accept(&[INT])?;
    let name = format!("current_time({})", call.arguments[0].name);
    let precision = match call.constant(0)? {
        ScalarValue::Int32(Some(precision @ 0..=6)) => precision as u8,
        other => {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                format!(
                    "Cannot resolve \"{name}\" due to data type mismatch: The `precision` must be between [0, 6] (current \
                     value = {other})."
                ),
            ));
        }
    };
    let arguments = vec![timestamp(&call)?, Typed::int(precision.into())];
    Ok(call.call("__time_of_day", arguments)?.named(name))
}

/// The local time of day of a timestamp, cut to so many digits of a second.
fn time_of_day(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (locals, precisions) = (locals(arguments, 0)?, ints(arguments, 1)?);
    collect::<Time64MicrosecondType>(arguments, |row| {
        let Some((local, precision)) = locals.get(row).zip(precisions.get(row)) else {
            return Ok(None);
        };
        let unit = 10i64.pow(6 - precision.clamp(0, 6).unsigned_abs());
        Ok(Some(local.rem_euclid(MICROS_PER_DAY) / unit * unit))
    })
}
