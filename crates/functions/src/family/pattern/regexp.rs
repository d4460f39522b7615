//! Functions of regular expressions.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::matcher::{Matcher, Patterns};
use super::replacement::Replacement;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::{Ints, TextBuilder, Texts, booleans, check_size, ints, texts};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{INT, STRING, array};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "rlike",
        Group::Predicate,
        (2, 2),
        "rlike(str, regexp) - Returns whether the pattern `regexp` matches a part of `str`.",
        resolve_rlike,
        Kernel::Scalar(rlike),
    ),
    Function::scalar(
        "regexp",
        Group::Predicate,
        (2, 2),
        "regexp(str, regexp) - Returns whether the pattern `regexp` matches a part of `str`.",
        resolve_rlike,
        Kernel::Scalar(rlike),
    ),
    Function::scalar(
        "regexp_like",
        Group::Predicate,
        (2, 2),
        "regexp_like(str, regexp) - Returns whether the pattern `regexp` matches a part of `str`.",
        resolve_rlike,
        Kernel::Scalar(rlike),
    ),
    Function::scalar(
        "regexp_replace",
        Group::String,
        (3, 4),
        "regexp_replace(str, regexp, rep[, position]) - Replaces every match of `regexp` in `str`, from the character \
         `position` on, by `rep`.",
        resolve_replace,
        Kernel::Scalar(replace),
    ),
    Function::scalar(
        "regexp_extract",
        Group::String,
        (2, 3),
        "regexp_extract(str, regexp[, idx]) - Returns the group `idx` of the first match of `regexp` in `str`; an empty \
         text if there is none.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::int(1));
            }
            call.accept(&[STRING, STRING, INT])?
                .invoke(DataType::String)
        },
        Kernel::Scalar(extract),
    ),
    Function::scalar(
        "regexp_extract_all",
        Group::String,
        (2, 3),
        "regexp_extract_all(str, regexp[, idx]) - Returns the group `idx` of every match of `regexp` in `str`.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::int(1));
            }
            call.accept(&[STRING, STRING, INT])?
                .invoke(array(DataType::String))
        },
        Kernel::Scalar(extract_all),
    ),
    Function::scalar(
        "regexp_count",
        Group::String,
        (2, 2),
        "regexp_count(str, regexp) - Returns how often `regexp` matches in `str`.",
        |call| call.accept(&[STRING])?.invoke(DataType::Integer),
        Kernel::Scalar(count),
    ),
    Function::scalar(
        "regexp_instr",
        Group::String,
        (2, 3),
        "regexp_instr(str, regexp) - Returns where `regexp` first matches in `str`, counted from 1; 0 if it does not.",
        |mut call| {
            if call.arguments.len() == 2 {
                call.arguments.push(Typed::int(0));
            }
            call.accept(&[STRING, STRING, INT])?
                .invoke(DataType::Integer)
        },
        Kernel::Scalar(instr),
    ),
    Function::scalar(
        "regexp_substr",
        Group::String,
        (2, 2),
        "regexp_substr(str, regexp) - Returns the first part of `str` that `regexp` matches; NULL if there is none.",
        |call| {
            call.accept(&[STRING])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(substr),
    ),
];

fn resolve_rlike(call: Call<'_>) -> Result<Typed> {
    let call = call.accept(&[STRING])?;
    let [text, pattern] = call.arguments.as_slice() else {
        return Err(call.wrong_number());
    };
    let function = call.function.name.to_uppercase();
    let name = format!("{function}({}, {})", text.name, pattern.name);
    Ok(call.invoke(DataType::Boolean)?.named(name))
}

fn rlike(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let mut compiled = Patterns::new("rlike");
    booleans(arguments.rows, |row| {
        let (Some(value), Some(pattern)) = (values.get(row), patterns.get(row)) else {
            return Ok(None);
        };
        compiled.get(pattern)?.is_match(value).map(Some)
    })
}

fn resolve_replace(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 3 {
        call.arguments.push(Typed::int(1));
    }
    let call = call.accept(&[STRING, STRING, STRING, INT])?;
    let position = &call.arguments[3];
    if !position.is_foldable() {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            format!(
                "the input `position` should be a foldable \"INT\" expression; however, got \"{}\".",
                position.name
            ),
        ));
    }
    if let ScalarValue::Int32(Some(position)) = call.constant(3)?
        && position < 1
    {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The position must be between (0, 2147483647] (current value = {position})."),
        ));
    }
    call.invoke(DataType::String)
}

fn replace(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let (replacements, positions) = (Texts::of(arguments, 2)?, Ints::of(arguments, 3)?);
    let mut compiled = Patterns::new("regexp_replace");
    let mut last: Option<(String, String, Replacement)> = None;
    texts(arguments, |row, out| {
        let (Some(value), Some(pattern), Some(replacement), Some(position)) = (
            values.get(row),
            patterns.get(row),
            replacements.get(row),
            positions.get(row),
        ) else {
            return Ok(false);
        };
        let pattern_text = pattern;
        let pattern = compiled.get(pattern)?;
        let start = (position - 1).max(0) as usize;
        let Some(start) = after_units(value, start) else {
            out.extend_from_slice(value.as_bytes());
            return Ok(true);
        };
        let (before, searched) = value.split_at(start);
        out.extend_from_slice(before.as_bytes());
        let mut matcher = Matcher::new(pattern);
        let mut written = 0;
        while matcher.find(searched)? {
            let Some((from, to)) = matcher.span() else {
                break;
            };
            out.extend_from_slice(&searched.as_bytes()[written..from]);
            written = to;
            let is_known = |(known, of, _): &(String, String, Replacement)| {
                known == replacement && of == pattern_text
            };
            // Read when it is needed, as errors in it matter only then.
            if !last.as_ref().is_some_and(is_known) {
                let parts = Replacement::new(replacement, pattern);
                last = parts.map(|it| (replacement.to_owned(), pattern_text.to_owned(), it));
            }
            let Some((_, _, parts)) = &last else {
                return Err(invalid_replacement(
                    value,
                    pattern_text,
                    replacement,
                    position,
                ));
            };
            parts.write(&matcher, searched, out);
            check_size(out)?;
        }
        out.extend_from_slice(&searched.as_bytes()[written..]);
        Ok(true)
    })
}

fn invalid_replacement(source: &str, pattern: &str, replacement: &str, position: i32) -> Error {
    Error::data(
        "INVALID_REGEXP_REPLACE",
        format!(
            "Could not perform regexp_replace for source = \"{source}\", pattern = \"{pattern}\", replacement = \
             \"{replacement}\" and position = {position}."
        ),
    )
}

/// The byte after so many units of UTF-16, which Java counts; none if the text ends there or before, unless at its
/// beginning.
fn after_units(text: &str, units: usize) -> Option<usize> {
    if units == 0 {
        return Some(0);
    }
    let mut before = 0;
    for (at, c) in text.char_indices() {
        if before >= units {
            return Some(at);
        }
        before += c.len_utf16();
    }
    None
}

/// The bytes of the group `index` of what `matcher` has found.
fn group_of(
    matcher: &Matcher<'_>,
    index: i32,
    groups: usize,
    function: &str,
) -> Result<Option<(usize, usize)>> {
    match usize::try_from(index) {
        Ok(number) if number <= groups => Ok(matcher.group(number)),
        _ => Err(Error::data(
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            format!(
                "The value of parameter(s) `idx` in `{function}` is invalid: Expects group index between 0 and {groups}, \
                 but got {index}."
            ),
        )),
    }
}

fn extract(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let indices = Ints::of(arguments, 2)?;
    let mut compiled = Patterns::new("regexp_extract");
    texts(arguments, |row, out| {
        let (Some(value), Some(pattern), Some(index)) =
            (values.get(row), patterns.get(row), indices.get(row))
        else {
            return Ok(false);
        };
        let pattern = compiled.get(pattern)?;
        let mut matcher = Matcher::new(pattern);
        if matcher.find(value)? {
            let group = group_of(&matcher, index, pattern.groups(), "regexp_extract")?;
            if let Some((start, end)) = group {
                out.extend_from_slice(&value.as_bytes()[start..end]);
            }
        }
        Ok(true)
    })
}

fn extract_all(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let indices = Ints::of(arguments, 2)?;
    let mut compiled = Patterns::new("regexp_extract_all");
    lists(arguments, |row, out| {
        let (Some(value), Some(pattern), Some(index)) =
            (values.get(row), patterns.get(row), indices.get(row))
        else {
            return Ok(None);
        };
        let pattern = compiled.get(pattern)?;
        let mut matcher = Matcher::new(pattern);
        let mut count = 0;
        while matcher.find(value)? {
            let group = group_of(&matcher, index, pattern.groups(), "regexp_extract_all")?;
            let (start, end) = group.unwrap_or_default();
            out.push(&value.as_bytes()[start..end])?;
            count += 1;
        }
        Ok(Some(count))
    })
}

/// An array of texts for each row: `of` adds the elements of the row of its number and says how many; none for NULL.
pub(in crate::family) fn lists(
    arguments: &Arguments<'_>,
    mut of: impl FnMut(usize, &mut TextBuilder) -> Result<Option<usize>>,
) -> Result<ArrayRef> {
    let mut elements = TextBuilder::new(0);
    let mut lengths = Vec::with_capacity(arguments.rows);
    let mut valid = Vec::with_capacity(arguments.rows);
    let mut total = 0_usize;
    for row in 0..arguments.rows {
        let count = of(row, &mut elements)?;
        total += count.unwrap_or(0);
        if total > i32::MAX as usize {
            return Err(Error::internal(
                "a column of more than 2 GiB of text or elements",
            ));
        }
        lengths.push(count.unwrap_or(0));
        valid.push(count.is_some());
    }
    let ArrowType::List(field) = arguments.return_type else {
        return Err(Error::internal("an array was expected"));
    };
    let elements = elements.finish(&ArrowType::Utf8)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = NullBuffer::from(valid);
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(field),
        offsets,
        elements,
        Some(nulls),
    )?))
}

fn count(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let mut compiled = Patterns::new("regexp_extract_all");
    ints(arguments.rows, |row| {
        let (Some(value), Some(pattern)) = (values.get(row), patterns.get(row)) else {
            return Ok(None);
        };
        let mut matcher = Matcher::new(compiled.get(pattern)?);
        let mut count = 0;
        while matcher.find(value)? {
            count += 1;
        }
        Ok(Some(count))
    })
}

fn instr(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let indices = Ints::of(arguments, 2)?;
    let mut compiled = Patterns::new("regexp_instr");
    ints(arguments.rows, |row| {
        let (Some(value), Some(pattern), Some(_)) =
            (values.get(row), patterns.get(row), indices.get(row))
        else {
            return Ok(None);
        };
        let mut matcher = Matcher::new(compiled.get(pattern)?);
        matcher.find(value)?;
        Ok(Some(match matcher.span() {
            Some((start, _)) => value[..start].chars().count() as i32 + 1,
            None => 0,
        }))
    })
}

fn substr(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let mut compiled = Patterns::new("regexp_extract");
    texts(arguments, |row, out| {
        let (Some(value), Some(pattern)) = (values.get(row), patterns.get(row)) else {
            return Ok(false);
        };
        let mut matcher = Matcher::new(compiled.get(pattern)?);
        matcher.find(value)?;
        let (start, end) = matcher.span().unwrap_or_default();
        out.extend_from_slice(&value.as_bytes()[start..end]);
        Ok(start < end)
    })
}
