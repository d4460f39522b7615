//! Arithmetic of whole and floating numbers.

use std::fmt::Display;
use std::ops::{Add, Div, Mul, Rem, Sub};
use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::DataType as ArrowType;

use super::resolve::{Mode, Operator};
use crate::columns::{Flagged, zip, zip_flagged};
use crate::error::{Error, Result};
use crate::udf::Arguments;

/// What all whole numbers can do.
pub(super) trait Integer: Copy + Display + Default + PartialEq {
    fn plus(self, other: Self) -> (Self, bool);
    fn minus(self, other: Self) -> (Self, bool);
    fn times(self, other: Self) -> (Self, bool);
    fn quotient(self, other: Self) -> (Self, bool);
    fn remainder(self, other: Self) -> Self;
    fn positive_remainder(self, other: Self) -> Self;
}

macro_rules! integer {
    ($($type:ty, $wide:ty;)*) => {$(
        impl Integer for $type {
            // Java computes with 32 bits at least.
            #[inline]
            fn positive_remainder(self, other: Self) -> Self {
                let rest = self.wrapping_rem(other);
                if rest < 0 {
                    let (rest, other) = (<$wide>::from(rest), <$wide>::from(other));
                    rest.wrapping_add(other).wrapping_rem(other) as $type
                } else {
                    rest
                }
            }
            #[inline]
            fn plus(self, other: Self) -> (Self, bool) {
                self.overflowing_add(other)
            }
            #[inline]
            fn minus(self, other: Self) -> (Self, bool) {
                self.overflowing_sub(other)
            }
            #[inline]
            fn times(self, other: Self) -> (Self, bool) {
                self.overflowing_mul(other)
            }
            #[inline]
            fn quotient(self, other: Self) -> (Self, bool) {
                self.overflowing_div(other)
            }
            #[inline]
            fn remainder(self, other: Self) -> Self {
                self.wrapping_rem(other)
            }
        }
    )*};
}

integer!(i8, i32; i16, i32; i32, i32; i64, i64;);

/// `a op b` of whole numbers.
pub(super) fn run<T: ArrowPrimitiveType<Native: Integer>>(
    arguments: &Arguments<'_>,
    op: Operator,
    mode: Mode,
) -> Result<ArrayRef> {
    let zero = T::Native::default();
    let overflow = |a: T::Native, b: T::Native, wrapped: T::Native| match mode {
        Mode::Ansi => Err(overflow_error::<T>(op, a, b)),
        Mode::Legacy => Ok(Some(wrapped)),
        Mode::Try => Ok(None),
    };
    let result: PrimitiveArray<T> = match op {
        Operator::Add => zip_flagged::<T, T>(arguments, |a, b| a.plus(b), Flagged(overflow))?,
        Operator::Subtract => zip_flagged::<T, T>(arguments, |a, b| a.minus(b), Flagged(overflow))?,
        Operator::Multiply => zip_flagged::<T, T>(arguments, |a, b| a.times(b), Flagged(overflow))?,
        Operator::Remainder | Operator::Divide => zip_flagged::<T, T>(
            arguments,
            |a, b| {
                if b == zero {
                    (zero, true)
                } else {
                    (a.remainder(b), false)
                }
            },
            Flagged(|_, _, _| no_remainder(mode)),
        )?,
        Operator::PositiveRemainder => zip_flagged::<T, T>(
            arguments,
            |a, b| {
                if b == zero {
                    (zero, true)
                } else {
                    (a.positive_remainder(b), false)
                }
            },
            Flagged(|_, _, _| no_remainder(mode)),
        )?,
        Operator::IntegralDivide => zip_flagged::<T, T>(
            arguments,
            |a, b| {
                if b == zero {
                    (zero, true)
                } else {
                    a.quotient(b)
                }
            },
            Flagged(|_, b, wrapped| match mode {
                Mode::Ansi if b == zero => Err(divide_by_zero()),
                Mode::Ansi => Err(overflow_of("Overflow in integral divide.", "try_divide")),
                _ if b == zero => Ok(None),
                _ => Ok(Some(wrapped)),
            }),
        )?,
    };
    Ok(Arc::new(result))
}

/// `a op b` of floating numbers.
pub(super) fn run_floating<T>(
    arguments: &Arguments<'_>,
    op: Operator,
    mode: Mode,
) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: Add<Output = T::Native>
        + Sub<Output = T::Native>
        + Mul<Output = T::Native>
        + Div<Output = T::Native>
        + Rem<Output = T::Native>
        + Default
        + PartialOrd,
{
    let zero = T::Native::default();
    let result: PrimitiveArray<T> = match op {
        Operator::Add => zip::<T, T>(arguments, |a, b| a + b)?,
        Operator::Subtract => zip::<T, T>(arguments, |a, b| a - b)?,
        Operator::Multiply => zip::<T, T>(arguments, |a, b| a * b)?,
        Operator::Divide | Operator::IntegralDivide => zip_flagged::<T, T>(
            arguments,
            |a, b| (a / b, b == zero),
            Flagged(|_, _, _| match mode {
                Mode::Ansi => Err(divide_by_zero()),
                _ => Ok(None),
            }),
        )?,
        Operator::Remainder => zip_flagged::<T, T>(
            arguments,
            |a, b| (a % b, b == zero),
            Flagged(|_, _, _| no_remainder(mode)),
        )?,
        Operator::PositiveRemainder => zip_flagged::<T, T>(
            arguments,
            |a, b| {
                let rest = a % b;
                (if rest < zero { (rest + b) % b } else { rest }, b == zero)
            },
            Flagged(|_, _, _| no_remainder(mode)),
        )?,
    };
    Ok(Arc::new(result))
}

fn no_remainder<T>(mode: Mode) -> Result<Option<T>> {
    match mode {
        Mode::Ansi => Err(remainder_by_zero()),
        _ => Ok(None),
    }
}

/// The error of a division by zero.
pub(in crate::family) fn divide_by_zero() -> Error {
    Error::data(
        "DIVIDE_BY_ZERO",
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. If necessary set \
         \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
    )
}

/// The error of a remainder by zero.
pub(in crate::family) fn remainder_by_zero() -> Error {
    Error::data(
        "REMAINDER_BY_ZERO",
        "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. If necessary set \
         \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
    )
}

fn overflow_of(what: &str, function: &str) -> Error {
    Error::data(
        "ARITHMETIC_OVERFLOW",
        format!(
            "{what} Use '{function}' to tolerate overflow and return NULL instead. If necessary set \
             \"spark.sql.ansi.enabled\" to \"false\" to bypass this error."
        ),
    )
}

fn overflow_error<T: ArrowPrimitiveType<Native: Display>>(
    op: Operator,
    a: T::Native,
    b: T::Native,
) -> Error {
    let (symbol, function) = match op {
        Operator::Add => ("+", "try_add"),
        Operator::Subtract => ("-", "try_subtract"),
        _ => ("*", "try_multiply"),
    };
    if matches!(T::DATA_TYPE, ArrowType::Int8 | ArrowType::Int16) {
        // Spark writes both types as SMALLINT literals.
        return Error::data(
            "BINARY_ARITHMETIC_OVERFLOW",
            format!(
                "{a}S {symbol} {b}S caused overflow. Use `{function}` to ignore overflow problem and return NULL."
            ),
        );
    }
    overflow_of("overflow.", function)
}
