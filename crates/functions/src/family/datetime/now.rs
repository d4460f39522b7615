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
        (0, 1),
        "current_timestamp([precision]) - Returns when the query began.",
        |call| {
            without_precision(call, "TIMESTAMP_LTZ")?.invoke_nullable(DataType::Timestamp, false)
        },
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
    entry(
        "now",
        1,
        "now([precision]) - Returns when the query began.",
        |call| {
            let call = without_precision(call, "TIMESTAMP_LTZ")?;
            Ok(timestamp(&call)?.named("now()"))
        },
    ),
    entry(
        "localtimestamp",
        1,
        "localtimestamp([precision]) - Returns when the query began, without zone.",
        |call| {
            let call = without_precision(call, "TIMESTAMP_NTZ")?;
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
    Function::scalar(
        "timestamp_nanos",
        Group::Date,
        (1, 1),
        "timestamp_nanos(nanoseconds) - Not supported: timestamps have microseconds.",
        |_| {
            Err(Error::analysis(
                "CANNOT_PARSE_DATATYPE",
                "Unable to parse datatype. timestamp_ltz(9).",
            ))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "unix_nanos",
        Group::Date,
        (1, 1),
        "unix_nanos(timestamp) - Not supported: timestamps have microseconds.",
        |call| {
            let required = "\"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])\"";
            Err(call.unexpected_type(0, required))
        },
        Kernel::Rewritten,
    ),
];

/// The call without its precision, which must be microseconds: nanoseconds are a feature that is off in Spark.
fn without_precision<'a>(mut call: Call<'a>, data_type: &str) -> Result<Call<'a>> {
    if call.arguments.is_empty() {
        return Ok(call);
    }
    call.accept_one(0, INT)?;
    let precision = match call.constant(0)? {
        ScalarValue::Int32(Some(precision)) => precision,
        _ => 0,
    };
    match precision {
        6 => {
            call.arguments.clear();
            Ok(call)
        }
        7..=9 => Err(Error::analysis(
            "FEATURE_NOT_ENABLED",
            "The feature Nanosecond-precision timestamp types is not enabled. Consider setting the config \
             spark.sql.timestampNanosTypes.enabled to true to enable this capability.",
        )),
        other => Err(Error::analysis(
            "INVALID_TIMESTAMP_PRECISION",
            format!(
                "The seconds precision {other} of {data_type} is invalid. Expected an integer in [7, 9] for nanosecond \
                 precision; use precision 6 or parameterless {data_type} for the standard microsecond type."
            ),
        )),
    }
}

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
