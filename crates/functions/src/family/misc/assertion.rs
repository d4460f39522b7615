//! `raise_error` and `assert_true`.

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BOOLEAN, STRING};
use crate::udf::Arguments;

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
