//! `abs`, `sign`, `pmod`, `factorial` and `width_bucket`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType as ArrowType, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType,
    TimeUnit,
};
use sql::DataType;

use crate::call::Call;
use crate::columns::{Flagged, map, map_flagged};
use crate::error::{Error, Result};
use crate::family::arithmetic::{Mode, Operator, overflow, resolve, run};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, DOUBLE, INT, LONG, is_string};
use crate::udf::Arguments;

const NUMBER_OR_INTERVAL: Accepts =
    Accepts::OneOf(&[Accepts::Numeric, Accepts::DayTime, Accepts::YearMonth]);
const DOUBLE_OR_INTERVAL: Accepts = Accepts::OneOf(&[DOUBLE, Accepts::YearMonth, Accepts::DayTime]);

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "abs",
        Group::Math,
        (1, 1),
        "abs(expr) - Returns the absolute value of a number or an interval.",
        |mut call| {
            if is_string(call.type_of(0)) {
                call.cast_argument(0, &DataType::Double)?;
            }
            let mut call = call.accept(&[NUMBER_OR_INTERVAL])?;
            // Spark shows no place for an overflow here.
            call.place = None;
            let data_type = call.type_of(0).clone();
            call.invoke(data_type)
        },
        Kernel::Scalar(absolute),
    ),
    Function::scalar(
        "sign",
        Group::Math,
        (1, 1),
        "sign(expr) - Returns -1.0, 0.0 or 1.0 as `expr` is negative, 0 or positive.",
        |call| call.accept(&[DOUBLE_OR_INTERVAL])?.invoke(DataType::Double),
        Kernel::Scalar(sign),
    ),
    Function::scalar(
        "signum",
        Group::Math,
        (1, 1),
        "signum(expr) - Returns -1.0, 0.0 or 1.0 as `expr` is negative, 0 or positive.",
        |call| call.accept(&[DOUBLE_OR_INTERVAL])?.invoke(DataType::Double),
        Kernel::Scalar(sign),
    ),
    Function::scalar(
        "pmod",
        Group::Math,
        (2, 2),
        "pmod(expr1, expr2) - Returns the positive remainder of `expr1` divided by `expr2`.",
        |call| resolve(call, Operator::PositiveRemainder),
        Kernel::Scalar(|arguments| {
            run(arguments, Operator::PositiveRemainder, Mode::of(arguments))
        }),
    ),
    Function::scalar(
        "factorial",
        Group::Math,
        (1, 1),
        "factorial(expr) - Returns the factorial of `expr`, which is 0 to 20; NULL for others.",
        |call| call.accept(&[INT])?.invoke_nullable(DataType::Long, true),
        Kernel::Scalar(|arguments| {
            Ok(Arc::new(map_flagged::<Int32Type, Int64Type>(
                arguments,
                |n| {
                    (
                        (1..=i64::from(n.clamp(0, 20))).product(),
                        !(0..=20).contains(&n),
                    )
                },
                Flagged(|_, _| Ok(None)),
            )?))
        }),
    ),
    Function::scalar(
        "width_bucket",
        Group::Math,
        (4, 4),
        "width_bucket(value, min, max, buckets) - Returns the number of the bucket that `value` falls in, of as many equally \
         wide ones between `min` and `max`.",
        width_bucket,
        Kernel::Scalar(run_width_bucket),
    ),
];

fn absolute(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ansi = arguments.settings.ansi;
    Ok(match arguments.data_type(0) {
        ArrowType::Int8 => absolute_of::<Int8Type>(arguments, ansi)?,
        ArrowType::Int16 => absolute_of::<Int16Type>(arguments, ansi)?,
        ArrowType::Int32 => absolute_of::<Int32Type>(arguments, ansi)?,
        ArrowType::Int64 => absolute_of::<Int64Type>(arguments, ansi)?,
        ArrowType::Decimal128(..) => absolute_of::<Decimal128Type>(arguments, ansi)?,
        ArrowType::Duration(TimeUnit::Microsecond) => {
            absolute_of::<DurationMicrosecondType>(arguments, true)?
        }
        ArrowType::Interval(IntervalUnit::YearMonth) => {
            absolute_of::<IntervalYearMonthType>(arguments, true)?
        }
        ArrowType::Float32 => Arc::new(map::<Float32Type, Float32Type>(arguments, f32::abs)?),
        ArrowType::Float64 => Arc::new(map::<Float64Type, Float64Type>(arguments, f64::abs)?),
        other => return Err(Error::internal(format!("abs of {other}"))),
    })
}

fn absolute_of<T: ArrowPrimitiveType<Native: ArrowNativeTypeOp>>(
    arguments: &Arguments<'_>,
    is_checked: bool,
) -> Result<ArrayRef> {
    let zero = T::Native::ZERO;
    let result: PrimitiveArray<T> = map_flagged::<T, T>(
        arguments,
        |a| match a.is_lt(zero) {
            true => (a.neg_wrapping(), a.neg_checked().is_err()),
            false => (a, false),
        },
        Flagged(|_, wrapped| match is_checked {
            true => Err(overflow()),
            false => Ok(Some(wrapped)),
        }),
    )?;
    Ok(Arc::new(
        result.with_data_type(arguments.return_type.clone()),
    ))
}

fn sign(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let of_double = |x: f64| {
        if x == 0.0 || x.is_nan() {
            x
        } else {
            x.signum()
        }
    };
    Ok(Arc::new(match arguments.data_type(0) {
        ArrowType::Float64 => map::<Float64Type, Float64Type>(arguments, of_double)?,
        ArrowType::Duration(TimeUnit::Microsecond) => {
            map::<DurationMicrosecondType, Float64Type>(arguments, |x| x.signum() as f64)?
        }
        ArrowType::Interval(IntervalUnit::YearMonth) => {
            map::<IntervalYearMonthType, Float64Type>(arguments, |x| f64::from(x.signum()))?
        }
        other => return Err(Error::internal(format!("the sign of {other}"))),
    }))
}

fn width_bucket(mut call: Call<'_>) -> Result<Typed> {
    for index in 0..3 {
        call.accept_one(index, DOUBLE_OR_INTERVAL)?;
    }
    call.accept_one(3, LONG)?;
    for index in 1..3 {
        let same = match (call.type_of(0), call.type_of(index)) {
            (DataType::YearMonthInterval(..), DataType::YearMonthInterval(..))
            | (DataType::DayTimeInterval(..), DataType::DayTimeInterval(..)) => true,
            (a, b) => a == b,
        };
        if !same {
            return Err(call.list_of_types("width_bucket", 0..3));
        }
    }
    call.invoke_nullable(DataType::Long, true)
}

fn run_width_bucket(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let numbers: Vec<PrimitiveArray<Float64Type>> = (0..3)
        .map(|index| {
            let array = arguments.array(index)?;
            let array = match array.data_type() {
                ArrowType::Interval(IntervalUnit::YearMonth) => {
                    let months = array.as_primitive::<IntervalYearMonthType>();
                    let months: PrimitiveArray<Float64Type> = months.unary(f64::from);
                    return Ok(months);
                }
                ArrowType::Duration(_) => {
                    cast(&cast(&array, &ArrowType::Int64)?, &ArrowType::Float64)?
                }
                _ => array,
            };
            Ok(array.as_primitive::<Float64Type>().clone())
        })
        .collect::<Result<_>>()?;
    let buckets = arguments.array(3)?;
    let buckets = buckets.as_primitive::<Int64Type>();
    let result: Int64Array = (0..arguments.rows)
        .map(|row| {
            if numbers.iter().any(|column| column.is_null(row)) || buckets.is_null(row) {
                return None;
            }
            let [value, min, max] = [0, 1, 2].map(|index: usize| numbers[index].value(row));
            bucket(value, min, max, buckets.value(row))
        })
        .collect();
    Ok(Arc::new(result))
}

fn bucket(value: f64, min: f64, max: f64, buckets: i64) -> Option<i64> {
    let is_undefined = buckets <= 0
        || buckets == i64::MAX
        || value.is_nan()
        || min == max
        || !min.is_finite()
        || !max.is_finite();
    if is_undefined {
        return None;
    }
    let (position, width, is_before, is_after) = if min < max {
        (value - min, max - min, value < min, value >= max)
    } else {
        (min - value, min - max, value > min, value <= max)
    };
    Some(if is_before {
        0
    } else if is_after {
        buckets + 1
    } else {
        ((buckets as f64 * position / width) as i64).saturating_add(1)
    })
}
