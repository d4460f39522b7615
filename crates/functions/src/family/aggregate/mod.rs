//! Aggregates.

mod average;
mod bits;
mod count;
mod extremes;
mod logic;
mod positions;
mod sum;

use crate::function::Function;

/// All aggregates.
pub(super) const FUNCTIONS: &[&[Function]] = &[
    average::FUNCTIONS,
    bits::FUNCTIONS,
    count::FUNCTIONS,
    extremes::FUNCTIONS,
    logic::FUNCTIONS,
    positions::FUNCTIONS,
    sum::FUNCTIONS,
];
