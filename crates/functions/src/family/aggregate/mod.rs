//! Aggregates.

mod average;
mod bitmap;
mod bits;
mod collect;
mod count;
mod distinct_bias;
mod distinct_count;
mod extreme_by;
mod extremes;
mod histogram;
mod listagg;
mod logic;
mod mode;
mod moments;
mod pairs;
mod percentile;
mod positions;
mod quantiles;
mod statistic;
mod sum;

use crate::function::Function;

/// All aggregates.
pub(super) const FUNCTIONS: &[&[Function]] = &[
    average::FUNCTIONS,
    bitmap::FUNCTIONS,
    bits::FUNCTIONS,
    extreme_by::FUNCTIONS,
    collect::FUNCTIONS,
    count::FUNCTIONS,
    distinct_count::FUNCTIONS,
    extremes::FUNCTIONS,
    histogram::FUNCTIONS,
    listagg::FUNCTIONS,
    logic::FUNCTIONS,
    mode::FUNCTIONS,
    moments::FUNCTIONS,
    pairs::FUNCTIONS,
    percentile::FUNCTIONS,
    positions::FUNCTIONS,
    quantiles::FUNCTIONS,
    sum::FUNCTIONS,
];
