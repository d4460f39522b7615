//! Columns to CSV.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Fields, Float32Type, Float64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;

use super::CsvWriterOptions;
use crate::error::FormatError;
use crate::number::{push_decimal, push_double, push_float};
use crate::schema::catalog_string;

/// Writes rows as CSV.
#[derive(Clone, Debug)]
pub struct CsvEncoder {
    options: CsvWriterOptions,
}

impl CsvEncoder {
    /// An encoder.
    pub fn new(options: CsvWriterOptions) -> CsvEncoder {
        CsvEncoder { options }
    }

    /// Appends the line with the names of the columns, if the options ask for it. To be called once
    /// per file.
    pub fn encode_header(&self, fields: &Fields, out: &mut Vec<u8>) {
        if !self.options.header {
            return;
        }
        for (index, field) in fields.iter().enumerate() {
            self.write_text(out, index, Some(field.name()));
        }
        out.extend_from_slice(self.separator());
    }

    /// What ends a record.
    fn separator(&self) -> &[u8] {
        self.options.file.separator().unwrap_or(b"\n")
    }

    /// Appends the rows as lines.
    ///
    /// # Errors
    /// `UnsupportedType` for a column of arrays, maps or structs.
    pub fn encode(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let columns = batch
            .schema_ref()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, column)| writable(field.name(), column))
            .collect::<Result<Vec<_>, _>>()?;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for (index, column) in columns.iter().enumerate() {
                if column.is_null(row) || column.data_type() == &DataType::Null {
                    self.write_text(out, index, None);
                    continue;
                }
                text.clear();
                self.print(&mut text, column, row);
                self.write_text(out, index, Some(&text));
            }
            out.extend_from_slice(self.separator());
        }
        Ok(())
    }

    /// Appends a value that is not null to `text`, as it is without quotes.
    fn print(&self, text: &mut String, column: &ArrayRef, row: usize) {
        let options = &self.options;
        match column.data_type() {
            DataType::Utf8 => text.push_str(column.as_string::<i32>().value(row)),
            DataType::Float32 => push_float(text, column.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => push_double(text, column.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => {
                push_decimal(
                    text,
                    column.as_primitive::<Decimal128Type>().value(row),
                    *scale,
                );
            }
            DataType::Date32 => {
                options
                    .date_format
                    .push_date(text, column.as_primitive::<Date32Type>().value(row));
            }
            DataType::Timestamp(_, zone) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                match zone {
                    Some(_) => {
                        options
                            .timestamp_format
                            .push_timestamp(text, micros, options.time_zone)
                    }
                    None => options
                        .timestamp_ntz_format
                        .push_timestamp_ntz(text, micros),
                }
            }
            DataType::Binary => {
                let bytes: Vec<String> = column
                    .as_binary::<i32>()
                    .value(row)
                    .iter()
                    .map(|byte| format!("{byte:02X}"))
                    .collect();
                text.push_str(&format!("[{}]", bytes.join(" ")));
            }
            other => unreachable!("{other} was made writable"),
        }
    }

    /// Appends the value at place `index` of a line, quoted if it must be.
    fn write_text(&self, out: &mut Vec<u8>, index: usize, text: Option<&str>) {
        let CsvWriterOptions { signs, .. } = &self.options;
        if index > 0 {
            out.extend_from_slice(signs.separator.as_bytes());
        }
        let mut text = match text {
            None => &self.options.null_value,
            // What stands for the empty value may be quotes: it is written as it is.
            Some("") if !self.options.quote_all => {
                out.extend_from_slice(self.options.empty_value.as_bytes());
                return;
            }
            Some(text) => text,
        };
        if self.options.trim_leading {
            text = text.trim_start_matches(|c| c <= ' ');
        }
        if self.options.trim_trailing {
            text = text.trim_end_matches(|c| c <= ' ');
        }
        let Some(quote) = signs
            .quote
            .filter(|quote| self.must_quote(text, index, *quote))
        else {
            out.extend_from_slice(text.as_bytes());
            return;
        };
        let mut utf8 = [0; 4];
        out.extend_from_slice(quote.encode_utf8(&mut utf8).as_bytes());
        for c in text.chars() {
            if let Some(escape) = signs.escape
                && (c == quote || c == escape)
            {
                out.extend_from_slice(escape.encode_utf8(&mut utf8).as_bytes());
            }
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        }
        out.extend_from_slice(quote.encode_utf8(&mut utf8).as_bytes());
    }

    fn must_quote(&self, text: &str, index: usize, quote: char) -> bool {
        self.options.quote_all
            || text.contains(['\n', '\r'])
            || text.contains(self.options.signs.separator.as_str())
            || self.options.escape_quotes && text.contains(quote)
            // So that no reader takes the line for a comment.
            || index == 0 && text.starts_with('#')
    }
}

/// The column in a type that is printed; `name` is for the error.
fn writable(name: &str, column: &ArrayRef) -> Result<ArrayRef, FormatError> {
    let data_type = match column.data_type() {
        DataType::Null
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, _)
        | DataType::Date32 => column.data_type().clone(),
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => DataType::Binary,
        other if other.is_nested() => {
            return Err(FormatError::UnsupportedType {
                format: "CSV",
                column: name.to_owned(),
                data_type: catalog_string(other).unwrap_or_else(|| other.to_string()),
            });
        }
        // Strings, booleans and integers, which Arrow prints as Spark does.
        _ => DataType::Utf8,
    };
    cast(column, &data_type).map_err(FormatError::arrow("convert a column to be written"))
}
