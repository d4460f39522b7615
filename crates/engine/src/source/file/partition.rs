//! Columns that stand in the directories' names: `…/origin=JFK/part-0.parquet`.
//!
//! Only directories below the base path count: the path that is read, or the option `basePath`. The rules are
//! those of Spark's `PartitioningUtils`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use format::number::{parse_decimal, parse_double};
use format::time::{self, Zone};
use regex::Regex;

use super::listing::FileFacts;
use crate::error::{Error, Result};

/// How a directory's name stands for a missing value.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Which columns the directories of some files stand for.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Names and types, from the outermost directory on.
    pub(super) columns: Vec<(String, DataType)>,
}

/// The columns and values of each directory that has files.
type ByDirectory = BTreeMap<String, Vec<(String, Option<String>)>>;

/// The columns and values of a file, by directory. Values are as they stand in the name.
pub fn values(path: &str, base_len: usize) -> Vec<(String, Option<String>)> {
    let mut values = Vec::new();
    for part in directories(path, base_len).rev() {
        match part.split_once('=') {
            Some((column, value)) if !column.is_empty() => {
                let value = (value != NULL_PARTITION).then(|| value.to_owned());
                values.push((unescape(column), value));
            }
            // Directories above one that stands for no column stand for none either.
            _ if values.is_empty() => {}
            _ => break,
        }
    }
    values.reverse();
    values
}

/// The names of the directories between the base path and a file.
fn directories(path: &str, base_len: usize) -> impl DoubleEndedIterator<Item = &str> {
    let below = path.get(base_len..).unwrap_or_default();
    let (directories, _file) = below.rsplit_once('/').unwrap_or_default();
    directories.split('/').filter(|part| !part.is_empty())
}

/// Keeps the files that belong to the table, and tells its partition columns: if there are any,
/// the files in their directories, and otherwise those directly in the path.
///
/// # Errors
/// Directories that do not fit together.
pub(super) fn lay_out(files: &mut Vec<FileFacts>, zone: Zone, infer_types: bool) -> Result<Layout> {
    let mut by_directory = ByDirectory::new();
    for file in files.iter() {
        let directory = parent(&file.path);
        if !by_directory.contains_key(directory) {
            let values = values(&file.path, file.base_len);
            if let Some((column, _)) = values
                .iter()
                .find(|(_, value)| value.as_deref() == Some(""))
            {
                return Err(empty_value(column));
            }
            by_directory.insert(directory.to_owned(), values);
        }
    }
    if by_directory.values().all(Vec::is_empty) {
        files.retain(|file| file.at_root);
        return Ok(Layout::default());
    }
    check_bases(&by_directory)?;
    by_directory.retain(|_, values| !values.is_empty());
    check_names(&by_directory)?;
    files.retain(|file| by_directory.contains_key(parent(&file.path)));
    let first = by_directory.values().next().cloned().unwrap_or_default();
    let column = |(index, (name, _)): (usize, (String, Option<String>))| {
        let values = by_directory.values();
        let seen = values.filter_map(|values| values.get(index)?.1.as_deref());
        let data_type = match infer_types {
            true => seen.fold(DataType::Null, |before, text| {
                wider(before, infer(text, zone))
            }),
            false => DataType::Utf8,
        };
        (name, data_type)
    };
    Ok(Layout {
        columns: first.into_iter().enumerate().map(column).collect(),
    })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn empty_value(column: &str) -> Error {
    Error::analysis(
        "EMPTY_PARTITION_COLUMN_VALUE",
        format!(
            "Found an empty partition column value in the path segment '{column}='. Each \
             partition directory must have a non-empty value after the '=' sign (e.g., \
             'col=value')."
        ),
    )
}

/// All partition directories stand below one directory, and no other directory has files.
fn check_bases(by_directory: &ByDirectory) -> Result<()> {
    let mut bases: Vec<&str> = Vec::new();
    for (directory, values) in by_directory {
        let base = (0..values.len()).fold(directory.as_str(), |path, _| parent(path));
        if !bases.iter().any(|known| known.eq_ignore_ascii_case(base)) {
            bases.push(base);
        }
    }
    if bases.len() <= 1 {
        return Ok(());
    }
    let paths: Vec<String> = bases.iter().map(|base| format!("\tfile:{base}")).collect();
    Err(Error::analysis(
        "CONFLICTING_DIRECTORY_STRUCTURES",
        format!(
            "Conflicting directory structures detected. Suspicious paths:\n{}\nIf provided paths \
             are partition directories, please set \"basePath\" in the options of the data source \
             to specify the root directory of the table. If there are multiple root directories, \
             please load them separately and then union them.",
            paths.join("\n")
        ),
    ))
}

/// All directories stand for the same columns.
fn check_names(by_directory: &ByDirectory) -> Result<()> {
    let names = |values: &[(String, Option<String>)]| -> Vec<String> {
        values.iter().map(|(column, _)| column.clone()).collect()
    };
    let mut lists: Vec<Vec<String>> = Vec::new();
    let same = |left: &[String], right: &[String]| {
        let pairs = left.iter().zip(right);
        left.len() == right.len()
            && pairs
                .into_iter()
                .all(|(left, right)| left.to_lowercase() == right.to_lowercase())
    };
    for values in by_directory.values() {
        let list = names(values);
        if !lists.iter().any(|known| same(known, &list)) {
            lists.push(list);
        }
    }
    if lists.len() <= 1 {
        return Ok(());
    }
    let numbered = lists.iter().enumerate();
    let shown: Vec<String> = numbered
        .map(|(number, list)| {
            format!(
                "\tPartition column name list #{number}: {}",
                list.join(", ")
            )
        })
        .collect();
    let paths: Vec<String> = by_directory
        .keys()
        .map(|path| format!("\tfile:{path}"))
        .collect();
    Err(Error::analysis(
        "CONFLICTING_PARTITION_COLUMN_NAMES",
        format!(
            "Conflicting partition column names detected:\n{}\nFor partitioned table directories, \
             data files should only live in leaf directories. And directories at the same level \
             should have the same partition column name. Please check the following directories \
             for unexpected files or inconsistent partition column names:\n{}",
            shown.join("\n"),
            paths.join("\n")
        ),
    ))
}

impl Layout {
    /// The table's columns. `given`: the user named them, and the directories only add to them;
    /// the partition columns among them go to the end.
    pub(super) fn with_columns(&self, data: &Schema, given: bool) -> SchemaRef {
        let is_column = |field: &Field, name: &str| field.name().eq_ignore_ascii_case(name);
        let mut fields: Vec<Field> = Vec::new();
        for field in data.fields() {
            match self.columns.iter().find(|(name, _)| is_column(field, name)) {
                None => fields.push(field.as_ref().clone()),
                Some(_) if given => {}
                Some((name, data_type)) => fields.push(Field::new(name, data_type.clone(), true)),
            }
        }
        for (name, data_type) in &self.columns {
            let in_data = data.fields().iter().find(|field| is_column(field, name));
            match in_data {
                None => fields.push(Field::new(name, data_type.clone(), true)),
                Some(field) if given => fields.push(field.as_ref().clone()),
                Some(_) => {}
            }
        }
        Arc::new(Schema::new(fields))
    }
}

/// A time in a directory's name: seconds, with at most one digit of their fraction.
static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d)?$").expect("a pattern known to be good")
});
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d{4}-\d{2}-\d{2}$").expect("a pattern known to be good"));

/// The narrowest type that a value has.
fn infer(text: &str, zone: Zone) -> DataType {
    if text.parse::<i32>().is_ok() {
        return DataType::Int32;
    }
    if text.parse::<i64>().is_ok() {
        return DataType::Int64;
    }
    if let Some(precision) = whole_decimal(text) {
        return DataType::Decimal128(precision, 0);
    }
    if parse_double(text).is_some() {
        return DataType::Float64;
    }
    if DATE.is_match(text) && time::parse_date(text).is_some() {
        return DataType::Date32;
    }
    let text = unescape(text);
    if TIMESTAMP.is_match(&text) && time::parse_timestamp(&text, zone).is_some() {
        return timestamp();
    }
    DataType::Utf8
}

/// The precision of the decimal that holds a number without a fraction, which may have an exponent
/// (`1.5e3`); none if no decimal does.
fn whole_decimal(text: &str) -> Option<u8> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let fraction = digits
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let scale = i32::try_from(fraction).ok()?.checked_sub(exponent)?;
    if scale > 0 {
        return None;
    }
    let number = parse_decimal(text, 38, 0)?.unsigned_abs();
    u8::try_from(number.to_string().len()).ok()
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The narrowest type of values of both types.
fn wider(left: DataType, right: DataType) -> DataType {
    use DataType::{Date32, Decimal128, Float64, Int32, Int64, Null, Timestamp, Utf8};
    match (left, right) {
        (left, right) if left == right => left,
        (Null, other) | (other, Null) => other,
        (Int32, Int64) | (Int64, Int32) => Int64,
        (Int32, Float64) | (Float64, Int32) => Float64,
        (Decimal128(digits, _), Int32) | (Int32, Decimal128(digits, _)) => {
            Decimal128(digits.max(10), 0)
        }
        (Decimal128(digits, _), Int64) | (Int64, Decimal128(digits, _)) => {
            Decimal128(digits.max(20), 0)
        }
        (Decimal128(left, _), Decimal128(right, _)) => Decimal128(left.max(right), 0),
        (Date32, other @ Timestamp(..)) | (other @ Timestamp(..), Date32) => other,
        _ => Utf8,
    }
}

/// A column of one value in all rows.
///
/// # Errors
/// `INVALID_PARTITION_VALUE` for a value that is not of the type.
pub(super) fn constant(
    column: &str,
    value: Option<&str>,
    data_type: &DataType,
    rows: usize,
    zone: Zone,
) -> Result<ArrayRef> {
    let Some(value) = value.filter(|_| *data_type != DataType::Null) else {
        return Ok(new_null_array(data_type, rows));
    };
    let one = one(value, data_type, zone).ok_or_else(|| {
        let shown = crate::type_name::sql_name(data_type);
        Error::analysis(
            "INVALID_PARTITION_VALUE",
            format!(
                "Failed to cast value '{value}' to data type \"{shown}\" for partition column \
                 `{column}`. Ensure the value matches the expected data type for this partition \
                 column."
            ),
        )
    })?;
    let indices = Int32Array::from(vec![0; rows]);
    Ok(take(&one, &indices, None)?)
}

/// A value as a column of one row; none if it is not of the type.
fn one(value: &str, data_type: &DataType, zone: Zone) -> Option<ArrayRef> {
    Some(match data_type {
        DataType::Int8 => Arc::new(Int8Array::from(vec![value.parse::<i32>().ok()? as i8])),
        DataType::Int16 => Arc::new(Int16Array::from(vec![value.parse::<i32>().ok()? as i16])),
        DataType::Int32 => Arc::new(Int32Array::from(vec![value.parse::<i32>().ok()?])),
        DataType::Int64 => Arc::new(Int64Array::from(vec![value.parse::<i64>().ok()?])),
        DataType::Float32 => Arc::new(Float32Array::from(vec![parse_double(value)? as f32])),
        DataType::Float64 => Arc::new(Float64Array::from(vec![parse_double(value)?])),
        DataType::Decimal128(precision, scale) => {
            let unscaled = parse_decimal(value, *precision, *scale)?;
            let array = Decimal128Array::from(vec![unscaled]);
            Arc::new(array.with_precision_and_scale(*precision, *scale).ok()?)
        }
        DataType::Boolean => Arc::new(BooleanArray::from(vec![match value
            .to_ascii_lowercase()
            .as_str()
        {
            "true" => true,
            "false" => false,
            _ => return None,
        }])),
        DataType::Date32 => Arc::new(Date32Array::from(vec![time::parse_date(value)?])),
        DataType::Timestamp(TimeUnit::Microsecond, Some(name)) => {
            let micros = time::parse_timestamp(&unescape(value), zone)?;
            let array = TimestampMicrosecondArray::from(vec![micros]);
            Arc::new(array.with_timezone(Arc::clone(name)))
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let micros = time::parse_timestamp_ntz(&unescape(value))?;
            Arc::new(TimestampMicrosecondArray::from(vec![micros]))
        }
        DataType::Binary => Arc::new(BinaryArray::from(vec![value.as_bytes()])),
        DataType::Utf8 => Arc::new(StringArray::from(vec![unescape(value)])),
        _ => return None,
    })
}

/// A directory's part with `%3A` and the like for what may not stand there.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c < ' ' || "\"#%'*/:=?\\\u{7f}{[]^".contains(c) {
            escaped.push_str(&format!("%{:02X}", c as u32));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The text that [`escape`] was given. Each `%XX` is one character, as in Spark.
pub fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let hex = rest.get(at + 1..at + 3);
        let code = hex
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
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

    fn type_of(values: &[&str]) -> DataType {
        let types = values.iter().map(|value| infer(value, Zone::UTC));
        types.fold(DataType::Null, wider)
    }

    #[test]
    fn values_stand_below_the_base_path() {
        let path = "/o=0/out/a=1/b=x%3Ay/c=__HIVE_DEFAULT_PARTITION__/part-0.json";
        let expected = [
            ("a".to_string(), Some("1".to_string())),
            ("b".to_string(), Some("x%3Ay".to_string())),
            ("c".to_string(), None),
        ];
        assert_eq!(values(path, "/o=0/out".len()), expected);
        assert_eq!(values(path, "/o=0/out/a=1".len()), expected[1..]);
        assert_eq!(
            values("/out/a=1/x/b=2/f", 4),
            [("b".to_string(), Some("2".to_string()))]
        );
        assert_eq!(
            values("/out/a=1/x/f", 4),
            [("a".to_string(), Some("1".to_string()))]
        );
    }

    #[test]
    fn characters_are_escaped_as_in_spark() {
        assert_eq!(escape("x:y=ä {}^~\t"), "x%3Ay%3Dä %7B}%5E~%09");
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%C3%A4%+1"), "Ã¤%+1");
    }

    /// What Spark 4.3.0 inferred.
    #[test]
    fn types_are_the_narrowest_that_fit() {
        for (values, expected) in [
            (&["1", "2"][..], DataType::Int32),
            (&["1", "3000000000"], DataType::Int64),
            (&["1", "300000000000000000000"], DataType::Decimal128(21, 0)),
            (&["1.0e5", "2"], DataType::Decimal128(10, 0)),
            (&["12345678901234567890"], DataType::Decimal128(20, 0)),
            (&["1.123456789012345678901234"], DataType::Float64),
            (&["1", "2.5"], DataType::Float64),
            (&["3000000000", "2.5"], DataType::Utf8),
            (&[" 5"], DataType::Float64),
            (&["007"], DataType::Int32),
            (&["1.5d"], DataType::Float64),
            (&["0x10"], DataType::Utf8),
            (&["2024-01-31"], DataType::Date32),
            (&["2024-1-1"], DataType::Utf8),
            (&["2024-02-30"], DataType::Utf8),
            (&["2024-01-01", "5"], DataType::Utf8),
            (&["2024-01-01", "2024-01-01 10%3A00%3A00"], timestamp()),
            (&["2024-01-01 10%3A00%3A00.5"], timestamp()),
            (&["2024-01-01 10%3A00%3A00.123"], DataType::Utf8),
            (&["2024-01-01T10%3A00%3A00Z"], DataType::Utf8),
            (&["true"], DataType::Utf8),
            (&["1", "x"], DataType::Utf8),
        ] {
            assert_eq!(type_of(values), expected, "{values:?}");
        }
    }
}
