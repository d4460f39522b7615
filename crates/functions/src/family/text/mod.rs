//! Functions of text, and of bytes where Spark takes them as text.

mod base64;
mod builder;
pub(super) mod case;
pub(super) mod charset;
mod digits;
pub(super) mod distance;
pub(super) mod format_number;
pub(super) mod join;
pub(super) mod length;
pub(super) mod mask;
pub(super) mod number_pattern;
pub(super) mod pad;
pub(super) mod part;
pub(super) mod printf;
pub(super) mod search;
pub(super) mod trim;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayAccessor, ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Int32Array,
    NullBufferBuilder, StringArray,
};
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

pub(super) use builder::{TextBuilder, check_size};

use crate::error::{Error, Result};
use crate::types::is_string;
use crate::udf::Arguments;

/// An argument: a value for each row, or one value for all.
pub(super) struct Column<A> {
    array: A,
    is_constant: bool,
}

impl<A: Array + Clone + 'static> Column<A> {
    /// The argument at `index`.
    pub(super) fn of(arguments: &Arguments<'_>, index: usize) -> Result<Column<A>> {
        let scalar = arguments.scalar(index);
        let array = match scalar {
            Some(value) => value.to_array_of_size(1)?,
            None => arguments.array(index)?,
        };
        match array.as_any().downcast_ref::<A>() {
            Some(typed) => Ok(Column {
                array: typed.clone(),
                is_constant: scalar.is_some(),
            }),
            None => Err(Error::internal(format!(
                "argument {index} has the type {}",
                array.data_type()
            ))),
        }
    }

    /// The value of a row; none for NULL.
    #[inline]
    pub(super) fn get<'a>(&'a self, row: usize) -> Option<<&'a A as ArrayAccessor>::Item>
    where
        &'a A: ArrayAccessor,
    {
        let row = if self.is_constant { 0 } else { row };
        self.array.is_valid(row).then(|| (&self.array).value(row))
    }

    /// The value of all rows, if it is the same for all and not NULL.
    pub(super) fn constant<'a>(&'a self) -> Option<<&'a A as ArrayAccessor>::Item>
    where
        &'a A: ArrayAccessor,
    {
        if self.is_constant { self.get(0) } else { None }
    }
}

/// An argument that is text.
pub(super) type Texts = Column<StringArray>;

impl Texts {
    /// Whether all texts are ASCII: each byte is a character.
    pub(super) fn is_ascii(&self) -> bool {
        let (ends, bytes) = (self.array.value_offsets(), self.array.value_data());
        bytes[ends[0] as usize..ends[ends.len() - 1] as usize].is_ascii()
    }
}

/// An argument that is an `INT`.
pub(super) type Ints = Column<Int32Array>;

/// An argument that is text or bytes.
pub(super) enum Bytes {
    /// Text.
    Text(Texts),
    /// Bytes.
    Binary(Column<BinaryArray>),
}

impl Bytes {
    /// The argument at `index`.
    pub(super) fn of(arguments: &Arguments<'_>, index: usize) -> Result<Bytes> {
        Ok(match arguments.data_type(index) {
            ArrowType::Binary => Bytes::Binary(Column::of(arguments, index)?),
            _ => Bytes::Text(Column::of(arguments, index)?),
        })
    }

    /// The bytes of a row; none for NULL.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        match self {
            Bytes::Text(texts) => texts.get(row).map(str::as_bytes),
            Bytes::Binary(bytes) => bytes.get(row),
        }
    }
}

/// A text for each text.
pub(super) fn map_text(
    arguments: &Arguments<'_>,
    mut write: impl FnMut(&str, &mut Vec<u8>),
) -> Result<ArrayRef> {
    let texts = Texts::of(arguments, 0)?;
    let mut out = TextBuilder::new(arguments.rows);
    for row in 0..arguments.rows {
        match texts.get(row) {
            Some(text) => {
                write(text, out.bytes());
                out.end()?;
            }
            None => out.push_null(),
        }
    }
    out.finish(arguments.return_type)
}

/// A text for each value that is not NULL.
pub(super) fn map_values<A: ArrayAccessor>(
    values: A,
    return_type: &ArrowType,
    write: impl Fn(A::Item, &mut Vec<u8>),
) -> Result<ArrayRef> {
    let mut out = TextBuilder::new(values.len());
    for row in 0..values.len() {
        if values.is_valid(row) {
            write(values.value(row), out.bytes());
            out.end()?;
        } else {
            out.push_null();
        }
    }
    out.finish(return_type)
}

/// An `INT` for each row: what `of` gives for its number, NULL for none.
pub(super) fn ints(
    rows: usize,
    mut of: impl FnMut(usize) -> Result<Option<i32>>,
) -> Result<ArrayRef> {
    let mut values = Vec::with_capacity(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let value = of(row)?;
        values.push(value.unwrap_or_default());
        nulls.append(value.is_some());
    }
    Ok(Arc::new(Int32Array::new(values.into(), nulls.finish())))
}

/// A `BOOLEAN` for each row: what `of` gives for its number, NULL for none.
pub(super) fn booleans(
    rows: usize,
    mut of: impl FnMut(usize) -> Result<Option<bool>>,
) -> Result<ArrayRef> {
    let mut values = BooleanBufferBuilder::new(rows);
    let mut nulls = NullBufferBuilder::new(rows);
    for row in 0..rows {
        let value = of(row)?;
        values.append(value.unwrap_or_default());
        nulls.append(value.is_some());
    }
    Ok(Arc::new(BooleanArray::new(values.finish(), nulls.finish())))
}

/// A text for each row: what `of` writes for its number; NULL if it gives false.
pub(super) fn texts(
    arguments: &Arguments<'_>,
    mut of: impl FnMut(usize, &mut Vec<u8>) -> Result<bool>,
) -> Result<ArrayRef> {
    let mut out = TextBuilder::new(arguments.rows);
    for row in 0..arguments.rows {
        let begin = out.bytes().len();
        if of(row, out.bytes())? {
            out.end()?;
        } else {
            out.bytes().truncate(begin);
            out.push_null();
        }
    }
    out.finish(arguments.return_type)
}

/// The byte after the first `count` characters of UTF-8.
#[inline]
pub(super) fn after_characters(text: &[u8], count: usize) -> usize {
    if count >= text.len() {
        return text.len();
    }
    if text.is_ascii() {
        return count;
    }
    let starts = text.iter().enumerate().filter(|(_, byte)| is_start(**byte));
    starts.map(|(at, _)| at).nth(count).unwrap_or(text.len())
}

/// How many characters UTF-8 has.
#[inline]
pub(super) fn count_characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| is_start(**byte)).count()
}

#[inline]
fn is_start(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// `BINARY` if that is the type, else `STRING`.
pub(super) fn text_or_binary(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Binary => DataType::Binary,
        _ => DataType::String,
    }
}

/// Whether a type is text or NULL.
pub(super) fn is_text(data_type: &DataType) -> bool {
    is_string(data_type) || *data_type == DataType::Void
}
