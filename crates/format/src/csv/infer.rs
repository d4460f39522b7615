//! The schema that a CSV file seems to have.

use arrow::datatypes::{DataType, Field, Schema};

use super::CsvOptions;
use super::reader::java_number;
use super::split::{records, split};
use crate::schema::{timestamp, timestamp_ntz};
use crate::time;

/// The columns of a file: named by its header or `_c0`, `_c1` and so on, and strings unless the
/// option `inferSchema` asks for more.
pub fn infer_schema(bytes: &[u8], options: &CsvOptions) -> Schema {
    let mut lines = records(bytes, options);
    let Some(first) = lines.next() else {
        return Schema::empty();
    };
    let names = names(&String::from_utf8_lossy(first), options);
    let mut types = vec![DataType::Null; names.len()];
    if options.infer_schema {
        let data = if options.header { None } else { Some(first) };
        for line in data.into_iter().chain(lines) {
            let line = String::from_utf8_lossy(line);
            let mut cells = Vec::new();
            split(&line, options, &mut cells);
            for (seen, cell) in types.iter_mut().zip(&cells) {
                let is_null = cell.text.is_empty() || *cell.text == options.null_value;
                if !is_null && *seen != DataType::Utf8 {
                    let before = std::mem::replace(seen, DataType::Null);
                    *seen = merge(before, infer(&cell.text, options));
                }
            }
        }
    }
    let field = |(name, seen): (String, DataType)| {
        let data_type = if seen == DataType::Null {
            DataType::Utf8
        } else {
            seen
        };
        Field::new(name, data_type, true)
    };
    Schema::new(names.into_iter().zip(types).map(field).collect::<Vec<_>>())
}

/// Names that stand twice in a header get the number of their column.
fn names(first: &str, options: &CsvOptions) -> Vec<String> {
    let mut cells = Vec::new();
    split(first, options, &mut cells);
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
    let is_double = java_number(text).is_some_and(|number| number.parse::<f64>().is_ok());
    if is_double || special.into_iter().any(|special| special == text) {
        return DataType::Float64;
    }
    let is_date = match &options.date_format {
        Some(pattern) => pattern.parse_date(text).is_some(),
        // A date alone: what has a time is a timestamp.
        None => !text.contains([' ', 'T', ':']) && time::parse_date(text).is_some(),
    };
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
        let schema = infer_schema(text.as_bytes(), &options);
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
