//! A query block: `SELECT` and its clauses, and what orders its rows. [`block`] takes it apart, [`parts`] computes it step by
//! step.

pub(crate) mod aggregation;
pub(crate) mod block;
pub(crate) mod computed_columns;
pub(crate) mod grouping;
pub(crate) mod hint;
pub(crate) mod lateral;
pub(crate) mod order;
pub(crate) mod parts;
pub(crate) mod pipe;
pub(crate) mod select_list;
pub(crate) mod time_window;
