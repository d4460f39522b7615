//! Lines of text as a column, and back.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::error::FormatError;
use crate::lines::Lines;
use crate::options::Map;
use crate::text_file::TextFile;

/// The schema of text: one column, `value`.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]))
}

/// The options of text files. `wholetext` makes a file one line. There is no encoding but UTF-8.
///
/// # Errors
/// `EmptyLineSeparator`, `InvalidOption`
pub fn options(map: &Map) -> Result<TextFile, FormatError> {
    TextFile::without_encoding(map, "wholetext")
}

/// The lines of a file, or of a later part of it, in batches of `batch_rows`; the column is that
/// of [`schema`]. What is not UTF-8 is replaced.
///
/// # Errors
/// `BatchTooLarge`
pub fn decode_lines(
    bytes: &[u8],
    file: &TextFile,
    batch_rows: usize,
) -> Result<Vec<RecordBatch>, FormatError> {
    let mut lines: Box<dyn Iterator<Item = &[u8]>> = match file.is_whole {
        true => Box::new(std::iter::once(bytes)),
        false => Box::new(Lines::new(bytes, file.separator())),
    };
    let mut lines = lines.by_ref().peekable();
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
pub fn encode_lines(
    batch: &RecordBatch,
    separator: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
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
        out.extend_from_slice(separator);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_there_and_back() {
        let batches = decode_lines(b"a\r\nb\rc\n\nd\xff", &TextFile::default(), 3).unwrap();
        assert_eq!(
            batches
                .iter()
                .map(RecordBatch::num_rows)
                .collect::<Vec<_>>(),
            [3, 2]
        );
        let mut out = Vec::new();
        for batch in &batches {
            encode_lines(batch, b"\n", &mut out).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "a\nb\nc\n\nd\u{fffd}\n");
    }
}
