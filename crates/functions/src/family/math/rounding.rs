//! `ceil`, `floor`, `round` and `bround`.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, new_null_array};
use arrow::datatypes::{
    DataType as ArrowType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::call::Call;
use crate::columns::{Flagged, map_flagged};
use crate::error::{Error, Result};
use crate::family::arithmetic::decimal::out_of_range;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, DOUBLE, INT, LONG};
use crate::udf::Arguments;

/// Which of the two nearest numbers is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    /// The greater.
    Up,
    /// The less.
    Down,
    /// The nearest; of two, the one away from zero.
    HalfUp,
    /// The nearest; of two, the even one.
    HalfEven,
}

const NUMBER: Accepts = Accepts::OneOf(&[DOUBLE, Accepts::Decimal, LONG]);

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "ceil",
        Group::Math,
        (1, 2),
        "ceil(expr[, scale]) - Returns the smallest number of `scale` decimal places that is not less than `expr`.",
        whole_or_scaled,
        Kernel::Scalar(|arguments| run(arguments, Rounding::Up)),
    ),
    Function::scalar(
        "ceiling",
        Group::Math,
        (1, 2),
        "ceiling(expr[, scale]) - Returns the smallest number of `scale` decimal places that is not less than `expr`.",
        whole_or_scaled,
        Kernel::Scalar(|arguments| run(arguments, Rounding::Up)),
    ),
    Function::scalar(
        "floor",
        Group::Math,
        (1, 2),
        "floor(expr[, scale]) - Returns the greatest number of `scale` decimal places that is not greater than `expr`.",
        whole_or_scaled,
        Kernel::Scalar(|arguments| run(arguments, Rounding::Down)),
    ),
    Function::scalar(
        "round",
        Group::Math,
        (1, 2),
        "round(expr[, scale]) - Returns `expr` with `scale` decimal places; a half is rounded away from zero.",
        round,
        Kernel::Scalar(|arguments| run(arguments, Rounding::HalfUp)),
    ),
    Function::scalar(
        "bround",
        Group::Math,
        (1, 2),
        "bround(expr[, scale]) - Returns `expr` with `scale` decimal places; a half is rounded to the even digit.",
        round,
        Kernel::Scalar(|arguments| run(arguments, Rounding::HalfEven)),
    ),
];

fn whole_or_scaled(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        let call = call.accept(&[NUMBER])?;
        let data_type = match call.type_of(0) {
            DataType::Decimal(precision, scale) => {
                let whole = i32::from(*precision) - i32::from(*scale) + i32::from(*scale > 0);
                crate::coerce::bounded_decimal(whole.max(1), 0)
            }
            _ => DataType::Long,
        };
        return call.invoke(data_type);
    }
    if !call.arguments[1].is_foldable() || call.arguments[1].is_null() {
        return Err(Error::analysis(
            "NON_FOLDABLE_ARGUMENT",
            format!(
                "The function `{}` requires the parameter `scale` to be a foldable expression of the type \"INT\", but the \
                 actual argument is a non-foldable.",
                call.function.name
            ),
        ));
    }
    call.accept_one(0, Accepts::Decimal)?;
    call.accept_one(1, INT)?;
    scaled(call)
}

fn round(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::int(0));
    }
    call.accept_one(0, Accepts::Numeric)?;
    call.accept_one(1, INT)?;
    scaled(call)
}

/// The type after rounding (Spark: `RoundBase`).
fn scaled(call: Call<'_>) -> Result<Typed> {
    if !call.arguments[1].is_foldable() {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            format!(
                "the input `scale` should be a foldable \"INT\" expression; however, got \"{}\".",
                call.arguments[1].name
            ),
        ));
    }
    let scale = match call.constant(1)? {
        ScalarValue::Int32(Some(scale)) => scale,
        _ => 0,
    };
    let data_type = match call.type_of(0) {
        DataType::Decimal(precision, from) => {
            let whole = i32::from(*precision) - i32::from(*from) + 1;
            if scale < 0 {
                let digits = whole.max(scale.saturating_neg().saturating_add(1));
                DataType::Decimal(digits.min(38) as u8, 0)
            } else {
                let scale = scale.min(i32::from(*from));
                DataType::Decimal((whole + scale).min(38) as u8, scale as i8)
            }
        }
        other => other.clone(),
    };
    let nullable =
        call.any_nullable() || (!call.settings.ansi && matches!(data_type, DataType::Decimal(..)));
    call.invoke_nullable(data_type, nullable)
}

fn run(arguments: &Arguments<'_>, rounding: Rounding) -> Result<ArrayRef> {
    let scale = match arguments.len() {
        1 => 0,
        _ => match arguments.scalar(1) {
            Some(ScalarValue::Int32(Some(scale))) => *scale,
            Some(_) => return Ok(new_null_array(arguments.return_type, arguments.rows)),
            None => match ScalarValue::try_from_array(&arguments.array(1)?, 0) {
                Ok(ScalarValue::Int32(Some(scale))) => scale,
                _ => return Ok(new_null_array(arguments.return_type, arguments.rows)),
            },
        },
    };
    Ok(match (arguments.data_type(0), arguments.return_type) {
        (ArrowType::Float64, ArrowType::Int64) => whole_of_double(arguments, rounding)?,
        (ArrowType::Int64, ArrowType::Int64) if arguments.len() == 1 => arguments.array(0)?,
        (ArrowType::Decimal128(_, from), ArrowType::Decimal128(precision, to)) => {
            decimal(arguments, rounding, scale, *precision, (from, *to))?
        }
        (ArrowType::Float64, _) => Arc::new(map_flagged::<Float64Type, Float64Type>(
            arguments,
            |value| (round_double(value, scale, rounding), false),
            Flagged(|_, value| Ok(Some(value))),
        )?),
        (ArrowType::Float32, _) => Arc::new(map_flagged::<Float32Type, Float32Type>(
            arguments,
            |value| {
                (
                    round_double(f64::from(value), scale, rounding) as f32,
                    false,
                )
            },
            Flagged(|_, value| Ok(Some(value))),
        )?),
        (ArrowType::Int8, _) => integer::<Int8Type>(arguments, rounding, scale)?,
        (ArrowType::Int16, _) => integer::<Int16Type>(arguments, rounding, scale)?,
        (ArrowType::Int32, _) => integer::<Int32Type>(arguments, rounding, scale)?,
        (ArrowType::Int64, _) => integer::<Int64Type>(arguments, rounding, scale)?,
        (other, _) => return Err(Error::internal(format!("rounding of {other}"))),
    })
}

fn overflow(what: &str) -> Error {
    Error::data(
        "ARITHMETIC_OVERFLOW",
        format!(
            "{what}. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error."
        ),
    )
}

fn whole_of_double(arguments: &Arguments<'_>, rounding: Rounding) -> Result<ArrayRef> {
    let ansi = arguments.settings.ansi;
    let result: PrimitiveArray<Int64Type> = map_flagged::<Float64Type, Int64Type>(
        arguments,
        |value| {
            let whole = match rounding {
                Rounding::Up => value.ceil(),
                _ => value.floor(),
            };
            // A cast of Rust's gives what Java's gives: the nearest, and 0 for NaN.
            let is_outside =
                !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole);
            (whole as i64, is_outside && !whole.is_nan())
        },
        Flagged(|_, nearest| match ansi {
            true => Err(overflow("overflow")),
            false => Ok(Some(nearest)),
        }),
    )?;
    Ok(Arc::new(result))
}

/// `value` divided by `divisor`, which is positive.
fn divide(value: i128, divisor: i128, rounding: Rounding) -> i128 {
    let (quotient, rest) = (value.div_euclid(divisor), value.rem_euclid(divisor));
    if rest == 0 {
        return quotient;
    }
    // `quotient` is the less of the two nearest.
    let half = divisor - rest;
    let goes_up = match rounding {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::HalfUp => rest > half || (rest == half && value > 0),
        Rounding::HalfEven => rest > half || (rest == half && quotient % 2 != 0),
    };
    quotient + i128::from(goes_up)
}

fn decimal(
    arguments: &Arguments<'_>,
    rounding: Rounding,
    scale: i32,
    precision: u8,
    (from, to): (i8, i8),
) -> Result<ArrayRef> {
    let ansi = arguments.settings.ansi;
    let (from, to) = (i32::from(from), i32::from(to));
    // `ceil` and `floor` of one argument give whole numbers.
    let dropped = if scale < 0 {
        from.saturating_sub(scale)
    } else {
        from - scale.min(from)
    };
    let limit = 10_i128.pow(u32::from(precision));
    let round = |value: i128| -> Option<i128> {
        if dropped > 38 {
            // More than all digits.
            let up = rounding == Rounding::Up && value > 0;
            let down = rounding == Rounding::Down && value < 0;
            return if up || down { None } else { Some(0) };
        }
        let rounded = divide(value, 10_i128.pow(dropped as u32), rounding);
        // Zeros in front of the point that were dropped.
        let zeros = to - (from - dropped);
        rounded.checked_mul(10_i128.checked_pow(zeros.max(0) as u32)?)
    };
    let result: PrimitiveArray<Decimal128Type> = map_flagged::<Decimal128Type, Decimal128Type>(
        arguments,
        |value| match round(value).filter(|value| -limit < *value && *value < limit) {
            Some(value) => (value, false),
            None => (0, true),
        },
        Flagged(|value, _| match ansi {
            true => {
                let mut text = String::new();
                format::number::push_decimal(&mut text, round(value).unwrap_or(value), to as i8);
                Err(out_of_range(&text, i32::from(precision), to))
            }
            false => Ok(None),
        }),
    )?;
    Ok(Arc::new(
        result.with_data_type(arguments.return_type.clone()),
    ))
}

fn integer<T>(arguments: &Arguments<'_>, rounding: Rounding, scale: i32) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64> + TryFrom<i128> + Truncate,
{
    if scale >= 0 {
        return arguments.array(0);
    }
    let ansi = arguments.settings.ansi;
    let step = 10_i128
        .checked_pow(scale.unsigned_abs())
        .filter(|_| scale > -38);
    let round = |value: T::Native| -> i128 {
        match step {
            Some(step) => divide(i128::from(value.into()), step, rounding) * step,
            None => 0,
        }
    };
    let result: PrimitiveArray<T> = map_flagged::<T, T>(
        arguments,
        |value| {
            let rounded = round(value);
            match T::Native::try_from(rounded) {
                Ok(rounded) => (rounded, false),
                Err(_) => (T::Native::truncate(rounded), true),
            }
        },
        Flagged(|_, wrapped| match ansi {
            true => Err(overflow("Overflow")),
            false => Ok(Some(wrapped)),
        }),
    )?;
    Ok(Arc::new(result))
}

/// The lowest bits of a number, as Java's narrowing casts give them.
trait Truncate {
    fn truncate(value: i128) -> Self;
}

macro_rules! truncate {
    ($($type:ty)*) => {$(
        impl Truncate for $type {
            fn truncate(value: i128) -> Self {
                value as $type
            }
        }
    )*};
}

truncate!(i8 i16 i32 i64);

/// A double with `scale` decimal places: the shortest text that stands for it is rounded, not its exact value.
fn round_double(value: f64, scale: i32, rounding: Rounding) -> f64 {
    if !value.is_finite() || value == 0.0 {
        // A decimal has no negative zero.
        return value + 0.0;
    }
    // With few digits the product is near enough to see which number is nearest, unless it is close to a half.
    if (0..=15).contains(&scale) {
        let factor = POWERS[scale as usize];
        let product = value * factor;
        if product.abs() < 1e12 {
            let below = product.floor();
            let fraction = product - below;
            if (fraction - 0.5).abs() > 1e-3 {
                let nearest = if fraction > 0.5 { below + 1.0 } else { below };
                return nearest / factor + 0.0;
            }
        }
    }
    round_digits(value, scale, rounding)
}

const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Rounds the digits of the shortest text.
fn round_digits(value: f64, scale: i32, rounding: Rounding) -> f64 {
    let text = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return value;
    };
    let Ok(exponent) = exponent.parse::<i32>() else {
        return value;
    };
    let digits: i128 = mantissa.replace('.', "").parse().unwrap_or(0);
    let places = mantissa.len().saturating_sub(2) as i32 - exponent;
    // The value is `digits` * 10^-places.
    let dropped = places.saturating_sub(scale);
    if dropped <= 0 {
        return value;
    }
    if dropped > 30 {
        return 0.0;
    }
    let signed = if value < 0.0 { -digits } else { digits };
    let rounded = divide(signed, 10_i128.pow(dropped as u32), rounding);
    format!("{rounded}e{}", scale.saturating_neg())
        .parse()
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_rounded_as_their_text() {
        assert_eq!(round_double(1.005, 2, Rounding::HalfUp), 1.01);
        assert_eq!(round_double(2.5, 0, Rounding::HalfUp), 3.0);
        assert_eq!(round_double(-2.5, 0, Rounding::HalfUp), -3.0);
        assert_eq!(round_double(2.5, 0, Rounding::HalfEven), 2.0);
        assert_eq!(round_double(1e300, 2, Rounding::HalfUp), 1e300);
        assert_eq!(round_double(12345.678, -2, Rounding::HalfUp), 12300.0);
        assert_eq!(
            round_double(-0.2, 0, Rounding::HalfUp).to_bits(),
            0.0_f64.to_bits()
        );
    }

    #[test]
    fn whole_numbers_are_divided_as_told() {
        for (value, up, down, half_up, half_even) in [
            (25, 3, 2, 3, 2),
            (-25, -2, -3, -3, -2),
            (35, 4, 3, 4, 4),
            (20, 2, 2, 2, 2),
            (-1, 0, -1, 0, 0),
        ] {
            assert_eq!(divide(value, 10, Rounding::Up), up, "{value}");
            assert_eq!(divide(value, 10, Rounding::Down), down, "{value}");
            assert_eq!(divide(value, 10, Rounding::HalfUp), half_up, "{value}");
            assert_eq!(divide(value, 10, Rounding::HalfEven), half_even, "{value}");
        }
    }
}
