//! The functions, by family.

mod aggregate;
pub(crate) mod arithmetic;
pub(crate) mod cast;
mod comparison;
mod conditional;
mod counter;
mod datetime;
mod grouping;
pub(crate) mod hash;
mod json;
pub(crate) mod logic;
pub(crate) mod math;
mod misc;
mod nested;
mod pattern;
mod structs;
mod text;
mod time_window;
mod url;
pub(crate) mod window;

use crate::function::Function;

/// All functions, also those that only this crate calls.
pub(crate) fn functions() -> impl Iterator<Item = &'static Function> {
    [
        cast::FUNCTIONS,
        datetime::calendar::FUNCTIONS,
        datetime::extract::FUNCTIONS,
        datetime::fields::FUNCTIONS,
        datetime::make::FUNCTIONS,
        datetime::now::FUNCTIONS,
        datetime::operators::FUNCTIONS,
        datetime::parse::FUNCTIONS,
        datetime::shift::FUNCTIONS,
        datetime::truncate::FUNCTIONS,
        datetime::unix::FUNCTIONS,
        datetime::zones::FUNCTIONS,
        arithmetic::FUNCTIONS,
        comparison::FUNCTIONS,
        conditional::FUNCTIONS,
        counter::FUNCTIONS,
        grouping::FUNCTIONS,
        logic::FUNCTIONS,
        json::convert::FUNCTIONS,
        json::csv::FUNCTIONS,
        json::query::FUNCTIONS,
        pattern::like::FUNCTIONS,
        pattern::regexp::FUNCTIONS,
        pattern::split::FUNCTIONS,
        math::bits::FUNCTIONS,
        math::elementary::FUNCTIONS,
        math::number::FUNCTIONS,
        math::radix::FUNCTIONS,
        math::random::FUNCTIONS,
        math::rounding::FUNCTIONS,
        hash::digest::FUNCTIONS,
        hash::encryption::FUNCTIONS,
        hash::row::FUNCTIONS,
        misc::assertion::FUNCTIONS,
        misc::bitmap::FUNCTIONS,
        misc::check::FUNCTIONS,
        misc::keywords::FUNCTIONS,
        misc::row_id::FUNCTIONS,
        misc::session::FUNCTIONS,
        structs::FUNCTIONS,
        text::case::FUNCTIONS,
        text::charset::FUNCTIONS,
        text::distance::FUNCTIONS,
        text::format_number::FUNCTIONS,
        text::join::FUNCTIONS,
        text::length::FUNCTIONS,
        text::mask::FUNCTIONS,
        text::number_pattern::FUNCTIONS,
        text::pad::FUNCTIONS,
        text::part::FUNCTIONS,
        text::printf::FUNCTIONS,
        text::search::FUNCTIONS,
        text::trim::FUNCTIONS,
        url::FUNCTIONS,
        time_window::FUNCTIONS,
        window::FUNCTIONS,
    ]
    .into_iter()
    .chain(nested::FUNCTIONS.iter().copied())
    .chain(aggregate::FUNCTIONS.iter().copied())
    .flatten()
}
