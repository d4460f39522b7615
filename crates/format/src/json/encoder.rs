//! Columns to JSON text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, PrimitiveArray, StringArray, StringBuilder,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;

use super::key::key_texts;
use super::text;
use super::tree::{write_double, write_number};
use crate::base64;
use crate::column::map_fields;
use crate::error::FormatError;
use crate::number::{push_decimal, push_float};
use crate::options::{self, Map};
use crate::schema;
use crate::text_file::TextFile;
use crate::time::{Pattern, Zone};

/// How JSON is written; the default is Spark's.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonEncoderOptions {
    /// Fields of structs that are null are left out.
    pub ignore_null_fields: bool,
    /// The zone in which timestamps are written: the session's.
    pub time_zone: Zone,
    /// `yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]` if `None`.
    pub timestamp_format: Option<Pattern>,
    /// `yyyy-MM-dd'T'HH:mm:ss[.SSS]` if `None`.
    pub timestamp_ntz_format: Option<Pattern>,
    /// `yyyy-MM-dd` if `None`.
    pub date_format: Option<Pattern>,
    /// How records become a file.
    pub file: TextFile,
    /// Characters beyond ASCII are written as `\u00E4`.
    pub ascii_only: bool,
}

impl Default for JsonEncoderOptions {
    fn default() -> JsonEncoderOptions {
        JsonEncoderOptions {
            ignore_null_fields: true,
            time_zone: Zone::UTC,
            timestamp_format: None,
            timestamp_ntz_format: None,
            date_format: None,
            file: TextFile::default(),
            ascii_only: false,
        }
    }
}

impl JsonEncoderOptions {
    /// The options as a user gives them. Options that have nothing to do with writing JSON are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption` for a value that means nothing, or that asks for what we cannot do.
    pub fn from_map(map: &Map, session: Zone) -> Result<JsonEncoderOptions, FormatError> {
        options::fixed_flag(map, "pretty", false)?;
        Ok(JsonEncoderOptions {
            ignore_null_fields: options::flag(map, "ignoreNullFields", true)?,
            time_zone: options::zone(map, session)?,
            timestamp_format: options::pattern(map, "timestampFormat")?,
            timestamp_ntz_format: options::pattern(map, "timestampNTZFormat")?,
            date_format: options::pattern(map, "dateFormat")?,
            file: TextFile::from_map(map, "multiLine", "JSONOptions")?,
            ascii_only: options::flag(map, "writeNonAsciiCharacterAsCodePoint", false)?,
        })
    }
}

/// Writes rows as JSON objects, as Spark's `to_json` and JSON sink do.
#[derive(Clone, Debug)]
pub struct JsonEncoder {
    ignore_null_fields: bool,
    time_zone: Zone,
    timestamp_format: Pattern,
    timestamp_ntz_format: Pattern,
    date_format: Pattern,
    separator: Option<String>,
    ascii_only: bool,
}

impl JsonEncoder {
    /// An encoder.
    pub fn new(options: JsonEncoderOptions) -> JsonEncoder {
        let pattern = |given: Option<Pattern>, default: &str| {
            given.unwrap_or_else(|| Pattern::new("", default).expect("a pattern known to be good"))
        };
        JsonEncoder {
            ignore_null_fields: options.ignore_null_fields,
            time_zone: options.time_zone,
            timestamp_format: pattern(options.timestamp_format, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),
            timestamp_ntz_format: pattern(
                options.timestamp_ntz_format,
                "yyyy-MM-dd'T'HH:mm:ss.SSS",
            ),
            date_format: pattern(options.date_format, "yyyy-MM-dd"),
            separator: options.file.separator,
            ascii_only: options.ascii_only,
        }
    }

    /// One JSON text per value, which may be structs, arrays or maps; null for null.
    ///
    /// # Errors
    /// `UnsupportedType` if the values are of a type that JSON has no form for.
    pub fn encode_column(&self, values: &ArrayRef) -> Result<StringArray, FormatError> {
        let column = self.column("value", values)?;
        let mut texts = StringBuilder::with_capacity(values.len(), values.len() * 64);
        let mut out = Vec::new();
        for row in 0..values.len() {
            if values.is_null(row) {
                texts.append_null();
                continue;
            }
            out.clear();
            self.write(&mut out, &column, row);
            texts.append_value(std::str::from_utf8(&out).expect("JSON of text is text"));
        }
        Ok(texts.finish())
    }

    /// Appends the rows as lines, one object each.
    ///
    /// # Errors
    /// As [`JsonEncoder::encode_column`].
    pub fn encode_lines(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let members = batch
            .schema_ref()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, values)| self.member(field, values))
            .collect::<Result<Vec<_>, _>>()?;
        let separator = self.separator.as_deref().unwrap_or("\n").as_bytes();
        let start = out.len();
        for row in 0..batch.num_rows() {
            self.write_struct(out, &members, row);
            out.extend_from_slice(separator);
        }
        if self.ascii_only && !out[start..].is_ascii() {
            let written = out.split_off(start);
            out.extend(escaped(&String::from_utf8_lossy(&written)).bytes());
        }
        Ok(())
    }
}

/// The text with `\u00E4` and the like for what is not ASCII.
fn escaped(text: &str) -> String {
    let mut ascii = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
    ascii
}

/// A column, told apart by type once for all rows.
struct Column {
    values: Values,
    nulls: Option<NullBuffer>,
}

impl Column {
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}

enum Values {
    Null,
    Boolean(BooleanArray),
    Int8(PrimitiveArray<Int8Type>),
    Int16(PrimitiveArray<Int16Type>),
    Int32(PrimitiveArray<Int32Type>),
    Int64(PrimitiveArray<Int64Type>),
    Float32(PrimitiveArray<Float32Type>),
    Float64(PrimitiveArray<Float64Type>),
    Decimal(PrimitiveArray<Decimal128Type>, i8),
    Date(PrimitiveArray<Date32Type>),
    Timestamp(PrimitiveArray<TimestampMicrosecondType>),
    TimestampNtz(PrimitiveArray<TimestampMicrosecondType>),
    Text(StringArray),
    Binary(BinaryArray),
    List(Vec<usize>, Box<Column>),
    Map(Vec<usize>, Box<Column>, Box<Column>),
    Struct(Vec<Member>),
}

/// A field of a struct.
struct Member {
    /// The name in quotes, and the colon.
    label: Vec<u8>,
    column: Column,
}

impl JsonEncoder {
    fn member(&self, field: &Field, values: &ArrayRef) -> Result<Member, FormatError> {
        let mut label = Vec::new();
        text::write(&mut label, field.name());
        label.push(b':');
        Ok(Member {
            label,
            column: self.column(field.name(), values)?,
        })
    }

    /// `name` is for the error.
    fn column(&self, name: &str, array: &ArrayRef) -> Result<Column, FormatError> {
        let as_type = |data_type: DataType| {
            cast(array, &data_type).map_err(FormatError::arrow("convert a column to be written"))
        };
        let values = match array.data_type() {
            DataType::Null => Values::Null,
            DataType::Boolean => Values::Boolean(array.as_boolean().clone()),
            DataType::Int8 => Values::Int8(array.as_primitive().clone()),
            DataType::Int16 => Values::Int16(array.as_primitive().clone()),
            DataType::Int32 => Values::Int32(array.as_primitive().clone()),
            DataType::Int64 => Values::Int64(array.as_primitive().clone()),
            DataType::Float32 => Values::Float32(array.as_primitive().clone()),
            DataType::Float64 => Values::Float64(array.as_primitive().clone()),
            DataType::Decimal128(_, scale) => Values::Decimal(array.as_primitive().clone(), *scale),
            DataType::Date32 => Values::Date(array.as_primitive().clone()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => match zone {
                Some(_) => Values::Timestamp(array.as_primitive().clone()),
                None => Values::TimestampNtz(array.as_primitive().clone()),
            },
            DataType::Utf8 => Values::Text(array.as_string().clone()),
            DataType::Binary => Values::Binary(array.as_binary().clone()),
            DataType::UInt8 => return self.column(name, &as_type(DataType::Int16)?),
            DataType::UInt16 => return self.column(name, &as_type(DataType::Int32)?),
            DataType::UInt32 => return self.column(name, &as_type(DataType::Int64)?),
            DataType::UInt64 => return self.column(name, &as_type(DataType::Decimal128(20, 0))?),
            DataType::Timestamp(_, zone) => {
                let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                return self.column(name, &as_type(micros)?);
            }
            DataType::Dictionary(_, value) => {
                return self.column(name, &as_type((**value).clone())?);
            }
            DataType::Utf8View | DataType::LargeUtf8 => {
                return self.column(name, &as_type(DataType::Utf8)?);
            }
            DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
                return self.column(name, &as_type(DataType::Binary)?);
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let ends = list
                    .value_offsets()
                    .iter()
                    .map(|&end| end as usize)
                    .collect();
                Values::List(ends, Box::new(self.column(name, list.values())?))
            }
            DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::ListView(item) => {
                return self.column(name, &as_type(DataType::List(Arc::clone(item)))?);
            }
            DataType::Map(entries, _) if map_fields(entries).is_some() => {
                let map = array.as_map();
                let ends = map
                    .value_offsets()
                    .iter()
                    .map(|&end| end as usize)
                    .collect();
                let keys = key_texts(map.keys())
                    .map_err(FormatError::arrow("convert a map's keys to strings"))?;
                let keys: ArrayRef = Arc::new(keys);
                let keys = self.column(name, &keys)?;
                Values::Map(
                    ends,
                    Box::new(keys),
                    Box::new(self.column(name, map.values())?),
                )
            }
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns();
                let members = fields
                    .iter()
                    .zip(columns)
                    .map(|(field, values)| self.member(field, values));
                Values::Struct(members.collect::<Result<_, _>>()?)
            }
            other => {
                return Err(FormatError::UnsupportedType {
                    format: "JSON",
                    column: name.to_owned(),
                    data_type: schema::catalog_string(other).unwrap_or_else(|| other.to_string()),
                });
            }
        };
        Ok(Column {
            values,
            nulls: array.logical_nulls(),
        })
    }

    /// Appends the value of a row.
    fn write(&self, out: &mut Vec<u8>, column: &Column, row: usize) {
        if column.is_null(row) {
            out.extend(b"null");
            return;
        }
        match &column.values {
            // All of them are null.
            Values::Null => {}
            Values::Boolean(values) => out.extend(if values.value(row) {
                &b"true"[..]
            } else {
                b"false"
            }),
            Values::Int8(values) => write_integer(out, values.value(row).into()),
            Values::Int16(values) => write_integer(out, values.value(row).into()),
            Values::Int32(values) => write_integer(out, values.value(row).into()),
            Values::Int64(values) => write_integer(out, values.value(row)),
            Values::Float32(values) => {
                let mut digits = String::new();
                push_float(&mut digits, values.value(row));
                write_number(out, &digits, values.value(row).is_finite());
            }
            Values::Float64(values) => write_double(out, values.value(row)),
            Values::Decimal(values, scale) => {
                let mut digits = String::new();
                push_decimal(&mut digits, values.value(row), *scale);
                out.extend(digits.bytes());
            }
            Values::Date(values) => {
                let mut date = String::new();
                self.date_format.push_date(&mut date, values.value(row));
                text::write(out, &date);
            }
            Values::Timestamp(values) => {
                let mut time = String::new();
                self.timestamp_format
                    .push_timestamp(&mut time, values.value(row), self.time_zone);
                text::write(out, &time);
            }
            Values::TimestampNtz(values) => {
                let mut time = String::new();
                self.timestamp_ntz_format
                    .push_timestamp_ntz(&mut time, values.value(row));
                text::write(out, &time);
            }
            Values::Text(values) => text::write(out, values.value(row)),
            Values::Binary(values) => {
                out.push(b'"');
                base64::encode(out, values.value(row));
                out.push(b'"');
            }
            Values::List(ends, items) => {
                out.push(b'[');
                for item in ends[row]..ends[row + 1] {
                    if item > ends[row] {
                        out.push(b',');
                    }
                    self.write(out, items, item);
                }
                out.push(b']');
            }
            Values::Map(ends, keys, values) => {
                out.push(b'{');
                for entry in ends[row]..ends[row + 1] {
                    if entry > ends[row] {
                        out.push(b',');
                    }
                    self.write(out, keys, entry);
                    out.push(b':');
                    self.write(out, values, entry);
                }
                out.push(b'}');
            }
            Values::Struct(members) => self.write_struct(out, members, row),
        }
    }

    fn write_struct(&self, out: &mut Vec<u8>, members: &[Member], row: usize) {
        out.push(b'{');
        let mut is_first = true;
        for member in members {
            if self.ignore_null_fields && member.column.is_null(row) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&member.label);
            self.write(out, &member.column, row);
        }
        out.push(b'}');
    }
}

fn write_integer(out: &mut Vec<u8>, value: i64) {
    out.extend(value.to_string().bytes());
}
