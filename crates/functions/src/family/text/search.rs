//! Texts found in other texts, and replaced there.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use sql::DataType;

use super::part::{find, rfind};
use super::{Bytes, Ints, Texts, after_characters, booleans, count_characters, ints, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BINARY, INT, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "locate",
        Group::String,
        (2, 3),
        "locate(substr, str[, pos]) - Returns where `substr` first is in `str` from `pos` on, counted from 1; 0 if it is \
         not there.",
        resolve_locate,
        Kernel::Scalar(locate),
    ),
    Function::scalar(
        "position",
        Group::String,
        (2, 3),
        "position(substr, str[, pos]) - Returns where `substr` first is in `str` from `pos` on, counted from 1; 0 if it \
         is not there.",
        resolve_locate,
        Kernel::Scalar(locate),
    ),
    Function::scalar(
        "instr",
        Group::String,
        (2, 4),
        "instr(str, substr[, pos[, occurrence]]) - Returns where `substr` is in `str`, counted from 1; 0 if it is not \
         there. A negative `pos` searches backwards.",
        |mut call| {
            if call.arguments.len() == 3 {
                call.arguments.push(Typed::int(1));
            }
            call.accept(&[STRING, STRING, INT, INT])?
                .invoke(DataType::Integer)
        },
        Kernel::Scalar(instr),
    ),
    Function::scalar(
        "find_in_set",
        Group::String,
        (2, 2),
        "find_in_set(str, list) - Returns the number of the part of `list`, whose parts are separated by commas, that is \
         `str`; 0 if there is none.",
        |call| call.accept(&[STRING])?.invoke(DataType::Integer),
        Kernel::Scalar(find_in_set),
    ),
    Function::scalar(
        "contains",
        Group::String,
        (2, 2),
        "contains(left, right) - Returns whether `right` is in `left`.",
        resolve_test,
        Kernel::Scalar(|arguments| test(arguments, |text, part| find(text, part).is_some())),
    ),
    Function::scalar(
        "startswith",
        Group::String,
        (2, 2),
        "startswith(left, right) - Returns whether `left` starts with `right`.",
        resolve_test,
        Kernel::Scalar(|arguments| test(arguments, <[u8]>::starts_with)),
    ),
    Function::scalar(
        "endswith",
        Group::String,
        (2, 2),
        "endswith(left, right) - Returns whether `left` ends with `right`.",
        resolve_test,
        Kernel::Scalar(|arguments| test(arguments, <[u8]>::ends_with)),
    ),
    Function::scalar(
        "replace",
        Group::String,
        (2, 3),
        "replace(str, search[, replace]) - Returns `str` with every `search` replaced by `replace`.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::string(""));
            }
            call.accept(&[STRING])?.invoke(DataType::String)
        },
        Kernel::Scalar(replace),
    ),
    Function::scalar(
        "translate",
        Group::String,
        (3, 3),
        "translate(input, from, to) - Replaces each character of `input` that is in `from` by the one at the same place \
         of `to`, or removes it if there is none.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(translate),
    ),
];

fn resolve_locate(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::int(1));
    }
    call.accept(&[STRING, STRING, INT])?
        .invoke(DataType::Integer)
}

fn locate(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (parts, values) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let starts = Ints::of(arguments, 2)?;
    ints(arguments.rows, |row| {
        // As Hive: a start that is NULL finds nothing.
        let Some(start) = starts.get(row) else {
            return Ok(Some(0));
        };
        let (Some(part), Some(value)) = (parts.get(row), values.get(row)) else {
            return Ok(None);
        };
        Ok(Some(match start {
            1.. => forward(value.as_bytes(), part.as_bytes(), start as usize - 1, 1),
            _ => 0,
        }))
    })
}

/// The number of the character at which the `occurrence`th `part` begins, from the character `start` on; 0 if there is
/// none. Occurrences may overlap.
fn forward(text: &[u8], part: &[u8], start: usize, occurrence: i32) -> i32 {
    if part.is_empty() {
        return 1;
    }
    let mut from = after_characters(text, start);
    let mut found = None;
    for _ in 0..occurrence {
        match text.get(from..).and_then(|rest| find(rest, part)) {
            Some(at) => {
                found = Some(from + at);
                from += at + 1;
            }
            None => return 0,
        }
    }
    found.map_or(0, |at| count_characters(&text[..at]) as i32 + 1)
}

/// As [`forward`], to the left from the character `back` characters before the end.
fn backward(text: &[u8], part: &[u8], back: usize, occurrence: i32) -> i32 {
    if part.is_empty() {
        return 1;
    }
    let Some(last) = count_characters(text).checked_sub(back) else {
        return 0;
    };
    // The last byte at which a match may begin.
    let mut last = Some(after_characters(text, last));
    let mut found = None;
    for _ in 0..occurrence {
        let end = last.map(|last| (last + part.len()).min(text.len()));
        match end.and_then(|end| rfind(&text[..end], part)) {
            Some(at) => {
                found = Some(at);
                last = at.checked_sub(1);
            }
            None => return 0,
        }
    }
    found.map_or(0, |at| count_characters(&text[..at]) as i32 + 1)
}

fn instr(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, parts) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    if arguments.len() == 2 {
        return ints(arguments.rows, |row| {
            let (Some(value), Some(part)) = (values.get(row), parts.get(row)) else {
                return Ok(None);
            };
            Ok(Some(forward(value.as_bytes(), part.as_bytes(), 0, 1)))
        });
    }
    let (starts, occurrences) = (Ints::of(arguments, 2)?, Ints::of(arguments, 3)?);
    ints(arguments.rows, |row| {
        let (Some(value), Some(part), Some(start), Some(occurrence)) = (
            values.get(row),
            parts.get(row),
            starts.get(row),
            occurrences.get(row),
        ) else {
            return Ok(None);
        };
        if occurrence <= 0 {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.OCCURRENCE",
                format!(
                    "The value of parameter(s) `occurrence` in `instr` is invalid: expects a positive integer, but got \
                     {occurrence}."
                ),
            ));
        }
        let (value, part) = (value.as_bytes(), part.as_bytes());
        let distance = start.unsigned_abs() as usize;
        Ok(Some(match start {
            1.. => forward(value, part, distance - 1, occurrence),
            0 => 0,
            _ => backward(value, part, distance, occurrence),
        }))
    })
}

fn find_in_set(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, lists) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    ints(arguments.rows, |row| {
        let (Some(value), Some(list)) = (values.get(row), lists.get(row)) else {
            return Ok(None);
        };
        if value.contains(',') {
            return Ok(Some(0));
        }
        let found = list.split(',').position(|part| part == value);
        Ok(Some(found.map_or(0, |at| at as i32 + 1)))
    })
}

/// Both text, or both bytes.
fn resolve_test(call: Call<'_>) -> Result<Typed> {
    let is_binary = [0, 1]
        .iter()
        .all(|index| *call.type_of(*index) == DataType::Binary);
    let accepted = if is_binary { BINARY } else { STRING };
    call.accept(&[accepted])?.invoke(DataType::Boolean)
}

fn test(arguments: &Arguments<'_>, is_match: impl Fn(&[u8], &[u8]) -> bool) -> Result<ArrayRef> {
    let (values, parts) = (Bytes::of(arguments, 0)?, Bytes::of(arguments, 1)?);
    booleans(arguments.rows, |row| {
        let (Some(value), Some(part)) = (values.get(row), parts.get(row)) else {
            return Ok(None);
        };
        Ok(Some(is_match(value, part)))
    })
}

fn replace(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, searched) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let replacements = Texts::of(arguments, 2)?;
    texts(arguments, |row, out| {
        let (Some(value), Some(search), Some(replacement)) =
            (values.get(row), searched.get(row), replacements.get(row))
        else {
            return Ok(false);
        };
        if search.is_empty() {
            out.extend_from_slice(value.as_bytes());
            return Ok(true);
        }
        let mut rest = value.as_bytes();
        while let Some(at) = find(rest, search.as_bytes()) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(replacement.as_bytes());
            super::builder::check_size(out)?;
            rest = &rest[at + search.len()..];
        }
        out.extend_from_slice(rest);
        Ok(true)
    })
}

fn translate(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, from) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let to = Texts::of(arguments, 2)?;
    let constant = match (from.constant(), to.constant()) {
        (Some(from), Some(to)) => Some(dictionary(from, to)),
        _ => None,
    };
    texts(arguments, |row, out| {
        let (Some(value), Some(from), Some(to)) = (values.get(row), from.get(row), to.get(row))
        else {
            return Ok(false);
        };
        let of_row;
        let dictionary = match &constant {
            Some(dictionary) => dictionary,
            None => {
                of_row = dictionary(from, to);
                &of_row
            }
        };
        for c in value.chars() {
            let c = match dictionary.get(&c) {
                Some(None) => continue,
                Some(Some(to)) => *to,
                None => c,
            };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(true)
    })
}

/// What each character becomes; none if it is removed. The first occurrence of a character counts.
fn dictionary(from: &str, to: &str) -> HashMap<char, Option<char>> {
    let mut to = to.chars();
    let mut dictionary = HashMap::new();
    for c in from.chars() {
        let replacement = to.next().filter(|c| *c != '\0');
        dictionary.entry(c).or_insert(replacement);
    }
    dictionary
}
