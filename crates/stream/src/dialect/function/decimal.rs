//! `+`, `-`, `*`, `/` and `%` of decimals: Spark's precision, scale and rounding.
//!
//! The type of a result holds every result exactly, as far as 38 digits go; beyond them digits
//! behind the point are given up, but not the first six (`DecimalPrecision`, with
//! `spark.sql.decimalOperations.allowPrecisionLoss` as it is by default). What does not fit then
//! is an error under ANSI mode.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Array};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, i256};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast, lit,
};

use super::arithmetic::remainder_by_zero;
use super::divide::divide_by_zero;
use crate::error::{Error, ErrorKind};

/// Digits behind the point that are never given up for digits before it.
const SCALE_KEPT: i32 = 6;

#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalOperator {
    op: Operator,
    signature: Signature,
}

/// The operators, with the names of their functions.
const OPERATORS: [(Operator, &str); 5] = [
    (Operator::Plus, "decimal_add"),
    (Operator::Minus, "decimal_subtract"),
    (Operator::Multiply, "decimal_multiply"),
    (Operator::Divide, "decimal_divide"),
    (Operator::Modulo, "decimal_mod"),
];

/// The functions.
pub(super) fn udfs() -> impl Iterator<Item = ScalarUDF> {
    OPERATORS.into_iter().map(|(op, _)| udf(op))
}

fn udf(op: Operator) -> ScalarUDF {
    ScalarUDF::from(DecimalOperator {
        op,
        signature: Signature::any(2, Volatility::Immutable),
    })
}

/// `left op right`, of expressions of these types; `None` unless one is a decimal, the other a
/// decimal or a whole number, and `op` arithmetic.
pub(crate) fn decimal_operator(
    (left, left_type): (&Expr, &DataType),
    op: Operator,
    (right, right_type): (&Expr, &DataType),
) -> Option<Expr> {
    let is_decimal = |t: &DataType| matches!(t, DataType::Decimal128(_, _));
    if !is_decimal(left_type) && !is_decimal(right_type) {
        return None;
    }
    let (left, right) = (as_decimal(left, left_type)?, as_decimal(right, right_type)?);
    let known = OPERATORS.iter().any(|(known, _)| *known == op);
    known.then(|| udf(op).call(vec![left, right]))
}

/// A whole number as the decimal that any number of its type fits in; a constant as the smallest
/// that it fits in itself.
fn as_decimal(expr: &Expr, data_type: &DataType) -> Option<Expr> {
    if let Some(whole) = whole_constant(expr) {
        let digits = whole.unsigned_abs().checked_ilog10().unwrap_or(0) as u8 + 1;
        return Some(lit(ScalarValue::Decimal128(Some(whole.into()), digits, 0)));
    }
    let precision = match data_type {
        DataType::Decimal128(_, scale) if *scale >= 0 => return Some(expr.clone()),
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        DataType::Int64 => 20,
        _ => return None,
    };
    Some(cast(expr.clone(), DataType::Decimal128(precision, 0)))
}

/// The value of a whole number that stands in the query. Its type may be said by a cast, which is
/// how SQL's numbers arrive.
fn whole_constant(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(value, _) => match value {
            ScalarValue::Int8(value) => value.map(i64::from),
            ScalarValue::Int16(value) => value.map(i64::from),
            ScalarValue::Int32(value) => value.map(i64::from),
            ScalarValue::Int64(value) => *value,
            _ => None,
        },
        Expr::Cast(cast) if cast.field.data_type().is_signed_integer() => match *cast.expr {
            Expr::Literal(_, _) => whole_constant(&cast.expr),
            _ => None,
        },
        Expr::Negative(negated) => whole_constant(negated)?.checked_neg(),
        _ => None,
    }
}

/// Precision and scale of a decimal.
type Digits = (i32, i32);

fn digits(data_type: &DataType) -> Result<Digits> {
    match data_type {
        DataType::Decimal128(precision, scale) => Ok((i32::from(*precision), i32::from(*scale))),
        other => exec_err!("{other} is not a decimal"),
    }
}

/// Precision and scale of `left op right`.
fn result_digits(op: Operator, (p1, s1): Digits, (p2, s2): Digits) -> Digits {
    let (precision, scale) = match op {
        Operator::Multiply => (p1 + p2 + 1, s1 + s2),
        Operator::Divide => {
            let scale = SCALE_KEPT.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Operator::Modulo => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
        _ => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
    };
    let max = i32::from(DECIMAL128_MAX_PRECISION);
    if precision <= max {
        return (precision, scale);
    }
    let whole = precision - scale;
    (max, (max - whole).max(scale.min(SCALE_KEPT)))
}

impl ScalarUDFImpl for DecimalOperator {
    fn name(&self) -> &str {
        let found = OPERATORS.iter().find(|(op, _)| *op == self.op);
        found.expect("made for one of these").1
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let (precision, scale) = result_digits(self.op, digits(&types[0])?, digits(&types[1])?);
        Ok(DataType::Decimal128(precision as u8, scale as i8))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let (d1, d2) = (
            digits(columns[0].data_type())?,
            digits(columns[1].data_type())?,
        );
        let (precision, scale) = result_digits(self.op, d1, d2);
        let left = columns[0].as_primitive::<Decimal128Type>();
        let right = columns[1].as_primitive::<Decimal128Type>();
        let mut results = Vec::with_capacity(left.len());
        for row in 0..left.len() {
            if left.is_null(row) || right.is_null(row) {
                results.push(None);
                continue;
            }
            let (a, b) = (left.value(row), right.value(row));
            let result = match (self.op, b) {
                (Operator::Divide, 0) => return Err(divide_by_zero().into()),
                (Operator::Modulo, 0) => return Err(remainder_by_zero().into()),
                (op, _) => calculate(op, (a, d1.1), (b, d2.1), scale),
            };
            let fitting = result
                .and_then(i256::to_i128)
                .filter(|unscaled| unscaled.unsigned_abs() < 10_u128.pow(precision as u32));
            if fitting.is_none() {
                let (a, b) = (left.value_as_string(row), right.value_as_string(row));
                let value = format!("{a} {} {b}", self.op);
                return Err(out_of_range(&value, precision, scale).into());
            }
            results.push(fitting);
        }
        let results = Decimal128Array::from(results)
            .with_precision_and_scale(precision as u8, scale as i8)?;
        Ok(ColumnarValue::Array(Arc::new(results)))
    }
}

/// `a op b`, each with its scale, at `scale`, rounded half away from zero; `None` if it has more
/// than 76 digits. `b` is not zero where it divides.
fn calculate(op: Operator, (a, s1): (i128, i32), (b, s2): (i128, i32), scale: i32) -> Option<i256> {
    let common = s1.max(s2);
    let (a, b) = (i256::from_i128(a), i256::from_i128(b));
    let (at_a, at_b) =
        || -> Option<(i256, i256)> { Some((rescaled(a, s1, common)?, rescaled(b, s2, common)?)) }(
        )?;
    match op {
        Operator::Plus => rescaled(at_a.checked_add(at_b)?, common, scale),
        Operator::Minus => rescaled(at_a.checked_sub(at_b)?, common, scale),
        Operator::Modulo => rescaled(at_a.checked_rem(at_b)?, common, scale),
        Operator::Multiply => rescaled(a.checked_mul(b)?, s1 + s2, scale),
        // Where the dividend does not fit, neither does the quotient: a divisor has 38 digits.
        _ => match scale - s1 + s2 {
            more @ 0.. => divide_half_up(a.checked_mul(power_of_ten(more)?)?, b),
            fewer => divide_half_up(a, b.checked_mul(power_of_ten(-fewer)?)?),
        },
    }
}

fn rescaled(unscaled: i256, from: i32, to: i32) -> Option<i256> {
    match to - from {
        more @ 0.. => unscaled.checked_mul(power_of_ten(more)?),
        fewer => divide_half_up(unscaled, power_of_ten(-fewer)?),
    }
}

fn power_of_ten(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(exponent.unsigned_abs())
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

fn out_of_range(value: &str, precision: i32, scale: i32) -> Error {
    Error::with_condition(
        ErrorKind::Data,
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        format!(
            "{value} cannot be represented as Decimal({precision}, {scale}). If necessary set \
             \"spark.sql.ansi.enabled\" to \"false\" to bypass this error, and return NULL \
             instead."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_sparks_rules() {
        use Operator::{Divide, Minus, Modulo, Multiply, Plus};
        for (left, op, right, expected) in [
            ((5, 2), Plus, (1, 0), (6, 2)),
            ((3, 1), Minus, (20, 0), (22, 1)),
            ((5, 2), Multiply, (10, 0), (16, 2)),
            ((2, 1), Divide, (1, 0), (7, 6)),
            ((10, 2), Divide, (10, 4), (25, 13)),
            ((5, 2), Modulo, (10, 0), (5, 2)),
            // Too many digits: those behind the point go, down to six.
            ((38, 18), Multiply, (38, 18), (38, 6)),
            ((38, 2), Multiply, (5, 2), (38, 4)),
            ((38, 10), Divide, (38, 10), (38, 6)),
            ((38, 0), Plus, (1, 0), (38, 0)),
            ((38, 38), Plus, (38, 0), (38, 6)),
        ] {
            assert_eq!(
                result_digits(op, left, right),
                expected,
                "{left:?} {op} {right:?}"
            );
        }
    }

    #[test]
    fn results_are_rounded_half_away_from_zero() {
        let of = |op, a, b, scale| {
            let result: Option<i256> = calculate(op, a, b, scale);
            result.and_then(i256::to_i128)
        };
        use Operator::{Divide, Modulo, Multiply, Plus};
        assert_eq!(of(Plus, (150, 2), (1, 0), 2), Some(250));
        assert_eq!(of(Divide, (10, 1), (3, 0), 6), Some(333_333));
        assert_eq!(of(Divide, (2, 0), (-30, 1), 6), Some(-666_667));
        assert_eq!(of(Divide, (5, 1), (10, 0), 1), Some(1));
        assert_eq!(of(Multiply, (-25, 1), (1, 0), 0), Some(-3));
        assert_eq!(of(Modulo, (-75, 1), (2, 0), 1), Some(-15));
        let large = 10_i128.pow(37);
        assert_eq!(of(Divide, (large, 0), (large, 38), 6), None, "10^44");
        assert_eq!(of(Divide, (large, 38), (large, 0), 38), Some(1));
    }
}
