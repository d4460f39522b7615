//! `raise_error` and `assert_true`.

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BOOLEAN, STRING};
use crate::udf::{Arguments, State};

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "raise_error",
        Group::Misc,
        (1, 1),
        "raise_error(expr) - Raises an error with the message `expr`.",
        |call| {
            let name = format!(
                "raise_error(USER_RAISED_EXCEPTION, map(errorMessage, {}))",
                call.arguments[0].name
            );
            let mut call = call.accept(&[STRING])?;
            call.place = None;
            Ok(call.invoke_nullable(DataType::Void, true)?.named(name))
        },
        Kernel::Scalar(|arguments| {
            let messages = arguments.strings(0)?;
            match messages.is_empty() {
                true => Ok(new_null_array(&ArrowType::Null, 0)),
                false => Err(raised(messages.is_valid(0).then(|| messages.value(0)))),
            }
        }),
    ),
    Function::scalar(
        "assert_true",
        Group::Misc,
        (1, 2),
        "assert_true(expr[, message]) - Raises an error if `expr` is not true.",
        assert_true,
        Kernel::Scalar(run_assert_true),
    ),
    // The value of a scalar subquery, if it had no more than one row: (value, number of rows).
    Function::scalar(
        "__single",
        Group::Misc,
        (2, 2),
        "",
        |call| {
            let data_type = call.type_of(0).clone();
            call.invoke_nullable(data_type, true)
        },
        Kernel::Scalar(|arguments| {
            let counts = arguments.array(1)?;
            let counts = counts.as_primitive::<Int64Type>();
            match counts.iter().flatten().any(|count| count > 1) {
                true => Err(Error::data(
                    "SCALAR_SUBQUERY_TOO_MANY_ROWS",
                    "More than one row returned by a subquery used as an expression.",
                )),
                false => arguments.array(0),
            }
        }),
    ),
    // The number of a run of a recursive query that gave rows: (number, limit of it, limit of the rows of all runs).
    Function::scalar(
        "__recursion_level",
        Group::Misc,
        (3, 3),
        "",
        |call| call.invoke_nullable(DataType::Long, false),
        Kernel::Stateful(recursion_level),
    ),
    // NULL, after its argument was computed.
    Function::scalar(
        "__void",
        Group::Misc,
        (1, 1),
        "",
        |call| {
            let text = call.text();
            Ok(call.invoke_nullable(DataType::Void, true)?.named(text))
        },
        Kernel::Scalar(|arguments| Ok(new_null_array(&ArrowType::Null, arguments.rows))),
    ),
];

fn recursion_level(arguments: &Arguments<'_>, state: &mut State) -> Result<ArrayRef> {
    let limit = |index| match arguments.scalar(index) {
        Some(ScalarValue::Int64(Some(limit))) => Ok(*limit),
        _ => Err(Error::internal("a limit of a recursion is no constant")),
    };
    let (level_limit, row_limit) = (limit(1)?, limit(2)?);
    let levels = arguments.array(0)?;
    let last = levels.as_primitive::<Int64Type>().values().iter().max();
    if level_limit >= 0 && last.is_some_and(|level| *level >= level_limit) {
        return Err(Error::data(
            "RECURSION_LEVEL_LIMIT_EXCEEDED",
            format!(
                "Recursion level limit {level_limit} reached but query has not exhausted, try increasing it like \
                 'WITH RECURSIVE t(col) MAX RECURSION LEVEL {}'.",
                level_limit.saturating_add(100)
            ),
        ));
    }
    let state = state.get_or_insert_with(|| Box::new(0_i64));
    let Some(rows) = state.downcast_mut::<i64>() else {
        return Err(Error::internal("a state of another function"));
    };
    *rows = rows.saturating_add(arguments.rows as i64);
    if row_limit >= 0 && *rows >= row_limit {
        return Err(Error::data(
            "RECURSION_ROW_LIMIT_EXCEEDED",
            format!(
                "Recursion row limit {row_limit} reached but query has not exhausted, try setting a larger LIMIT value when \
                 querying the CTE relation."
            ),
        ));
    }
    Ok(levels)
}

fn raised(message: Option<&str>) -> Error {
    Error::data("USER_RAISED_EXCEPTION", message.unwrap_or("null"))
}

fn assert_true(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        let message = format!("'{}' is not true!", call.arguments[0].name);
        call.arguments.push(Typed::string(&message));
    }
    let mut call = call.accept(&[BOOLEAN, STRING])?;
    call.place = None;
    call.invoke_nullable(DataType::Void, true)
}

fn run_assert_true(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let conditions = arguments.array(0)?;
    let conditions = conditions.as_boolean();
    let messages = arguments.strings(1)?;
    let failed = conditions
        .iter()
        .position(|condition| condition != Some(true));
    match failed {
        Some(row) => Err(raised(messages.is_valid(row).then(|| messages.value(row)))),
        None => Ok(new_null_array(&ArrowType::Null, arguments.rows)),
    }
}
