//! `sequence`: numbers, dates and times from one to another.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, NullBufferBuilder, TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, DurationMicrosecondType, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimestampMicrosecondType,
};
use format::time::{Date, MICROS_PER_DAY, Zone};
use sql::DataType;

use super::lists::{element_of, list_of, offset};
use super::make::MAX_ELEMENTS;
use crate::call::Call;
use crate::coerce::widest_type;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{array, is_integral};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[Function::scalar(
    "sequence",
    Group::Array,
    (2, 3),
    "sequence(start, stop[, step]) - Returns the array from `start` to `stop`, both included; the step is 1 or 1 day, down if `start` is larger.",
    sequence,
    Kernel::Scalar(run),
)];

fn is_interval(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::CalendarInterval
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..)
    )
}

fn is_time(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampNtz
    )
}

fn sequence(mut call: Call<'_>) -> Result<Typed> {
    let with_step = call.arguments.len() == 3;
    let alike = if with_step && is_interval(call.type_of(2)) {
        2
    } else {
        call.arguments.len()
    };
    let types = (0..alike).map(|index| call.type_of(index));
    if let Some(common) = widest_type(types, call.settings.ansi) {
        for index in 0..alike {
            call.cast_argument(index, &common)?;
        }
    }
    let (start, stop) = (call.type_of(0).clone(), call.type_of(1).clone());
    let step = with_step.then(|| call.type_of(2).clone());
    let fits = start == stop
        && match &step {
            None => is_integral(&start) || is_time(&start),
            Some(step) if is_integral(&start) => *step == start,
            Some(step) => is_time(&start) && is_interval(step),
        };
    if !fits {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
            "`sequence` uses the wrong parameter type. The parameter type must conform to:\n1. The start and stop expressions must resolve to the same type.\n2. If start and stop expressions resolve to the (\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\") type, then the step expression must resolve to the (\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\") type.\n3. Otherwise, if start and stop expressions resolve to the \"INTEGRAL\" type, then the step expression must resolve to the same type.",
        ));
    }
    call.invoke(array(start))
}

/// How far it is to the next element. Months have no fixed length, days neither where clocks are changed.
#[derive(Clone, Copy)]
struct Step {
    months: i32,
    days: i32,
    micros: i64,
}

fn run(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (start, stop) = (arguments.array(0)?, arguments.array(1)?);
    let mut nulls = NullBuffer::union(start.nulls(), stop.nulls());
    if arguments.len() == 3 {
        nulls = NullBuffer::union(nulls.as_ref(), arguments.array(2)?.nulls());
    }
    let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let element = element_of(arguments.return_type)?.data_type().clone();
    let zone = match &element {
        ArrowType::Timestamp(_, None) => Zone::UTC,
        _ => arguments.settings.zone(),
    };
    let starts = as_longs(&start)?;
    let stops = as_longs(&stop)?;
    let steps = Steps::new(arguments)?;
    let mut values = Vec::new();
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    let mut valid = NullBufferBuilder::new(arguments.rows);
    offsets.push(0);
    for row in 0..arguments.rows {
        valid.append(!is_null(row));
        if !is_null(row) {
            let (start, stop) = (starts.value(row), stops.value(row));
            match &steps {
                Steps::None => {
                    let days = if start <= stop { 1 } else { -1 };
                    if matches!(element, ArrowType::Timestamp(..)) {
                        let step = Step {
                            months: 0,
                            days,
                            micros: 0,
                        };
                        times(&mut values, start, stop, step, &element, zone)?;
                    } else {
                        numbers(&mut values, start, stop, i64::from(days))?;
                    }
                }
                Steps::Numbers(steps) => numbers(&mut values, start, stop, steps.value(row))?,
                Steps::Intervals(steps) => {
                    times(&mut values, start, stop, steps[row], &element, zone)?;
                }
            }
        }
        offsets.push(offset(values.len())?);
    }
    let values: ArrayRef = match &element {
        ArrowType::Date32 => Arc::new(Date32Array::from_iter_values(
            values.iter().map(|day| *day as i32),
        )),
        ArrowType::Timestamp(_, zone) => {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone_opt(zone.clone()))
        }
        other => cast(&Int64Array::from(values), other)?,
    };
    list_of(values, offsets, valid.finish(), arguments.return_type)
}

/// Numbers, days or microseconds as they are.
fn as_longs(array: &ArrayRef) -> Result<Int64Array> {
    Ok(match array.data_type() {
        ArrowType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            days.unary(i64::from)
        }
        ArrowType::Timestamp(..) => array
            .as_primitive::<TimestampMicrosecondType>()
            .reinterpret_cast::<Int64Type>(),
        _ => cast(array, &ArrowType::Int64)?
            .as_primitive::<Int64Type>()
            .clone(),
    })
}

/// The third argument.
enum Steps {
    None,
    Numbers(Int64Array),
    Intervals(Vec<Step>),
}

impl Steps {
    fn new(arguments: &Arguments<'_>) -> Result<Steps> {
        if arguments.len() < 3 {
            return Ok(Steps::None);
        }
        let steps = arguments.array(2)?;
        Ok(match steps.data_type() {
            ArrowType::Interval(IntervalUnit::YearMonth) => {
                let steps = steps.as_primitive::<IntervalYearMonthType>();
                let steps = steps.values().iter();
                let steps = steps.map(|months| Step {
                    months: *months,
                    days: 0,
                    micros: 0,
                });
                Steps::Intervals(steps.collect())
            }
            ArrowType::Duration(_) => {
                let steps = steps.as_primitive::<DurationMicrosecondType>();
                let steps = steps.values().iter().map(|micros| Step {
                    months: 0,
                    days: (micros / MICROS_PER_DAY) as i32,
                    micros: micros % MICROS_PER_DAY,
                });
                Steps::Intervals(steps.collect())
            }
            ArrowType::Interval(_) => {
                let steps = steps.as_primitive::<IntervalMonthDayNanoType>();
                let steps = steps.values().iter().map(|step| Step {
                    months: step.months,
                    days: step.days,
                    micros: step.nanoseconds / 1000,
                });
                Steps::Intervals(steps.collect())
            }
            _ => Steps::Numbers(as_longs(&steps)?),
        })
    }
}

fn numbers(values: &mut Vec<i64>, start: i64, stop: i64, step: i64) -> Result<()> {
    let count = length(start, stop, step)?;
    check_total(values, count)?;
    let mut next = start;
    for _ in 0..count {
        values.push(next);
        next = next.wrapping_add(step);
    }
    Ok(())
}

/// How many elements there are from `start` to `stop`.
fn length(start: i64, stop: i64, step: i64) -> Result<usize> {
    let is_legal =
        (step > 0 && start <= stop) || (step < 0 && start >= stop) || (step == 0 && start == stop);
    if !is_legal {
        return Err(illegal(start, stop, step));
    }
    if start == stop {
        return Ok(1);
    }
    let count = 1 + (i128::from(stop) - i128::from(start)) / i128::from(step);
    if count > i128::from(MAX_ELEMENTS) {
        return Err(Error::data(
            "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
            format!(
                "Can't create array with {count} elements which exceeding the array size limit {MAX_ELEMENTS}, the value of parameter(s) `count` in the function `sequence` is invalid."
            ),
        ));
    }
    Ok(count as usize)
}

/// Spark gives this error no condition.
fn illegal(start: i64, stop: i64, step: i64) -> Error {
    Error::data(
        "INVALID_SEQUENCE_BOUNDARIES",
        format!("Illegal sequence boundaries: {start} to {stop} by {step}"),
    )
}

fn check_total(values: &[i64], count: usize) -> Result<()> {
    offset(values.len() + count).map(|_| ())
}

/// Days of a month in the estimate of a length (Spark: `microsPerMonth`).
const DAYS_OF_MONTH: i64 = 28;

fn times(
    values: &mut Vec<i64>,
    start: i64,
    stop: i64,
    step: Step,
    element: &ArrowType,
    zone: Zone,
) -> Result<()> {
    let is_date = *element == ArrowType::Date32;
    if is_date && step.months == 0 && step.days == 0 {
        return Err(Error::data(
            "_LEGACY_ERROR_TEMP_3242",
            "sequence step must be an interval of day granularity if start and end values are dates",
        ));
    }
    if step.months == 0 && step.micros == 0 && is_date {
        return numbers(values, start, stop, i64::from(step.days));
    }
    if step.months == 0 && step.days == 0 {
        return numbers(values, start, stop, step.micros);
    }
    // The local times: days of the calendar are added to them.
    let to_instant = |day: i64| zone.to_instant(day.saturating_mul(MICROS_PER_DAY));
    let (start, stop) = if is_date {
        (to_instant(start), to_instant(stop))
    } else {
        (start, stop)
    };
    let days = i64::from(step.days) + i64::from(step.months) * DAYS_OF_MONTH;
    let estimate = days
        .saturating_mul(MICROS_PER_DAY)
        .saturating_add(step.micros);
    let most = length(start, stop, estimate)?;
    check_total(values, most)?;
    for index in 0..=most as i64 {
        let at = add(start, step, index, zone);
        let is_inside = if estimate > 0 { at <= stop } else { at >= stop };
        if !is_inside {
            break;
        }
        values.push(if is_date {
            zone.to_local(at).div_euclid(MICROS_PER_DAY)
        } else {
            at
        });
    }
    Ok(())
}

/// The time `count` steps after `start` on the clocks of the zone.
fn add(start: i64, step: Step, count: i64, zone: Zone) -> i64 {
    let local = zone.to_local(start);
    let (day, time) = (
        local.div_euclid(MICROS_PER_DAY),
        local.rem_euclid(MICROS_PER_DAY),
    );
    let day = add_months(day, i64::from(step.months) * count) + i64::from(step.days) * count;
    let at = if step.months == 0 && step.days == 0 {
        start
    } else {
        zone.to_instant(day.saturating_mul(MICROS_PER_DAY).saturating_add(time))
    };
    at.saturating_add(step.micros.saturating_mul(count))
}

/// The same day of the month some months later, or the last day of that month.
fn add_months(day: i64, months: i64) -> i64 {
    if months == 0 {
        return day;
    }
    let date = Date::from_days(day);
    let month = date.year * 12 + i64::from(date.month) - 1 + months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
    let mut last = date.day;
    loop {
        if let Some(date) = Date::new(year, month, last) {
            return date.to_days();
        }
        last -= 1;
    }
}
