//! Dates, timestamps and intervals as other types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, new_null_array};
use arrow::datatypes::{
    Date32Type, Decimal128Type, DurationMicrosecondType, Float64Type, Int64Type,
    IntervalYearMonthType, Time64MicrosecondType, TimestampMicrosecondType,
};
use datafusion_common::ScalarValue;
use format::number::push_plain_decimal;
use format::time::{MICROS_PER_DAY, MICROS_PER_SECOND, Zone, push_time, push_timestamp};
use sql::{DataType, IntervalUnit};

use super::{Context, cast_invalid_input, map_values, numbers, overflow};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::types::{is_floating, is_integral, to_arrow};
use values::interval;

type Timestamps = PrimitiveArray<TimestampMicrosecondType>;

pub(super) fn convert(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    use DataType as T;
    let zone = context.zone;
    match (from, to) {
        (T::Date, T::Timestamp | T::TimestampNtz) => {
            let zone = if *to == T::Timestamp { zone } else { Zone::UTC };
            let dates = array.as_primitive::<Date32Type>();
            let result = map_values::<_, TimestampMicrosecondType>(dates, |days| match i64::from(
                days,
            )
            .checked_mul(MICROS_PER_DAY)
            {
                Some(local) => Ok(Some(zone.to_instant(local))),
                None => Err(Error::data(
                    "_LEGACY_ERROR_TEMP_2042",
                    "long overflow. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
                )),
            })?;
            timestamps(result, to)
        }
        (T::Timestamp, T::TimestampNtz) => {
            let instants = array.as_primitive::<TimestampMicrosecondType>();
            timestamps(instants.unary(|instant| zone.to_local(instant)), to)
        }
        (T::TimestampNtz, T::Timestamp) => {
            let locals = array.as_primitive::<TimestampMicrosecondType>();
            timestamps(locals.unary(|local| zone.to_instant(local)), to)
        }
        (T::Timestamp | T::TimestampNtz, T::Date) => {
            let zone = if *from == T::Timestamp {
                zone
            } else {
                Zone::UTC
            };
            let instants = array.as_primitive::<TimestampMicrosecondType>();
            let days = instants.unary::<_, Date32Type>(|instant| {
                zone.to_local(instant).div_euclid(MICROS_PER_DAY) as i32
            });
            Ok(Arc::new(days))
        }
        (T::Date, _) => Ok(new_null_array(&to_arrow(to), array.len())),
        (T::Time(_), T::Timestamp | T::TimestampNtz) => {
            let zone = if *to == T::Timestamp { zone } else { Zone::UTC };
            let times = array.as_primitive::<Time64MicrosecondType>();
            let midnight = context.today * MICROS_PER_DAY;
            timestamps(times.unary(|time| zone.to_instant(midnight + time)), to)
        }
        (T::Time(_), to) => {
            let times = array.as_primitive::<Time64MicrosecondType>();
            let text = |value: i64| {
                let mut out = "TIME '".to_owned();
                push_time(&mut out, value);
                out + "'"
            };
            let seconds = |micros: i64| micros.div_euclid(MICROS_PER_SECOND);
            match to {
                T::Decimal(precision, scale) => {
                    let result = map_values::<_, Decimal128Type>(times, |micros| {
                        numbers::rescale(micros.into(), 6, *precision, *scale, context)
                    })?;
                    numbers::typed(result, *precision, *scale)
                }
                _ => whole(
                    times.unary::<_, Int64Type>(|v| v),
                    seconds,
                    text,
                    from,
                    to,
                    context,
                ),
            }
        }
        (T::Timestamp, to) => from_timestamp(array.as_primitive(), from, to, context),
        (from, T::Timestamp) => to_timestamp(array, from, context),
        (from, to) => Err(Error::internal(format!(
            "no cast from {} to {}",
            from.sql(),
            to.sql()
        ))),
    }
}

fn timestamps(array: Timestamps, to: &DataType) -> Result<ArrayRef> {
    Ok(Arc::new(array.with_data_type(to_arrow(to))))
}

/// Seconds as numbers.
fn from_timestamp(
    instants: &Timestamps,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    let seconds = |instant: i64| instant as f64 / MICROS_PER_SECOND as f64;
    match to {
        DataType::Boolean => {
            let truths = instants
                .iter()
                .map(|instant| instant.map(|instant| instant != 0));
            Ok(Arc::new(truths.collect::<arrow::array::BooleanArray>()))
        }
        DataType::Double => Ok(Arc::new(instants.unary::<_, Float64Type>(seconds))),
        DataType::Float => {
            let floats = instants
                .unary::<_, arrow::datatypes::Float32Type>(|instant| seconds(instant) as f32);
            Ok(Arc::new(floats))
        }
        DataType::Decimal(precision, scale) => {
            let doubles = instants.unary::<_, Float64Type>(seconds);
            numbers::decimals_from_doubles(&doubles, (*precision, *scale), context)
        }
        _ => {
            let text = |instant: i64| {
                let mut out = "TIMESTAMP '".to_owned();
                push_timestamp(&mut out, context.zone.to_local(instant));
                out + "'"
            };
            let seconds = |instant: i64| instant.div_euclid(MICROS_PER_SECOND);
            whole(
                instants.unary::<_, Int64Type>(|v| v),
                seconds,
                text,
                from,
                to,
                context,
            )
        }
    }
}

/// Whole numbers, as wide as `to`; one that does not fit is NULL without ANSI.
fn whole(
    values: PrimitiveArray<Int64Type>,
    of: impl Fn(i64) -> i64,
    text: impl Fn(i64) -> String,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    let (least, most) = match to {
        DataType::Byte => (i64::from(i8::MIN), i64::from(i8::MAX)),
        DataType::Short => (i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let result = map_values::<_, Int64Type>(&values, |value| {
        let number = of(value);
        if number >= least && number <= most {
            return Ok(Some(number));
        }
        context.fail(|| overflow(&text(value), from, to))
    })?;
    Ok(arrow::compute::cast(&result, &to_arrow(to))?)
}

/// Numbers are seconds.
fn to_timestamp(array: &ArrayRef, from: &DataType, context: &Context) -> Result<ArrayRef> {
    let to = &DataType::Timestamp;
    let result: Timestamps = match from {
        DataType::Boolean => {
            let truths = array.as_boolean();
            truths.iter().map(|truth| truth.map(i64::from)).collect()
        }
        from if is_integral(from) => {
            numbers::longs(array)?.unary(|seconds| seconds.saturating_mul(MICROS_PER_SECOND))
        }
        DataType::Decimal(_, scale) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let unit = numbers::power_of_ten(*scale);
            map_values(decimals, |value| {
                let micros = match value.checked_mul(i128::from(MICROS_PER_SECOND)) {
                    Some(product) => product / unit,
                    None => value / unit * i128::from(MICROS_PER_SECOND),
                };
                Ok(Some(micros as i64))
            })?
        }
        from if is_floating(from) => map_values(&numbers::doubles(array)?, |seconds| {
            if !seconds.is_finite() {
                return context.fail(|| {
                    let value = numbers::literal_of_double(seconds, from);
                    cast_invalid_input(&value, from, to)
                });
            }
            let micros = seconds * MICROS_PER_SECOND as f64;
            let fits = micros.floor() <= i64::MAX as f64 && micros.ceil() >= i64::MIN as f64;
            if fits || context.is_legacy() {
                return Ok(Some(micros as i64));
            }
            context.fail(|| {
                let value = numbers::literal_of_double(micros, &DataType::Double);
                overflow(&value, &DataType::Double, &DataType::Long)
            })
        })?,
        other => {
            return Err(Error::internal(format!(
                "no cast from {} to TIMESTAMP",
                other.sql()
            )));
        }
    };
    timestamps(result, to)
}

/// Microseconds of a unit of a day-time interval.
fn unit_micros(unit: IntervalUnit) -> i64 {
    match unit {
        IntervalUnit::Day => MICROS_PER_DAY,
        IntervalUnit::Hour => interval::MICROS_PER_HOUR,
        IntervalUnit::Minute => interval::MICROS_PER_MINUTE,
        _ => MICROS_PER_SECOND,
    }
}

pub(super) fn convert_interval(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    use DataType as T;
    match (from, to) {
        (T::YearMonthInterval(..), T::YearMonthInterval(_, end)) => {
            let months = array.as_primitive::<IntervalYearMonthType>();
            let unit = if *end == IntervalUnit::Year { 12 } else { 1 };
            Ok(Arc::new(months.unary::<_, IntervalYearMonthType>(
                |months| months / unit * unit,
            )))
        }
        (T::DayTimeInterval(..), T::DayTimeInterval(_, end)) => {
            let micros = array.as_primitive::<DurationMicrosecondType>();
            let unit = if *end == IntervalUnit::Second {
                1
            } else {
                unit_micros(*end)
            };
            Ok(Arc::new(micros.unary::<_, DurationMicrosecondType>(
                |micros| micros / unit * unit,
            )))
        }
        (T::YearMonthInterval(start, end), to) => {
            let months = array.as_primitive::<IntervalYearMonthType>();
            let unit = if *end == IntervalUnit::Year { 12 } else { 1 };
            let values = months.unary::<_, Int64Type>(i64::from);
            let text = |months: i64| {
                let mut out = String::new();
                interval::push_year_month(&mut out, months as i32, *start, *end);
                out
            };
            from_interval(values, unit, text, from, to, context)
        }
        (T::DayTimeInterval(start, end), to) => {
            let micros = array.as_primitive::<DurationMicrosecondType>();
            let values = micros.unary::<_, Int64Type>(|micros| micros);
            let text = |micros: i64| {
                let mut out = String::new();
                interval::push_day_time(&mut out, micros, *start, *end);
                out
            };
            from_interval(values, unit_micros(*end), text, from, to, context)
        }
        (from, T::YearMonthInterval(_, end)) => {
            let unit = if *end == IntervalUnit::Year { 12 } else { 1 };
            // Tenths of a month are rounded, years are cut.
            let result = to_interval(array, from, to, *end == IntervalUnit::Month, unit, context)?;
            let months = map_values::<_, IntervalYearMonthType>(&result, |months| {
                match i32::try_from(months) {
                    Ok(months) => Ok(Some(months)),
                    Err(_) => strict_overflow(context, || {
                        overflow(&(months / unit).to_string(), from, to)
                    }),
                }
            })?;
            Ok(Arc::new(months))
        }
        (from, T::DayTimeInterval(_, end)) => {
            let result = to_interval(array, from, to, false, unit_micros(*end), context)?;
            Ok(Arc::new(
                result.unary::<_, DurationMicrosecondType>(|micros| micros),
            ))
        }
        (from, to) => Err(Error::internal(format!(
            "no cast from {} to {}",
            from.sql(),
            to.sql()
        ))),
    }
}

/// NULL for `TRY_CAST`, else the error, also without ANSI.
fn strict_overflow<T>(context: &Context, error: impl FnOnce() -> Error) -> Result<Option<T>> {
    if context.failure == super::Failure::Null {
        return Ok(None);
    }
    Err(error())
}

/// An interval as a number of its last unit.
fn from_interval(
    values: PrimitiveArray<Int64Type>,
    unit: i64,
    text: impl Fn(i64) -> String,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    if let DataType::Decimal(precision, scale) = to {
        let is_seconds = unit == MICROS_PER_SECOND;
        let result = map_values::<_, Decimal128Type>(&values, |value| {
            let (value, value_scale) = if is_seconds {
                (value, 6)
            } else {
                (value / unit, 0)
            };
            numbers::rescale(value.into(), value_scale, *precision, *scale, context)
        })?;
        return numbers::typed(result, *precision, *scale);
    }
    whole(values, |value| value / unit, text, from, to, context)
}

/// A number of the last unit of an interval, in months or microseconds.
fn to_interval(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    rounds: bool,
    unit: i64,
    context: &Context,
) -> Result<PrimitiveArray<Int64Type>> {
    let (values, scale) = match from {
        DataType::Decimal(_, scale) => (array.as_primitive::<Decimal128Type>().clone(), *scale),
        _ => (
            numbers::longs(array)?.unary::<_, Decimal128Type>(i128::from),
            0,
        ),
    };
    let divisor = numbers::power_of_ten(scale);
    let has_fraction = unit == MICROS_PER_SECOND;
    map_values(&values, |value| {
        let product = if has_fraction {
            let product = value.checked_mul(i128::from(unit));
            product.map(|product| divide(product, divisor, true))
        } else {
            divide(value, divisor, rounds).checked_mul(i128::from(unit))
        };
        match product.and_then(|product| i64::try_from(product).ok()) {
            Some(value) => Ok(Some(value)),
            None => strict_overflow(context, || {
                let mut text = String::new();
                push_plain_decimal(&mut text, value, scale);
                overflow(&text, from, to)
            }),
        }
    })
}

/// The quotient, cut or rounded half away from zero.
fn divide(value: i128, divisor: i128, rounds: bool) -> i128 {
    let (whole, rest) = (value / divisor, value % divisor);
    if rounds && rest.unsigned_abs() * 2 >= divisor.unsigned_abs() {
        whole + value.signum()
    } else {
        whole
    }
}

/// The day or instant that one of the words `epoch`, `now`, `today`, `tomorrow` and `yesterday` stands for in a constant
/// text.
pub(crate) fn special_value(text: &str, to: &DataType, settings: &Settings) -> Option<ScalarValue> {
    let text = text
        .trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
        .to_ascii_lowercase();
    let today = settings.today();
    let zone = settings.zone();
    let now = settings.now;
    let days = match text.as_str() {
        "epoch" => 0,
        "now" | "today" => today,
        "tomorrow" => today + 1,
        "yesterday" => today - 1,
        _ => return None,
    };
    let micros = days * MICROS_PER_DAY;
    Some(match to {
        DataType::Date => ScalarValue::Date32(Some(i32::try_from(days).ok()?)),
        DataType::Timestamp => {
            let instant = match text.as_str() {
                "epoch" => 0,
                "now" => now,
                _ => zone.to_instant(micros),
            };
            ScalarValue::TimestampMicrosecond(
                Some(instant),
                Some(format::schema::TIMESTAMP_ZONE.into()),
            )
        }
        DataType::TimestampNtz => {
            let local = if text == "now" {
                zone.to_local(now)
            } else {
                micros
            };
            ScalarValue::TimestampMicrosecond(Some(local), None)
        }
        _ => return None,
    })
}
