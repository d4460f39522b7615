//! Functions of doubles.
//!
//! Spark computes most of them with Java's `StrictMath`, which is a port of fdlibm; so is the crate `libm`. Results are
//! equal to the last bit nearly everywhere.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Float64Type;
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::call::Call;
use crate::columns::{Flagged, map, map_flagged, zip, zip_flagged};
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::DOUBLE;
use crate::udf::Arguments;

/// A function of one double.
macro_rules! of_double {
    ($name:literal, $usage:literal, $of:expr) => {
        Function::scalar(
            $name,
            Group::Math,
            (1, 1),
            concat!($name, "(expr) - ", $usage),
            |call| call.accept(&[DOUBLE])?.invoke(DataType::Double),
            Kernel::Scalar(|arguments| {
                Ok(Arc::new(map::<Float64Type, Float64Type>(arguments, $of)?))
            }),
        )
    };
}

/// A logarithm: NULL for what is not greater than its pole.
macro_rules! logarithm {
    ($name:literal, $usage:literal, $pole:literal, $of:expr) => {
        Function::scalar(
            $name,
            Group::Math,
            (1, 1),
            concat!($name, "(expr) - ", $usage),
            |call| {
                call.accept(&[DOUBLE])?
                    .invoke_nullable(DataType::Double, true)
            },
            Kernel::Scalar(|arguments| {
                Ok(Arc::new(map_flagged::<Float64Type, Float64Type>(
                    arguments,
                    |x| ($of(x), x <= $pole),
                    Flagged(|_, _| Ok(None)),
                )?))
            }),
        )
    };
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    of_double!("acos", "Returns the inverse cosine of `expr`.", libm::acos),
    of_double!(
        "acosh",
        "Returns the inverse hyperbolic cosine of `expr`.",
        |x| { libm::log(x + (x * x - 1.0).sqrt()) }
    ),
    of_double!("asin", "Returns the inverse sine of `expr`.", libm::asin),
    of_double!(
        "asinh",
        "Returns the inverse hyperbolic sine of `expr`.",
        libm::asinh
    ),
    of_double!("atan", "Returns the inverse tangent of `expr`.", libm::atan),
    of_double!(
        "atanh",
        "Returns the inverse hyperbolic tangent of `expr`.",
        |x| { 0.5 * (libm::log1p(x) - libm::log1p(-x)) }
    ),
    of_double!("cbrt", "Returns the cube root of `expr`.", cube_root),
    of_double!("cos", "Returns the cosine of `expr`.", f64::cos),
    of_double!(
        "cosh",
        "Returns the hyperbolic cosine of `expr`.",
        libm::cosh
    ),
    of_double!("cot", "Returns the cotangent of `expr`.", |x| 1.0 / x.tan()),
    of_double!("csc", "Returns the cosecant of `expr`.", |x| 1.0 / x.sin()),
    of_double!("degrees", "Converts radians to degrees.", |x| x
        * 57.295_779_513_082_32),
    of_double!("exp", "Returns e to the power of `expr`.", libm::exp),
    of_double!(
        "expm1",
        "Returns e to the power of `expr`, without 1.",
        libm::expm1
    ),
    of_double!("radians", "Converts degrees to radians.", |x| x
        * 0.017_453_292_519_943_295),
    of_double!(
        "rint",
        "Returns the whole number that is nearest to `expr`, the even one of two.",
        f64::round_ties_even
    ),
    of_double!("sec", "Returns the secant of `expr`.", |x| 1.0 / x.cos()),
    of_double!("sin", "Returns the sine of `expr`.", f64::sin),
    of_double!("sinh", "Returns the hyperbolic sine of `expr`.", libm::sinh),
    of_double!("sqrt", "Returns the square root of `expr`.", f64::sqrt),
    of_double!("tan", "Returns the tangent of `expr`.", f64::tan),
    of_double!(
        "tanh",
        "Returns the hyperbolic tangent of `expr`.",
        f64::tanh
    ),
    logarithm!(
        "ln",
        "Returns the natural logarithm of `expr`.",
        0.0,
        libm::log
    ),
    logarithm!(
        "log10",
        "Returns the logarithm of `expr` to the base 10.",
        0.0,
        log10
    ),
    logarithm!(
        "log1p",
        "Returns the natural logarithm of 1 + `expr`.",
        -1.0,
        libm::log1p
    ),
    logarithm!(
        "log2",
        "Returns the logarithm of `expr` to the base 2.",
        0.0,
        |x| { libm::log(x) / libm::log(2.0) }
    ),
    Function::scalar(
        "log",
        Group::Math,
        (1, 2),
        "log(base, expr) - Returns the logarithm of `expr` to the base `base`; without a base, to the base e.",
        log,
        Kernel::Scalar(|arguments| {
            Ok(Arc::new(zip_flagged::<Float64Type, Float64Type>(
                arguments,
                |base, x| (libm::log(x) / libm::log(base), base <= 0.0 || x <= 0.0),
                Flagged(|_, _, _| Ok(None)),
            )?))
        }),
    ),
    Function::scalar(
        "atan2",
        Group::Math,
        (2, 2),
        "atan2(exprY, exprX) - Returns the angle between the x axis and the point (`exprX`, `exprY`).",
        of_two,
        Kernel::Scalar(|arguments| run_two(arguments, |y, x| libm::atan2(y + 0.0, x + 0.0))),
    ),
    Function::scalar(
        "hypot",
        Group::Math,
        (2, 2),
        "hypot(expr1, expr2) - Returns the square root of the sum of the squares.",
        of_two,
        Kernel::Scalar(|arguments| run_two(arguments, libm::hypot)),
    ),
    Function::scalar(
        "pow",
        Group::Math,
        (2, 2),
        "pow(expr1, expr2) - Returns `expr1` to the power of `expr2`.",
        of_two,
        Kernel::Scalar(|arguments| run_two(arguments, libm::pow)),
    ),
    Function::scalar(
        "power",
        Group::Math,
        (2, 2),
        "power(expr1, expr2) - Returns `expr1` to the power of `expr2`.",
        of_two,
        Kernel::Scalar(|arguments| run_two(arguments, libm::pow)),
    ),
    Function::scalar(
        "e",
        Group::Math,
        (0, 0),
        "e() - Returns the base of the natural logarithm.",
        |call| Ok(constant(&call, std::f64::consts::E)),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "pi",
        Group::Math,
        (0, 0),
        "pi() - Returns the ratio of a circle's circumference to its diameter.",
        |call| Ok(constant(&call, std::f64::consts::PI)),
        Kernel::Rewritten,
    ),
];

fn constant(call: &Call<'_>, value: f64) -> Typed {
    Typed::constant(ScalarValue::from(value), DataType::Double, call.text())
}

fn of_two(call: Call<'_>) -> Result<Typed> {
    call.accept(&[DOUBLE])?.invoke(DataType::Double)
}

fn run_two(arguments: &Arguments<'_>, of: fn(f64, f64) -> f64) -> Result<ArrayRef> {
    Ok(Arc::new(zip::<Float64Type, Float64Type>(arguments, of)?))
}

/// `log(x)` is shown as `LOG(E(), x)`.
fn log(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        let e = call.call("e", Vec::new())?;
        call.arguments.insert(0, e);
    }
    call.accept(&[DOUBLE])?
        .invoke_nullable(DataType::Double, true)
}

/// fdlibm's `log10`: the exponent of two apart, so that powers of ten are exact.
fn log10(x: f64) -> f64 {
    const IVLN10: f64 = std::f64::consts::LOG10_E;
    const LOG10_2HI: f64 = 0.301_029_995_663_611_77;
    const LOG10_2LO: f64 = 3.694_239_077_158_931e-13;
    if x.is_nan() || x <= 0.0 || x.is_infinite() {
        return libm::log(x);
    }
    let (x, mut exponent) = if x < f64::MIN_POSITIVE {
        (x * 1.801_439_850_948_198_4e16, -54)
    } else {
        (x, 0)
    };
    let bits = x.to_bits();
    exponent += ((bits >> 52) as i32) - 1023;
    let is_negative = i32::from(exponent < 0);
    let high = (bits & 0x000f_ffff_ffff_ffff) | (((0x3ff - is_negative) as u64) << 52);
    let y = f64::from(exponent + is_negative);
    let z = y * LOG10_2LO + IVLN10 * libm::log(f64::from_bits(high));
    z + y * LOG10_2HI
}

/// fdlibm's `cbrt`.
fn cube_root(x: f64) -> f64 {
    const B1: u32 = 715_094_163;
    const B2: u32 = 696_219_795;
    const C: f64 = 0.542_857_142_857_142_8;
    const D: f64 = -0.705_306_122_448_979_6;
    const E: f64 = 1.414_285_714_285_714_4;
    const F: f64 = 1.607_142_857_142_857_2;
    const G: f64 = 0.357_142_857_142_857_15;
    if !x.is_finite() || x == 0.0 {
        return x + x;
    }
    let magnitude = x.abs();
    let high = (magnitude.to_bits() >> 32) as u32;
    let with_high = |high: u32| f64::from_bits(u64::from(high) << 32);
    let mut t = if high < 0x0010_0000 {
        let scaled = 1.801_439_850_948_198_4e16 * magnitude;
        with_high(((scaled.to_bits() >> 32) as u32) / 3 + B2)
    } else {
        with_high(high / 3 + B1)
    };
    let r = t * t / magnitude;
    let s = C + r * t;
    t *= G + F / (s + E + D / s);
    // Twenty bits, rounded up, then one step of Newton's.
    t = with_high(((t.to_bits() >> 32) as u32).wrapping_add(1));
    let s = t * t;
    let r = magnitude / s;
    let w = t + t;
    let r = (r - t) / (w + r);
    (t + t * r).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_bits_of_strict_math() {
        assert_eq!(libm::exp(1.0), 2.718_281_828_459_045_5);
        assert_eq!(log10(1000.0), 3.0);
        assert_eq!(log10(3.0), 0.477_121_254_719_662_44);
        assert_eq!(cube_root(27.0), 3.0);
        assert_eq!(cube_root(2.0), 1.259_921_049_894_873_2);
        assert_eq!(cube_root(-8.0), -2.0);
        assert_eq!(libm::pow(1.1, 10.1), 2.618_581_649_471_076_3);
    }
}
