//! `+`, `-`, `*`, `/`, `%`, `div`, their `try_` forms, and the signs.

pub(crate) mod decimal;
mod integer;
mod resolve;
mod sign;

use crate::function::{Function, Group, Kernel};

use self::resolve::Operator::{Add, Divide, IntegralDivide, Multiply, Remainder, Subtract};
pub(super) use self::resolve::{
    Mode, Operator, different_types, promote_strings, resolve, run, wrong_type,
};
pub(super) use self::sign::overflow;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "+",
        Group::Math,
        (1, 2),
        "expr1 + expr2 - Returns the sum of `expr1` and `expr2`.",
        |call| match call.arguments.len() {
            1 => sign::positive(call),
            _ => resolve(call, Add),
        },
        Kernel::Scalar(|arguments| run(arguments, Add, Mode::of(arguments))),
    ),
    Function::scalar(
        "-",
        Group::Math,
        (1, 2),
        "expr1 - expr2 - Returns `expr1` without `expr2`.",
        |call| match call.arguments.len() {
            1 => sign::negative(call),
            _ => resolve(call, Subtract),
        },
        Kernel::Scalar(|arguments| match arguments.len() {
            1 => sign::negate(arguments),
            _ => run(arguments, Subtract, Mode::of(arguments)),
        }),
    ),
    Function::scalar(
        "*",
        Group::Math,
        (2, 2),
        "expr1 * expr2 - Returns the product of `expr1` and `expr2`.",
        |call| resolve(call, Multiply),
        Kernel::Scalar(|arguments| run(arguments, Multiply, Mode::of(arguments))),
    ),
    Function::scalar(
        "/",
        Group::Math,
        (2, 2),
        "expr1 / expr2 - Returns the quotient of `expr1` and `expr2`, a DOUBLE or DECIMAL.",
        |call| resolve(call, Divide),
        Kernel::Scalar(|arguments| run(arguments, Divide, Mode::of(arguments))),
    ),
    Function::scalar(
        "%",
        Group::Math,
        (2, 2),
        "expr1 % expr2 - Returns the remainder of `expr1` divided by `expr2`, with the sign of `expr1`.",
        |call| resolve(call, Remainder),
        Kernel::Scalar(|arguments| run(arguments, Remainder, Mode::of(arguments))),
    ),
    Function::scalar(
        "mod",
        Group::Math,
        (2, 2),
        "mod(expr1, expr2) - Returns the remainder of `expr1` divided by `expr2`, with the sign of `expr1`.",
        |call| call.replace_by("%"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "div",
        Group::Math,
        (2, 2),
        "expr1 div expr2 - Returns the whole part of the quotient of `expr1` and `expr2`, a BIGINT.",
        |call| resolve(call, IntegralDivide),
        Kernel::Scalar(|arguments| run(arguments, IntegralDivide, Mode::of(arguments))),
    ),
    Function::scalar(
        "negative",
        Group::Math,
        (1, 1),
        "negative(expr) - Returns `expr` with the other sign.",
        |call| call.replace_by("-"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "positive",
        Group::Math,
        (1, 1),
        "positive(expr) - Returns `expr`.",
        |call| call.replace_by("+"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "try_add",
        Group::Math,
        (2, 2),
        "try_add(expr1, expr2) - Returns the sum of `expr1` and `expr2`, or NULL where it does not fit.",
        |call| resolve(call, Add),
        Kernel::Scalar(|arguments| run(arguments, Add, Mode::Try)),
    ),
    Function::scalar(
        "try_subtract",
        Group::Math,
        (2, 2),
        "try_subtract(expr1, expr2) - Returns `expr1` without `expr2`, or NULL where that does not fit.",
        |call| resolve(call, Subtract),
        Kernel::Scalar(|arguments| run(arguments, Subtract, Mode::Try)),
    ),
    Function::scalar(
        "try_multiply",
        Group::Math,
        (2, 2),
        "try_multiply(expr1, expr2) - Returns the product of `expr1` and `expr2`, or NULL where it does not fit.",
        |call| resolve(call, Multiply),
        Kernel::Scalar(|arguments| run(arguments, Multiply, Mode::Try)),
    ),
    Function::scalar(
        "try_divide",
        Group::Math,
        (2, 2),
        "try_divide(expr1, expr2) - Returns the quotient of `expr1` and `expr2`, or NULL if `expr2` is 0.",
        |call| resolve(call, Divide),
        Kernel::Scalar(|arguments| run(arguments, Divide, Mode::Try)),
    ),
    Function::scalar(
        "try_mod",
        Group::Math,
        (2, 2),
        "try_mod(expr1, expr2) - Returns the remainder of `expr1` divided by `expr2`, or NULL if `expr2` is 0.",
        |call| resolve(call, Remainder),
        Kernel::Scalar(|arguments| run(arguments, Remainder, Mode::Try)),
    ),
];
