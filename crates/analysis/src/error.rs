//! Errors of the analyser, in Spark's form.

use sql::quote_if_needed;

pub use functions::{Error, Result};

use crate::environment::Names;
use crate::scope::Column;

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
    let wanted = parts.last().cloned().unwrap_or_default();
    known.sort();
    known.sort_by_cached_key(|name| distance(&wanted, name));
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

/// `UNRESOLVED_ROUTINE`: no function of this name. A function of Spark's that is missing on purpose is refused by name.
pub(crate) fn unresolved_routine(parts: &[String], database: &str) -> Error {
    if let [.., name] = parts
        && let Some(about) = functions::refused(name)
    {
        return not_supported(format!(
            "The function `{name}`, and what else is about {about},"
        ));
    }
    Error::analysis(
        "UNRESOLVED_ROUTINE",
        format!(
            "Cannot resolve routine {} on search path [`system`.`builtin`, `system`.`session`, \
             `spark_catalog`.`{database}`].",
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

/// `AMBIGUOUS_COLUMN_REFERENCE`: a column of a DataFrame that was joined with itself.
pub(crate) fn ambiguous_dataframes(name: &str) -> Error {
    Error::analysis(
        "AMBIGUOUS_COLUMN_REFERENCE",
        format!(
            "Column \"{name}\" is ambiguous. It's because you joined several DataFrame together, and some of these DataFrames \
             are the same.\nThis column points to one of the DataFrames but Spark is unable to figure out which one.\nPlease \
             alias the DataFrames with different names via `DataFrame.alias` before joining them,\nand specify the column \
             using qualified name, e.g. `df.alias(\"a\").join(df.alias(\"b\"), col(\"a.id\") > col(\"b.id\"))`."
        ),
    )
}

/// `MISSING_ATTRIBUTES`: a column of a DataFrame that is not in the input.
pub(crate) fn missing_attribute(name: &str, known: &[Column], names: Names) -> Error {
    let is_called_so = |column: &Column| names.same(&column.name, name);
    let has_name = known.iter().any(is_called_so);
    let known: Vec<String> = known
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let missing = format!(
        "Resolved attribute(s) \"{name}\" missing from {} in the operator.",
        known.join(", ")
    );
    if has_name {
        return Error::analysis(
            "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_APPEAR_IN_OPERATION",
            format!(
                "{missing} Attribute(s) with the same name appear in the operation: \"{name}\".\nPlease check if the right \
                 attribute(s) are used."
            ),
        );
    }
    Error::analysis(
        "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT",
        missing,
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
