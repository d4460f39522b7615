//! Which types the operands of arithmetic become, and which kernel runs.

use arrow::array::ArrayRef;
use arrow::datatypes::{
    DataType as ArrowType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion_common::ScalarValue;
use sql::DataType;

use super::{decimal, integer};
use crate::call::Call;
use crate::coerce::{integral_decimal, wider_type};
use crate::error::{Error, Result};
use crate::typed::Typed;
use crate::types::{is_floating, is_integral, is_numeric, is_string};
use crate::udf::Arguments;

/// An operator of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::family) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `pmod`.
    PositiveRemainder,
    IntegralDivide,
}

/// What happens where there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::family) enum Mode {
    /// An error.
    Ansi,
    /// NULL for a division by zero or a decimal that does not fit; whole numbers wrap.
    Legacy,
    /// NULL.
    Try,
}

impl Mode {
    pub(in crate::family) fn of(arguments: &Arguments<'_>) -> Mode {
        if arguments.settings.ansi {
            Mode::Ansi
        } else {
            Mode::Legacy
        }
    }
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::PositiveRemainder => "pmod",
            Operator::IntegralDivide => "div",
        }
    }
}

/// Whether a type is a date, a time or an interval.
pub(in crate::family) fn is_datetime(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date
            | DataType::Timestamp
            | DataType::TimestampLtz
            | DataType::TimestampNtz
            | DataType::Time(_)
    ) || is_interval(data_type)
}

fn is_interval(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::CalendarInterval
            | DataType::YearMonthInterval(..)
            | DataType::DayTimeInterval(..)
    )
}

/// Resolves `a op b`.
pub(in crate::family) fn resolve(mut call: Call<'_>, op: Operator) -> Result<Typed> {
    if let Some(function) = datetime_function(&call, op) {
        let text = call.text();
        let result = call.call(function, call.arguments.clone())?;
        // The operator has the name that Spark shows for what it became, such as `date_add(a, 1)`.
        return Ok(if call.function.name.starts_with("try_") {
            result.tried().named(text)
        } else {
            result
        });
    }
    promote_strings(&mut call)?;
    let decimals = match (decimal_of(&call, 0), decimal_of(&call, 1)) {
        // `NULL / 1.5` is a double.
        (None, _) | (_, None) if op == Operator::Divide => None,
        (Some(a), Some(b)) => Some((a, b)),
        (Some(a), None) | (None, Some(a)) if has_null(&call) => Some((a, a)),
        _ => None,
    };
    let is_decimal = (0..2).any(|i| matches!(call.type_of(i), DataType::Decimal(..)));
    if let (Some((a, b)), true) = (decimals, is_decimal) {
        call.cast_argument(0, &DataType::Decimal(a.0, a.1))?;
        call.cast_argument(1, &DataType::Decimal(b.0, b.1))?;
        let data_type = match op {
            Operator::IntegralDivide => DataType::Long,
            op => decimal::result_type(op, a, b),
        };
        let nullable = call.any_nullable() || !never_null(&call);
        return call.invoke_nullable(data_type, nullable);
    }
    let common = common_type(&call, op)?;
    call.cast_argument(0, &common)?;
    call.cast_argument(1, &common)?;
    let nullable = call.any_nullable()
        || match op {
            Operator::Divide
            | Operator::Remainder
            | Operator::PositiveRemainder
            | Operator::IntegralDivide => true,
            _ => call.function.name.starts_with("try_"),
        };
    call.invoke_nullable(common, nullable)
}

/// The function that computes with dates, times and intervals, if an operand is one.
fn datetime_function(call: &Call<'_>, op: Operator) -> Option<&'static str> {
    let (a, b) = (call.type_of(0), call.type_of(1));
    if !is_datetime(a) && !is_datetime(b) {
        return None;
    }
    Some(match op {
        Operator::Add => "__datetime_add",
        Operator::Subtract => "__datetime_subtract",
        Operator::Multiply => "__interval_multiply",
        Operator::Divide => "__interval_divide",
        Operator::IntegralDivide => "__interval_div",
        Operator::Remainder | Operator::PositiveRemainder => return None,
    })
}

/// Text becomes what stands on the other side: a whole number, or else a double.
pub(in crate::family) fn promote_strings(call: &mut Call<'_>) -> Result<()> {
    let strings = [is_string(call.type_of(0)), is_string(call.type_of(1))];
    let ansi = call.settings.ansi;
    for (text, other) in [(0, 1), (1, 0)] {
        if !strings[text] {
            continue;
        }
        let to = match call.type_of(other) {
            _ if !ansi => DataType::Double,
            other if is_integral(other) => DataType::Long,
            other if is_numeric(other) => DataType::Double,
            _ => continue,
        };
        call.cast_argument(text, &to)?;
    }
    Ok(())
}

fn has_null(call: &Call<'_>) -> bool {
    call.arguments.iter().any(|a| a.data_type == DataType::Void)
}

/// The decimal that an operand beside a decimal becomes: a literal that is a whole number has just its own digits.
fn decimal_of(call: &Call<'_>, index: usize) -> Option<(u8, i8)> {
    let argument = &call.arguments[index];
    let literal = match argument.literal() {
        Some(ScalarValue::Int8(Some(value))) => Some(i64::from(*value)),
        Some(ScalarValue::Int16(Some(value))) => Some(i64::from(*value)),
        Some(ScalarValue::Int32(Some(value))) => Some(i64::from(*value)),
        Some(ScalarValue::Int64(Some(value))) => Some(*value),
        _ => None,
    };
    match literal {
        // `CAST(1 AS INT)` is the same constant, but no literal in Spark: its name is no number.
        Some(value) if is_integral(&argument.data_type) && argument.name.parse::<i64>().is_ok() => {
            Some((
                value.unsigned_abs().checked_ilog10().unwrap_or(0) as u8 + 1,
                0,
            ))
        }
        _ => integral_decimal(&argument.data_type),
    }
}

/// Whether decimals of the operands' types always have a result.
fn never_null(call: &Call<'_>) -> bool {
    call.settings.ansi && matches!(call.function.name, "+" | "-" | "*")
}

/// The type that both operands become where none is a decimal.
fn common_type(call: &Call<'_>, op: Operator) -> Result<DataType> {
    let (a, b) = (call.type_of(0), call.type_of(1));
    let is_number = |data_type: &DataType| is_numeric(data_type) || *data_type == DataType::Void;
    if op == Operator::Divide && is_number(a) && is_number(b) {
        return Ok(DataType::Double);
    }
    let common = match wider_type(a, b, call.settings.ansi) {
        Some(DataType::Void) if op == Operator::IntegralDivide => DataType::Long,
        Some(DataType::Void) => DataType::Double,
        Some(common) => common,
        None => return Err(different_types(call)),
    };
    if is_integral(&common) {
        return Ok(match op {
            Operator::IntegralDivide => DataType::Long,
            _ => common,
        });
    }
    if is_floating(&common) {
        if op == Operator::IntegralDivide {
            return Err(match is_integral(a) || is_integral(b) {
                true => different_types(call),
                false => wrong_type(call, op, &common),
            });
        }
        return Ok(common);
    }
    Err(wrong_type(call, op, &common))
}

/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`.
pub(in crate::family) fn different_types(call: &Call<'_>) -> Error {
    call.mismatch(
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        format!(
            "the left and right operands of the binary operator have incompatible types (\"{}\" and \"{}\").",
            call.type_of(0).sql(),
            call.type_of(1).sql()
        ),
    )
}

/// `DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE`: no operator for two operands of this type.
pub(in crate::family) fn wrong_type(call: &Call<'_>, op: Operator, common: &DataType) -> Error {
    let required = match op {
        Operator::Add | Operator::Subtract => {
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")"
        }
        Operator::Multiply | Operator::Remainder | Operator::PositiveRemainder => "\"NUMERIC\"",
        Operator::Divide => "(\"DOUBLE\" or \"DECIMAL\")",
        Operator::IntegralDivide => {
            "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")"
        }
    };
    let names: Vec<&str> = call.arguments.iter().map(|a| a.name.as_str()).collect();
    let text = crate::text::call(op.symbol(), &names);
    Error::analysis(
        "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
        format!(
            "Cannot resolve \"{text}\" due to data type mismatch: the binary operator requires the input type {required}, \
             not \"{}\".",
            common.sql()
        ),
    )
}

/// `a op b` of arrays of one type, or of two decimals.
pub(in crate::family) fn run(
    arguments: &Arguments<'_>,
    op: Operator,
    mode: Mode,
) -> Result<ArrayRef> {
    match arguments.data_type(0) {
        ArrowType::Int8 => integer::run::<Int8Type>(arguments, op, mode),
        ArrowType::Int16 => integer::run::<Int16Type>(arguments, op, mode),
        ArrowType::Int32 => integer::run::<Int32Type>(arguments, op, mode),
        ArrowType::Int64 => integer::run::<Int64Type>(arguments, op, mode),
        ArrowType::Float32 => integer::run_floating::<Float32Type>(arguments, op, mode),
        ArrowType::Float64 => integer::run_floating::<Float64Type>(arguments, op, mode),
        ArrowType::Decimal128(..) => decimal::run(arguments, op, mode),
        other => Err(Error::internal(format!("arithmetic of {other}"))),
    }
}
