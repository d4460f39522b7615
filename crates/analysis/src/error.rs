//! Errors of the analyser, in Spark's form.

use sql::quote_if_needed;

pub use functions::{Error, Result};

/// `UNRESOLVED_COLUMN`: no column of this name, with the names that come nearest.
pub(crate) fn unresolved_column(parts: &[String], mut known: Vec<String>) -> Error {
    let name = quoted_name(parts);
    if known.is_empty() {
        return Error::analysis(
            "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
            format!(
                "A column, variable, or function parameter with name {name} cannot be resolved."
            ),
        );
    }
    let wanted = parts
        .last()
        .map(|part| part.to_lowercase())
        .unwrap_or_default();
    known.sort_by_cached_key(|name| distance(&wanted, &name.to_lowercase()));
    known.truncate(5);
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    Error::analysis(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        format!(
            "A column, variable, or function parameter with name {name} cannot be resolved. Did you mean one of the \
             following? [{}].",
            known.join(", ")
        ),
    )
}

/// `UNRESOLVED_ROUTINE`: no function of this name.
pub(crate) fn unresolved_routine(parts: &[String]) -> Error {
    Error::analysis(
        "UNRESOLVED_ROUTINE",
        format!(
            "Cannot resolve routine {} on search path [`system`.`builtin`, `system`.`session`, \
             `spark_catalog`.`default`].",
            quoted_name(parts)
        ),
    )
}

/// `AMBIGUOUS_REFERENCE`: several columns of this name.
pub(crate) fn ambiguous(parts: &[String], found: &[String]) -> Error {
    Error::analysis(
        "AMBIGUOUS_REFERENCE",
        format!(
            "Reference {} is ambiguous, could be: [{}].",
            quoted_name(parts),
            found.join(", ")
        ),
    )
}

/// What is known and not done.
pub(crate) fn not_supported(what: impl std::fmt::Display) -> Error {
    Error::analysis("NOT_SUPPORTED", format!("{what} is not supported."))
}

/// Every part of a name in back quotes.
pub(crate) fn quoted_name(parts: &[String]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("`{}`", part.replace('`', "``")))
        .collect();
    parts.join(".")
}

/// The parts of a name, in back quotes where they need them.
pub(crate) fn dotted_name(parts: &[String]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| quote_if_needed(part)).collect();
    parts.join(".")
}

/// How many characters must change to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
