//! Numbers and truth values, to each other.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, BooleanArray, PrimitiveArray};
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type,
};
use format::number::{parse_decimal, push_decimal, push_double, push_float, push_plain_decimal};
use sql::DataType;

use super::{Context, map_values, out_of_range, overflow};
use crate::error::{Error, Result};
use crate::types::{is_floating, is_integral, to_arrow};

pub(super) fn convert(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    use DataType as T;
    match (from, to) {
        (T::Boolean, T::Decimal(precision, scale)) => {
            let numbers = arrow_cast(array, &ArrowType::Int64)?;
            decimals_from_longs(&numbers, &T::Integer, (*precision, *scale), context)
        }
        (T::Boolean, _) => Ok(arrow_cast(array, &to_arrow(to))?),
        (T::Decimal(_, scale), T::Boolean) => {
            let _ = scale;
            let decimals = array.as_primitive::<Decimal128Type>();
            let truths: BooleanArray = decimals.iter().map(|v| v.map(|v| v != 0)).collect();
            Ok(Arc::new(truths))
        }
        (from, T::Boolean) if is_integral(from) => {
            let numbers = longs(array)?;
            let truths: BooleanArray = numbers.iter().map(|v| v.map(|v| v != 0)).collect();
            Ok(Arc::new(truths))
        }
        (_, T::Boolean) => {
            let numbers = doubles(array)?;
            let truths: BooleanArray = numbers.iter().map(|v| v.map(|v| v != 0.0)).collect();
            Ok(Arc::new(truths))
        }
        (from, T::Binary) if is_integral(from) => bytes(array, from),
        (from, T::Decimal(precision, scale)) if is_integral(from) => {
            let numbers = longs(array)?;
            decimals_from_longs(
                &(Arc::new(numbers) as ArrayRef),
                from,
                (*precision, *scale),
                context,
            )
        }
        (from, to) if is_integral(from) && is_integral(to) => integers(array, from, to, context),
        (from, T::Float | T::Double) if is_integral(from) => Ok(arrow_cast(array, &to_arrow(to))?),
        (T::Float, T::Double) => Ok(arrow_cast(array, &ArrowType::Float64)?),
        (T::Double, T::Float) => {
            let numbers = array.as_primitive::<Float64Type>();
            Ok(Arc::new(
                numbers.unary::<_, Float32Type>(|value| value as f32),
            ))
        }
        (from, T::Decimal(precision, scale)) if is_floating(from) => {
            decimals_from_doubles(&doubles(array)?, (*precision, *scale), context)
        }
        (from, to) if is_floating(from) => integers_from_doubles(array, from, to, context),
        (T::Decimal(_, from_scale), T::Decimal(precision, scale)) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let result = map_values::<_, Decimal128Type>(decimals, |value| {
                rescale(value, *from_scale, *precision, *scale, context)
            })?;
            typed(result, *precision, *scale)
        }
        (T::Decimal(_, scale), T::Double) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let scale = *scale;
            Ok(Arc::new(
                decimals.unary::<_, Float64Type>(|value| double_of(value, scale)),
            ))
        }
        (T::Decimal(_, scale), T::Float) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let scale = *scale;
            Ok(Arc::new(
                decimals.unary::<_, Float32Type>(|value| float_of(value, scale)),
            ))
        }
        (T::Decimal(_, scale), to) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            let unit = power_of_ten(*scale);
            let text = |value: i128| {
                let mut out = String::new();
                push_plain_decimal(&mut out, value, *scale);
                out + "BD"
            };
            narrow(
                decimals,
                to,
                context,
                |value| {
                    let whole = value / unit;
                    match i64::try_from(whole) {
                        Ok(value) => Whole::Is(value),
                        Err(_) => Whole::Beyond(whole as i64),
                    }
                },
                |value| overflow(&text(value), from, to),
            )
        }
        (from, to) => Err(Error::internal(format!(
            "no cast from {} to {}",
            from.sql(),
            to.sql()
        ))),
    }
}

/// A number without its fraction.
enum Whole {
    /// It fits 64 bits.
    Is(i64),
    /// It does not; what Java's conversion gives.
    Beyond(i64),
}

/// Whole numbers, as wide as `to`.
fn narrow<F: ArrowPrimitiveType>(
    array: &PrimitiveArray<F>,
    to: &DataType,
    context: &Context,
    whole: impl Fn(F::Native) -> Whole,
    error: impl Fn(F::Native) -> Error,
) -> Result<ArrayRef> {
    /// `wrap` is Java's conversion.
    fn one<F: ArrowPrimitiveType, T: ArrowPrimitiveType>(
        array: &PrimitiveArray<F>,
        context: &Context,
        whole: impl Fn(F::Native) -> Whole,
        error: impl Fn(F::Native) -> Error,
        wrap: impl Fn(i64) -> T::Native,
    ) -> Result<ArrayRef>
    where
        T::Native: TryFrom<i64>,
    {
        let result = map_values::<F, T>(array, |value| {
            let whole = whole(value);
            if let Whole::Is(value) = whole
                && let Ok(value) = T::Native::try_from(value)
            {
                return Ok(Some(value));
            }
            match whole {
                Whole::Is(number) | Whole::Beyond(number) if context.is_legacy() => {
                    Ok(Some(wrap(number)))
                }
                _ => context.fail(|| error(value)),
            }
        })?;
        Ok(Arc::new(result))
    }
    match to {
        DataType::Byte => one::<F, Int8Type>(array, context, whole, error, |v| v as i8),
        DataType::Short => one::<F, Int16Type>(array, context, whole, error, |v| v as i16),
        DataType::Integer => one::<F, Int32Type>(array, context, whole, error, |v| v as i32),
        DataType::Long => one::<F, Int64Type>(array, context, whole, error, |v| v),
        other => Err(Error::internal(format!(
            "{} is no whole number",
            other.sql()
        ))),
    }
}

fn integers(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    narrow(&longs(array)?, to, context, Whole::Is, |value| {
        let suffix = match from {
            DataType::Byte => "Y",
            DataType::Short => "S",
            DataType::Long => "L",
            _ => "",
        };
        overflow(&format!("{value}{suffix}"), from, to)
    })
}

fn integers_from_doubles(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    let is_long = *to == DataType::Long;
    let whole = |value: f64| {
        if !context.is_legacy() {
            let (least, most) = match is_long {
                true => (i64::MIN as f64, i64::MAX as f64),
                false => (f64::from(i32::MIN), f64::from(i32::MAX)),
            };
            let fits = value.floor() <= most && value.ceil() >= least;
            return if fits {
                Whole::Is(value as i64)
            } else {
                Whole::Beyond(0)
            };
        }
        // As in Java: to INT or BIGINT at the nearest end, then cut.
        Whole::Is(if is_long {
            value as i64
        } else {
            i64::from(value as i32)
        })
    };
    let error = |value: f64| overflow(&literal_of_double(value, from), from, to);
    narrow(&doubles(array)?, to, context, whole, error)
}

/// A double as a literal shows it.
pub(super) fn literal_of_double(value: f64, data_type: &DataType) -> String {
    let mut out = String::new();
    match data_type {
        DataType::Float => push_float(&mut out, value as f32),
        _ => {
            push_double(&mut out, value);
            if value.is_finite() {
                out.push('D');
            }
        }
    }
    out
}

/// Numbers in Java's order of bytes.
fn bytes(array: &ArrayRef, from: &DataType) -> Result<ArrayRef> {
    let width = match from {
        DataType::Byte => 1,
        DataType::Short => 2,
        DataType::Integer => 4,
        _ => 8,
    };
    let numbers = longs(array)?;
    let bytes = numbers
        .iter()
        .map(|value| value.map(|value| value.to_be_bytes()));
    let bytes: Vec<Option<[u8; 8]>> = bytes.collect();
    let parts = bytes
        .iter()
        .map(|bytes| bytes.as_ref().map(|bytes| &bytes[8 - width..]));
    Ok(Arc::new(parts.collect::<BinaryArray>()))
}

pub(super) fn longs(array: &ArrayRef) -> Result<PrimitiveArray<Int64Type>> {
    let longs = arrow_cast(array, &ArrowType::Int64)?;
    Ok(longs.as_primitive::<Int64Type>().clone())
}

pub(super) fn doubles(array: &ArrayRef) -> Result<PrimitiveArray<Float64Type>> {
    let doubles = arrow_cast(array, &ArrowType::Float64)?;
    Ok(doubles.as_primitive::<Float64Type>().clone())
}

/// 10 to the power of a scale, which is between 0 and 38.
pub(super) fn power_of_ten(scale: i8) -> i128 {
    10i128.pow(u32::from(scale.clamp(0, 38).unsigned_abs()))
}

pub(super) fn typed(
    array: PrimitiveArray<Decimal128Type>,
    precision: u8,
    scale: i8,
) -> Result<ArrayRef> {
    Ok(Arc::new(array.with_precision_and_scale(precision, scale)?))
}

/// A decimal with another scale, rounded half away from zero.
pub(super) fn rescale(
    value: i128,
    from_scale: i8,
    precision: u8,
    scale: i8,
    context: &Context,
) -> Result<Option<i128>> {
    let rescaled = if scale >= from_scale {
        value.checked_mul(power_of_ten(scale - from_scale))
    } else {
        let unit = power_of_ten(from_scale - scale);
        let (whole, rest) = (value / unit, value % unit);
        let is_half = rest.unsigned_abs() >= (unit / 2).unsigned_abs();
        Some(if is_half {
            whole + value.signum()
        } else {
            whole
        })
    };
    let limit = power_of_ten(precision as i8);
    match rescaled {
        Some(value) if value > -limit && value < limit => Ok(Some(value)),
        _ => context.fail(|| {
            let mut out = String::new();
            push_plain_decimal(&mut out, value, from_scale);
            out_of_range(&out, precision, scale)
        }),
    }
}

fn decimals_from_longs(
    array: &ArrayRef,
    _from: &DataType,
    (precision, scale): (u8, i8),
    context: &Context,
) -> Result<ArrayRef> {
    let numbers = array.as_primitive::<Int64Type>();
    let result = map_values::<_, Decimal128Type>(numbers, |value| {
        rescale(value.into(), 0, precision, scale, context)
    })?;
    typed(result, precision, scale)
}

pub(super) fn decimals_from_doubles(
    numbers: &PrimitiveArray<Float64Type>,
    (precision, scale): (u8, i8),
    context: &Context,
) -> Result<ArrayRef> {
    let result = map_values::<_, Decimal128Type>(numbers, |value| {
        if !value.is_finite() {
            return Ok(None);
        }
        let mut text = String::new();
        push_double(&mut text, value);
        match parse_decimal(&text, precision, scale) {
            Some(unscaled) => Ok(Some(unscaled)),
            None => context.fail(|| {
                // Rust prints a double without an exponent.
                let plain = format!("{value}");
                out_of_range(&plain, precision, scale)
            }),
        }
    })?;
    typed(result, precision, scale)
}

/// The nearest double.
pub(crate) fn double_of(unscaled: i128, scale: i8) -> f64 {
    if unscaled.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        // Both are exact, so one rounding.
        return unscaled as f64 / 10f64.powi(scale.into());
    }
    let mut text = String::new();
    push_decimal(&mut text, unscaled, scale);
    text.parse().unwrap_or(f64::NAN)
}

/// The nearest float.
fn float_of(unscaled: i128, scale: i8) -> f32 {
    let mut text = String::new();
    push_decimal(&mut text, unscaled, scale);
    text.parse().unwrap_or(f32::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_the_nearest_double() {
        assert_eq!(double_of(150, 2), 1.5);
        assert_eq!(
            double_of(-99_999_999_999_999_999_999, 2),
            -999_999_999_999_999_999.99
        );
        assert_eq!(float_of(9_999_999_999_999, 2), 99_999_998_000.0);
    }
}
