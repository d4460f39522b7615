//! Schemas as text: `id BIGINT, at TIMESTAMP NOT NULL, where STRUCT<lat: DOUBLE>`.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use format::FormatError;

use crate::error::{Error, ErrorKind, Result};

/// The schema that a text in Spark's DDL or JSON form describes.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR` and its kin if the text is of neither form.
pub(crate) fn parse_schema(text: &str) -> Result<SchemaRef> {
    let fields = format::schema::parse_fields(text).map_err(schema_error)?;
    Ok(Arc::new(Schema::new(fields)))
}

/// A schema that cannot be read. The condition stands in brackets before the message.
pub(crate) fn schema_error(error: FormatError) -> Error {
    let text = error.to_string();
    let message = match text.split_once("] ") {
        Some((condition, message)) if condition.starts_with('[') => message.to_owned(),
        _ => text,
    };
    Error::with_condition(ErrorKind::Parse, "PARSE_SYNTAX_ERROR", message)
}
