//! Texts made longer: padding, repetition, spaces.

use arrow::array::ArrayRef;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::builder::too_large;
use super::{Bytes, Ints, after_characters, count_characters, texts};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BINARY, INT, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "lpad",
        Group::String,
        (2, 3),
        "lpad(str, len[, pad]) - Returns `str` with `pad` on the left up to the length `len`; what is longer is cut.",
        resolve,
        Kernel::Scalar(|arguments| pad(arguments, true)),
    )
    .parameters(&["str", "len", "pad"]),
    Function::scalar(
        "rpad",
        Group::String,
        (2, 3),
        "rpad(str, len[, pad]) - Returns `str` with `pad` on the right up to the length `len`; what is longer is cut.",
        resolve,
        Kernel::Scalar(|arguments| pad(arguments, false)),
    )
    .parameters(&["str", "len", "pad"]),
    Function::scalar(
        "repeat",
        Group::String,
        (2, 2),
        "repeat(str, n) - Returns `str` repeated `n` times.",
        |call| call.accept(&[STRING, INT])?.invoke(DataType::String),
        Kernel::Scalar(repeat),
    ),
    Function::scalar(
        "space",
        Group::String,
        (1, 1),
        "space(n) - Returns `n` spaces.",
        |call| call.accept(&[INT])?.invoke(DataType::String),
        Kernel::Scalar(space),
    ),
];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    let is_binary = *call.type_of(0) == DataType::Binary;
    if call.arguments.len() == 2 {
        call.arguments.push(match is_binary {
            true => {
                let zero = ScalarValue::Binary(Some(vec![0]));
                Typed::constant(zero, DataType::Binary, "X'00'")
            }
            false => Typed::string(" "),
        });
    }
    if is_binary && matches!(call.type_of(2), DataType::Binary) {
        return call
            .accept(&[BINARY, INT, BINARY])?
            .invoke(DataType::Binary);
    }
    call.accept(&[STRING, INT, STRING])?
        .invoke(DataType::String)
}

fn pad(arguments: &Arguments<'_>, is_left: bool) -> Result<ArrayRef> {
    let (values, lengths) = (Bytes::of(arguments, 0)?, Ints::of(arguments, 1)?);
    let pads = Bytes::of(arguments, 2)?;
    let is_text = matches!(values, Bytes::Text(_));
    let count = |bytes: &[u8]| match is_text {
        true => count_characters(bytes),
        false => bytes.len(),
    };
    let after = |bytes: &[u8], characters: usize| match is_text {
        true => after_characters(bytes, characters),
        false => characters.min(bytes.len()),
    };
    texts(arguments, |row, out| {
        let (Some(value), Some(length), Some(pad)) =
            (values.get(row), lengths.get(row), pads.get(row))
        else {
            return Ok(false);
        };
        let length = length.max(0) as usize;
        let missing = length.saturating_sub(count(value));
        if missing == 0 || pad.is_empty() {
            out.extend_from_slice(&value[..after(value, length)]);
            return Ok(true);
        }
        if !is_left {
            out.extend_from_slice(value);
        }
        let pad_length = count(pad).max(1);
        extend_repeated(out, pad, missing / pad_length)?;
        out.extend_from_slice(&pad[..after(pad, missing % pad_length)]);
        if is_left {
            out.extend_from_slice(value);
        }
        Ok(true)
    })
}

fn repeat(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, counts) = (Bytes::of(arguments, 0)?, Ints::of(arguments, 1)?);
    texts(arguments, |row, out| {
        let (Some(value), Some(count)) = (values.get(row), counts.get(row)) else {
            return Ok(false);
        };
        extend_repeated(out, value, count.max(0) as usize)?;
        Ok(true)
    })
}

fn space(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let counts = Ints::of(arguments, 0)?;
    texts(arguments, |row, out| {
        let Some(count) = counts.get(row) else {
            return Ok(false);
        };
        extend_repeated(out, b" ", count.max(0) as usize)?;
        Ok(true)
    })
}

/// Appends `bytes` `count` times, unless the column would become too large.
fn extend_repeated(out: &mut Vec<u8>, bytes: &[u8], count: usize) -> Result<()> {
    let added = bytes.len().checked_mul(count);
    let total = added.and_then(|added| added.checked_add(out.len()));
    if total.is_none_or(|total| total > i32::MAX as usize) {
        return Err(too_large());
    }
    out.try_reserve(bytes.len() * count)
        .map_err(|_| too_large())?;
    match bytes {
        [] => {}
        [one] => out.resize(out.len() + count, *one),
        _ => (0..count).for_each(|_| out.extend_from_slice(bytes)),
    }
    Ok(())
}
