//! `+`, `-`, `*`, `/` and `div` where an operand is a date, a time or an interval.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, DurationMicrosecondType, Float64Type,
    Int64Type, IntervalMonthDayNanoType, IntervalUnit as ArrowUnit, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use format::time::MICROS_PER_DAY;
use sql::{DataType, IntervalUnit};

use super::shift::add_calendar;
use super::{Values, add_months, collect, extract, locals, unsupported_time, zone_of};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::arithmetic::{Operator, wrong_type};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{DAY_TIME, YEAR_MONTH, is_integral, is_numeric, is_string};
use crate::udf::Arguments;
use values::interval::{self, Calendar};

const fn hidden(
    name: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
    kernel: Kernel,
) -> Function {
    Function::scalar(name, Group::Operator, (1, 3), "", resolve, kernel)
}

const fn kernel(name: &'static str, kernel: fn(&Arguments<'_>) -> Result<ArrayRef>) -> Function {
    hidden(
        name,
        |_| Err(Error::internal("resolved by the operators only")),
        Kernel::Scalar(kernel),
    )
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    hidden("__datetime_add", add, Kernel::Rewritten),
    hidden("__datetime_subtract", subtract, Kernel::Rewritten),
    hidden("__interval_multiply", multiply, Kernel::Rewritten),
    hidden("__interval_divide", divide, Kernel::Rewritten),
    hidden("__interval_div", integral_divide, Kernel::Rewritten),
    kernel("__shift", |arguments| shift(arguments, 1)),
    kernel("__shift_back", |arguments| shift(arguments, -1)),
    kernel("__subtract_dates", subtract_dates),
    kernel("__subtract_timestamps", subtract_timestamps),
    kernel("__interval_sum", |arguments| sum(arguments, 1)),
    kernel("__interval_difference", |arguments| sum(arguments, -1)),
    kernel("__interval_times", |arguments| scale(arguments, false)),
    kernel("__interval_by", |arguments| scale(arguments, true)),
    kernel("__interval_ratio", ratio),
    kernel("__interval_days", extract::whole_days),
];

/// The call of a kernel of this module.
fn invoke(
    call: &Call<'_>,
    name: &'static str,
    arguments: Vec<Typed>,
    data_type: DataType,
    nullable: bool,
) -> Result<Typed> {
    let Some(function) = crate::function::find(name) else {
        return Err(Error::internal(format!("there is no function {name}")));
    };
    let mut lambdas = crate::call::NoLambdas;
    let nullable = nullable || arguments.iter().any(|argument| argument.nullable);
    let place = call.place.clone();
    let call = Call::new(function, arguments, call.settings, place, &mut lambdas);
    call.invoke_nullable(data_type, nullable)
}

fn is_interval(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::CalendarInterval
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..)
    )
}

fn is_timestamp(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp | DataType::TimestampNtz)
}

fn is_days(data_type: &DataType) -> bool {
    *data_type == DataType::DayTimeInterval(IntervalUnit::Day, IntervalUnit::Day)
}

/// The types that a timestamp is taken from, as Spark lists them.
const ANY_TIMESTAMP: &str = "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN \
                             [7, 9])\")";

/// `BINARY_OP_DIFF_TYPES`: no operator for these operands.
fn different_types(call: &Call<'_>, symbol: &str) -> Error {
    let (a, b) = (&call.arguments[0], &call.arguments[1]);
    Error::analysis(
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        format!(
            "Cannot resolve \"({} {symbol} {})\" due to data type mismatch: the left and right operands of the binary operator \
             have incompatible types (\"{}\" and \"{}\").",
            a.name,
            b.name,
            a.data_type.sql(),
            b.data_type.sql()
        ),
    )
}

fn refuse_time(call: &Call<'_>) -> Result<()> {
    let has_time = call
        .arguments
        .iter()
        .any(|a| matches!(a.data_type, DataType::Time(_)));
    if has_time {
        Err(unsupported_time())
    } else {
        Ok(())
    }
}

fn add(call: Call<'_>) -> Result<Typed> {
    use DataType as T;
    refuse_time(&call)?;
    let (a, b) = (call.arguments[0].clone(), call.arguments[1].clone());
    match (&a.data_type, &b.data_type) {
        (a_type, b_type) if is_interval(a_type) && is_interval(b_type) => {
            combine(&call, a, b, "__interval_sum", "+")
        }
        (T::Void, b_type) if is_interval(b_type) => {
            let a = Typed::null(b_type.clone());
            combine(&call, a, b, "__interval_sum", "+")
        }
        (a_type, T::Void) if is_interval(a_type) => {
            let b = Typed::null(a_type.clone());
            combine(&call, a, b, "__interval_sum", "+")
        }
        (_, b_type) if is_interval(b_type) => shifted(&call, a, b, false),
        (a_type, _) if is_interval(a_type) => shifted(&call, b, a, false),
        (T::Date, T::Void) => shifted(&call, a, Typed::null(DAY_TIME), false),
        (T::Date, b_type) if !is_string(b_type) => call.call("date_add", vec![a, b]),
        (a_type, T::Date) if !is_string(a_type) => call.call("date_add", vec![b, a]),
        (T::Date, _) | (_, T::Date) => Err(call.unexpected_type_at(
            1,
            usize::from(a.data_type == T::Date),
            "(\"INT\" or \"SMALLINT\" or \"TINYINT\")",
        )),
        (a_type, b_type) if a_type == b_type => Err(wrong_type(&call, Operator::Add, a_type)),
        _ => Err(different_types(&call, "+")),
    }
}

fn subtract(call: Call<'_>) -> Result<Typed> {
    use DataType as T;
    refuse_time(&call)?;
    let (mut a, mut b) = (call.arguments[0].clone(), call.arguments[1].clone());
    let name = format!("({} - {})", a.name, b.name);
    match (&a.data_type, &b.data_type) {
        (a_type, b_type) if is_interval(a_type) && is_interval(b_type) => {
            combine(&call, a, b, "__interval_difference", "-")
        }
        (T::Void, b_type) if is_interval(b_type) => {
            let a = Typed::null(b_type.clone());
            combine(&call, a, b, "__interval_difference", "-")
        }
        (a_type, T::Void) if is_interval(a_type) => {
            let b = Typed::null(a_type.clone());
            combine(&call, a, b, "__interval_difference", "-")
        }
        (_, b_type) if is_interval(b_type) => shifted(&call, a, b, true),
        (a_type, b_type) if is_timestamp(a_type) || is_timestamp(b_type) => {
            let takes = |data_type: &T| {
                is_timestamp(data_type)
                    || is_string(data_type)
                    || matches!(data_type, T::Date | T::Void)
            };
            if is_interval(a_type) {
                return Err(call.unexpected_type(0, ANY_TIMESTAMP));
            }
            if !takes(a_type) || !takes(b_type) {
                return Err(different_types(&call, "-"));
            }
            // The difference is that of the local times.
            let common = match (a_type, b_type) {
                (T::TimestampNtz, _) | (_, T::TimestampNtz) => T::TimestampNtz,
                _ => T::Timestamp,
            };
            a = call.cast(a, &common)?;
            b = call.cast(b, &common)?;
            Ok(invoke(&call, "__subtract_timestamps", vec![a, b], DAY_TIME, false)?.named(name))
        }
        (a_type, T::Date | T::Void)
            if *a_type == T::Date || is_string(a_type) || *a_type == T::Void =>
        {
            a = call.cast(a, &T::Date)?;
            b = call.cast(b, &T::Date)?;
            let days = T::DayTimeInterval(IntervalUnit::Day, IntervalUnit::Day);
            Ok(invoke(&call, "__subtract_dates", vec![a, b], days, false)?.named(name))
        }
        (a_type, T::Date) if is_interval(a_type) => Err(call.unexpected_type(0, "\"DATE\"")),
        (T::Date, b_type) if !is_string(b_type) => call.call("date_sub", vec![a, b]),
        (T::Date, _) => {
            Err(call.unexpected_type_at(1, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")"))
        }
        _ => Err(different_types(&call, "-")),
    }
}

/// Two intervals of a kind.
fn combine(
    call: &Call<'_>,
    a: Typed,
    b: Typed,
    kernel: &'static str,
    symbol: &str,
) -> Result<Typed> {
    use DataType as T;
    let data_type = match (&a.data_type, &b.data_type) {
        (T::CalendarInterval, T::CalendarInterval) => T::CalendarInterval,
        (T::YearMonthInterval(f1, t1), T::YearMonthInterval(f2, t2)) => {
            T::YearMonthInterval(*f1.max(f2), *t1.min(t2))
        }
        (T::DayTimeInterval(f1, t1), T::DayTimeInterval(f2, t2)) => {
            T::DayTimeInterval(*f1.max(f2), *t1.min(t2))
        }
        (T::DayTimeInterval(..), _) | (_, T::DayTimeInterval(..)) => {
            let index = usize::from(matches!(a.data_type, T::DayTimeInterval(..)));
            return Err(call.unexpected_type(index, "\"TIMESTAMP\""));
        }
        _ => return Err(different_types(call, symbol)),
    };
    let name = format!("({} {symbol} {})", a.name, b.name);
    Ok(invoke(call, kernel, vec![a, b], data_type, false)?.named(name))
}

/// A date, timestamp or text an interval later or earlier.
fn shifted(call: &Call<'_>, value: Typed, by: Typed, is_back: bool) -> Result<Typed> {
    use DataType as T;
    let symbol = if is_back { "-" } else { "+" };
    let name = format!("{} {symbol} {}", value.name, by.name);
    if value.data_type == T::Date && is_days(&by.data_type) {
        let days_name = format!("extractansiintervaldays({})", by.name);
        let days = invoke(call, "__interval_days", vec![by], T::Integer, false)?.named(&days_name);
        if !is_back {
            return call.call("date_add", vec![value, days]);
        }
        let name = format!("date_add({}, (- {days_name}))", value.name);
        return Ok(call.call("date_sub", vec![value, days])?.named(name));
    }
    let result = match (&value.data_type, &by.data_type) {
        (T::Date, T::DayTimeInterval(..)) => T::Timestamp,
        (T::Date, _) => T::Date,
        (data_type, _) if is_timestamp(data_type) => data_type.clone(),
        (_, T::YearMonthInterval(..)) => return Err(different_types(call, symbol)),
        (data_type, _) if is_string(data_type) || *data_type == T::Void => T::Timestamp,
        _ => return Err(call.unexpected_type(0, "\"TIMESTAMP\"")),
    };
    let is_text = is_string(&value.data_type);
    let value = call.cast(value, &result)?;
    let kernel = if is_back { "__shift_back" } else { "__shift" };
    let shifted = invoke(call, kernel, vec![value, by], result, false)?;
    let shifted = if is_text {
        call.cast(shifted, &T::String)?
    } else {
        shifted
    };
    Ok(shifted.named(name))
}

/// An interval times a number, on either side.
fn multiply(call: Call<'_>) -> Result<Typed> {
    let (a, b) = (call.arguments[0].clone(), call.arguments[1].clone());
    let (interval, number) = if is_interval(&a.data_type) {
        (a, b)
    } else {
        (b, a)
    };
    scaled(
        &call,
        interval,
        number,
        "__interval_times",
        "*",
        "multiply_interval",
    )
}

fn divide(call: Call<'_>) -> Result<Typed> {
    let (a, b) = (call.arguments[0].clone(), call.arguments[1].clone());
    if !is_interval(&a.data_type) {
        return Err(different_types(&call, "/"));
    }
    scaled(&call, a, b, "__interval_by", "/", "divide_interval")
}

fn scaled(
    call: &Call<'_>,
    interval: Typed,
    number: Typed,
    kernel: &'static str,
    symbol: &str,
    function: &str,
) -> Result<Typed> {
    use DataType as T;
    if !is_interval(&interval.data_type) {
        return Err(different_types(call, symbol));
    }
    let is_calendar = interval.data_type == T::CalendarInterval;
    let takes = is_numeric(&number.data_type)
        || is_string(&number.data_type)
        || number.data_type == T::Void;
    if !takes {
        return Err(call.unexpected_type(1, "\"NUMERIC\""));
    }
    let is_double = is_calendar || is_string(&number.data_type) || number.data_type == T::Void;
    let to = match &number.data_type {
        _ if is_double => T::Double,
        data_type if is_integral(data_type) => T::Long,
        T::Float => T::Double,
        other => other.clone(),
    };
    let name = if is_calendar {
        format!("{function}({}, {})", interval.name, number.name)
    } else {
        format!("({} {symbol} {})", interval.name, number.name)
    };
    let number = call.cast(number, &to)?;
    let data_type = match interval.data_type {
        T::CalendarInterval => T::CalendarInterval,
        T::YearMonthInterval(..) => YEAR_MONTH,
        _ => DAY_TIME,
    };
    Ok(invoke(call, kernel, vec![interval, number], data_type, is_calendar)?.named(name))
}

/// How often an interval goes into another one.
fn integral_divide(call: Call<'_>) -> Result<Typed> {
    use DataType as T;
    let (a, b) = (call.arguments[0].clone(), call.arguments[1].clone());
    let fits = matches!(
        (&a.data_type, &b.data_type),
        (T::YearMonthInterval(..), T::YearMonthInterval(..))
            | (T::DayTimeInterval(..), T::DayTimeInterval(..))
    );
    if !fits {
        return Err(different_types(&call, "div"));
    }
    let name = format!("({} div {})", a.name, b.name);
    Ok(invoke(&call, "__interval_ratio", vec![a, b], T::Long, true)?.named(name))
}

/// Intervals of any kind as calendar intervals.
fn calendars(
    arguments: &Arguments<'_>,
    index: usize,
) -> Result<Box<dyn Fn(usize) -> Option<Calendar>>> {
    Ok(match arguments.data_type(index) {
        ArrowType::Duration(_) => {
            let values = Values::<DurationMicrosecondType>::of(arguments, index)?;
            Box::new(move |row| {
                values.get(row).map(|micros| Calendar {
                    micros,
                    ..Calendar::default()
                })
            })
        }
        ArrowType::Interval(ArrowUnit::YearMonth) => {
            let values = Values::<IntervalYearMonthType>::of(arguments, index)?;
            Box::new(move |row| {
                values.get(row).map(|months| Calendar {
                    months,
                    ..Calendar::default()
                })
            })
        }
        _ => {
            let values = Values::<IntervalMonthDayNanoType>::of(arguments, index)?;
            Box::new(move |row| values.get(row).map(Calendar::from_arrow))
        }
    })
}

fn shift(arguments: &Arguments<'_>, sign: i64) -> Result<ArrayRef> {
    let by = calendars(arguments, 1)?;
    let overflow = super::unix::overflow;
    if arguments.data_type(0) == ArrowType::Date32 {
        let dates = Values::<Date32Type>::of(arguments, 0)?;
        return collect::<Date32Type>(arguments, |row| {
            let Some((days, by)) = dates.get(row).zip(by(row)) else {
                return Ok(None);
            };
            if by.micros != 0 && arguments.settings.ansi {
                return Err(Error::data(
                    "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION",
                    "Cannot add an interval to a date because its microseconds part is not 0. To resolve this, cast the input \
                     date to a timestamp, which supports the addition of intervals with non-zero microseconds.",
                ));
            }
            if by.micros != 0 {
                let local = i64::from(days).checked_mul(MICROS_PER_DAY);
                let zone = arguments.settings.zone();
                let instant = local
                    .map(|local| zone.to_instant(local))
                    .ok_or_else(overflow)?;
                let later = add_calendar(
                    instant,
                    sign * i64::from(by.months),
                    sign * i64::from(by.days),
                    by.micros.saturating_mul(sign),
                    zone,
                );
                let local = zone.to_local(later.ok_or_else(overflow)?);
                return super::calendar::date_of(Some(local.div_euclid(MICROS_PER_DAY)));
            }
            let later = add_months(days.into(), sign * i64::from(by.months));
            super::calendar::date_of(later.map(|days| days + sign * i64::from(by.days)))
        });
    }
    let zone = zone_of(arguments, 0);
    // Whole days of a day-time interval are days of the calendar: across daylight saving the time of day stays.
    let has_days = matches!(arguments.data_type(1), ArrowType::Duration(_));
    let values = Values::<TimestampMicrosecondType>::of(arguments, 0)?;
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let Some((value, by)) = values.get(row).zip(by(row)) else {
            return Ok(None);
        };
        let mut micros = by.micros.checked_mul(sign).ok_or_else(overflow)?;
        let (months, mut days) = (sign * i64::from(by.months), sign * i64::from(by.days));
        if has_days {
            (days, micros) = (micros / MICROS_PER_DAY, micros % MICROS_PER_DAY);
        }
        add_calendar(value, months, days, micros, zone)
            .map(Some)
            .ok_or_else(overflow)
    })
}

fn subtract_dates(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (ends, starts) = (
        Values::<Date32Type>::of(arguments, 0)?,
        Values::<Date32Type>::of(arguments, 1)?,
    );
    collect::<DurationMicrosecondType>(arguments, |row| {
        let Some((end, start)) = ends.get(row).zip(starts.get(row)) else {
            return Ok(None);
        };
        let days = i64::from(end) - i64::from(start);
        days.checked_mul(MICROS_PER_DAY)
            .map(Some)
            .ok_or_else(interval::overflow)
    })
}

/// The difference of the local times, as on a clock.
fn subtract_timestamps(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (ends, starts) = (locals(arguments, 0)?, locals(arguments, 1)?);
    collect::<DurationMicrosecondType>(arguments, |row| {
        let Some((end, start)) = ends.get(row).zip(starts.get(row)) else {
            return Ok(None);
        };
        end.checked_sub(start)
            .map(Some)
            .ok_or_else(interval::overflow)
    })
}

fn sum(arguments: &Arguments<'_>, sign: i64) -> Result<ArrayRef> {
    let function = if sign > 0 { "try_add" } else { "try_subtract" };
    let overflow = || interval::overflow_with(function);
    let (left, right) = (calendars(arguments, 0)?, calendars(arguments, 1)?);
    let total = |row: usize| -> Result<Option<Calendar>> {
        let Some((a, b)) = left(row).zip(right(row)) else {
            return Ok(None);
        };
        let part = |a: i32, b: i32| i32::try_from(i64::from(a) + sign * i64::from(b)).ok();
        let micros = match sign {
            1 => a.micros.checked_add(b.micros),
            _ => a.micros.checked_sub(b.micros),
        };
        match (part(a.months, b.months), part(a.days, b.days), micros) {
            (Some(months), Some(days), Some(micros)) => Ok(Some(Calendar {
                months,
                days,
                micros,
            })),
            _ => Err(overflow()),
        }
    };
    give(arguments, total)
}

/// Calendar intervals as the promised kind of interval.
fn give(
    arguments: &Arguments<'_>,
    of: impl Fn(usize) -> Result<Option<Calendar>>,
) -> Result<ArrayRef> {
    match arguments.return_type {
        ArrowType::Duration(_) => collect::<DurationMicrosecondType>(arguments, |row| {
            Ok(of(row)?.map(|value| value.micros))
        }),
        ArrowType::Interval(ArrowUnit::YearMonth) => collect::<IntervalYearMonthType>(
            arguments,
            |row| Ok(of(row)?.map(|value| value.months)),
        ),
        _ => collect::<IntervalMonthDayNanoType>(arguments, |row| {
            of(row)?.map(Calendar::to_arrow).transpose()
        }),
    }
}

/// A number that an interval is multiplied with or divided by.
enum Number {
    Whole(i64),
    Decimal(i128, i128),
    Double(f64),
}

fn scale(arguments: &Arguments<'_>, is_division: bool) -> Result<ArrayRef> {
    let values = calendars(arguments, 0)?;
    let array = arguments.array(1)?;
    let number = |row: usize| -> Option<Number> {
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            ArrowType::Int64 => Number::Whole(array.as_primitive::<Int64Type>().value(row)),
            ArrowType::Decimal128(_, scale) => {
                let unit = 10i128.pow(u32::from(scale.clamp(&0, &38).unsigned_abs()));
                Number::Decimal(array.as_primitive::<Decimal128Type>().value(row), unit)
            }
            _ => Number::Double(array.as_primitive::<Float64Type>().value(row)),
        })
    };
    let is_calendar = matches!(
        arguments.return_type,
        ArrowType::Interval(ArrowUnit::MonthDayNano)
    );
    let ansi = arguments.settings.ansi;
    let scaled = |row: usize| -> Result<Option<Calendar>> {
        let Some((value, number)) = values(row).zip(number(row)) else {
            return Ok(None);
        };
        let is_zero = match number {
            Number::Whole(number) => number == 0,
            Number::Decimal(number, _) => number == 0,
            Number::Double(number) => number == 0.0,
        };
        if is_division && is_zero {
            if is_calendar && !ansi {
                return Ok(None);
            }
            return Err(Error::data(
                "INTERVAL_DIVIDED_BY_ZERO",
                "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.",
            ));
        }
        let scaled = if is_calendar {
            let Number::Double(number) = number else {
                return Err(Error::internal(
                    "a calendar interval times what is no double",
                ));
            };
            scale_calendar(value, number, is_division)
        } else {
            scale_one(value.months.into(), &number, is_division)
                .and_then(|months| i32::try_from(months).ok())
                .zip(scale_one(value.micros, &number, is_division))
                .map(|(months, micros)| Calendar {
                    months,
                    days: 0,
                    micros,
                })
        };
        match scaled {
            Some(value) => Ok(Some(value)),
            None if is_calendar && !ansi => Ok(None),
            None => Err(interval::overflow_with(if is_division {
                "try_divide"
            } else {
                "try_multiply"
            })),
        }
    };
    give(arguments, scaled)
}

/// A number of months or microseconds, rounded half away from zero; none if it does not fit.
fn scale_one(value: i64, number: &Number, is_division: bool) -> Option<i64> {
    let round = |dividend: i128, divisor: i128| -> Option<i64> {
        let (whole, rest) = (dividend / divisor, dividend % divisor);
        let is_up = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) && rest != 0;
        let away = if (dividend < 0) == (divisor < 0) {
            1
        } else {
            -1
        };
        i64::try_from(if is_up { whole + away } else { whole }).ok()
    };
    match number {
        Number::Whole(number) if is_division => round(value.into(), i128::from(*number)),
        Number::Whole(number) => value.checked_mul(*number),
        Number::Decimal(number, unit) if is_division => {
            round(i128::from(value).checked_mul(*unit)?, *number)
        }
        Number::Decimal(number, unit) => round(i128::from(value).checked_mul(*number)?, *unit),
        Number::Double(number) => {
            let scaled = if is_division {
                value as f64 / number
            } else {
                value as f64 * number
            };
            let rounded = scaled.round();
            let fits = rounded >= i64::MIN as f64 && rounded < i64::MAX as f64;
            fits.then_some(rounded as i64)
        }
    }
}

/// Parts of a day go to the microseconds.
fn scale_calendar(value: Calendar, number: f64, is_division: bool) -> Option<Calendar> {
    let scaled = |part: f64| {
        if is_division {
            part / number
        } else {
            part * number
        }
    };
    let whole = |part: f64| -> Option<i32> {
        let cut = part.trunc();
        (cut >= f64::from(i32::MIN) && cut <= f64::from(i32::MAX)).then_some(cut as i32)
    };
    let months = whole(scaled(value.months.into()))?;
    let days_with_fraction = scaled(value.days.into());
    let days = whole(days_with_fraction)?;
    let micros = scaled(value.micros as f64)
        + MICROS_PER_DAY as f64 * (days_with_fraction - f64::from(days));
    let micros = (micros + 0.5).floor();
    let fits = micros >= i64::MIN as f64 && micros < i64::MAX as f64;
    fits.then_some(Calendar {
        months,
        days,
        micros: micros as i64,
    })
}

fn ratio(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let longs = |index: usize| -> Result<ArrayRef> {
        let array = arguments.array(index)?;
        Ok(match array.data_type() {
            ArrowType::Interval(_) => {
                let months = array.as_primitive::<IntervalYearMonthType>();
                std::sync::Arc::new(months.unary::<_, Int64Type>(i64::from))
            }
            _ => arrow_cast(&array, &ArrowType::Int64)?,
        })
    };
    let (left, right) = (longs(0)?, longs(1)?);
    let (left, right) = (
        left.as_primitive::<Int64Type>(),
        right.as_primitive::<Int64Type>(),
    );
    collect::<Int64Type>(arguments, |row| {
        if left.is_null(row) || right.is_null(row) {
            return Ok(None);
        }
        match left.value(row).checked_div(right.value(row)) {
            Some(count) => Ok(Some(count)),
            None if right.value(row) != 0 => Err(interval::overflow_with("try_divide")),
            None if arguments.settings.ansi => Err(Error::data(
                "INTERVAL_DIVIDED_BY_ZERO",
                "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.",
            )),
            None => Ok(None),
        }
    })
}
