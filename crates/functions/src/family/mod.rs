//! The functions, by family.

pub(crate) mod cast;
mod arithmetic;
mod comparison;
mod conditional;
mod structs;
mod text;

use crate::function::Function;

/// All functions, also those that only this crate calls.
pub(crate) fn functions() -> impl Iterator<Item = &'static Function> {
    [
        cast::FUNCTIONS,
        arithmetic::FUNCTIONS,
        comparison::FUNCTIONS,
        conditional::FUNCTIONS,
        structs::FUNCTIONS,
        text::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}
