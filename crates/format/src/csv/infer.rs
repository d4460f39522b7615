//! The schema that CSV files seem to have.

use arrow::datatypes::{DataType, Field, Schema};

use super::CsvOptions;
use super::reader::Part;
use super::split::{Cell, next_record, records, split};
use crate::error::FormatError;
use crate::number::parse_double;
use crate::schema::{timestamp, timestamp_ntz};
use crate::time;

/// Learns the columns of CSV files: named by the header of the first file or `_c0`, `_c1` and so
/// on, and strings unless the option `inferSchema` asks for more.
#[derive(Debug)]
pub struct CsvInference {
    options: CsvOptions,
    /// The first record of the first file that has one.
    first: Option<String>,
    names: Vec<String>,
    types: Vec<DataType>,
}

impl CsvInference {
    /// Nothing is known yet.
    pub fn new(options: CsvOptions) -> CsvInference {
        CsvInference {
            options,
            first: None,
            names: Vec::new(),
            types: Vec::new(),
        }
    }

    /// Whether more files can tell more.
    pub fn is_done(&self) -> bool {
        self.first.is_some() && !self.options.infer_schema
    }

    /// Learns from a part of a file, which is cut as [`CsvDecoder`](super::CsvDecoder) takes it:
    /// from the records for which `is_wanted` says yes; it is asked once per record.
    ///
    /// # Errors
    /// `MalformedCsvRecord` for a record with too many values.
    pub fn add_part(
        &mut self,
        bytes: &[u8],
        part: Part,
        is_wanted: &mut dyn FnMut() -> bool,
    ) -> Result<(), FormatError> {
        let bytes = match part {
            Part::First => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            Part::Later => bytes,
        };
        let options = self.options.clone();
        let mut cells = Vec::new();
        if options.file.is_whole {
            let text = String::from_utf8_lossy(bytes);
            let mut rest = &*text;
            let mut is_header = options.header;
            while let Some(record) = next_record(&mut rest, &options, &mut cells) {
                let is_data = !std::mem::take(&mut is_header) && is_wanted();
                self.add(record, &cells, is_data)?;
            }
            return Ok(());
        }
        for line in records(bytes, &options) {
            let line = String::from_utf8_lossy(line);
            let mut cells = Vec::new();
            split(&line, &options, &mut cells);
            // The header of any file is one that equals the first file's.
            let is_header =
                options.header && self.first.as_ref().is_none_or(|first| *first == line);
            let is_data = !is_header && is_wanted();
            self.add(&line, &cells, is_data)?;
            if self.is_done() {
                break;
            }
        }
        Ok(())
    }

    fn add(&mut self, record: &str, cells: &[Cell<'_>], is_data: bool) -> Result<(), FormatError> {
        let options = &self.options;
        options.check_limits(cells, record)?;
        if self.first.is_none() {
            self.first = Some(record.to_owned());
            self.names = names(cells, options);
            self.types = vec![DataType::Null; cells.len()];
        }
        if !is_data || !options.infer_schema {
            return Ok(());
        }
        for (seen, cell) in self.types.iter_mut().zip(cells) {
            if let Some(text) = options.value_text(cell)
                && !text.is_empty()
                && *seen != DataType::Utf8
            {
                let before = std::mem::replace(seen, DataType::Null);
                *seen = merge(before, infer(text, options));
            }
        }
        Ok(())
    }

    /// The columns of all files together; none if there was no record.
    pub fn finish(self) -> Schema {
        let field = |(name, seen): (String, DataType)| {
            let data_type = match seen {
                DataType::Null => DataType::Utf8,
                seen => seen,
            };
            Field::new(name, data_type, true)
        };
        let columns = self.names.into_iter().zip(self.types);
        Schema::new(columns.map(field).collect::<Vec<_>>())
    }
}

/// The columns of one file.
///
/// # Errors
/// As [`CsvInference`].
pub fn infer_schema(bytes: &[u8], options: &CsvOptions) -> Result<Schema, FormatError> {
    let mut inference = CsvInference::new(options.clone());
    inference.add_part(bytes, Part::First, &mut || true)?;
    Ok(inference.finish())
}

/// Names that stand twice in a header get the number of their column.
fn names(cells: &[Cell<'_>], options: &CsvOptions) -> Vec<String> {
    let lower: Vec<String> = cells.iter().map(|cell| cell.text.to_lowercase()).collect();
    let name = |index: usize| {
        let name = &cells[index].text;
        let is_twice = lower.iter().filter(|other| **other == lower[index]).count() > 1;
        match () {
            () if !options.header || name.is_empty() || **name == options.null_value => {
                format!("_c{index}")
            }
            () if is_twice => format!("{name}{index}"),
            () => name.to_string(),
        }
    };
    (0..cells.len()).map(name).collect()
}

/// The narrowest type that the text is a value of.
fn infer(text: &str, options: &CsvOptions) -> DataType {
    let special = [
        &options.nan_value,
        &options.positive_infinity,
        &options.negative_infinity,
    ];
    if text.parse::<i32>().is_ok() {
        return DataType::Int32;
    }
    if text.parse::<i64>().is_ok() {
        return DataType::Int64;
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.len() <= 38 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return DataType::Decimal128(digits.len() as u8, 0);
    }
    let is_double = parse_double(text).is_some();
    if is_double || special.into_iter().any(|special| special == text) {
        return DataType::Float64;
    }
    let is_date = match &options.date_format {
        Some(pattern) => pattern.parse_date(text).is_some(),
        // A date alone: what has a time is a timestamp.
        None => !text.contains([' ', 'T', ':']) && time::parse_date(text).is_some(),
    } && options.prefer_date;
    if is_date {
        return DataType::Date32;
    }
    let is_timestamp = match &options.timestamp_format {
        Some(pattern) => pattern.parse_timestamp(text, options.time_zone).is_some(),
        None => time::parse_timestamp(text, options.time_zone).is_some(),
    };
    if is_timestamp {
        return timestamp();
    }
    match text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        true => DataType::Boolean,
        false => DataType::Utf8,
    }
}

fn merge(before: DataType, new: DataType) -> DataType {
    let is_number = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Int32 | DataType::Int64 | DataType::Decimal128(_, _) | DataType::Float64
        )
    };
    let is_time = |data_type: &DataType| {
        *data_type == DataType::Date32 || *data_type == timestamp() || *data_type == timestamp_ntz()
    };
    match (before, new) {
        (before, new) if before == new => new,
        (DataType::Null, other) => other,
        (DataType::Int32, DataType::Int64) | (DataType::Int64, DataType::Int32) => DataType::Int64,
        (DataType::Decimal128(left, _), DataType::Decimal128(right, _)) => {
            DataType::Decimal128(left.max(right), 0)
        }
        (DataType::Decimal128(digits, _), DataType::Int32 | DataType::Int64)
        | (DataType::Int32 | DataType::Int64, DataType::Decimal128(digits, _)) => {
            DataType::Decimal128(digits.max(20), 0)
        }
        (before, new) if is_number(&before) && is_number(&new) => DataType::Float64,
        (before, new) if is_time(&before) && is_time(&new) => timestamp(),
        _ => DataType::Utf8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Map;
    use crate::schema::catalog_string;
    use crate::time::Zone;

    fn inferred(text: &str, infer: &str) -> String {
        let map: Map = [("header", "true"), ("inferSchema", infer)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let options = CsvOptions::from_map(&map, Zone::UTC).unwrap();
        let schema = infer_schema(text.as_bytes(), &options).unwrap();
        catalog_string(&DataType::Struct(schema.fields().clone())).unwrap()
    }

    #[test]
    fn as_spark_infers() {
        let text = "a,b,c,d,e,f,g,h\n\
                    1,x,2.5,true,2013-01-01,2013-01-01 00:00:00,,10000000000\n\
                    2,,3,false,2013-01-02,2013-01-01T00:00:00Z,,2\n";
        assert_eq!(
            inferred(text, "true"),
            "struct<a:int,b:string,c:double,d:boolean,e:date,f:timestamp,g:string,h:bigint>"
        );
        assert_eq!(
            inferred("\u{feff}a,a,,b\n1,2,3,4\n", "false"),
            "struct<a0:string,a1:string,_c2:string,b:string>"
        );
        assert_eq!(inferred("", "true"), "struct<>");
    }
}
