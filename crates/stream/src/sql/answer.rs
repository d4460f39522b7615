//! Rows that a statement answers with.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::run::SqlResult;
use crate::error::Result;
use crate::session::Session;

/// A column of texts.
pub(super) fn strings(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// A column of texts, some of which are NULL.
pub(super) fn optional_strings(values: impl IntoIterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

/// Rows that are known already.
pub(super) fn rows(session: &Session, columns: &[(&str, ArrayRef)]) -> Result<SqlResult> {
    let fields = columns.iter().map(|(name, values)| {
        let is_text = *values.data_type() == DataType::Utf8;
        Field::new(*name, values.data_type().clone(), is_text)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let values = columns
        .iter()
        .map(|(_, values)| Arc::clone(values))
        .collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), values)?;
    Ok(SqlResult::Rows(
        session.create_data_frame(schema, vec![batch])?,
    ))
}

/// The names that a pattern of `SHOW` matches: `*` stands for any characters, `|` divides alternatives.
pub(super) fn matching(names: Vec<String>, pattern: Option<&str>) -> Vec<String> {
    let Some(pattern) = pattern else {
        return names;
    };
    let alternatives = pattern.split('|').map(|alternative| {
        let parts = alternative.trim().split('*').map(regex::escape);
        format!("(?i)^(?:{})$", parts.collect::<Vec<_>>().join(".*"))
    });
    let patterns: Vec<_> = alternatives
        .filter_map(|pattern| regex::Regex::new(&pattern).ok())
        .collect();
    let is_matched = |name: &String| patterns.iter().any(|pattern| pattern.is_match(name));
    names.into_iter().filter(is_matched).collect()
}
