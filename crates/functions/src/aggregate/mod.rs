//! Aggregates: how a function that gives one value for many rows runs in DataFusion.
//!
//! An aggregate is written once, as a [`Fold`]: state for many groups. From it come DataFusion's accumulators for one
//! group, for many groups, for windows with moving frames, and for `DISTINCT`.

mod adapters;
mod buffers;
mod cells;
mod counted;
mod distinct;
mod encoded;
mod fold;
mod gathered;
mod java_order;
mod slots;
mod spec;
mod udaf;

pub(crate) use buffers::{Buffer, Buffers};
pub(crate) use cells::{Cell, PerGroup};
pub(crate) use counted::Counted;
pub(crate) use distinct::Distinct;
pub(crate) use encoded::{Encoder, normalised};
pub use fold::{Fold, Rows};
pub(crate) use gathered::Gathered;
pub(crate) use java_order::Codes;
pub(crate) use slots::{KeptRows, Slots, slots};
pub use spec::Spec;
pub use udaf::{AggregateFunction, filtered, over};

/// Whether a function takes `WITHIN GROUP`.
pub(crate) fn takes_within_group(name: &str) -> bool {
    matches!(
        name,
        "listagg" | "string_agg" | "mode" | "percentile_cont" | "percentile_disc"
    )
}

/// Whether a function takes `IGNORE NULLS` and `RESPECT NULLS`.
pub(crate) fn takes_nulls(name: &str) -> bool {
    matches!(
        name,
        "first"
            | "first_value"
            | "last"
            | "last_value"
            | "any_value"
            | "nth_value"
            | "lead"
            | "lag"
            | "collect_list"
            | "array_agg"
            | "collect_set"
    )
}
