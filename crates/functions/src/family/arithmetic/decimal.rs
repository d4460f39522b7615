//! Arithmetic of decimals: precision, scale and rounding.
//!
//! The type of a result holds every result exactly, as far as 38 digits go; beyond them digits behind the point are
//! given up, but not the first six (Spark: `DecimalPrecision`, with `spark.sql.decimalOperations.allowPrecisionLoss`).

use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::datatypes::{DataType as ArrowType, Decimal128Type, Int64Type, i256};
use sql::DataType;

use super::integer::{divide_by_zero, remainder_by_zero};
use super::resolve::{Mode, Operator};
use crate::coerce::{MAX_PRECISION, adjusted_decimal};
use crate::columns::{Flagged, zip, zip_flagged};
use crate::error::{Error, Result};
use crate::udf::Arguments;

/// Precision and scale of a result that holds every value.
fn exact_digits(op: Operator, (p1, s1): (i32, i32), (p2, s2): (i32, i32)) -> (i32, i32) {
    match op {
        Operator::Add | Operator::Subtract => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
        Operator::Multiply => (p1 + p2 + 1, s1 + s2),
        Operator::Divide | Operator::IntegralDivide => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Operator::Remainder | Operator::PositiveRemainder => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
    }
}

/// The type of `a op b`.
pub(super) fn result_type(op: Operator, a: (u8, i8), b: (u8, i8)) -> DataType {
    let (precision, scale) = exact_digits(op, wide(a), wide(b));
    adjusted_decimal(precision, scale)
}

fn wide((precision, scale): (u8, i8)) -> (i32, i32) {
    (i32::from(precision), i32::from(scale))
}

fn digits_of(data_type: &ArrowType) -> Result<(i32, i32)> {
    match data_type {
        ArrowType::Decimal128(precision, scale) => Ok(wide((*precision, *scale))),
        other => Err(Error::internal(format!("{other} is no decimal"))),
    }
}

/// `a op b` of decimals.
pub(super) fn run(arguments: &Arguments<'_>, op: Operator, mode: Mode) -> Result<ArrayRef> {
    let a_digits = digits_of(&arguments.data_type(0))?;
    let b_digits = digits_of(&arguments.data_type(1))?;
    if op == Operator::IntegralDivide {
        return integral_quotient(arguments, a_digits.1, b_digits.1, mode);
    }
    let to = digits_of(arguments.return_type)?;
    let result: PrimitiveArray<Decimal128Type> = if exact_digits(op, a_digits, b_digits).0
        <= MAX_PRECISION
        && !matches!(
            op,
            Operator::Divide | Operator::Remainder | Operator::PositiveRemainder
        ) {
        exact(arguments, op, a_digits.1, b_digits.1)?
    } else {
        checked(arguments, op, a_digits, b_digits, to, mode)?
    };
    Ok(Arc::new(
        result.with_data_type(arguments.return_type.clone()),
    ))
}

/// Results that all fit in 38 digits.
fn exact(
    arguments: &Arguments<'_>,
    op: Operator,
    s1: i32,
    s2: i32,
) -> Result<PrimitiveArray<Decimal128Type>> {
    let scale = s1.max(s2);
    let (up1, up2) = (ten_to(scale - s1), ten_to(scale - s2));
    // Under NULL may be anything: such values wrap.
    match (op, up1 == 1 && up2 == 1) {
        (Operator::Multiply, _) => zip::<Decimal128Type, _>(arguments, i128::wrapping_mul),
        (Operator::Subtract, true) => zip::<Decimal128Type, _>(arguments, i128::wrapping_sub),
        (Operator::Subtract, false) => zip::<Decimal128Type, _>(arguments, |a, b| {
            a.wrapping_mul(up1).wrapping_sub(b.wrapping_mul(up2))
        }),
        (_, true) => zip::<Decimal128Type, _>(arguments, i128::wrapping_add),
        (_, false) => zip::<Decimal128Type, _>(arguments, |a, b| {
            a.wrapping_mul(up1).wrapping_add(b.wrapping_mul(up2))
        }),
    }
}

/// `exponent` is 0 to 38.
fn ten_to(exponent: i32) -> i128 {
    10_i128.pow(exponent as u32)
}

/// Results that are rounded, or may not fit.
fn checked(
    arguments: &Arguments<'_>,
    op: Operator,
    (p1, s1): (i32, i32),
    (_, s2): (i32, i32),
    (precision, scale): (i32, i32),
    mode: Mode,
) -> Result<PrimitiveArray<Decimal128Type>> {
    let limit = 10_i128.pow(precision as u32);
    let divides = matches!(
        op,
        Operator::Divide | Operator::Remainder | Operator::PositiveRemainder
    );
    let small = In128Bits::new(op, (p1, s1), s2, scale);
    let calculate = |a: i128, b: i128| {
        if divides && b == 0 {
            return None;
        }
        let value = match small.calculate(a, b) {
            Some(value) => Some(value),
            None => calculate(op, (a, s1), (b, s2), scale).and_then(i256::to_i128),
        };
        value.filter(|value| -limit < *value && *value < limit)
    };
    zip_flagged::<Decimal128Type, Decimal128Type>(
        arguments,
        |a, b| match calculate(a, b) {
            Some(value) => (value, false),
            None => (0, true),
        },
        Flagged(|a, b, _| match mode {
            Mode::Ansi if divides && b == 0 => Err(match op {
                Operator::Divide => divide_by_zero(),
                _ => remainder_by_zero(),
            }),
            Mode::Ansi => Err(too_large(op, (a, s1), (b, s2), precision, scale)),
            _ => Ok(None),
        }),
    )
}

/// Products and quotients that need no more than 128 bits: nearly all.
enum In128Bits {
    /// The product, divided by this.
    Product(i128),
    /// The dividend, multiplied by this, through the divisor.
    Quotient(i128),
    /// May need more bits, whatever the operands are.
    Never,
}

impl In128Bits {
    fn new(op: Operator, (p1, s1): (i32, i32), s2: i32, scale: i32) -> In128Bits {
        let shift = scale - s1 + s2;
        match op {
            Operator::Multiply if s1 + s2 - scale <= MAX_PRECISION => {
                In128Bits::Product(ten_to(s1 + s2 - scale))
            }
            Operator::Divide if shift >= 0 && p1 + shift <= MAX_PRECISION => {
                In128Bits::Quotient(ten_to(shift))
            }
            _ => In128Bits::Never,
        }
    }

    /// The result; none if it may need more bits.
    #[inline]
    fn calculate(&self, a: i128, b: i128) -> Option<i128> {
        match *self {
            In128Bits::Product(divisor) => {
                let product = match (i64::try_from(a), i64::try_from(b)) {
                    (Ok(a), Ok(b)) => i128::from(a) * i128::from(b),
                    _ => a.checked_mul(b)?,
                };
                Some(match divisor {
                    1 => product,
                    _ => divide_half_up_small(product, divisor),
                })
            }
            In128Bits::Quotient(factor) => Some(divide_half_up_small(a.wrapping_mul(factor), b)),
            In128Bits::Never => None,
        }
    }
}

/// `a div b`: the lowest 64 bits of the whole quotient, as in Spark.
fn integral_quotient(arguments: &Arguments<'_>, s1: i32, s2: i32, mode: Mode) -> Result<ArrayRef> {
    let scale = s1.max(s2);
    let quotient = |a: i128, b: i128| {
        let a = rescaled(i256::from_i128(a), s1, scale)?;
        let b = rescaled(i256::from_i128(b), s2, scale)?;
        a.checked_div(b)
    };
    let result: PrimitiveArray<Int64Type> = zip_flagged::<Decimal128Type, Int64Type>(
        arguments,
        |a, b| match quotient(a, b) {
            Some(quotient) => (quotient.to_parts().0 as i64, false),
            None => (0, true),
        },
        Flagged(|_, _, _| match mode {
            Mode::Ansi => Err(divide_by_zero()),
            _ => Ok(None),
        }),
    )?;
    Ok(Arc::new(result))
}

/// `a op b`, each with its scale, at `scale`, rounded half away from zero; none if it has more than 76 digits. `b` is not
/// zero where it divides.
fn calculate(op: Operator, (a, s1): (i128, i32), (b, s2): (i128, i32), scale: i32) -> Option<i256> {
    let common = s1.max(s2);
    let (a, b) = (i256::from_i128(a), i256::from_i128(b));
    let aligned = || Some((rescaled(a, s1, common)?, rescaled(b, s2, common)?));
    match op {
        Operator::Add => {
            let (a, b) = aligned()?;
            rescaled(a.checked_add(b)?, common, scale)
        }
        Operator::Subtract => {
            let (a, b) = aligned()?;
            rescaled(a.checked_sub(b)?, common, scale)
        }
        Operator::Remainder => {
            let (a, b) = aligned()?;
            rescaled(a.checked_rem(b)?, common, scale)
        }
        Operator::PositiveRemainder => {
            let (a, b) = aligned()?;
            let mut rest = a.checked_rem(b)?;
            if rest.is_negative() {
                rest = rest.checked_add(b)?.checked_rem(b)?;
            }
            rescaled(rest, common, scale)
        }
        Operator::Multiply => rescaled(a.checked_mul(b)?, s1 + s2, scale),
        // Where the dividend does not fit, neither does the quotient: a divisor has 38 digits.
        Operator::Divide | Operator::IntegralDivide => match scale - s1 + s2 {
            more @ 0.. => divide_half_up(a.checked_mul(power_of_ten(more)?)?, b),
            fewer => divide_half_up(a, b.checked_mul(power_of_ten(-fewer)?)?),
        },
    }
}

fn rescaled(unscaled: i256, from: i32, to: i32) -> Option<i256> {
    match to - from {
        0 => Some(unscaled),
        more @ 1.. => unscaled.checked_mul(power_of_ten(more)?),
        fewer => divide_half_up(unscaled, power_of_ten(-fewer)?),
    }
}

fn power_of_ten(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(exponent.unsigned_abs())
}

fn divide_half_up_small(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = match (i64::try_from(dividend), i64::try_from(divisor)) {
        (Ok(dividend), Ok(divisor)) if divisor != -1 => (
            i128::from(dividend / divisor),
            i128::from(dividend % divisor),
        ),
        _ => (
            dividend.wrapping_div(divisor),
            dividend.wrapping_rem(divisor),
        ),
    };
    // The rest is less than the divisor, which has 38 digits: its double fits in 128 bits without sign.
    if rest.unsigned_abs() * 2 < divisor.unsigned_abs() {
        return quotient;
    }
    if dividend.is_negative() == divisor.is_negative() {
        quotient + 1
    } else {
        quotient - 1
    }
}

fn divide_half_up(dividend: i256, divisor: i256) -> Option<i256> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?.checked_abs()?;
    let rounds_up = rest.checked_add(rest)? >= divisor.checked_abs()?;
    if !rounds_up {
        return Some(quotient);
    }
    let away = match dividend.is_negative() == divisor.is_negative() {
        true => i256::ONE,
        false => i256::MINUS_ONE,
    };
    quotient.checked_add(away)
}

fn too_large(
    op: Operator,
    (a, s1): (i128, i32),
    (b, s2): (i128, i32),
    precision: i32,
    scale: i32,
) -> Error {
    let exact = match op {
        Operator::Multiply => s1 + s2,
        Operator::Divide => MAX_PRECISION,
        _ => s1.max(s2),
    };
    let value = calculate(op, (a, s1), (b, s2), exact).or(calculate(op, (a, s1), (b, s2), scale));
    let text = value.map_or_else(String::new, |value| plain(&value.to_string(), exact));
    out_of_range(&text, precision, scale)
}

/// A decimal without an exponent.
fn plain(unscaled: &str, scale: i32) -> String {
    let scale = scale.max(0) as usize;
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// The error of a decimal that has too many digits.
pub(crate) fn out_of_range(value: &str, precision: i32, scale: i32) -> Error {
    Error::data(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        format!(
            " {value} cannot be represented as Decimal({precision}, {scale}). If necessary set \"spark.sql.ansi.enabled\" \
             to \"false\" to bypass this error, and return NULL instead."
        ),
    )
}
