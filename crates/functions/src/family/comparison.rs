//! Comparisons, `IN` and `BETWEEN`.
//!
//! Where Arrow's order of values is Spark's, DataFusion compares, so that its optimizer knows what happens. Floating
//! numbers and nested values are compared here: see [`crate::order`].

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType as ArrowType, Float32Type, Float64Type};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use sql::DataType;

use super::arithmetic::different_types;
use crate::call::Call;
use crate::coerce::{comparison_type, widest_type};
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::order::{comparator, compare_doubles, compare_floats};
use crate::typed::Typed;
use crate::types::{is_floating, is_integral, is_orderable};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "==",
        Group::Predicate,
        (2, 2),
        "expr1 == expr2 - Returns true if `expr1` equals `expr2`.",
        |call| compare(call, Operator::Eq),
        Kernel::Scalar(|arguments| run(arguments, Ordering::is_eq)),
    ),
    Function::scalar(
        "=",
        Group::Predicate,
        (2, 2),
        "expr1 = expr2 - Returns true if `expr1` equals `expr2`.",
        |call| call.replace_by("=="),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "!=",
        Group::Predicate,
        (2, 2),
        "expr1 != expr2 - Returns true if `expr1` does not equal `expr2`.",
        not_equal,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "<>",
        Group::Predicate,
        (2, 2),
        "expr1 <> expr2 - Returns true if `expr1` does not equal `expr2`.",
        not_equal,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "<=>",
        Group::Predicate,
        (2, 2),
        "expr1 <=> expr2 - Returns true if `expr1` equals `expr2`, or both are NULL.",
        |call| compare(call, Operator::IsNotDistinctFrom),
        Kernel::Scalar(null_safe_equal),
    ),
    Function::scalar(
        "equal_null",
        Group::Misc,
        (2, 2),
        "equal_null(expr1, expr2) - Returns true if `expr1` equals `expr2`, or both are NULL.",
        |call| call.replace_by("<=>"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "<",
        Group::Predicate,
        (2, 2),
        "expr1 < expr2 - Returns true if `expr1` is less than `expr2`.",
        |call| compare(call, Operator::Lt),
        Kernel::Scalar(|arguments| run(arguments, Ordering::is_lt)),
    ),
    Function::scalar(
        "<=",
        Group::Predicate,
        (2, 2),
        "expr1 <= expr2 - Returns true if `expr1` is less than or equal to `expr2`.",
        |call| compare(call, Operator::LtEq),
        Kernel::Scalar(|arguments| run(arguments, Ordering::is_le)),
    ),
    Function::scalar(
        ">",
        Group::Predicate,
        (2, 2),
        "expr1 > expr2 - Returns true if `expr1` is greater than `expr2`.",
        |call| compare(call, Operator::Gt),
        Kernel::Scalar(|arguments| run(arguments, Ordering::is_gt)),
    ),
    Function::scalar(
        ">=",
        Group::Predicate,
        (2, 2),
        "expr1 >= expr2 - Returns true if `expr1` is greater than or equal to `expr2`.",
        |call| compare(call, Operator::GtEq),
        Kernel::Scalar(|arguments| run(arguments, Ordering::is_ge)),
    ),
    Function::scalar(
        "between",
        Group::Predicate,
        (3, 3),
        "input between lower AND upper - Returns true if `input` is not less than `lower` and not greater than `upper`.",
        between,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "in",
        Group::Predicate,
        (2, MANY),
        "expr1 in(expr2, expr3, ...) - Returns true if `expr1` equals any of the others.",
        in_list,
        Kernel::Scalar(run_in),
    ),
];

fn not_equal(call: Call<'_>) -> Result<Typed> {
    let equal = call.call("==", call.arguments.clone())?;
    call.call("not", vec![equal])
}

fn between(call: Call<'_>) -> Result<Typed> {
    let text = call.text();
    let [input, lower, upper] = &call.arguments[..] else {
        return Err(call.wrong_number());
    };
    let from = call.call(">=", vec![input.clone(), lower.clone()])?;
    let to = call.call("<=", vec![input.clone(), upper.clone()])?;
    Ok(call.call("and", vec![from, to])?.named(text))
}

/// Whether Arrow compares values of a type as Spark does.
fn is_plain(data_type: &DataType) -> bool {
    !is_floating(data_type)
        && !matches!(
            data_type,
            DataType::Array(_) | DataType::Struct(_) | DataType::Map(..)
        )
}

/// Structs are compared by position: their fields' names do not matter.
fn common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    match (a, b) {
        (DataType::Struct(f1), DataType::Struct(f2)) if f1.len() == f2.len() => {
            let same = f1.iter().zip(f2).all(|(a, b)| a.data_type == b.data_type);
            if same {
                return Some(a.clone());
            }
        }
        _ => {}
    }
    comparison_type(a, b, ansi)
}

/// A comparison of a whole number with a decimal literal is one with the nearest whole number that means the same; Spark shows
/// that one.
fn whole_literals(call: &mut Call<'_>, op: Operator) {
    for (literal, other) in [(0, 1), (1, 0)] {
        let Some(ScalarValue::Decimal128(Some(value), _, scale)) =
            call.arguments[literal].literal()
        else {
            continue;
        };
        // `2 > 1.1` is `2 > 1`, `2 >= 1.1` is `2 >= 2`.
        let is_floor = match (op, literal) {
            (Operator::Gt | Operator::LtEq, 1) | (Operator::Lt | Operator::GtEq, 0) => true,
            (Operator::Lt | Operator::GtEq, 1) | (Operator::Gt | Operator::LtEq, 0) => false,
            _ => continue,
        };
        if !is_integral(call.type_of(other)) || *scale < 0 {
            continue;
        }
        let one = 10_i128.pow(u32::from(scale.unsigned_abs()));
        let floor = value.div_euclid(one);
        let whole = if is_floor || floor * one == *value {
            floor
        } else {
            floor + 1
        };
        if let Ok(whole) = i64::try_from(whole) {
            call.arguments[literal] = Typed::long(whole);
        }
    }
}

fn compare(mut call: Call<'_>, op: Operator) -> Result<Typed> {
    whole_literals(&mut call, op);
    let Some(common) = common_type(call.type_of(0), call.type_of(1), call.settings.ansi) else {
        return Err(different_types(&call));
    };
    check_orderable(&call, &common)?;
    for index in 0..2 {
        let is_struct = matches!(
            (call.type_of(index), &common),
            (DataType::Struct(_), DataType::Struct(_))
        );
        if !is_struct
            || common_type(call.type_of(index), &common, true).as_ref() != Some(call.type_of(index))
        {
            call.cast_argument(index, &common)?;
        }
    }
    let nullable = op != Operator::IsNotDistinctFrom && call.any_nullable();
    if common == DataType::Void && op != Operator::IsNotDistinctFrom {
        let text = call.text();
        return Ok(Typed::null(DataType::Boolean).named(text));
    }
    if !is_plain(&common) {
        return call.invoke_nullable(DataType::Boolean, nullable);
    }
    let text = call.text();
    let [left, right] = operands(call)?;
    let expr = Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)));
    Ok(Typed::new(expr, DataType::Boolean, nullable, text))
}

fn operands(call: Call<'_>) -> Result<[Expr; 2]> {
    let operands: Vec<Expr> = call.arguments.into_iter().map(|a| a.expr).collect();
    <[Expr; 2]>::try_from(operands).map_err(|_| Error::internal("an operator of two operands"))
}

/// `DATATYPE_MISMATCH.INVALID_ORDERING_TYPE`, if values of the type cannot be sorted.
///
/// # Errors
/// That one.
pub(super) fn check_orderable(call: &Call<'_>, data_type: &DataType) -> Result<()> {
    if is_orderable(data_type) {
        return Ok(());
    }
    let function = match call.function.name {
        "==" => "=",
        other => other,
    };
    Err(call.mismatch(
        "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        format!(
            "The `{function}` does not support ordering on type \"{}\".",
            data_type.sql()
        ),
    ))
}

fn run(arguments: &Arguments<'_>, is_match: fn(Ordering) -> bool) -> Result<ArrayRef> {
    let (a, b) = (arguments.array(0)?, arguments.array(1)?);
    let nulls = NullBuffer::union(a.nulls(), b.nulls());
    Ok(Arc::new(BooleanArray::new(
        matches(&a, &b, is_match)?,
        nulls,
    )))
}

fn null_safe_equal(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (a, b) = (arguments.array(0)?, arguments.array(1)?);
    let equal = matches(&a, &b, Ordering::is_eq)?;
    let valid = |array: &ArrayRef| match array.logical_nulls() {
        Some(nulls) => nulls.into_inner(),
        None => BooleanBuffer::new_set(array.len()),
    };
    let (a, b) = (valid(&a), valid(&b));
    let both = &a & &b;
    let neither = !&(&a | &b);
    Ok(Arc::new(BooleanArray::new(
        &(&both & &equal) | &neither,
        None,
    )))
}

/// Which rows match; whatever for rows that are NULL.
fn matches(a: &ArrayRef, b: &ArrayRef, is_match: fn(Ordering) -> bool) -> Result<BooleanBuffer> {
    fn each<T: ArrowPrimitiveType>(
        a: &ArrayRef,
        b: &ArrayRef,
        is_match: impl Fn(T::Native, T::Native) -> bool,
    ) -> BooleanBuffer {
        let (a, b) = (
            a.as_primitive::<T>().values(),
            b.as_primitive::<T>().values(),
        );
        BooleanBuffer::collect_bool(a.len(), |row| is_match(a[row], b[row]))
    }
    Ok(match a.data_type() {
        ArrowType::Float64 => each::<Float64Type>(a, b, |a, b| is_match(compare_doubles(a, b))),
        ArrowType::Float32 => each::<Float32Type>(a, b, |a, b| is_match(compare_floats(a, b))),
        _ => {
            let compare = comparator(a.as_ref(), b.as_ref())?;
            BooleanBuffer::collect_bool(a.len(), |row| is_match(compare(row, row)))
        }
    })
}

fn in_list(mut call: Call<'_>) -> Result<Typed> {
    let types: Vec<&DataType> = call.arguments.iter().map(|a| &a.data_type).collect();
    let first = call.type_of(0).clone();
    // Structs that differ in the names of their fields only stay as they are.
    let is_same = |other: &&DataType| {
        common_type(other, &first, true).as_ref() == Some(*other)
            && common_type(&first, other, true).as_ref() == Some(&first)
    };
    let common = match types.iter().all(is_same) {
        true => Some(first),
        false => widest_type(types, call.settings.ansi),
    };
    let Some(common) = common else {
        return Err(call.list_of_types("in", 0..call.arguments.len()));
    };
    check_orderable(&call, &common)?;
    for index in 0..call.arguments.len() {
        call.cast_argument(index, &common)?;
    }
    let nullable = call.any_nullable();
    if common == DataType::Void {
        let text = call.text();
        return Ok(Typed::null(DataType::Boolean).named(text));
    }
    if !is_plain(&common) {
        return call.invoke_nullable(DataType::Boolean, nullable);
    }
    let text = call.text();
    let mut operands = call.arguments.into_iter().map(|argument| argument.expr);
    let Some(value) = operands.next() else {
        return Err(Error::internal("IN without a value"));
    };
    let expr = Expr::InList(InList::new(Box::new(value), operands.collect(), false));
    Ok(Typed::new(expr, DataType::Boolean, nullable, text))
}

/// `IN` for values that Arrow does not compare as Spark does.
fn run_in(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let value = arguments.array(0)?;
    let mut found = BooleanBuffer::new_unset(arguments.rows);
    let mut all_valid = match value.nulls() {
        Some(nulls) => nulls.inner().clone(),
        None => BooleanBuffer::new_set(arguments.rows),
    };
    let value_valid = all_valid.clone();
    for index in 1..arguments.len() {
        let item = arguments.array(index)?;
        let mut equal = matches(&value, &item, Ordering::is_eq)?;
        if let Some(nulls) = item.nulls() {
            equal = &equal & nulls.inner();
            all_valid = &all_valid & nulls.inner();
        }
        found = &found | &equal;
    }
    let valid = &value_valid & &(&found | &all_valid);
    Ok(Arc::new(BooleanArray::new(
        found,
        Some(NullBuffer::new(valid)),
    )))
}
