//! Aggregates.

mod average;
mod bits;
mod collect;
mod count;
mod distinct_count;
mod extremes;
mod logic;
mod moments;
mod pairs;
mod percentile;
mod positions;
mod sum;

use crate::function::Function;

/// All aggregates.
pub(super) const FUNCTIONS: &[&[Function]] = &[
    average::FUNCTIONS,
    bits::FUNCTIONS,
    collect::FUNCTIONS,
    count::FUNCTIONS,
    distinct_count::FUNCTIONS,
    extremes::FUNCTIONS,
    logic::FUNCTIONS,
    moments::FUNCTIONS,
    pairs::FUNCTIONS,
    percentile::FUNCTIONS,
    positions::FUNCTIONS,
    sum::FUNCTIONS,
];
