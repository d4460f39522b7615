//! Lines of text as a column, and back.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::error::FormatError;
use crate::lines::Lines;

/// The schema of text: one column, `value`.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]))
}

/// The lines of a file, in batches of `batch_rows`. What is not UTF-8 is replaced.
///
/// # Errors
/// If Arrow cannot hold them.
pub fn decode_lines(bytes: &[u8], batch_rows: usize) -> Result<Vec<RecordBatch>, FormatError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = Lines::new(bytes).peekable();
    let mut batches = Vec::new();
    while lines.peek().is_some() {
        let mut values = StringBuilder::new();
        let mut len = 0;
        for line in lines.by_ref().take(batch_rows.max(1)) {
            len += line.len();
            if i32::try_from(len.saturating_mul(3)).is_err() {
                return Err(FormatError::BatchTooLarge);
            }
            values.append_value(String::from_utf8_lossy(line));
        }
        let values: StringArray = values.finish();
        let batch = RecordBatch::try_new(schema(), vec![Arc::new(values)]);
        batches.push(batch.map_err(FormatError::arrow("make a batch of lines"))?);
    }
    Ok(batches)
}

/// Appends the first column, which must be of strings, as lines; null is an empty one.
///
/// # Errors
/// `UnsupportedType` if there is not exactly one column of strings.
pub fn encode_lines(batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), FormatError> {
    let fields = batch.schema_ref().fields();
    let Some(values) = batch
        .columns()
        .first()
        .and_then(|column| column.as_string_opt::<i32>())
    else {
        return Err(FormatError::UnsupportedType {
            format: "text",
            column: fields
                .first()
                .map(|field| field.name().clone())
                .unwrap_or_default(),
            data_type: fields
                .first()
                .map(|field| field.data_type().to_string())
                .unwrap_or_default(),
        });
    };
    for row in 0..values.len() {
        if values.is_valid(row) {
            out.extend_from_slice(values.value(row).as_bytes());
        }
        out.push(b'\n');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_there_and_back() {
        let batches = decode_lines(b"\xef\xbb\xbfa\r\nb\rc\n\nd\xff", 3).unwrap();
        assert_eq!(
            batches
                .iter()
                .map(RecordBatch::num_rows)
                .collect::<Vec<_>>(),
            [3, 2]
        );
        let mut out = Vec::new();
        for batch in &batches {
            encode_lines(batch, &mut out).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "a\nb\nc\n\nd\u{fffd}\n");
    }
}
