//! Parts of texts and byte strings.

use arrow::array::ArrayRef;
use sql::DataType;

use super::{Bytes, Ints, Texts, after_characters, count_characters, text_or_binary, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{INT, STRING, STRING_OR_BINARY};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "substring",
        Group::String,
        (2, 3),
        "substring(str, pos[, len]) - Returns the part of `str` that starts at `pos` and has the length `len`; a negative \
         `pos` counts from the end.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::int(i32::MAX));
            }
            let call = call.accept(&[STRING_OR_BINARY, INT, INT])?;
            let result = text_or_binary(call.type_of(0));
            call.invoke(result)
        },
        Kernel::Scalar(substring),
    ),
    Function::scalar(
        "substr",
        Group::String,
        (2, 3),
        "substr(str, pos[, len]) - Returns the part of `str` that starts at `pos` and has the length `len`; a negative \
         `pos` counts from the end.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::int(i32::MAX));
            }
            call.replace_by("substring")
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "left",
        Group::String,
        (2, 2),
        "left(str, len) - Returns the first `len` characters of `str`.",
        |call| {
            let call = call.accept(&[STRING_OR_BINARY, INT])?;
            let result = text_or_binary(call.type_of(0));
            call.invoke(result)
        },
        Kernel::Scalar(left),
    ),
    Function::scalar(
        "right",
        Group::String,
        (2, 2),
        "right(str, len) - Returns the last `len` characters of `str`.",
        |call| call.accept(&[STRING, INT])?.invoke(DataType::String),
        Kernel::Scalar(right),
    ),
    Function::scalar(
        "split_part",
        Group::String,
        (3, 3),
        "split_part(str, delimiter, part) - Splits `str` at `delimiter` and returns the part of this number, from the end \
         if it is negative.",
        |call| call.accept(&[STRING, STRING, INT])?.invoke(DataType::String),
        Kernel::Scalar(split_part),
    ),
    Function::scalar(
        "substring_index",
        Group::String,
        (3, 3),
        "substring_index(str, delim, count) - Returns what is before `count` occurrences of `delim`; if `count` is \
         negative, what is after them, counted from the end.",
        |call| call.accept(&[STRING, STRING, INT])?.invoke(DataType::String),
        Kernel::Scalar(substring_index),
    ),
    Function::scalar(
        "overlay",
        Group::String,
        (3, 4),
        "overlay(input, replace, pos[, len]) - Replaces `len` characters of `input` from `pos` on by `replace`.",
        resolve_overlay,
        Kernel::Scalar(overlay),
    )
    .parameters(&["input", "replace", "pos", "len"]),
    Function::scalar(
        "reverse",
        Group::Collection,
        (1, 1),
        "reverse(expr) - Returns a text, a byte string or an array with its parts in reverse order.",
        |call| {
            if matches!(call.type_of(0), DataType::Array(_)) {
                return call.replace_by("__array_reverse");
            }
            let call = call.accept(&[STRING_OR_BINARY])?;
            let result = text_or_binary(call.type_of(0));
            call.invoke(result)
        },
        Kernel::Scalar(reverse),
    ),
];

/// The part of a text from `position`, which counts from 1 or from the end, with `length` characters.
fn text_part(text: &[u8], position: i32, length: i32) -> &[u8] {
    let start = match position {
        1.. => i64::from(position) - 1,
        0 => 0,
        _ => count_characters(text) as i64 + i64::from(position),
    };
    let end = (start + i64::from(length)).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    if end <= start || start >= text.len() as i64 {
        return &[];
    }
    let from = after_characters(text, start.max(0) as usize);
    let characters = (end - start.max(0)).max(0) as usize;
    let rest = &text[from..];
    &rest[..after_characters(rest, characters)]
}

/// As [`text_part`], for bytes.
fn binary_part(bytes: &[u8], position: i32, length: i32) -> &[u8] {
    let all = bytes.len() as i64;
    let start = match position {
        1.. => i64::from(position) - 1,
        0 => 0,
        _ => all + i64::from(position),
    };
    let end = (start + i64::from(length)).min(all);
    let start = start.max(0);
    match start < end {
        true => &bytes[start as usize..end as usize],
        false => &[],
    }
}

type Part = fn(&[u8], i32, i32) -> &[u8];

fn part_of(arguments: &Arguments<'_>) -> Part {
    match arguments.data_type(0) {
        arrow::datatypes::DataType::Binary => binary_part,
        _ => text_part,
    }
}

fn substring(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Bytes::of(arguments, 0)?;
    let (positions, lengths) = (Ints::of(arguments, 1)?, Ints::of(arguments, 2)?);
    let part = part_of(arguments);
    texts(arguments, |row, out| {
        let (Some(value), Some(position), Some(length)) =
            (values.get(row), positions.get(row), lengths.get(row))
        else {
            return Ok(false);
        };
        out.extend_from_slice(part(value, position, length));
        Ok(true)
    })
}

fn left(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, lengths) = (Bytes::of(arguments, 0)?, Ints::of(arguments, 1)?);
    let part = part_of(arguments);
    texts(arguments, |row, out| {
        let (Some(value), Some(length)) = (values.get(row), lengths.get(row)) else {
            return Ok(false);
        };
        out.extend_from_slice(part(value, 1, length));
        Ok(true)
    })
}

fn right(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, lengths) = (Bytes::of(arguments, 0)?, Ints::of(arguments, 1)?);
    texts(arguments, |row, out| {
        let (Some(value), Some(length)) = (values.get(row), lengths.get(row)) else {
            return Ok(false);
        };
        if length > 0 {
            out.extend_from_slice(text_part(value, -length, i32::MAX));
        }
        Ok(true)
    })
}

fn split_part(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, delimiters) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let parts = Ints::of(arguments, 2)?;
    texts(arguments, |row, out| {
        let (Some(value), Some(delimiter), Some(part)) =
            (values.get(row), delimiters.get(row), parts.get(row))
        else {
            return Ok(false);
        };
        let index = part.unsigned_abs() as usize;
        let found = match part {
            0 => return Err(index_of_zero()),
            1 | -1 if delimiter.is_empty() => Some(value),
            _ if delimiter.is_empty() => None,
            1.. => value.split(delimiter).nth(index - 1),
            _ => {
                // Not `rsplit`, which finds other delimiters if they overlap.
                let parts: Vec<&str> = value.split(delimiter).collect();
                parts.len().checked_sub(index).map(|index| parts[index])
            }
        };
        out.extend_from_slice(found.unwrap_or_default().as_bytes());
        Ok(true)
    })
}

fn index_of_zero() -> Error {
    Error::data(
        "INVALID_INDEX_OF_ZERO",
        "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).",
    )
}

fn substring_index(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, delimiters) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let counts = Ints::of(arguments, 2)?;
    texts(arguments, |row, out| {
        let (Some(value), Some(delimiter), Some(count)) =
            (values.get(row), delimiters.get(row), counts.get(row))
        else {
            return Ok(false);
        };
        out.extend_from_slice(before_or_after(
            value.as_bytes(),
            delimiter.as_bytes(),
            count,
        ));
        Ok(true)
    })
}

/// What is before or after so many delimiters. They may overlap.
fn before_or_after<'a>(text: &'a [u8], delimiter: &[u8], count: i32) -> &'a [u8] {
    if delimiter.is_empty() || count == 0 {
        return &[];
    }
    if count > 0 {
        let mut end = None;
        for _ in 0..count {
            let from = end.map_or(0, |end: usize| end + 1);
            match find(&text[from.min(text.len())..], delimiter) {
                Some(at) => end = Some(from + at),
                None => return text,
            }
        }
        return &text[..end.unwrap_or(text.len())];
    }
    // Where the delimiter before was found; the next one begins earlier.
    let mut before = text.len().saturating_sub(delimiter.len()) + 1;
    for _ in 0..count.unsigned_abs() {
        let end = (before + delimiter.len()).saturating_sub(1).min(text.len());
        match rfind(&text[..end], delimiter) {
            Some(at) => before = at,
            None => return text,
        }
    }
    &text[before + delimiter.len()..]
}

/// Where `part` is first in `text`.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

/// Where `part` is last in `text`.
pub(super) fn rfind(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(text, part)
}

fn resolve_overlay(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 3 {
        call.arguments.push(Typed::int(-1));
    }
    let is_null = |call: &Call<'_>, index: usize| *call.type_of(index) == DataType::Void;
    // NULL becomes what the other one is.
    for (index, other) in [(0, 1), (1, 0)] {
        if is_null(&call, index) && !is_null(&call, other) {
            let to = text_or_binary(call.type_of(other));
            call.cast_argument(index, &to)?;
        }
    }
    let mut call = call.accept(&[STRING_OR_BINARY, STRING_OR_BINARY, INT, INT])?;
    let result = text_or_binary(call.type_of(0));
    if result != text_or_binary(call.type_of(1)) {
        let message = format!(
            "Input to `overlay` should all be the same type, but it's (\"{}\" or \"{}\").",
            call.type_of(0).sql(),
            call.type_of(1).sql()
        );
        return Err(call.mismatch("DATATYPE_MISMATCH.DATA_DIFF_TYPES", message));
    }
    call.cast_argument(1, &result)?;
    call.invoke(result)
}

fn overlay(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, replacements) = (Bytes::of(arguments, 0)?, Bytes::of(arguments, 1)?);
    let (positions, lengths) = (Ints::of(arguments, 2)?, Ints::of(arguments, 3)?);
    let part = part_of(arguments);
    let is_text = matches!(values, Bytes::Text(_));
    texts(arguments, |row, out| {
        let (Some(value), Some(replacement), Some(position), Some(length)) = (
            values.get(row),
            replacements.get(row),
            positions.get(row),
            lengths.get(row),
        ) else {
            return Ok(false);
        };
        let length = match (length, is_text) {
            (0.., _) => length,
            (_, true) => count_characters(replacement) as i32,
            (_, false) => replacement.len() as i32,
        };
        out.extend_from_slice(part(value, 1, position.wrapping_sub(1)));
        out.extend_from_slice(replacement);
        out.extend_from_slice(part(value, position.wrapping_add(length), i32::MAX));
        Ok(true)
    })
}

fn reverse(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    match Bytes::of(arguments, 0)? {
        Bytes::Text(values) if !values.is_ascii() => texts(arguments, |row, out| {
            let Some(value) = values.get(row) else {
                return Ok(false);
            };
            for c in value.chars().rev() {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Ok(true)
        }),
        values => texts(arguments, |row, out| {
            let Some(value) = values.get(row) else {
                return Ok(false);
            };
            out.extend(value.iter().rev());
            Ok(true)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_text_are_counted_in_characters() {
        let cases = [
            ("hello", 0, 2, "he"),
            ("hello", -10, 7, "he"),
            ("hello", 2, -1, ""),
            ("hello", i32::MIN, i32::MAX, "hell"),
            ("é😀b", 2, 1, "😀"),
            ("é😀b", -2, 5, "😀b"),
        ];
        for (text, position, length, expected) in cases {
            assert_eq!(
                text_part(text.as_bytes(), position, length),
                expected.as_bytes()
            );
        }
    }

    #[test]
    fn delimiters_may_overlap() {
        let cases = [
            ("aaaa", 2, "a"),
            ("aaaa", -1, ""),
            ("aaaaa", -2, "a"),
            ("b", 1, "b"),
        ];
        for (text, count, expected) in cases {
            assert_eq!(
                before_or_after(text.as_bytes(), b"aa", count),
                expected.as_bytes()
            );
        }
    }
}
