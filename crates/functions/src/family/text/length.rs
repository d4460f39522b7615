//! Lengths of texts and byte strings.

use arrow::array::ArrayRef;
use sql::DataType;

use super::{Bytes, count_characters, ints};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::STRING_OR_BINARY;
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "length",
        Group::String,
        (1, 1),
        "length(expr) - Returns the number of characters of a text, or of bytes of a byte string.",
        resolve,
        Kernel::Scalar(length),
    ),
    Function::scalar(
        "len",
        Group::String,
        (1, 1),
        "len(expr) - Returns the number of characters of a text, or of bytes of a byte string.",
        |call| call.replace_by("length"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "char_length",
        Group::String,
        (1, 1),
        "char_length(expr) - Returns the number of characters of a text, or of bytes of a byte string.",
        |call| call.replace_by("length"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "character_length",
        Group::String,
        (1, 1),
        "character_length(expr) - Returns the number of characters of a text, or of bytes of a byte string.",
        |call| call.replace_by("length"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "octet_length",
        Group::String,
        (1, 1),
        "octet_length(expr) - Returns the number of bytes of a text or a byte string.",
        resolve,
        Kernel::Scalar(|arguments| count(arguments, &Bytes::of(arguments, 0)?, <[u8]>::len)),
    ),
    Function::scalar(
        "bit_length",
        Group::String,
        (1, 1),
        "bit_length(expr) - Returns the number of bits of a text or a byte string.",
        resolve,
        Kernel::Scalar(|arguments| {
            count(arguments, &Bytes::of(arguments, 0)?, |bytes| {
                bytes.len() * 8
            })
        }),
    ),
];

fn resolve(call: Call<'_>) -> Result<Typed> {
    call.accept(&[STRING_OR_BINARY])?.invoke(DataType::Integer)
}

fn length(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    match &Bytes::of(arguments, 0)? {
        bytes @ Bytes::Text(texts) if !texts.is_ascii() => {
            count(arguments, bytes, count_characters)
        }
        bytes => count(arguments, bytes, <[u8]>::len),
    }
}

fn count(
    arguments: &Arguments<'_>,
    bytes: &Bytes,
    of: impl Fn(&[u8]) -> usize,
) -> Result<ArrayRef> {
    ints(arguments.rows, |row| {
        Ok(bytes.get(row).map(|bytes| of(bytes) as i32))
    })
}
