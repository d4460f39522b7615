//! Columns in the making: values appended row by row, taken back if the row turns out bad.
//!
//! A column knows the types that text formats can hold. Every column is nullable, as those of a
//! file or message are, whatever the schema says.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, ListArray, MapArray,
    NullArray, NullBufferBuilder, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

use crate::error::FormatError;
use crate::json::Names;
use crate::number::{push_double, push_float};
use crate::schema;

/// One value of any type that a column can have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// Of the integer types; days of a date; microseconds of a timestamp.
    Integer(i64),
    Float(f32),
    Double(f64),
    /// The unscaled value.
    Decimal(i128),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Struct(Vec<Value>),
}

impl Value {
    /// Adds the value as Spark prints it within a row: `[null,1,x]`.
    pub(crate) fn print(&self, out: &mut String) {
        let list = |out: &mut String, values: &[Value]| {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                value.print(out);
            }
            out.push(']');
        };
        match self {
            Value::Null => out.push_str("null"),
            Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value) => _ = write!(out, "{value}"),
            Value::Float(value) => push_float(out, *value),
            Value::Double(value) => push_double(out, *value),
            Value::Decimal(value) => _ = write!(out, "{value}"),
            Value::Text(text) => out.push_str(text),
            Value::Bytes(bytes) => _ = write!(out, "{bytes:x?}"),
            Value::List(values) | Value::Struct(values) => list(out, values),
            Value::Map(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(key);
                    out.push_str(" -> ");
                    value.print(out);
                }
                out.push('}');
            }
        }
    }
}

/// A column in the making.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) data: Data,
    pub(crate) rows: usize,
    /// Of the rows up to the last that is null; those after it are not.
    nulls: NullBufferBuilder,
}

/// The values of a column; those of null rows are there too, and mean nothing.
#[derive(Debug)]
pub(crate) enum Data {
    Null,
    Boolean(BooleanBufferBuilder),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Decimal {
        unscaled: Vec<i128>,
        precision: u8,
        scale: i8,
    },
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    /// Microseconds; with a zone in the type, instants.
    Timestamp {
        micros: Vec<i64>,
        zone: Option<Arc<str>>,
    },
    Text(Bytes),
    Binary(Bytes),
    List {
        field: FieldRef,
        ends: Ends,
        items: Box<Column>,
    },
    Map {
        field: FieldRef,
        ends: Ends,
        keys: Box<Column>,
        values: Box<Column>,
    },
    Struct {
        names: Names,
        fields: Fields,
        columns: Vec<Column>,
    },
}

/// Texts or byte strings, one after the other.
#[derive(Debug)]
pub(crate) struct Bytes {
    ends: Ends,
    pub(crate) bytes: Vec<u8>,
}

impl Bytes {
    fn new() -> Bytes {
        Bytes {
            ends: Ends::new(),
            bytes: Vec::new(),
        }
    }

    /// Ends the value that was added to `bytes`.
    #[inline]
    pub(crate) fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// Where each value ends in the column's content, after a leading 0.
#[derive(Debug)]
pub(crate) struct Ends(Vec<i32>);

impl Ends {
    fn new() -> Ends {
        Ends(vec![0])
    }

    /// A place beyond what Arrow's offsets reach is noticed when the column is finished.
    #[inline]
    pub(crate) fn push(&mut self, end: usize) {
        self.0.push(i32::try_from(end).unwrap_or(i32::MAX));
    }

    fn last(&self) -> usize {
        self.0[self.0.len() - 1] as usize
    }

    fn truncate(&mut self, rows: usize) -> usize {
        self.0.truncate(rows + 1);
        self.last()
    }

    fn finish(&mut self, content: usize) -> Result<OffsetBuffer<i32>, FormatError> {
        if i32::try_from(content).is_err() {
            return Err(FormatError::BatchTooLarge);
        }
        let ends = std::mem::replace(&mut self.0, vec![0]);
        Ok(OffsetBuffer::new(ScalarBuffer::from(ends)))
    }
}

/// A type as the columns of text formats have it: nullable throughout, and without Arrow's variants
/// of the same thing. `None` if there is no such type.
pub(crate) fn nullable_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Null
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, _)
        | DataType::Date32
        | DataType::Timestamp(TimeUnit::Microsecond, _)
        | DataType::Utf8
        | DataType::Binary => data_type.clone(),
        DataType::List(item) => DataType::List(nullable_field(item)?),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(nullable_field).collect::<Option<_>>()?)
        }
        DataType::Map(entries, sorted) => {
            let (key, value) = map_fields(entries)?;
            if key.data_type() != &DataType::Utf8 {
                return None;
            }
            let fields = vec![Arc::clone(key), nullable_field(value)?];
            let entries = entries
                .as_ref()
                .clone()
                .with_data_type(DataType::Struct(fields.into()));
            DataType::Map(Arc::new(entries), *sorted)
        }
        _ => return None,
    })
}

fn nullable_field(field: &FieldRef) -> Option<FieldRef> {
    let data_type = nullable_type(field.data_type())?;
    Some(Arc::new(
        field
            .as_ref()
            .clone()
            .with_data_type(data_type)
            .with_nullable(true),
    ))
}

/// The fields of a map's keys and values.
pub(crate) fn map_fields(entries: &Field) -> Option<(&FieldRef, &FieldRef)> {
    match entries.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => Some((&fields[0], &fields[1])),
        _ => None,
    }
}

impl Column {
    /// An empty column; its type must have come through [`nullable_type`].
    pub(crate) fn new(data_type: &DataType) -> Column {
        let data = match data_type {
            DataType::Null => Data::Null,
            DataType::Boolean => Data::Boolean(BooleanBufferBuilder::new(0)),
            DataType::Int8 => Data::Int8(Vec::new()),
            DataType::Int16 => Data::Int16(Vec::new()),
            DataType::Int32 => Data::Int32(Vec::new()),
            DataType::Int64 => Data::Int64(Vec::new()),
            DataType::Float32 => Data::Float32(Vec::new()),
            DataType::Float64 => Data::Float64(Vec::new()),
            DataType::Decimal128(precision, scale) => Data::Decimal {
                unscaled: Vec::new(),
                precision: *precision,
                scale: *scale,
            },
            DataType::Date32 => Data::Date(Vec::new()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => Data::Timestamp {
                micros: Vec::new(),
                zone: zone.clone(),
            },
            DataType::Utf8 => Data::Text(Bytes::new()),
            DataType::Binary => Data::Binary(Bytes::new()),
            DataType::List(field) => Data::List {
                field: Arc::clone(field),
                ends: Ends::new(),
                items: Box::new(Column::new(field.data_type())),
            },
            DataType::Map(entries, _) => {
                let (key, value) = map_fields(entries).expect("a map has two fields");
                Data::Map {
                    field: Arc::clone(entries),
                    ends: Ends::new(),
                    keys: Box::new(Column::new(key.data_type())),
                    values: Box::new(Column::new(value.data_type())),
                }
            }
            DataType::Struct(fields) => Data::Struct {
                names: Names::new(fields),
                fields: fields.clone(),
                columns: fields
                    .iter()
                    .map(|field| Column::new(field.data_type()))
                    .collect(),
            },
            other => unreachable!("{other} is no type of a column"),
        };
        Column {
            data,
            rows: 0,
            nulls: NullBufferBuilder::new(0),
        }
    }

    /// Rows so far.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Says that the value just added to the data counts.
    #[inline]
    pub(crate) fn commit(&mut self) {
        self.rows += 1;
    }

    /// Adds a null.
    pub(crate) fn push_null(&mut self) {
        match &mut self.data {
            Data::Null => {}
            Data::Boolean(values) => values.append(false),
            Data::Int8(values) => values.push(0),
            Data::Int16(values) => values.push(0),
            Data::Int32(values) | Data::Date(values) => values.push(0),
            Data::Int64(values) | Data::Timestamp { micros: values, .. } => values.push(0),
            Data::Float32(values) => values.push(0.0),
            Data::Float64(values) => values.push(0.0),
            Data::Decimal { unscaled, .. } => unscaled.push(0),
            Data::Text(values) | Data::Binary(values) => values.end(),
            Data::List { ends, items, .. } => ends.push(items.len()),
            Data::Map { ends, keys, .. } => ends.push(keys.len()),
            Data::Struct { columns, .. } => columns.iter_mut().for_each(Column::push_null),
        }
        self.nulls.append_n_non_nulls(self.rows - self.nulls.len());
        self.nulls.append_null();
        self.rows += 1;
    }

    /// Adds a value, which must be of the column's type.
    pub(crate) fn push(&mut self, value: Value) {
        match (&mut self.data, value) {
            (_, Value::Null) => return self.push_null(),
            (Data::Boolean(values), Value::Boolean(value)) => values.append(value),
            (Data::Int8(values), Value::Integer(value)) => values.push(value as i8),
            (Data::Int16(values), Value::Integer(value)) => values.push(value as i16),
            (Data::Int32(values) | Data::Date(values), Value::Integer(value)) => {
                values.push(value as i32)
            }
            (
                Data::Int64(values) | Data::Timestamp { micros: values, .. },
                Value::Integer(value),
            ) => {
                values.push(value);
            }
            (Data::Float32(values), Value::Float(value)) => values.push(value),
            (Data::Float64(values), Value::Double(value)) => values.push(value),
            (Data::Decimal { unscaled, .. }, Value::Decimal(value)) => unscaled.push(value),
            (Data::Text(values), Value::Text(value)) => {
                values.bytes.extend_from_slice(value.as_bytes());
                values.end();
            }
            (Data::Binary(values), Value::Bytes(value)) => {
                values.bytes.extend_from_slice(&value);
                values.end();
            }
            (Data::List { ends, items, .. }, Value::List(values)) => {
                values.into_iter().for_each(|value| items.push(value));
                ends.push(items.len());
            }
            (
                Data::Map {
                    ends, keys, values, ..
                },
                Value::Map(entries),
            ) => {
                for (key, value) in entries {
                    keys.push(Value::Text(key));
                    values.push(value);
                }
                ends.push(keys.len());
            }
            (Data::Struct { columns, .. }, Value::Struct(values)) => {
                columns
                    .iter_mut()
                    .zip(values)
                    .for_each(|(column, value)| column.push(value));
            }
            (data, value) => unreachable!("{value:?} in a column {data:?}"),
        }
        self.rows += 1;
    }

    /// Takes back all rows from `rows` on, those whose value was only begun among them.
    pub(crate) fn truncate(&mut self, rows: usize) {
        match &mut self.data {
            Data::Null => {}
            Data::Boolean(values) => values.truncate(rows),
            Data::Int8(values) => values.truncate(rows),
            Data::Int16(values) => values.truncate(rows),
            Data::Int32(values) | Data::Date(values) => values.truncate(rows),
            Data::Int64(values) | Data::Timestamp { micros: values, .. } => values.truncate(rows),
            Data::Float32(values) => values.truncate(rows),
            Data::Float64(values) => values.truncate(rows),
            Data::Decimal { unscaled, .. } => unscaled.truncate(rows),
            Data::Text(values) | Data::Binary(values) => {
                let end = values.ends.truncate(rows);
                values.bytes.truncate(end);
            }
            Data::List { ends, items, .. } => {
                let end = ends.truncate(rows);
                items.truncate(end);
            }
            Data::Map {
                ends, keys, values, ..
            } => {
                let end = ends.truncate(rows);
                keys.truncate(end);
                values.truncate(end);
            }
            Data::Struct { columns, .. } => {
                columns.iter_mut().for_each(|column| column.truncate(rows));
            }
        }
        self.nulls.truncate(rows.min(self.nulls.len()));
        self.rows = self.rows.min(rows);
    }

    /// The rows so far as an array; the column is empty afterwards.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, FormatError> {
        let rows = std::mem::take(&mut self.rows);
        self.nulls.append_n_non_nulls(rows - self.nulls.len());
        let nulls = self.nulls.finish();
        Ok(match &mut self.data {
            Data::Null => Arc::new(NullArray::new(rows)),
            Data::Boolean(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Data::Int8(values) => Arc::new(Int8Array::new(take(values), nulls)),
            Data::Int16(values) => Arc::new(Int16Array::new(take(values), nulls)),
            Data::Int32(values) => Arc::new(Int32Array::new(take(values), nulls)),
            Data::Int64(values) => Arc::new(Int64Array::new(take(values), nulls)),
            Data::Float32(values) => Arc::new(Float32Array::new(take(values), nulls)),
            Data::Float64(values) => Arc::new(Float64Array::new(take(values), nulls)),
            Data::Decimal {
                unscaled,
                precision,
                scale,
            } => Arc::new(
                Decimal128Array::new(take(unscaled), nulls)
                    .with_precision_and_scale(*precision, *scale)
                    .map_err(FormatError::arrow("make a decimal column"))?,
            ),
            Data::Date(values) => Arc::new(Date32Array::new(take(values), nulls)),
            Data::Timestamp { micros, zone } => Arc::new(
                TimestampMicrosecondArray::new(take(micros), nulls).with_timezone_opt(zone.clone()),
            ),
            Data::Text(values) => {
                let (ends, bytes) = values.finish()?;
                let array = StringArray::try_new(ends, bytes, nulls);
                Arc::new(array.map_err(FormatError::arrow("make a string column"))?)
            }
            Data::Binary(values) => {
                let (ends, bytes) = values.finish()?;
                Arc::new(BinaryArray::new(ends, bytes, nulls))
            }
            Data::List { field, ends, items } => {
                let ends = ends.finish(items.len())?;
                Arc::new(ListArray::new(
                    Arc::clone(field),
                    ends,
                    items.finish()?,
                    nulls,
                ))
            }
            Data::Map {
                field,
                ends,
                keys,
                values,
            } => {
                let ends = ends.finish(keys.len())?;
                let DataType::Struct(fields) = field.data_type() else {
                    unreachable!("a map's entries are structs");
                };
                let columns = vec![keys.finish()?, values.finish()?];
                let entries = StructArray::new(fields.clone(), columns, None);
                Arc::new(MapArray::new(
                    Arc::clone(field),
                    ends,
                    entries,
                    nulls,
                    false,
                ))
            }
            Data::Struct {
                fields, columns, ..
            } => Arc::new(finish_struct(fields, columns, nulls, rows)?),
        })
    }
}

impl Bytes {
    fn finish(&mut self) -> Result<(OffsetBuffer<i32>, Buffer), FormatError> {
        let ends = self.ends.finish(self.bytes.len())?;
        Ok((ends, Buffer::from_vec(std::mem::take(&mut self.bytes))))
    }
}

/// Columns of the same length as one array of structs.
pub(crate) fn finish_struct(
    fields: &Fields,
    columns: &mut [Column],
    nulls: Option<NullBuffer>,
    rows: usize,
) -> Result<StructArray, FormatError> {
    let arrays = columns
        .iter_mut()
        .map(Column::finish)
        .collect::<Result<Vec<_>, _>>()?;
    StructArray::try_new_with_length(fields.clone(), arrays, nulls, rows)
        .map_err(FormatError::arrow("make a struct column"))
}

fn take<T: arrow::datatypes::ArrowNativeType>(values: &mut Vec<T>) -> ScalarBuffer<T> {
    let empty = Vec::with_capacity(values.len());
    ScalarBuffer::from(std::mem::replace(values, empty))
}

/// The fields of a schema, nullable, for a format that is called `format` in errors.
///
/// # Errors
/// `UnsupportedType` with the first column that cannot be had.
pub(crate) fn nullable_fields(
    format: &'static str,
    fields: &Fields,
) -> Result<Fields, FormatError> {
    fields
        .iter()
        .map(|field| {
            nullable_field(field).ok_or_else(|| FormatError::UnsupportedType {
                format,
                column: field.name().clone(),
                data_type: schema::catalog_string(field.data_type())
                    .unwrap_or_else(|| field.data_type().to_string()),
            })
        })
        .collect()
}
