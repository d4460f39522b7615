//! CSV to columns.

use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::CsvOptions;
use super::split::{Cell, records, split};
use crate::column::{Column, Data, Value, nullable_fields};
use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::number::parse_decimal;
use crate::time;

/// Decodes CSV into columns of a schema, which are those of the file by place.
#[derive(Clone, Debug)]
pub struct CsvDecoder {
    fields: Fields,
    /// Where among the fields the text of bad records goes.
    corrupt: Option<usize>,
    options: CsvOptions,
}

impl CsvDecoder {
    /// A decoder into columns of `schema`, every one of them nullable.
    ///
    /// # Errors
    /// `UnsupportedType` if a column has a type that CSV is not read into.
    pub fn new(schema: &Schema, options: CsvOptions) -> Result<CsvDecoder, FormatError> {
        let fields = nullable_fields("CSV", schema.fields())?;
        for field in &fields {
            if field.data_type().is_nested() {
                return Err(FormatError::UnsupportedType {
                    format: "CSV",
                    column: field.name().clone(),
                    data_type: crate::schema::catalog_string(field.data_type()).unwrap_or_default(),
                });
            }
        }
        let corrupt = fields.iter().position(|field| {
            field.name() == &options.corrupt_record_column && field.data_type() == &DataType::Utf8
        });
        Ok(CsvDecoder {
            fields,
            corrupt,
            options,
        })
    }

    /// What is decoded.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The records of a file, in batches of `batch_rows`. Bytes that are not UTF-8 are replaced. A
    /// record with too few or too many values is bad, and so is one with a value that is not of its
    /// type; what can be read of it is.
    ///
    /// # Errors
    /// `MalformedRecord` in mode `FAILFAST`; `BatchTooLarge`.
    pub fn decode(&self, bytes: &[u8], batch_rows: usize) -> Result<Vec<RecordBatch>, FormatError> {
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let mut columns: Vec<Column> = self
            .fields
            .iter()
            .map(|field| Column::new(field.data_type()))
            .collect();
        let mut batches = Vec::new();
        let mut rows = 0;
        let mut finish = |columns: &mut Vec<Column>, rows: &mut usize| {
            let arrays = columns
                .iter_mut()
                .map(Column::finish)
                .collect::<Result<Vec<_>, _>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(rows)));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)
                .map_err(FormatError::arrow("make a batch of records"))?;
            batches.push(batch);
            Ok::<_, FormatError>(())
        };
        for line in records(bytes, &self.options).skip(usize::from(self.options.header)) {
            let line = String::from_utf8_lossy(line);
            let mut cells = Vec::new();
            split(&line, &self.options, &mut cells);
            let is_whole = self.add(&cells, &mut columns);
            if !self.end_row(is_whole, &line, &mut columns, rows)? {
                continue;
            }
            rows += 1;
            if rows >= batch_rows.max(1) {
                finish(&mut columns, &mut rows)?;
            }
        }
        if rows > 0 {
            finish(&mut columns, &mut rows)?;
        }
        Ok(batches)
    }

    /// Adds a row, but for the text of bad records; says whether all of it could be read.
    fn add(&self, cells: &[Cell<'_>], columns: &mut [Column]) -> bool {
        let mut cells = cells.iter();
        let mut is_whole = true;
        for (index, column) in columns.iter_mut().enumerate() {
            if Some(index) == self.corrupt {
                continue;
            }
            let Some(cell) = cells.next() else {
                is_whole = false;
                column.push_null();
                continue;
            };
            if self.is_null(cell) {
                column.push_null();
                continue;
            }
            let value = self.value(&cell.text, column);
            is_whole &= value.is_some();
            column.push(value.unwrap_or(Value::Null));
        }
        is_whole && cells.next().is_none()
    }

    /// Does with the row that was added what the mode says; says whether it stays.
    fn end_row(
        &self,
        is_whole: bool,
        line: &str,
        columns: &mut [Column],
        rows: usize,
    ) -> Result<bool, FormatError> {
        if !is_whole && self.options.mode == ParseMode::FailFast {
            return Err(FormatError::MalformedRecord {
                record: line.to_owned(),
            });
        }
        if !is_whole && self.options.mode == ParseMode::DropMalformed {
            columns.iter_mut().for_each(|column| column.truncate(rows));
            return Ok(false);
        }
        if let Some(corrupt) = self.corrupt {
            let text = if is_whole {
                Value::Null
            } else {
                Value::Text(line.to_owned())
            };
            columns[corrupt].push(text);
        }
        Ok(true)
    }

    fn is_null(&self, cell: &Cell<'_>) -> bool {
        cell.text.is_empty() && !cell.quoted || *cell.text == self.options.null_value
    }

    /// The text as a value for the column.
    fn value(&self, text: &str, column: &Column) -> Option<Value> {
        let options = &self.options;
        Some(match &column.data {
            Data::Text(_) => Value::Text(text.to_owned()),
            Data::Boolean(_) if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
            Data::Boolean(_) if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
            Data::Int8(_) => Value::Integer(text.parse::<i8>().ok()?.into()),
            Data::Int16(_) => Value::Integer(text.parse::<i16>().ok()?.into()),
            Data::Int32(_) => Value::Integer(text.parse::<i32>().ok()?.into()),
            Data::Int64(_) => Value::Integer(text.parse().ok()?),
            Data::Float32(_) => Value::Float(match self.special(text) {
                Some(special) => special as f32,
                None => java_number(text)?.parse().ok()?,
            }),
            Data::Float64(_) => Value::Double(match self.special(text) {
                Some(special) => special,
                None => java_number(text)?.parse().ok()?,
            }),
            Data::Decimal {
                precision, scale, ..
            } => Value::Decimal(parse_decimal(&text.replace(',', ""), *precision, *scale)?),
            Data::Timestamp { zone: Some(_), .. } => {
                Value::Integer(match &options.timestamp_format {
                    Some(pattern) => pattern.parse_timestamp(text, options.time_zone)?,
                    None => time::parse_timestamp(text, options.time_zone)?,
                })
            }
            Data::Timestamp { zone: None, .. } => {
                Value::Integer(match &options.timestamp_ntz_format {
                    Some(pattern) => pattern.parse_timestamp_ntz(text)?,
                    None => time::parse_timestamp_ntz(text)?,
                })
            }
            Data::Date(_) => Value::Integer(i64::from(match &options.date_format {
                Some(pattern) => pattern.parse_date(text)?,
                None => time::parse_date(text)?,
            })),
            Data::Binary(_) => Value::Bytes(text.as_bytes().to_vec()),
            _ => return None,
        })
    }

    /// The texts that the options give for what is no number.
    fn special(&self, text: &str) -> Option<f64> {
        match text {
            _ if text == self.options.nan_value => Some(f64::NAN),
            _ if text == self.options.positive_infinity => Some(f64::INFINITY),
            _ if text == self.options.negative_infinity => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }
}

/// A number as Java's parser of doubles takes it, in a form that Rust's takes: spaces around it and a
/// letter for its type are allowed, and of words only `NaN` and `Infinity`.
pub(super) fn java_number(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "NaN" || unsigned == "Infinity" {
        return Some(text);
    }
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Map;
    use crate::schema::parse_fields;
    use crate::time::Zone;

    /// Any bytes give an answer, with any signs.
    #[test]
    fn noise_is_read() {
        let schema = Schema::new(
            parse_fields("a INT, b STRING, c TIMESTAMP, d DECIMAL(5,2), _corrupt_record STRING")
                .unwrap(),
        );
        let alphabet = b"\"\\,,;\n\r 1a.-#|\xc3\xa9\xff\t'";
        let mut seed = 3u32;
        let mut below = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % n
        };
        for round in 0..3_000 {
            let bytes: Vec<u8> = (0..below(60))
                .map(|_| alphabet[below(alphabet.len())])
                .collect();
            let signs = [
                ("sep", [",", ";", "|", "é", "||"][below(5)]),
                ("quote", ["\"", "'", ""][below(3)]),
                ("escape", ["\\", "\"", "", "é"][below(4)]),
            ];
            let map: Map = signs
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
            let options = CsvOptions::from_map(&map, Zone::UTC).unwrap();
            super::super::infer_schema(&bytes, &options);
            let decoder = CsvDecoder::new(&schema, options).unwrap();
            for batch in decoder.decode(&bytes, 1 + round % 3).unwrap() {
                assert!(batch.num_rows() > 0);
            }
        }
    }
}
