//! Columns that stand in the directories' names: `…/origin=JFK/part-0.parquet`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::listing::FileFacts;
use crate::error::Result;

/// How a directory's name stands for a missing value.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns and values of a path, in order.
pub(super) fn values(path: &str) -> Vec<(String, Option<String>)> {
    let Some((directories, _file)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    directories
        .split('/')
        .filter_map(|part| part.split_once('='))
        .map(|(column, value)| {
            let value = (value != NULL_PARTITION).then(|| unescape(value));
            (unescape(column), value)
        })
        .collect()
}

/// The schema with the columns that the files' paths add, typed by all their values.
pub(super) fn with_partition_columns(schema: &Schema, files: &[FileFacts]) -> SchemaRef {
    let mut fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    let paths: Vec<_> = files.iter().map(|file| values(&file.path)).collect();
    for (index, (column, _)) in paths
        .first()
        .cloned()
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        if fields.iter().any(|field| field.name() == column) {
            continue;
        }
        let texts: Vec<&str> = paths
            .iter()
            .filter_map(|path| path.get(index)?.1.as_deref())
            .collect();
        fields.push(Field::new(column, type_of(&texts), true));
    }
    Arc::new(Schema::new(fields))
}

/// The narrowest type that all values have.
fn type_of(values: &[&str]) -> DataType {
    let all = |test: fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| test(value));
    if all(|value| value.parse::<i32>().is_ok()) {
        DataType::Int32
    } else if all(|value| value.parse::<i64>().is_ok()) {
        DataType::Int64
    } else if all(|value| value.parse::<f64>().is_ok()) {
        DataType::Float64
    } else if all(|value| chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok()) {
        DataType::Date32
    } else {
        DataType::Utf8
    }
}

/// A column of one value in all rows.
pub(super) fn constant(value: Option<&str>, data_type: &DataType, rows: usize) -> Result<ArrayRef> {
    match value {
        None => Ok(new_null_array(data_type, rows)),
        Some(value) => {
            let texts = StringArray::from_iter_values(std::iter::repeat_n(value, rows));
            Ok(cast(&texts, data_type)?)
        }
    }
}

/// A directory's part with `%3A` and the like for what may not stand there.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_control() || "\"#%'*/:=?\\{}[]^\u{7f}".contains(c) {
            escaped.push_str(&format!("%{:02X}", c as u32));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let code = rest
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 3..];
            }
            None => {
                plain.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_path() {
        assert_eq!(
            values("/out/a=1/b=x%3Ay/c=__HIVE_DEFAULT_PARTITION__/part-0.json"),
            [
                ("a".to_string(), Some("1".to_string())),
                ("b".to_string(), Some("x:y".to_string())),
                ("c".to_string(), None),
            ]
        );
        assert_eq!(escape("x:y=ä"), "x%3Ay%3Dä");
        assert_eq!(unescape("100%"), "100%");
    }

    #[test]
    fn types_are_the_narrowest_that_fit() {
        assert_eq!(type_of(&["1", "2"]), DataType::Int32);
        assert_eq!(type_of(&["1", "3000000000"]), DataType::Int64);
        assert_eq!(type_of(&["1", "x"]), DataType::Utf8);
        assert_eq!(type_of(&["2024-01-31"]), DataType::Date32);
    }
}
