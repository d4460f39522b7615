//! `AND`, `OR`, `NOT`, and tests for NULL and NaN.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};
use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::{Case, InList};
use datafusion_expr::{BinaryExpr, Expr, Operator, lit};
use sql::DataType;

use super::arithmetic::different_types;
use crate::call::{Call, fold};
use crate::error::{Error, Result};
use crate::extent::nodes;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, BOOLEAN, DOUBLE, is_string};
use crate::udf::{Arguments, ScalarFunction};

/// `DOUBLE` or `FLOAT`.
const FLOATING: Accepts = Accepts::OneOf(&[DOUBLE, Accepts::Type(&DataType::Float)]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "and",
        Group::Predicate,
        (2, 2),
        "expr1 and expr2 - Returns true if both are true.",
        |call| connect(call, Operator::And),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "or",
        Group::Predicate,
        (2, 2),
        "expr1 or expr2 - Returns true if one of both is true.",
        |call| connect(call, Operator::Or),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "not",
        Group::Predicate,
        (1, 1),
        "not expr - Returns true if `expr` is false.",
        not,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "!",
        Group::Predicate,
        (1, 1),
        "! expr - Returns true if `expr` is false.",
        not,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "isnull",
        Group::Predicate,
        (1, 1),
        "isnull(expr) - Returns true if `expr` is NULL.",
        |call| test(call, Expr::IsNull),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "isnotnull",
        Group::Predicate,
        (1, 1),
        "isnotnull(expr) - Returns true if `expr` is not NULL.",
        |call| test(call, Expr::IsNotNull),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "isnan",
        Group::Predicate,
        (1, 1),
        "isnan(expr) - Returns true if `expr` is NaN, and false if it is NULL.",
        |call| {
            call.accept(&[FLOATING])?
                .invoke_nullable(DataType::Boolean, false)
        },
        Kernel::Scalar(is_nan),
    ),
];

fn connect(mut call: Call<'_>, op: Operator) -> Result<Typed> {
    for (index, other) in [(0, 1), (1, 0)] {
        let is_cast = match (call.type_of(index), call.type_of(other)) {
            (DataType::Void, DataType::Void | DataType::Boolean) => true,
            (from, DataType::Boolean) => is_string(from),
            _ => false,
        };
        if is_cast {
            call.cast_argument(index, &DataType::Boolean)?;
        }
    }
    if call.type_of(0) != call.type_of(1) {
        return Err(different_types(&call));
    }
    if *call.type_of(0) != DataType::Boolean {
        let message = format!(
            "the binary operator requires the input type \"BOOLEAN\", not \"{}\".",
            call.type_of(0).sql()
        );
        return Err(call.mismatch("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", message));
    }
    let (text, nullable) = (call.text(), call.any_nullable());
    let left_nullable = call.arguments[0].nullable;
    let mut operands = call.arguments.into_iter().map(|argument| argument.expr);
    let (Some(left), Some(right)) = (operands.next(), operands.next()) else {
        return Err(Error::internal("an operator of two operands"));
    };
    let expr = match can_fail(&right) {
        true => short_circuit(left, left_nullable, op, right),
        false => both(left, op, right),
    };
    Ok(Typed::new(expr, DataType::Boolean, nullable, text))
}

fn both(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// `AND` or `OR` that computes the right side only where the left one does not decide. DataFusion's operators compute it for
/// all rows, unless the left decides all.
fn short_circuit(left: Expr, left_nullable: bool, op: Operator, right: Expr) -> Expr {
    let value = op == Operator::Or;
    let decided = (value, lit(value));
    if !left_nullable {
        return case(left, vec![decided], right);
    }
    // One side stands in the plan twice: the smaller one, so that nested operators do not grow without bound. A volatile left
    // side has one value for a row.
    if !left.is_volatile() && nodes(&left) <= nodes(&right) {
        return case(left.clone(), vec![decided], both(left, op, right));
    }
    let unknown = both(lit(ScalarValue::Boolean(None)), op, right.clone());
    case(left, vec![decided, (!value, right)], unknown)
}

/// The branch of a boolean value; each is computed for its rows only.
fn case(value: Expr, branches: Vec<(bool, Expr)>, otherwise: Expr) -> Expr {
    let branches = branches.into_iter();
    let branches = branches.map(|(when, then)| (Box::new(lit(when)), Box::new(then)));
    Expr::Case(Case::new(
        Some(Box::new(value)),
        branches.collect(),
        Some(Box::new(otherwise)),
    ))
}

/// `then` where the condition is true, else `otherwise`; each is computed for its rows only.
///
/// The form `CASE condition WHEN true ..` is needed: DataFusion makes `AND` and `OR` of `CASE WHEN condition ..` with
/// boolean branches, which are computed for all rows.
pub fn where_true(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    case(condition, vec![(true, then)], otherwise)
}

/// Whether an expression has one value for all rows: `1 + 10` fails for all or for none.
pub(super) fn has_one_value(expr: &Expr) -> bool {
    expr.column_refs().is_empty() && !expr.is_volatile() && fold(expr).is_ok()
}

/// Whether an expression has an error for some values: a guess, which is true too often rather than too seldom.
pub fn can_fail(expr: &Expr) -> bool {
    const NEVER: [&str; 21] = [
        "==",
        "<",
        "<=",
        ">",
        ">=",
        "<=>",
        "in",
        "isnan",
        "coalesce",
        "greatest",
        "least",
        "upper",
        "lower",
        "length",
        "startswith",
        "endswith",
        "contains",
        "trim",
        "concat",
        "hash",
        "__field",
    ];
    let mut fails = false;
    let walked = expr.apply(|expr| {
        fails |= matches!(expr, Expr::HigherOrderFunction(_));
        if let Expr::ScalarFunction(call) = expr {
            if has_one_value(expr) {
                return Ok(TreeNodeRecursion::Jump);
            }
            let is_floating = call
                .func
                .inner()
                .downcast_ref::<ScalarFunction>()
                .is_some_and(|function| function.resolved.return_type.is_floating());
            let name = call.func.name();
            fails |= match name {
                "+" | "-" | "*" => !is_floating,
                name => !NEVER.contains(&name),
            };
        }
        Ok(if fails {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    fails || walked.is_err()
}

fn not(call: Call<'_>) -> Result<Typed> {
    let mut call = call.accept(&[BOOLEAN])?;
    let (text, nullable) = (call.text(), call.any_nullable());
    let operand = call.arguments.remove(0);
    Ok(Typed::new(
        match operand.expr {
            Expr::InList(list) => Expr::InList(InList {
                negated: !list.negated,
                ..list
            }),
            other => Expr::Not(Box::new(other)),
        },
        DataType::Boolean,
        nullable,
        text,
    ))
}

fn test(mut call: Call<'_>, make: fn(Box<Expr>) -> Expr) -> Result<Typed> {
    let text = call.text();
    let operand = call.arguments.remove(0);
    Ok(Typed::new(
        make(Box::new(operand.expr)),
        DataType::Boolean,
        false,
        text,
    ))
}

fn is_nan(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = arguments.array(0)?;
    let is_nan = match values.data_type() {
        ArrowType::Float32 => {
            let floats = values.as_primitive::<Float32Type>().values();
            BooleanBuffer::collect_bool(values.len(), |row| floats[row].is_nan())
        }
        ArrowType::Float64 => {
            let doubles = values.as_primitive::<Float64Type>().values();
            BooleanBuffer::collect_bool(values.len(), |row| doubles[row].is_nan())
        }
        other => return Err(Error::internal(format!("isnan of {other}"))),
    };
    let is_nan = match values.nulls() {
        Some(nulls) => &is_nan & nulls.inner(),
        None => is_nan,
    };
    Ok(Arc::new(BooleanArray::new(is_nan, None)))
}
