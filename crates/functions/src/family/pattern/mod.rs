//! Patterns: `LIKE`, and regular expressions with Java's syntax.

mod java;
pub(super) mod like;
mod matcher;
mod property;
pub(super) mod regexp;
mod replacement;
pub(super) mod split;
