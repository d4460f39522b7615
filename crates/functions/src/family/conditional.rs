//! `CASE`, `if`, `coalesce` and functions that are one of them in disguise; `greatest` and `least`.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::interleave;
use datafusion_expr::Expr;
use datafusion_expr::expr::Case;
use sql::DataType;

use super::comparison::check_orderable;
use super::logic::has_one_value;
use crate::call::Call;
use crate::coerce::{tightest_common_type, wider_type, widest_type};
use crate::error::Result;
use crate::function::{Function, Group, Kernel, MANY};
use crate::order::comparator;
use crate::typed::Typed;
use crate::types::{Accepts, DOUBLE, is_string};
use crate::udf::Arguments;

const FLOATING: Accepts = Accepts::OneOf(&[DOUBLE, Accepts::Type(&DataType::Float)]);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "when",
        Group::Conditional,
        (2, MANY),
        "CASE WHEN expr1 THEN expr2 [WHEN expr3 THEN expr4]* [ELSE expr5] END - Returns the value after the first \
         condition that is true.",
        case,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "if",
        Group::Conditional,
        (3, 3),
        "if(expr1, expr2, expr3) - Returns `expr2` if `expr1` is true, else `expr3`.",
        |mut call| {
            if call.arguments[0].is_null() && *call.type_of(0) == DataType::Void {
                call.cast_argument(0, &DataType::Boolean)?;
            }
            case(call)
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "coalesce",
        Group::Conditional,
        (1, MANY),
        "coalesce(expr1, expr2, ...) - Returns the first argument that is not NULL.",
        coalesce,
        Kernel::Scalar(first_valid),
    ),
    Function::scalar(
        "nvl",
        Group::Conditional,
        (2, 2),
        "nvl(expr1, expr2) - Returns `expr2` if `expr1` is NULL, else `expr1`.",
        |call| call.replace_by("coalesce"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "ifnull",
        Group::Conditional,
        (2, 2),
        "ifnull(expr1, expr2) - Returns `expr2` if `expr1` is NULL, else `expr1`.",
        |call| call.replace_by("coalesce"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "nvl2",
        Group::Conditional,
        (3, 3),
        "nvl2(expr1, expr2, expr3) - Returns `expr2` if `expr1` is not NULL, else `expr3`.",
        |call| {
            let text = call.text();
            let condition = call.call("isnotnull", vec![call.arguments[0].clone()])?;
            let arguments = vec![
                condition,
                call.arguments[1].clone(),
                call.arguments[2].clone(),
            ];
            Ok(call.call("if", arguments)?.named(text))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "nullif",
        Group::Conditional,
        (2, 2),
        "nullif(expr1, expr2) - Returns NULL if `expr1` equals `expr2`, else `expr1`.",
        |call| {
            let text = call.text();
            let value = call.arguments[0].clone();
            let is_equal = call.call("==", call.arguments.clone())?;
            let null = Typed::null(value.data_type.clone());
            Ok(call.call("if", vec![is_equal, null, value])?.named(text))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "nullifzero",
        Group::Conditional,
        (1, 1),
        "nullifzero(expr) - Returns NULL if `expr` equals 0, else `expr`.",
        |call| {
            let text = call.text();
            let value = call.arguments[0].clone();
            let is_zero = call.call("==", vec![value.clone(), Typed::int(0)])?;
            let null = Typed::null(value.data_type.clone());
            Ok(call.call("if", vec![is_zero, null, value])?.named(text))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "zeroifnull",
        Group::Conditional,
        (1, 1),
        "zeroifnull(expr) - Returns 0 if `expr` is NULL, else `expr`.",
        |call| {
            let text = call.text();
            let arguments = vec![call.arguments[0].clone(), Typed::int(0)];
            Ok(call.call("coalesce", arguments)?.named(text))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "nanvl",
        Group::Conditional,
        (2, 2),
        "nanvl(expr1, expr2) - Returns `expr1` if it is not NaN, else `expr2`.",
        nanvl,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "greatest",
        Group::Conditional,
        (2, MANY),
        "greatest(expr, ...) - Returns the greatest of the arguments, without those that are NULL.",
        extreme,
        Kernel::Scalar(|arguments| run_extreme(arguments, Ordering::Greater)),
    ),
    Function::scalar(
        "least",
        Group::Conditional,
        (2, MANY),
        "least(expr, ...) - Returns the least of the arguments, without those that are NULL.",
        extreme,
        Kernel::Scalar(|arguments| run_extreme(arguments, Ordering::Less)),
    ),
];

/// The indices of the values among the arguments of `CASE`.
fn values_of(arguments: usize) -> Vec<usize> {
    (0..arguments)
        .filter(|index| index % 2 == 1 || (index + 1 == arguments))
        .collect()
}

fn case(mut call: Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    let values = values_of(count);
    let common = widest_type(
        values.iter().map(|index| call.type_of(*index)),
        call.settings.ansi,
    );
    let Some(common) = common else {
        let name = if call.function.name == "if" {
            "if"
        } else {
            "casewhen"
        };
        return Err(call.list_of_types(name, values));
    };
    for index in (0..count).filter(|index| !values.contains(index)) {
        if *call.type_of(index) != DataType::Boolean {
            let place = index / 2;
            let mut error = call.unexpected_type(index, "\"BOOLEAN\"");
            if place != index {
                error = call.unexpected_type_at(place, index, "\"BOOLEAN\"");
            }
            return Err(error);
        }
    }
    for index in &values {
        call.cast_argument(*index, &common)?;
    }
    let text = call.text();
    let has_else = count % 2 == 1;
    let nullable = !has_else || values.iter().any(|index| call.arguments[*index].nullable);
    if common == DataType::Void {
        if values
            .iter()
            .all(|index| call.arguments[*index].literal().is_some())
        {
            return Ok(Typed::null(DataType::Void).named(text));
        }
        // A branch such as `raise_error(..)` is computed, though its value is NULL.
        for index in &values {
            call.cast_argument(*index, &DataType::Boolean)?;
        }
        let case = call.call("when", call.arguments.clone())?;
        return Ok(call.call("__void", vec![case])?.named(text));
    }
    let mut expressions = call
        .arguments
        .into_iter()
        .map(|argument| Box::new(argument.expr));
    let mut branches = Vec::with_capacity(count / 2);
    let mut otherwise = None;
    while let Some(first) = expressions.next() {
        match expressions.next() {
            Some(value) => branches.push((first, value)),
            None => otherwise = Some(first),
        }
    }
    let expr = Expr::Case(Case::new(None, branches, otherwise));
    Ok(Typed::new(expr, common, nullable, text))
}

/// Whether an expression gives a value without work that could fail. `-1` is a call of a function.
fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) | Expr::Literal(..) | Expr::LambdaVariable(_) => true,
        _ => has_one_value(expr),
    }
}

fn coalesce(mut call: Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    let common = call.unify(0..count)?;
    let nullable = call.arguments.iter().all(|argument| argument.nullable);
    let text = call.text();
    if common == DataType::Void {
        if call
            .arguments
            .iter()
            .all(|argument| argument.literal().is_some())
        {
            return Ok(Typed::null(DataType::Void).named(text));
        }
        // An argument such as `raise_error(..)` is computed, though its value is NULL.
        for index in 0..count {
            call.cast_argument(index, &DataType::Boolean)?;
        }
        let value = call.call("coalesce", call.arguments.clone())?;
        return Ok(call.call("__void", vec![value])?.named(text));
    }
    if count == 1 {
        return Ok(call.arguments.remove(0).named(text));
    }
    if call.arguments[1..]
        .iter()
        .all(|argument| is_simple(&argument.expr))
    {
        return call.invoke_nullable(common, nullable);
    }
    // Arguments after the first that is not NULL are not computed.
    let mut expressions: Vec<Expr> = call.arguments.into_iter().map(|a| a.expr).collect();
    let last = expressions.pop().map(Box::new);
    let branches = expressions.into_iter().map(|expr| {
        let is_present = Expr::IsNotNull(Box::new(expr.clone()));
        (Box::new(is_present), Box::new(expr))
    });
    let expr = Expr::Case(Case::new(None, branches.collect(), last));
    Ok(Typed::new(expr, common, nullable, text))
}

/// The first value of each row that is not NULL.
fn first_valid(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let first = arguments.array(0)?;
    if first.null_count() == 0 {
        return Ok(first);
    }
    let columns: Vec<ArrayRef> = (0..arguments.len())
        .map(|index| arguments.array(index))
        .collect::<Result<_>>()?;
    let choices: Vec<(usize, usize)> = (0..arguments.rows)
        .map(|row| {
            (
                columns
                    .iter()
                    .position(|column| column.is_valid(row))
                    .unwrap_or(0),
                row,
            )
        })
        .collect();
    let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
    Ok(interleave(&columns, &choices)?)
}

fn nanvl(call: Call<'_>) -> Result<Typed> {
    let mut call = call.accept(&[FLOATING])?;
    let text = call.text();
    let common = tightest_common_type(call.type_of(0), call.type_of(1), call.settings.ansi);
    let common = common.unwrap_or(DataType::Double);
    call.cast_argument(0, &common)?;
    call.cast_argument(1, &common)?;
    let (value, other) = (call.arguments[0].clone(), call.arguments[1].clone());
    let is_nan = call.call("isnan", vec![value.clone()])?;
    Ok(call.call("if", vec![is_nan, other, value])?.named(text))
}

fn extreme(mut call: Call<'_>) -> Result<Typed> {
    let count = call.arguments.len();
    let mut common = Some(DataType::Void);
    for index in 0..count {
        let next = call.type_of(index);
        common = common.and_then(|common| match (is_string(&common), is_string(next)) {
            // Text is not promoted here.
            (a, b) if a != b => tightest_common_type(&common, next, call.settings.ansi),
            _ => wider_type(&common, next, call.settings.ansi),
        });
    }
    let Some(common) = common else {
        return Err(call.list_of_types(call.function.name, 0..count));
    };
    check_orderable(&call, &common)?;
    for index in 0..count {
        call.cast_argument(index, &common)?;
    }
    let nullable = call.arguments.iter().all(|argument| argument.nullable);
    call.invoke_nullable(common, nullable)
}

/// The value of each row that stands in `order` to all others; NULL if all are.
fn run_extreme(arguments: &Arguments<'_>, order: Ordering) -> Result<ArrayRef> {
    let mut best = arguments.array(0)?;
    if best.data_type().is_null() {
        return Ok(new_null_array(arguments.return_type, arguments.rows));
    }
    for index in 1..arguments.len() {
        let next = arguments.array(index)?;
        let choices: Vec<(usize, usize)> = {
            let compare = comparator(next.as_ref(), best.as_ref())?;
            let is_better = |row: usize| {
                next.is_valid(row) && (best.is_null(row) || compare(row, row) == order)
            };
            (0..arguments.rows)
                .map(|row| (usize::from(is_better(row)), row))
                .collect()
        };
        best = interleave(&[best.as_ref(), next.as_ref()], &choices)?;
    }
    Ok(best)
}
