//! CSV to columns.

use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::CsvOptions;
use super::split::{Cell, next_record, records, split};
use crate::column::{Column, Data, Value, nullable_fields};
use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::number::{java_number, parse_decimal};
use crate::time;

/// Which part of a file some lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file begins with them: they have the header, and may have a mark of byte order.
    First,
    /// They come later.
    Later,
}

/// Decodes CSV into columns of a schema, which are those of the file by place.
#[derive(Clone, Debug)]
pub struct CsvDecoder {
    fields: Fields,
    /// Where among the fields the text of bad records goes.
    corrupt: Option<usize>,
    /// Which values of a record the fields are, if not all are wanted.
    places: Option<Vec<usize>>,
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
            places: None,
            options,
        })
    }

    /// A decoder of some values of each record: field `i` is the value at `places[i]`, counted
    /// from 0; the place of the field for bad records has no meaning. A record with fewer or more
    /// values than the others is not bad then, as in Spark.
    pub fn with_places(mut self, places: Vec<usize>) -> CsvDecoder {
        self.places = Some(places);
        self
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
    /// `MalformedRecord` in mode `FAILFAST`; `BatchTooLarge`; `Requirement` for a header that does not
    /// name the columns, and for records beyond the limits.
    pub fn decode(&self, bytes: &[u8], batch_rows: usize) -> Result<Vec<RecordBatch>, FormatError> {
        self.decode_part(bytes, Part::First, batch_rows)
    }

    /// [`decode`](Self::decode) of a part of a file, which consists of whole lines; of a whole file
    /// if records may have several lines.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_part(
        &self,
        bytes: &[u8],
        part: Part,
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, FormatError> {
        let bytes = match part {
            Part::First => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            Part::Later => bytes,
        };
        let mut rows = Rows::new(self, batch_rows.max(1));
        let mut is_header = self.options.header && part == Part::First;
        if self.options.file.is_whole {
            let text = String::from_utf8_lossy(bytes);
            let mut rest = &*text;
            let mut cells = Vec::new();
            while let Some(record) = next_record(&mut rest, &self.options, &mut cells) {
                if std::mem::take(&mut is_header) {
                    self.check_header(&cells)?;
                } else {
                    rows.add(&cells, record)?;
                }
            }
            return rows.finish();
        }
        for line in records(bytes, &self.options) {
            let line = String::from_utf8_lossy(line);
            let mut cells = Vec::new();
            split(&line, &self.options, &mut cells);
            if std::mem::take(&mut is_header) {
                self.check_header(&cells)?;
            } else {
                rows.add(&cells, &line)?;
            }
        }
        rows.finish()
    }

    /// Refuses a header that does not name the columns, if that is asked for.
    fn check_header(&self, header: &[Cell<'_>]) -> Result<(), FormatError> {
        if self.options.enforce_schema || self.places.is_some() {
            return Ok(());
        }
        let names: Vec<&str> = header.iter().map(|cell| &*cell.text).collect();
        let columns = self.fields.iter().enumerate();
        let columns: Vec<&str> = columns
            .filter(|(index, _)| Some(*index) != self.corrupt)
            .map(|(_, field)| field.name().as_str())
            .collect();
        if names.len() != columns.len() {
            return Err(FormatError::Requirement {
                message: format!(
                    "Number of column in CSV header is not equal to number of fields in the \
                     schema:\n Header length: {}, schema size: {}",
                    names.len(),
                    columns.len()
                ),
            });
        }
        for (name, column) in names.iter().zip(&columns) {
            if name.to_lowercase() != column.to_lowercase() {
                return Err(FormatError::Requirement {
                    message: format!(
                        "CSV header does not conform to the schema.\n Header: {}\n Schema: {}\n\
                         Expected: {column} but found: {name}",
                        names.join(", "),
                        columns.join(", ")
                    ),
                });
            }
        }
        Ok(())
    }

    /// Adds a row, but for the text of bad records; says whether all of it could be read.
    fn add(&self, cells: &[Cell<'_>], columns: &mut [Column]) -> bool {
        let mut in_order = cells.iter();
        let mut is_whole = true;
        for (index, column) in columns.iter_mut().enumerate() {
            if Some(index) == self.corrupt {
                continue;
            }
            let cell = match &self.places {
                Some(places) => cells.get(places[index]),
                None => in_order.next(),
            };
            let Some(cell) = cell else {
                is_whole &= self.places.is_some();
                column.push_null();
                continue;
            };
            let Some(text) = self.options.value_text(cell) else {
                column.push_null();
                continue;
            };
            let value = self.value(text, column);
            is_whole &= value.is_some();
            column.push(value.unwrap_or(Value::Null));
        }
        is_whole && (self.places.is_some() || in_order.next().is_none())
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

/// Rows in the making.
struct Rows<'a> {
    decoder: &'a CsvDecoder,
    schema: SchemaRef,
    batch_rows: usize,
    columns: Vec<Column>,
    len: usize,
    batches: Vec<RecordBatch>,
}

impl<'a> Rows<'a> {
    fn new(decoder: &'a CsvDecoder, batch_rows: usize) -> Rows<'a> {
        let fields = decoder.fields.iter();
        Rows {
            decoder,
            schema: Arc::new(Schema::new(decoder.fields.clone())),
            batch_rows,
            columns: fields.map(|field| Column::new(field.data_type())).collect(),
            len: 0,
            batches: Vec::new(),
        }
    }

    /// Adds a record, or does with it what the mode says.
    fn add(&mut self, cells: &[Cell<'_>], record: &str) -> Result<(), FormatError> {
        let options = &self.decoder.options;
        options.check_limits(cells, record)?;
        let is_whole = self.decoder.add(cells, &mut self.columns);
        if !is_whole && options.mode == ParseMode::FailFast {
            return Err(FormatError::MalformedRecord {
                record: record.to_owned(),
            });
        }
        if !is_whole && options.mode == ParseMode::DropMalformed {
            let len = self.len;
            self.columns
                .iter_mut()
                .for_each(|column| column.truncate(len));
            return Ok(());
        }
        if let Some(corrupt) = self.decoder.corrupt {
            self.columns[corrupt].push(match is_whole {
                true => Value::Null,
                false => Value::Text(record.to_owned()),
            });
        }
        self.len += 1;
        if self.len >= self.batch_rows {
            self.finish_batch()?;
        }
        Ok(())
    }

    fn finish_batch(&mut self) -> Result<(), FormatError> {
        let arrays = self
            .columns
            .iter_mut()
            .map(Column::finish)
            .collect::<Result<Vec<_>, _>>()?;
        let rows = std::mem::take(&mut self.len);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(FormatError::arrow("make a batch of records"))?;
        self.batches.push(batch);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<RecordBatch>, FormatError> {
        if self.len > 0 {
            self.finish_batch()?;
        }
        Ok(self.batches)
    }
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
            super::super::infer_schema(&bytes, &options).unwrap();
            let decoder = CsvDecoder::new(&schema, options).unwrap();
            for batch in decoder.decode(&bytes, 1 + round % 3).unwrap() {
                assert!(batch.num_rows() > 0);
            }
        }
    }
}
