//! Functions of JSON and CSV texts.

pub(super) mod convert;
pub(super) mod csv;
mod options;
mod path;
pub(super) mod query;
